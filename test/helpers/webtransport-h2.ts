// A peer over HTTP/2 that writes capsules by hand against sessions of ours, and reads ours: what each says becomes lines.
// Each dialogue also runs with the peer's bytes cut at every place, and must give the same.

import { H2Connection } from "tercet/h2";
import {
  type WebTransportEvent,
  type WebTransportOptions,
  WebTransportSessions,
  webtransportH2Settings,
} from "tercet/webtransport";
import { expect } from "vitest";
import { byteWise, cutAt } from "./pieces.js";
import { joined } from "./webtransport-pair.js";

/** Numbers as HTTP/3 writes them (RFC 9000 section 16). */
export function varint(value: number | bigint): number[] {
  const big = BigInt(value);
  const size = big < 64n ? 1 : big < 16_384n ? 2 : big < 1n << 30n ? 4 : 8;
  const bytes: number[] = [];
  for (let rest = big, i = 0; i < size; i++, rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  bytes[0] = (bytes[0] as number) | (Math.log2(size) << 6);
  return bytes;
}

export const TYPES = {
  DATAGRAM: 0x0,
  CLOSE: 0x2843,
  DRAIN: 0x78ae,
  PADDING: 0x190b4d38,
  RESET_STREAM: 0x190b4d39,
  STOP_SENDING: 0x190b4d3a,
  STREAM: 0x190b4d3b,
  STREAM_FIN: 0x190b4d3c,
  MAX_DATA: 0x190b4d3d,
  MAX_STREAM_DATA: 0x190b4d3e,
  MAX_STREAMS_BIDI: 0x190b4d3f,
  MAX_STREAMS_UNI: 0x190b4d40,
  DATA_BLOCKED: 0x190b4d41,
  STREAM_DATA_BLOCKED: 0x190b4d42,
  STREAMS_BLOCKED_BIDI: 0x190b4d43,
  STREAMS_BLOCKED_UNI: 0x190b4d44,
} as const;
export type TypeName = keyof typeof TYPES;

/** A capsule: numbers as varints, bytes as they are. */
export function capsule(
  type: TypeName | number | bigint,
  ...parts: (number | bigint | Uint8Array | string)[]
): Uint8Array {
  const value = parts.flatMap((part) =>
    typeof part === "string"
      ? [...new TextEncoder().encode(part)]
      : part instanceof Uint8Array
        ? [...part]
        : varint(part),
  );
  const number = typeof type === "string" ? TYPES[type] : type;
  return Uint8Array.from([...varint(number), ...varint(value.length), ...value]);
}

export const concat = (...list: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(list));
/** A 32-bit number, as WT_CLOSE_SESSION begins. */
export const uint32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** Capsules in bytes as lines: type, numbers or text. */
export function capsuleLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  const names = new Map<number, string>(Object.entries(TYPES).map(([name, type]) => [type, name]));
  const number = (at: number): [value: bigint, next: number] => {
    const size = 1 << ((bytes[at] as number) >> 6);
    let value = BigInt((bytes[at] as number) & 0x3f);
    for (let i = 1; i < size; i++) value = (value << 8n) | BigInt(bytes[at + i] as number);
    return [value, at + size];
  };
  for (let at = 0; at < bytes.length; ) {
    const [type, behindType] = number(at);
    const [length, from] = number(behindType);
    const end = from + Number(length);
    const name = names.get(Number(type)) ?? `0x${type.toString(16)}`;
    const parts: string[] = [];
    if (name === "DATAGRAM") parts.push(`${length}`);
    else if (name === "STREAM" || name === "STREAM_FIN") {
      const [id, next] = number(from);
      parts.push(`${id}`, `${end - next} bytes`);
    } else if (name === "CLOSE") {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      parts.push(`${view.getUint32(from)}`, Buffer.from(bytes.subarray(from + 4, end)).toString());
    } else
      for (let place = from; place < end; ) {
        const [value, next] = number(place);
        parts.push(`${value}`);
        place = next;
      }
    lines.push([name, ...parts].join(" ").trim());
    at = end;
  }
  return lines;
}

/** What the peer sends on the CONNECT stream, or what the user of the sessions does. */
export type Step =
  | Uint8Array
  | "end"
  | ((sessions: WebTransportSessions, sessionId: number, tested: H2Connection) => unknown);

export interface H2TalkOptions extends Omit<WebTransportOptions, "role"> {
  /** Which end is tested. Default "server". */
  readonly role?: "server" | "client";
  /** The peer's settings beside ENABLE_CONNECT_PROTOCOL. Default: ours. */
  readonly settings?: readonly (readonly [number, number])[];
  /** Protocols that a client offers. */
  readonly protocols?: readonly string[];
  /** Fields of the peer's head. */
  readonly headers?: readonly string[];
  /** Steps before accept(), of a server. */
  readonly early?: readonly Step[];
  /** Not every cut: large inputs. */
  readonly isLong?: boolean;
}

