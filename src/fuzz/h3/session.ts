// Arrivals as one string of bytes, which a mutation fuzzer can edit: every string of bytes is some session. One
// record after the other: an octet that says what arrives and where, then what belongs to it. A session keeps
// what QUIC itself keeps: nothing behind the end of a stream, no stream that only its other side may write.

import { concat } from "../latin1.js";
import { uint } from "../octets.js";
import { type H3Arrival, on } from "./steps.js";

/** What the three highest bits of a record mean. */
const KINDS = ["data", "data", "data", "fin", "fin", "reset", "stop", "datagram"] as const;

/** Codes of resets by their first octets; beyond them the octet itself. */
const CODES = [0x10c, 0x100, 0x10b, 0x102, 0x33, 0x21, 0x3994bd84];

/** Stream ids by the five lowest bits of a record, for the peer of a server and of a client. */
type Place = readonly [initiator: "peer" | "client" | "own", kind: "uni" | "bidi", n: number];

const PLACES: readonly Place[] = [
  ...[0, 1, 2].map((n): Place => ["peer", "uni", n]),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n): Place => ["client", "bidi", n]),
  ...[3, 4, 5, 6].map((n): Place => ["peer", "uni", n]),
  ...[0, 1].map((n): Place => ["peer", "bidi", n]),
  ["own", "uni", 0],
  ["own", "uni", 1],
  ["client", "bidi", 1_000_000],
  ["client", "bidi", 2 ** 51 - 1],
  ["peer", "uni", 1_000_000],
  ...[0, 1, 2, 3, 0, 1, 2, 0, 1, 0].map((n): Place => ["client", "bidi", n]),
];

/** Of which role the receiver is. */
type Role = "server" | "client";

function idOf([initiator, kind, n]: Place, role: Role): number {
  const isClients = initiator === "client" || (initiator === "peer") === (role === "server");
  return 4 * n + (isClients ? 0 : 1) + (kind === "uni" ? 2 : 0);
}

/** What a session may do, by what QUIC allows. */
export interface SessionRules {
  readonly role: Role;
  /** Client: streams of these requests are open. */
  readonly requests?: number;
}

/** The arrivals that these bytes stand for; what QUIC would not deliver is left out. */
export function sessionOf(bytes: Uint8Array, rules: SessionRules): H3Arrival[] {
  const out: H3Arrival[] = [];
  const closed = new Set<string>();
  for (let at = 0; at < bytes.length; ) {
    const octet = bytes[at++] ?? 0;
    const kind = KINDS[octet >> 5] ?? "data";
    const place = PLACES[octet & 31] ?? (["client", "bidi", 0] as const);
    const streamId = idOf(place, rules.role);
    if (kind === "reset" || kind === "stop") {
      const code = CODES[bytes[at] ?? 0] ?? bytes[at] ?? 0;
      at++;
      const step = { do: kind === "reset" ? "reset" : "stopSending", streamId, code } as const;
      if (isDelivered(step, place, rules, closed)) out.push(step);
      continue;
    }
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    const part = bytes.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    const step: H3Arrival =
      kind === "datagram" ? { do: "datagram", bytes: part } : on(streamId, part, kind === "fin");
    if (isDelivered(step, place, rules, closed)) out.push(step);
  }
  return out;
}

function isDelivered(
  step: H3Arrival,
  [initiator, kind, n]: Place,
  { role, requests = 0 }: SessionRules,
  closed: Set<string>,
): boolean {
  if (step.do === "datagram") return true;
  const isStop = step.do === "stopSending";
  // STOP_SENDING is about what we send, the others about what the peer sends.
  if (kind === "uni" && isStop !== (initiator === "own")) return false;
  if (initiator === "client" && role === "client" && n >= requests) return false;
  // What a server opens for itself needs WebTransport.
  if (initiator === "peer" && kind === "bidi" && role === "server") return false;
  const lane = `${isStop} ${step.streamId}`;
  if (closed.has(lane)) return false;
  if (step.do !== "stream" || step.fin) closed.add(lane);
  return true;
}

/** Arrivals as bytes; what no record can say is left out, long content becomes several records. */
export function sessionBytes(steps: readonly H3Arrival[], role: Role): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const step of steps) {
    if (step.do === "datagram") {
      parts.push(record(7, 0, step.bytes.subarray(0, 0xffff)));
      continue;
    }
    const place = PLACES.findIndex((one) => idOf(one, role) === step.streamId);
    if (place < 0) continue;
    if (step.do === "stream") {
      let rest = step.bytes;
      for (; rest.length > 0xffff; rest = rest.subarray(0xffff)) {
        parts.push(record(0, place, rest.subarray(0, 0xffff)));
      }
      parts.push(record(step.fin ? 3 : 0, place, rest));
      continue;
    }
    const code = CODES.indexOf(step.code);
    const octet = code < 0 ? step.code & 255 : code;
    parts.push(Uint8Array.of(((step.do === "reset" ? 5 : 6) << 5) | place, octet));
  }
  return concat(parts);
}

function record(kind: number, place: number, bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.of((kind << 5) | place), uint(bytes.length, 2), bytes]);
}
