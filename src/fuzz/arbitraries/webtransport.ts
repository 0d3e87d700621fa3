// What a correct client of WebTransport over HTTP/3 says in one session, as an arbitrary: its CONNECT, streams of both
// kinds in any order with it and each other, capsules and datagrams; and what a server must read from it.

import type * as FastCheck from "fast-check";
import { random } from "../cuts.js";
import * as fields from "../h3/fields.js";
import * as frames from "../h3/frames.js";
import { peerHello, peerStreams } from "../h3/row.js";
import { type H3Arrival, on } from "../h3/steps.js";
import { concat, textOf } from "../latin1.js";
import type { Arb, Fc } from "./edits.js";

/** A stream of the session. */
export interface GeneratedWtStream {
  readonly streamId: number;
  readonly unidirectional: boolean;
  readonly content: string;
  readonly isEnded: boolean;
}

/** One session, on stream 0. */
export interface GeneratedWtSession {
  readonly arrivals: readonly H3Arrival[];
  readonly streams: readonly GeneratedWtStream[];
  /** Types and values of the capsules. */
  readonly capsules: readonly (readonly [type: number, value: string])[];
}

/** Settings that offer WebTransport: all versions, and single ones. */
const OFFERS: readonly (readonly (readonly [id: number, value: number])[])[] = [
  [
    [frames.H3_SETTING.ENABLE_WEBTRANSPORT, 1],
    [frames.H3_SETTING.WEBTRANSPORT_MAX_SESSIONS, 9],
    [frames.H3_SETTING.WT_MAX_SESSIONS, 9],
    [frames.H3_SETTING.WT_ENABLED, 1],
  ],
  [[frames.H3_SETTING.ENABLE_WEBTRANSPORT, 1]],
  [[frames.H3_SETTING.WEBTRANSPORT_MAX_SESSIONS, 1]],
  [[frames.H3_SETTING.WT_MAX_SESSIONS, 2]],
];

/** The hello of a client that offers WebTransport; `choice` picks the versions. */
export function wtHello(choice: number): H3Arrival[] {
  const offer = OFFERS[choice % OFFERS.length] ?? [];
  const { H3_DATAGRAM, ENABLE_CONNECT_PROTOCOL } = frames.H3_SETTING;
  return peerHello("server", [H3_DATAGRAM, 1], [ENABLE_CONNECT_PROTOCOL, 1], ...offer);
}

/** HEADERS of the CONNECT. */
export function wtConnect(choice: number): Uint8Array {
  const protocol = choice % OFFERS.length === 0 ? "webtransport-h3" : "webtransport";
  const draft02 = choice % OFFERS.length === 1 ? ["sec-webtransport-http3-draft02", "1"] : [];
  return frames.headers(
    fields.section([
      ...[":method", "CONNECT", ":protocol", protocol, ":scheme", "https", ":path", "/wt"],
      ...[":authority", "a", "origin", "https://a", ...draft02],
    ]),
  );
}

/** What a stream of the session on stream 0 begins with. */
export function wtPrefix(unidirectional: boolean, length = 1): Uint8Array {
  const type = unidirectional ? frames.STREAM_TYPE.WEBTRANSPORT : 0x41;
  return concat([frames.varint(type, 2), frames.varint(0, length)]);
}

interface Plan {
  readonly unidirectional: boolean;
  readonly content: Uint8Array;
  readonly isEnded: boolean;
}

/** Arbitrary sessions. */
export function wtSessions(fc: Fc): FastCheck.Arbitrary<GeneratedWtSession> {
  const plan: Arb<Plan> = fc.record({
    unidirectional: fc.boolean(),
    content: fc.uint8Array({ maxLength: 60 }),
    isEnded: fc.boolean(),
  });
  const capsule = fc.tuple(fc.constantFrom(0x21, 0x4d6f7a, 7), fc.uint8Array({ maxLength: 30 }));
  return fc
    .tuple(
      fc.nat(3),
      fc.array(plan, { maxLength: 4 }),
      fc.array(capsule, { maxLength: 3 }),
      fc.nat(),
    )
    .map(([choice, plans, capsules, seed]) => session(choice, plans, capsules, seed));
}

