// Streams of the peer in one direction (RFC 9114 section 6.2, RFC 9204 section 4.2): the type first, in any pieces; then
// what it says: control frames, QPACK instructions, a push, a stream of a session, or nothing that we know.
// Rules: H3-STR-2, H3-STR-3, H3-STR-4, H3-STR-5, H3-STR-6, H3-STR-8, H3-STR-11, H3-STR-13, H3-STR-14, H3-STR-15, QP-ENC-6,
// H3-WT-3.

import { ErrorCode } from "../abi/error-code.js";
import { H3StreamType, H3WireCode } from "../abi/h3-wire.js";
import { VarintReader } from "../codec/varint.js";
import { Cost } from "./budget.js";
import { ControlStream } from "./h3-control.js";
import type { H3Core } from "./h3-core.js";
import { openPushStream } from "./h3-push.js";
import { readUnblocked } from "./h3-receive.js";
import { openUniSessionStream } from "./h3-sessions.js";

/** One stream. */
export class UniStream {
  readonly id: number;
  /** H3StreamType; -1 = not known yet, UNWANTED = passed over. */
  type = -1;
  /** The type, or the push or session id, as far as it came; null behind it: the streams that each connection has stay. */
  number: VarintReader | null = new VarintReader();
  /** Bytes read. */
  offset = 0;
  control: ControlStream | null = null;

  constructor(id: number) {
    this.id = id;
  }
}

/** A stream without use: asked to stop, and what comes all the same is passed over. */
const UNWANTED = -2;

/** Bytes of a stream in one direction that is no push and no session's yet. */
export function receiveUnidirectional(
  core: H3Core,
  streamId: number,
  bytes: Uint8Array,
  fin: boolean,
): void {
  let stream = core.unidirectional.get(streamId);
  if (stream === undefined) {
    if (core.seenUni.isOver(streamId)) return;
    core.seenUni.see(streamId);
    if (!core.draw(Cost.Frame, streamId, 0)) return;
    stream = new UniStream(streamId);
    core.unidirectional.set(streamId, stream);
  }
  const at = readHeader(core, stream, bytes, fin);
  // It has become something else, or the connection has failed.
  if (core.unidirectional.get(streamId) !== stream) return;
  if (stream.type >= 0) readKnown(core, stream, bytes, at);
  if (fin && core.unidirectional.get(streamId) === stream) endOfStream(core, stream);
}

