// Frames of QUIC as drafts: their wire fields by name, octets of data shortened to their length, and the RFC section of each
// (RFC 9000 section 19, RFC 9221, drafts of ACK frequency and reliable resets).

import type { QuicFrame, QuicFrameName } from "../quic.js";
import type { Direction, Draft } from "./events.js";

/** Where a frame is defined. */
const SECTIONS: Readonly<Record<QuicFrameName, string>> = {
  PADDING: "RFC 9000 section 19.1",
  PING: "RFC 9000 section 19.2",
  ACK: "RFC 9000 section 19.3",
  RESET_STREAM: "RFC 9000 section 19.4",
  STOP_SENDING: "RFC 9000 section 19.5",
  CRYPTO: "RFC 9000 section 19.6",
  NEW_TOKEN: "RFC 9000 section 19.7",
  STREAM: "RFC 9000 section 19.8",
  MAX_DATA: "RFC 9000 section 19.9",
  MAX_STREAM_DATA: "RFC 9000 section 19.10",
  MAX_STREAMS: "RFC 9000 section 19.11",
  DATA_BLOCKED: "RFC 9000 section 19.12",
  STREAM_DATA_BLOCKED: "RFC 9000 section 19.13",
  STREAMS_BLOCKED: "RFC 9000 section 19.14",
  NEW_CONNECTION_ID: "RFC 9000 section 19.15",
  RETIRE_CONNECTION_ID: "RFC 9000 section 19.16",
  PATH_CHALLENGE: "RFC 9000 section 19.17",
  PATH_RESPONSE: "RFC 9000 section 19.18",
  CONNECTION_CLOSE: "RFC 9000 section 19.19",
  HANDSHAKE_DONE: "RFC 9000 section 19.20",
  DATAGRAM: "RFC 9221 section 4",
  ACK_FREQUENCY: "draft-ietf-quic-ack-frequency section 4",
  IMMEDIATE_ACK: "draft-ietf-quic-ack-frequency section 5",
  RESET_STREAM_AT: "draft-ietf-quic-reliable-stream-reset section 4",
  UNKNOWN: "RFC 9000 section 12.4",
};

/** Members that have a place of their own in a draft, or that are data whose length is told. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "name",
  "at",
  "size",
  "offset",
  "length",
  "streamId",
  "cryptoData",
  "streamData",
  "datagramData",
  "payload",
]);

/** The draft of a frame. `length`: octets of its data, or of the whole frame where it has none. */
export function frameDraft(direction: Direction, frame: QuicFrame): Draft {
  const { name, at } = frame;
  const draft: Record<string, unknown> = {
    event: "frame",
    protocol: "quic",
    direction,
    offset: at,
    name,
    streamId: "streamId" in frame ? frame.streamId : null,
    length: "length" in frame ? frame.length : frame.size,
    rfc: SECTIONS[name],
  };
  for (const field in frame) {
    if (ELSEWHERE.has(field)) continue;
    const value = frame[field as keyof QuicFrame] as unknown;
    // Octets are those of the packet: a copy stays.
    draft[field] = value instanceof Uint8Array ? value.slice() : value;
  }
  if (name === "STREAM") draft.streamOffset = frame.offset;
  else if (name === "CRYPTO") draft.cryptoOffset = frame.offset;
  return draft as unknown as Draft;
}