function session(
  choice: number,
  plans: readonly Plan[],
  capsules: readonly (readonly [number, Uint8Array])[],
  seed: number,
): GeneratedWtSession {
  const next = random(seed);
  const counts = { uni: 0, bidi: 0 };
  const streams = plans.map((plan): GeneratedWtStream & { readonly bytes: Uint8Array } => {
    const { unidirectional, content, isEnded } = plan;
    const streamId = unidirectional
      ? peerStreams("server").next + 4 * counts.uni++
      : 4 + 4 * counts.bidi++;
    const bytes = concat([wtPrefix(unidirectional, [1, 2, 4, 8][next() % 4]), content]);
    return { streamId, unidirectional, content: textOf(content), isEnded, bytes };
  });
  const queues: H3Arrival[][] = [
    [
      on(0, wtConnect(choice)),
      ...capsules.map(([type, value]) => on(0, frames.data(frames.capsule(type, value)))),
    ],
    ...streams.map(({ streamId, bytes, isEnded }) => piecesOf(streamId, bytes, isEnded, next)),
  ];
  const arrivals: H3Arrival[] = [...wtHello(choice)];
  for (;;) {
    const open = queues.filter(({ length }) => length > 0);
    const step = open[next() % Math.max(1, open.length)]?.shift();
    if (step === undefined) break;
    arrivals.push(step);
  }
  return {
    arrivals,
    streams: streams.map(({ bytes: _bytes, ...stream }) => stream),
    capsules: capsules.map(([type, value]) => [type, textOf(value)]),
  };
}

function piecesOf(
  streamId: number,
  bytes: Uint8Array,
  isEnded: boolean,
  next: () => number,
): H3Arrival[] {
  const at = next() % (bytes.length + 1);
  const isLate = next() % 2 === 0;
  const out = [
    on(streamId, bytes.subarray(0, at)),
    on(streamId, bytes.subarray(at), isEnded && !isLate),
  ];
  return isEnded && isLate ? [...out, on(streamId, new Uint8Array(0), true)] : out;
}

/** Sessions with mistakes: streams of sessions that are not there, ends, resets, capsules that mean something. */
export function wtHostile(fc: Fc, capsules: Arb<Uint8Array>): Arb<readonly H3Arrival[]> {
  const uni = fc.constantFrom(14, 14, 18, 22);
  const bidi = fc.constantFrom(4, 4, 8, 12);
  const fin = fc.constantFrom(false, false, true);
  const sessionId = fc.constantFrom(0, 0, 0, 0, 4, 8, 1, 2 ** 31);
  const content = fc.uint8Array({ maxLength: 20 });
  const begun = (type: number) =>
    fc
      .tuple(sessionId, content)
      .map(([id, bytes]) => concat([frames.varint(type), frames.varint(id), bytes]));
  const stream = (
    id: Arb<number>,
    bytes: Arb<Uint8Array>,
    end: Arb<boolean> = fin,
  ): Arb<H3Arrival> => fc.tuple(id, bytes, end).map((all) => on(...all));
  const zero = fc.constant(0);
  const meaning = fc.constantFrom(
    frames.capsule(frames.CAPSULE.WT_CLOSE_SESSION, "\0\0\0\x01bye"),
    frames.capsule(frames.CAPSULE.WT_DRAIN_SESSION),
    frames.capsule(frames.CAPSULE.WT_MAX_DATA, frames.varint(1_000)),
    frames.capsule(frames.CAPSULE.WT_MAX_STREAMS_BIDI, frames.varint(2n ** 61n)),
    frames.capsule(frames.CAPSULE.WT_CLOSE_SESSION, "\0"),
    frames.capsule(frames.CAPSULE.DATAGRAM, "abc"),
  );
  const code = fc.constantFrom(0x10c, 0x52e4a40fa8db, 0x52e4a40fa8f9, 0x170d7b68, 0x100);
  const any = fc.oneof(uni, bidi, zero);
  const all: readonly [number, Arb<H3Arrival>][] = [
    [4, stream(uni, begun(0x54))],
    [4, stream(bidi, begun(0x41))],
    [3, stream(fc.oneof(uni, bidi), content)],
    [
      2,
      stream(
        zero,
        fc.oneof(capsules, meaning).map(frames.data),
        fc.constantFrom(false, false, false, true),
      ),
    ],
    [1, fc.record({ do: fc.constant("reset" as const), streamId: any, code })],
    [
      1,
      fc.record({ do: fc.constant("stopSending" as const), streamId: fc.oneof(bidi, zero), code }),
    ],
    [
      1,
      fc
        .constantFrom(0, 4, 400)
        .map((id) => ({ do: "datagram" as const, bytes: frames.datagram(id, "x") })),
    ],
  ];
  const one = fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  return fc
    .tuple(fc.nat(3), fc.array(one, { maxLength: 4 }), fc.array(one, { maxLength: 12 }))
    .map(([choice, before, after]) => [
      ...wtHello(choice),
      ...before,
      on(0, wtConnect(choice)),
      ...after,
    ]);
}
