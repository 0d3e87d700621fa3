// Octets that our QPACK encoder writes for the public lists, against the least that any encoder of the collection wrote at the
// same capacity, blocked streams and acknowledgements. Counted for all alike: sections and encoder stream, without the
// instruction that sets the capacity, as the tables of the collection begin with it.

import { QpackEncoder } from "tercet/qpack";
import type { QifCase, Qifs } from "../inputs/qifs.js";

/** One setting. */
export interface QpackSizeRow {
  readonly qif: string;
  readonly cap: number;
  readonly blocked: number;
  readonly ack: number;
  readonly ours: number;
  /** The least of the encoders that keep to the limit of blocked streams, and whose it is. */
  readonly best: number;
  readonly bestImpl: string;
  /** Where it is less: an encoder that blocks more streams than allowed. Else null. */
  readonly unbound: { readonly impl: string; readonly length: number } | null;
  /** Why ours is more than `best`; "" where it is not. */
  readonly why: string;
}

/** Cookies that are too short to be indexed (RFC 9204 section 7.1). */
const SHORT_COOKIE = 20;

const COOKIES = "cookies below 20 octets are never indexed, which would be unsafe";
const UNPROVEN = "a sixteenth of the table at most is filled before the first acknowledgement";
/** No reason that is a choice of ours. */
export const UNEXPLAINED = "its choice of entries was better";

/** All settings of the collection that have a dynamic table or none, but the examples of the RFC. */
export function qpackSizes({ lists, cases }: Qifs): QpackSizeRow[] {
  const settings = new Map<string, QifCase[]>();
  for (const one of cases) {
    if (one.impl === "examples") continue;
    const key = [one.qif, one.cap, one.blocked, one.ack].join(" ");
    settings.set(key, [...(settings.get(key) ?? []), one]);
  }
  return [...settings.values()].map((all) => {
    const { qif, cap, blocked, ack } = all[0] as QifCase;
    const source = lists.get(qif) ?? [];
    const sorted = all.toSorted((a, b) => a.length - b.length);
    const least = sorted[0] as QifCase;
    const bound = sorted.find((one) => keepsLimit(one)) ?? least;
    const ours = qpackLength(source, { cap, blocked, ack });
    const why = ours > bound.length ? whyMore(source, bound, ours) : "";
    return {
      ...{ qif, cap, blocked, ack, ours, why },
      ...{ best: bound.length, bestImpl: bound.impl },
      unbound: least === bound ? null : { impl: least.impl, length: least.length },
    };
  });
}

/** Octets that our encoder writes, where every section is acknowledged at once, or none is. */
export function qpackLength(
  lists: readonly (readonly string[])[],
  { cap, blocked, ack }: Pick<QifCase, "cap" | "blocked" | "ack">,
): number {
  const encoder = new QpackEncoder({ maxTableCapacity: cap, maxBlockedStreams: blocked });
  encoder.takeEncoderStream();
  let length = 0;
  lists.forEach((list, i) => {
    const streamId = i + 1;
    const section = encoder.encode(streamId, list);
    length += section.length + encoder.takeEncoderStream().length;
    if (ack === 0) return;
    if (section[0] !== 0) encoder.receiveDecoderStream(integer(0x80, 7, streamId));
    const unknown = encoder.insertCount - encoder.knownReceivedCount;
    if (unknown > 0) encoder.receiveDecoderStream(integer(0x00, 6, unknown));
  });
  return length;
}

/** Without acknowledgements no stream that was blocked once may stop to be so. */
function keepsLimit({ ack, blocked, dynamicStreams }: QifCase): boolean {
  return ack !== 0 || dynamicStreams <= blocked;
}

function whyMore(lists: readonly (readonly string[])[], best: QifCase, ours: number): string {
  if (ours - shortCookies(lists) <= best.length) return COOKIES;
  return best.blocked === 0 && best.cap < 512 ? UNPROVEN : UNEXPLAINED;
}

/** What short cookies take beyond the octet of an index. */
function shortCookies(lists: readonly (readonly string[])[]): number {
  const encoder = new QpackEncoder();
  const empty = encoder.encode(0, []).length;
  const seen = new Set<string>();
  let length = 0;
  for (const list of lists) {
    list.forEach((value, i) => {
      if (i % 2 === 0 || list[i - 1] !== "cookie" || value.length >= SHORT_COOKIE) return;
      // The first of each had to be written out by anybody.
      if (seen.has(value)) length += encoder.encode(0, ["cookie", value]).length - empty - 1;
      seen.add(value);
    });
  }
  return length;
}

/** An integer with a prefix (RFC 9204 section 4.1.1). */
function integer(first: number, prefix: number, value: number): Uint8Array {
  const full = 2 ** prefix - 1;
  if (value < full) return Uint8Array.of(first | value);
  const octets = [first | full];
  let rest = value - full;
  for (; rest > 127; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 128);
  return Uint8Array.from([...octets, rest]);
}
