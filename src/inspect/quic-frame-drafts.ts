// Frames of QUIC as drafts: their wire fields by name, octets of data shortened to their length, and the RFC section of each
// (RFC 9000 section 19, RFC 9221, drafts of ACK frequency and reliable resets).

import type { QuicFrame, QuicFrameName } from "../quic.js";

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

/** What a draft says of a frame. `length`: octets of its data, or of the whole frame where it has none. */
export function frameFields(frame: QuicFrame): {
  readonly name: QuicFrameName;
  readonly rfc: string;
  readonly streamId: number | bigint | null;
  readonly length: number;
  readonly [field: string]: unknown;
} {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(frame))
    if (!ELSEWHERE.has(name)) fields[name] = value instanceof Uint8Array ? value.slice() : value;
  const { name } = frame;
  if (name === "STREAM") fields.streamOffset = frame.offset;
  if (name === "CRYPTO") fields.cryptoOffset = frame.offset;
  const streamId = "streamId" in frame ? frame.streamId : null;
  return { name, rfc: SECTIONS[name], streamId, length: lengthOf(frame), ...fields };
}

function lengthOf(frame: QuicFrame): number {
  return "length" in frame ? frame.length : frame.size;
}
