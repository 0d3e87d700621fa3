// Packets that stay closed, and what is no packet: what an observer tells of them.
// Rules: Q-DGM-2, Q-DGM-4, Q-DGM-7.

import type { QuicPacket } from "../codec/quic-packet.js";
import { splitDatagram } from "../codec/quic-packet-parser.js";
import type { ObservedPacketDraft, QuicClosedReason, QuicSender } from "./quic-observation.js";

/** What every packet has. */
export function packetMembers(packet: QuicPacket) {
  const { type, version, length, offset } = packet;
  return { kind: "packet", packetType: type, version, length, at: offset } as const;
}

/** A packet that stays closed. */
export function closedPacket(
  packet: QuicPacket,
  direction: QuicSender,
  reason: QuicClosedReason,
): ObservedPacketDraft {
  return {
    ...packetMembers(packet),
    direction,
    packetNumber: null,
    decrypted: false,
    reason,
    packet,
    keyPhase: null,
    payload: null,
    frames: [],
    isDuplicate: false,
    late: null,
  };
}

/** A short packet whose connection id nobody ever told. */
export function closedShort(bytes: Uint8Array, direction: QuicSender): ObservedPacketDraft[] {
  const { packets } = splitDatagram(bytes, { connectionIdLength: 0, greaseQuicBit: true });
  return packets.map((packet) => closedPacket(packet, direction, "no keys"));
}

/** All parts of a datagram of nobody. */
export function closedParts(bytes: Uint8Array): ObservedPacketDraft[] {
  const parts = splitDatagram(bytes, { connectionIdLength: 0, greaseQuicBit: true });
  const drafts = parts.packets.map((packet) => {
    const reason = packet.type === "Initial" ? "not authentic" : "unknown connection";
    return closedPacket(packet, "client", reason);
  });
  for (const { offset, length } of parts.leftOut)
    drafts.push(rest("malformed", offset, length, "client"));
  if (parts.rest !== null) {
    const { reason, offset, length } = parts.rest;
    drafts.push(rest(reason, offset, length, "client"));
  }
  return drafts;
}

/** Octets of a datagram that are no packet. */
export function rest(
  reason: QuicClosedReason,
  at: number,
  length: number,
  direction: QuicSender,
): ObservedPacketDraft {
  return {
    kind: "packet",
    direction,
    packetType: reason === "padding" ? "Padding" : "Unknown",
    version: null,
    packetNumber: null,
    length,
    at,
    decrypted: false,
    reason,
    packet: null,
    keyPhase: null,
    payload: null,
    frames: [],
    isDuplicate: false,
    late: null,
  };
}