/** The type, and the number that follows it on some. Returns the place behind. */
function readHeader(core: H3Core, stream: UniStream, bytes: Uint8Array, fin: boolean): number {
  const { number } = stream;
  if (number === null) return 0;
  let at = 0;
  if (stream.type === -1) {
    at = readNumber(stream, number, bytes, at);
    if (!number.isDone) return at;
    noteType(core, stream, number.value, fin);
    number.reset();
  }
  if (stream.type !== H3StreamType.Push && stream.type !== H3StreamType.WtStream) {
    stream.number = null;
    return at;
  }
  at = readNumber(stream, number, bytes, at);
  if (!number.isDone) return at;
  core.unidirectional.delete(stream.id);
  const rest = new Uint8Array(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  const { id, offset, type } = stream;
  const open = type === H3StreamType.Push ? openPushStream : openUniSessionStream;
  open(core, id, number.value, offset, rest, fin);
  return at;
}

function readNumber(
  stream: UniStream,
  number: VarintReader,
  bytes: Uint8Array,
  from: number,
): number {
  const at = number.read(bytes, from, bytes.length);
  stream.offset += at - from;
  return at;
}

/** What a stream of this type is, and whether there may be another one. */
function noteType(core: H3Core, stream: UniStream, type: number, fin: boolean): void {
  stream.type = type;
  switch (type) {
    case H3StreamType.Control:
      if (!claim(core, stream)) return;
      stream.control = new ControlStream(core, stream);
      return;
    case H3StreamType.QpackEncoder:
    case H3StreamType.QpackDecoder:
      claim(core, stream);
      return;
    case H3StreamType.Push:
      if (!core.config.isClient) core.fail(ErrorCode.H3_PUSH_STREAM_FORBIDDEN, stream.id, 0);
      return;
    case H3StreamType.WtStream:
      if (core.config.sessions > 0) return;
  }
  refuse(core, stream, fin);
}

/** There is one stream of each of these types. */
function claim(core: H3Core, stream: UniStream): boolean {
  for (const other of core.unidirectional.values()) {
    if (other === stream || other.type !== stream.type) continue;
    core.fail(ErrorCode.H3_STREAM_REPEATED, stream.id, 0);
    return false;
  }
  return true;
}

/** A type that we do not know: we stop reading, and that is no error (RFC 9114 section 6.2). */
function refuse(core: H3Core, stream: UniStream, fin: boolean): void {
  if (core.isOver || stream.type === H3StreamType.Push) return;
  stream.type = UNWANTED;
  core.unidirectional.delete(stream.id);
  core.seenUni.close(stream.id);
  if (!fin) core.output.reset(stream.id, -1, H3WireCode.StreamCreationError);
}

function readKnown(core: H3Core, stream: UniStream, bytes: Uint8Array, from: number): void {
  if (from >= bytes.length) return;
  const count = bytes.length - from;
  stream.offset += count;
  if (stream.control !== null) return stream.control.read(bytes, from);
  const rest = new Uint8Array(bytes.buffer, bytes.byteOffset + from, count);
  if (stream.type === H3StreamType.QpackEncoder) readEncoderStream(core, stream, rest);
  else if (stream.type === H3StreamType.QpackDecoder) readDecoderStream(core, stream, rest);
}

/** Insertions: sections may have waited for them. The type's octet counts as an octet of the stream. */
function readEncoderStream(core: H3Core, stream: UniStream, bytes: Uint8Array): void {
  const { qpackIn } = core;
  qpackIn.receiveEncoderStream(bytes);
  // What was complete before a mistake is delivered before it.
  readUnblocked(core);
  if (core.isOver) return;
  const { error } = qpackIn;
  if (error !== null) core.fail(error.code, stream.id, error.offset + TYPE_LENGTH);
}

function readDecoderStream(core: H3Core, stream: UniStream, bytes: Uint8Array): void {
  const fault = core.qpackOut.feedDecoderStream(bytes);
  if (fault !== null) core.fail(fault.code, stream.id, fault.offset + TYPE_LENGTH);
}

/** Octets of the stream type in its usual form: QPACK counts without it. */
const TYPE_LENGTH = 1;

/** FIN. */
function endOfStream(core: H3Core, stream: UniStream): void {
  if (isCritical(stream)) {
    const offset = stream.control?.offset ?? stream.offset;
    return core.fail(ErrorCode.H3_CRITICAL_STREAM_CLOSED, stream.id, offset);
  }
  // A push without its id is nobody's; so is a stream that ended inside its type (section 6.2).
  core.unidirectional.delete(stream.id);
  core.seenUni.close(stream.id);
}

function isCritical({ type }: UniStream): boolean {
  return (
    type === H3StreamType.Control ||
    type === H3StreamType.QpackEncoder ||
    type === H3StreamType.QpackDecoder
  );
}

/** RESET_STREAM of one that is no push and no session's. */
export function resetUnidirectional(core: H3Core, streamId: number): void {
  const stream = core.unidirectional.get(streamId);
  if (stream === undefined) {
    if (core.seenUni.isOver(streamId)) return;
    core.seenUni.see(streamId);
    core.seenUni.close(streamId);
    core.draw(Cost.Frame, streamId, 0);
    return;
  }
  if (isCritical(stream))
    return core.fail(ErrorCode.H3_CRITICAL_STREAM_CLOSED, streamId, stream.offset);
  core.unidirectional.delete(streamId);
  core.seenUni.close(streamId);
}
