// What a hostile client and server of QUIC say, as steps and as bytes: a mutation fuzzer changes the bytes, and the packets
// that come of them are protected all the same, so that mistakes lie behind the protection, too.

import { concat } from "../latin1.js";
import { uint } from "../octets.js";
import { type QuicDatagram, QuicPeers, type QuicSide } from "./peers.js";
import { QUIC_PACKET_TYPES, type QuicPacketName } from "./registry.js";
import type { QuicTools } from "./tools.js";

/** One thing that the peers do. */
export type QuicScriptStep =
  /** A good handshake. */
  | { readonly do: "greeting" }
  /** A packet with these octets as its frames. */
  | {
      readonly do: "packet";
      readonly side: QuicSide;
      readonly type: QuicPacketName;
      readonly bytes: Uint8Array;
    }
  /** A datagram of any octets. */
  | { readonly do: "raw"; readonly side: QuicSide; readonly bytes: Uint8Array }
  /** This side takes its next keys. */
  | { readonly do: "update"; readonly side: QuicSide }
  /** The client has another port from now on. */
  | { readonly do: "move" }
  /** Retry with this connection id. */
  | { readonly do: "retry"; readonly bytes: Uint8Array }
  /** The last datagram comes once more. */
  | { readonly do: "again" }
  /** The next packet goes behind the last one, in its datagram. */
  | { readonly do: "join" };

/** Most steps of one script. */
const STEPS_MAX = 300;

/** Steps as bytes: an octet of what, two of a length, and the octets. */
export function scriptBytes(steps: readonly QuicScriptStep[]): Uint8Array {
  return concat(
    steps.map((step) => {
      const bytes = "bytes" in step ? step.bytes.subarray(0, 0xffff) : new Uint8Array(0);
      return concat([Uint8Array.of(operationOf(step)), uint(bytes.length, 2), bytes]);
    }),
  );
}

const PLAIN = ["greeting", "move", "retry", "again", "join"] as const;
/** Operations: 0x80 the server does it; 0 to 3 a packet, 4 raw, 5 an update, 8 and on the others. */
function operationOf(step: QuicScriptStep): number {
  const low =
    step.do === "packet"
      ? QUIC_PACKET_TYPES.indexOf(step.type)
      : step.do === "raw"
        ? 4
        : step.do === "update"
          ? 5
          : 8 + PLAIN.indexOf(step.do);
  return "side" in step && step.side === "server" ? 0x80 | low : low;
}

/** Bytes as steps: any bytes are some script. */
export function scriptOf(bytes: Uint8Array): QuicScriptStep[] {
  const steps: QuicScriptStep[] = [];
  for (let at = 0; at + 3 <= bytes.length && steps.length < STEPS_MAX; ) {
    const operation = bytes[at] ?? 0;
    const length = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    steps.push(stepOf(operation, bytes.slice(at + 3, at + 3 + length)));
    at += 3 + length;
  }
  return steps;
}

function stepOf(operation: number, bytes: Uint8Array): QuicScriptStep {
  const side = (operation & 0x80) === 0 ? "client" : "server";
  const low = operation & 0x0f;
  const type = QUIC_PACKET_TYPES[low];
  if (type !== undefined) return { do: "packet", side, type, bytes };
  if (low === 4) return { do: "raw", side, bytes };
  const name = PLAIN[(low - 8) % PLAIN.length];
  if (low < 8 || name === undefined) return { do: "update", side };
  return name === "retry" ? { do: "retry", bytes: bytes.subarray(0, 20) } : { do: name };
}

/** The datagrams of a script. */
export function scriptDatagrams(
  tools: QuicTools,
  steps: readonly QuicScriptStep[],
): QuicDatagram[] {
  const peers = new QuicPeers(tools);
  const out: QuicDatagram[] = [];
  let port = 50_000;
  let isJoined = false;
  for (const step of steps) {
    const from = `127.0.0.1:${port}`;
    if (step.do === "greeting") out.push(...peers.handshake());
    else if (step.do === "move") port++;
    else if (step.do === "update") peers.update(step.side);
    else if (step.do === "retry") out.push(peers.retry(step.bytes));
    else if (step.do === "again") out.push(...out.slice(-1));
    else if (step.do === "packet" || step.do === "raw") {
      const packet =
        step.do === "raw" ? step.bytes : peers.packet(step.side, step.type, [step.bytes]);
      const one = peers.datagram(step.side, [packet], step.side === "client" ? from : undefined);
      const last = out.at(-1);
      if (isJoined && last?.source === one.source) {
        out[out.length - 1] = { ...last, bytes: concat([last.bytes, packet]) };
      } else out.push(one);
    }
    isJoined = step.do === "join";
  }
  return out;
}