export interface H2Talk {
  /** What the sessions reported, behind `session` or `established`. */
  readonly log: string[];
  readonly events: WebTransportEvent[];
  /** Capsules that we sent. */
  readonly sent: string[];
  /** Code of our RST_STREAM on the CONNECT stream, if any. */
  readonly reset: number | null;
  /** We ended our side. */
  readonly isEnded: boolean;
  readonly sessions: WebTransportSessions;
  readonly state: string;
  /** What a server chose. */
  readonly protocol: string | null;
  /** Longest piece of bytes that the peer sent. */
  readonly longest: number;
}

type Cutter = (bytes: Uint8Array) => Uint8Array[];

function play(steps: readonly Step[], options: H2TalkOptions, cutter: Cutter): H2Talk {
  const { role = "server", settings, headers = [], early = [], protocols = [], ...rest } = options;
  const { isLong: _long, ...own } = rest;
  const peerRole = role === "server" ? "client" : "server";
  const connectProtocol = { enableConnectProtocol: true };
  const tested = new H2Connection({
    role,
    settings: {
      ...(role === "server" ? connectProtocol : {}),
      extra: webtransportH2Settings(own.initial),
    },
  });
  const peer = new H2Connection({
    role: peerRole,
    settings: {
      ...(peerRole === "server" ? connectProtocol : {}),
      extra: settings ?? webtransportH2Settings(),
    },
  });
  const sessions = new WebTransportSessions(tested, { ...own, role });
  const events: WebTransportEvent[] = [];
  const received: Uint8Array[] = [];
  let reset: number | null = null;
  let isEnded = false;
  let requestId = 0;
  let longest = 0;
  const give = (cut: Cutter) => {
    for (let moved = true; moved; ) {
      moved = false;
      for (const bytes of peer.take()) {
        longest = Math.max(longest, bytes.length);
        for (const piece of cut(bytes)) {
          moved = true;
          for (const event of tested.receive(piece)) sessions.handle(event);
        }
      }
      events.push(...sessions.poll());
      for (const bytes of tested.take()) {
        moved = true;
        for (const event of peer.receive(bytes)) {
          if (event.type === "tunnel" || event.type === "data") received.push(event.bytes.slice());
          else if (event.type === "reset") reset = event.code;
          else if (event.type === "end") isEnded = true;
          else if (event.type === "head" && "method" in event.head) requestId = event.streamId;
        }
      }
      for (const event of tested.receive(new Uint8Array(0))) sessions.handle(event);
      events.push(...sessions.poll());
    }
  };
  const whole: Cutter = (bytes) => [bytes];
  give(whole);
  let id: number;
  const run = (list: readonly Step[]) => {
    for (const step of list) {
      if (typeof step === "function") step(sessions, id, tested);
      else if (step === "end") peer.sendEnd(id);
      else peer.sendData(id, step);
      give(cutter);
    }
  };
  if (role === "server") {
    id = peer.sendRequest({
      ...{ method: "CONNECT", protocol: "webtransport", scheme: "https" },
      ...{ authority: "a", path: "/wt", headers },
    });
    give(whole);
    run(early);
    if (sessions.sessionCount > 0) sessions.accept(id);
  } else {
    id = sessions.connect({ authority: "a", path: "/wt", protocols });
    give(whole);
    peer.sendResponse(requestId, { status: 200, headers });
  }
  give(whole);
  const first = events.findIndex(({ type }) => type === "session" || type === "established");
  const [began] = events.splice(first, first < 0 ? 0 : 1);
  const protocol = began?.type === "established" ? began.protocol : null;
  run(steps);
  return {
    log: joined(events),
    events,
    sent: capsuleLines(concat(...received)),
    ...{ reset, isEnded, sessions },
    ...{ state: tested.state, longest, protocol },
  };
}

/** Every place of the first bytes, and some behind them. */
function cutsOf(length: number, most: number): number[] {
  const all = Array.from({ length: Math.max(0, Math.min(length, most) - 1) }, (_, i) => i + 1);
  return all.filter((at) => at <= 80 || at % 13 === 0);
}

/** Plays a dialogue under every cut, expects the same of each, and gives what came of it uncut. */
export function h2Talk(steps: Step | readonly Step[], options: H2TalkOptions = {}): H2Talk {
  const list = Array.isArray(steps) ? (steps as readonly Step[]) : [steps as Step];
  const reference = play(list, options, (bytes) => [bytes]);
  const steady = ({ log, events, reset, isEnded, state }: H2Talk) => {
    const errors = events.map((event) => (event.type === "error" ? event.error.message : ""));
    return { log, errors: errors.filter(Boolean), reset, isEnded, state };
  };
  const expected = steady(reference);
  const ways: [string, Cutter][] = [["byte by byte", byteWise]];
  for (const at of cutsOf(reference.longest, options.isLong === true ? 40 : 400))
    ways.push([`cut at ${at}`, (bytes) => (bytes.length > at ? cutAt(bytes, at) : [bytes])]);
  for (const [name, cutter] of options.isLong === true ? ways.slice(1) : ways)
    expect(steady(play(list, options, cutter)), name).toEqual(expected);
  return reference;
}
