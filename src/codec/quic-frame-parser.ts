// parseFrames: the payload of a packet, without protection, to its frames (RFC 9000 section 12.4).
// Rules: Q-FRM-1, Q-FRM-2, Q-FRM-3, Q-FRM-4, Q-FRM-5.

import { ErrorCode } from "../abi/error-code.js";
import { ProtocolError, UsageError } from "../errors.js";
import type { QuicFrame, QuicFrameError } from "./quic-frame.js";
import { buildQuicFrame } from "./quic-frame-build.js";
import { QuicFrameReader } from "./quic-frame-reader.js";
import { hasFrames, senderOf } from "./quic-frame-table.js";
import { packetKind, type QuicPacketType } from "./quic-packet.js";

/** Nothing of it outlives a call; making one costs as much as reading three packets. */
const reader = new QuicFrameReader();
const NOTHING = new Uint8Array(0);

/** What of parseFrames may be left out. */
export interface FrameOptions {
  /** Who sent the packet. Without it, frames that only servers send are accepted. */
  readonly from?: "client" | "server";
}

/**
 * The frames of a packet in wire order; octets in them are views of the payload. A mistake is an event of its own, the
 * last one: its offset counts octets of the payload, to the field that is wrong, and `frameType` names the frame. A frame
 * of an unknown type is there with the rest of the payload, before the error that it is.
 * @param payload what unprotect() gives
 * @param packetType "Initial", "0-RTT", "Handshake" or "1-RTT", in any case, with or without hyphens
 * @throws UsageError BYTES_INVALID, QUIC_PACKET_TYPE_INVALID, OPTION_INVALID
 */
export function parseFrames(
  payload: Uint8Array,
  packetType: QuicPacketType | (string & {}),
  options: FrameOptions = {},
): (QuicFrame | QuicFrameError)[] {
  if (!(payload instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "parseFrames takes a Uint8Array");
  const kind = packetKind(packetType);
  if (!hasFrames(kind))
    throw new UsageError("QUIC_PACKET_TYPE_INVALID", `${packetType} has no frames`);
  reader.read(payload, kind, senderOf(options.from));
  const frames: (QuicFrame | QuicFrameError)[] = [];
  while (reader.next()) frames.push(buildQuicFrame(reader));
  if (reader.fault !== ErrorCode.NONE) frames.push(frameError(reader));
  reader.read(NOTHING, kind);
  return frames;
}

/** What is wrong, as an event. */
export function frameError(reader: QuicFrameReader): QuicFrameError {
  const error = new ProtocolError(reader.fault, reader.faultAt, null);
  return { type: "error", error, frameType: reader.exactType, at: reader.at };
}
