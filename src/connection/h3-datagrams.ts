// HTTP datagrams in QUIC datagrams (RFC 9297 section 2.1): a quarter of the request's stream number, then the payload.
// Rules: H3-DGM-1, H3-DGM-2, H3-DGM-3, H3-DGM-4, H3-DGM-5, H3-DGM-6.

import { ErrorCode } from "../abi/error-code.js";
import { ByteWriter } from "../codec/byte-writer.js";
import { putVarint, readVarintExact, varintSize } from "../codec/varint.js";
import { UsageError } from "../errors.js";
import { Cost } from "./budget.js";
import type { H3Core } from "./h3-core.js";
import { streamError } from "./h3-lifecycle.js";
import { streamOf } from "./h3-send.js";
import { H3StreamFlag } from "./h3-stream.js";

const QUARTER_MAX = 2n ** 60n - 1n;

/** A QUIC datagram of the peer. */
export function receiveDatagram(core: H3Core, bytes: Uint8Array): void {
  const quarter = readVarintExact(bytes, 0, bytes.length);
  if (quarter === -1 || quarter > QUARTER_MAX)
    return core.fail(ErrorCode.H3_DATAGRAM_INVALID, -1, 0);
  if (!core.draw(Cost.Frame, -1, 0)) return;
  const streamId = Number(quarter) * 4;
  if (core.config.isClient && streamId >= core.nextBidi)
    return core.fail(ErrorCode.H3_DATAGRAM_STREAM_INVALID, -1, 0);
  const stream = core.live.get(streamId);
  // Not here yet, or over: datagrams may be lost, and this one is (RFC 9297 section 2.1).
  if (stream === undefined || stream.has(H3StreamFlag.ReceiveDone)) return;
  if (!stream.has(H3StreamFlag.HeadReceived) && !core.config.isClient) return;
  if (!stream.has(H3StreamFlag.Extended))
    return streamError(core, stream, ErrorCode.H3_DATAGRAM_UNEXPECTED, 0);
  const from = varintSize(bytes[0] as number);
  const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + from, bytes.length - from);
  core.reward(Cost.Frame, 0);
  core.emitDatagram(streamId, payload);
}

const writer = new ByteWriter();

/** Queues a datagram. False: it was not, or one that waited was dropped for it. */
export function sendDatagram(core: H3Core, streamId: number, bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "sendDatagram takes a Uint8Array");
  const stream = streamOf(core, streamId);
  if (stream === null || !core.peer.datagrams || !core.config.datagrams) return false;
  if (!stream.has(H3StreamFlag.Extended))
    throw new UsageError("H3_DATAGRAM_FORBIDDEN", "datagrams belong to an extended CONNECT");
  if (stream.has(H3StreamFlag.SendDone)) return false;
  const at = writer.begin();
  putVarint(writer, streamId / 4);
  writer.putBytes(bytes);
  const datagram = writer.takeFrom(at);
  const { rare } = core;
  const limit = core.config.limits.datagramQueueLength;
  if (datagram.length > limit) return false;
  rare.datagrams.push(datagram);
  rare.datagramLength += datagram.length;
  let isKept = true;
  while (rare.datagramLength > limit) {
    const oldest = rare.datagrams.shift() as Uint8Array;
    rare.datagramLength -= oldest.length;
    isKept = false;
  }
  return isKept;
}

/** All that wait. */
export function takeDatagrams(core: H3Core): Uint8Array[] {
  if (!core.hasRare || core.rare.datagrams.length === 0) return [];
  const { datagrams } = core.rare;
  core.rare.datagrams = [];
  core.rare.datagramLength = 0;
  return datagrams;
}
