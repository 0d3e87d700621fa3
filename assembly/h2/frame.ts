// One frame to one record (RFC 9113 sections 4 and 6): what its payload shows, where the payload proper is, and
// whether it goes on behind the input. Field blocks that are whole are decoded here (section 4.3).
// Rules: H2-011 to H2-015, H2-025, H2-026, H2-072, H2-078, H2-119, H2-120, H2-132, H2-139 to H2-141, PU-008, PU-014.

import { ErrorCode } from "../../src/abi/error-code";
import { FIELD_TAPE, FIELD_TAPE_LENGTH, FIELD_WINDOW } from "../../src/abi/field-memory";
import { H2ConfigFlag, H2Phase } from "../../src/abi/h2-memory";
import { FrameFlag, FrameMark, FrameType } from "../../src/abi/h2-tape";
import { decodeBlock } from "../hpack/decoder";
import { headerError, isStreamError } from "./header-checks";
import {
  be31,
  be32,
  Connection,
  Frame,
  FrameHeader,
  fail,
  HEADER_LENGTH,
  hasFlag,
  NONE,
} from "./state";

/** Longest ALTSVC, ORIGIN or PRIORITY_UPDATE that is read: they are hints, and a longer one is passed over. */
const HINT_LENGTH_MAX: u32 = 16_384;

const TAPE_END: u32 = FIELD_TAPE + FIELD_TAPE_LENGTH;

/**
 * Reads the frame whose header stands at `at`; nine octets are here. Returns where it ends, or where the input
 * ends inside its payload; `at` when more of it must be here first, or when it was refused.
 */
export function frame(connection: Connection, at: u32, end: u32): u32 {
  const header = changetype<FrameHeader>(at);
  const type = header.type;
  const error = headerError(connection, header);
  if (error != NONE) {
    if (isStreamError(error, type, header.streamId)) return skip(connection, at, end, error);
    fail(connection, error, at, at);
    return at;
  }
  const length = header.length;
  if (isPassedOver(connection, type, length)) return skip(connection, at, end, NONE);
  const flags = header.flags;
  const prefix = prefixLength(type, flags);
  const needed = HEADER_LENGTH + (isStreamed(connection, type) ? prefix : length);
  if (end - at < needed) {
    connection.needed = needed;
    return at;
  }
  return read(connection, at, end, prefix);
}

/** Whether nobody reads the payload: unknown types, and hints that are too long. */
function isPassedOver(connection: Connection, type: u32, length: u32): bool {
  if (type <= <u32>FrameType.Continuation) return false;
  if (hasFlag(connection, H2ConfigFlag.FramesOnly)) return false;
  const isHint =
    type == FrameType.AltSvc || type == FrameType.Origin || type == FrameType.PriorityUpdate;
  return !isHint || length > HINT_LENGTH_MAX;
}

/** Octets of the payload in front of the payload proper; the whole of it where its length is fixed. */
function prefixLength(type: u32, flags: u32): u32 {
  const padding: u32 = (flags & FrameFlag.Padded) != 0 ? 1 : 0;
  switch (type) {
    case FrameType.Data:
      return padding;
    case FrameType.Headers:
      return padding + ((flags & FrameFlag.Priority) != 0 ? 5 : 0);
    case FrameType.Priority:
      return 5;
    case FrameType.PushPromise:
      return padding + 4;
    case FrameType.RstStream:
    case FrameType.WindowUpdate:
    case FrameType.PriorityUpdate:
      return 4;
    case FrameType.Ping:
    case FrameType.Goaway:
      return 8;
    default:
      return 0;
  }
}

/** Whether the payload proper may come in pieces: the host takes them as they come. */
function isStreamed(connection: Connection, type: u32): bool {
  if (type == FrameType.Data || type == FrameType.Goaway) return true;
  return hasFlag(connection, H2ConfigFlag.FramesOnly);
}

/** Writes the record of a frame whose header is good and whose prefix, or all of it, is here. */
function read(connection: Connection, at: u32, end: u32, prefix: u32): u32 {
  const header = changetype<FrameHeader>(at);
  const type = header.type;
  const flags = header.flags;
  const length = header.length;
  const payload = at + HEADER_LENGTH;
  const hasPadding =
    (flags & FrameFlag.Padded) != 0 &&
    (type == FrameType.Data || type == FrameType.Headers || type == FrameType.PushPromise);
  const padLength: u32 = hasPadding ? load<u8>(payload) : 0;
  if (prefix + padLength > length) {
    fail(connection, ErrorCode.H2_PADDING_INVALID, at, at);
    return at;
  }
  const record = start(connection, at, FrameMark.None);
  record.padLength = padLength;
  const error = readPrefix(record, type, flags, payload + (hasPadding ? 1 : 0));
  if (error != NONE) {
    if (type == FrameType.WindowUpdate && record.streamId != 0)
      return skip(connection, at, end, error);
    fail(connection, error, at, at);
    return at;
  }
  record.payloadAt = payload + prefix - FIELD_WINDOW;
  const proper = length - prefix - padLength;
  record.payloadLength = proper;
  connection.out += offsetof<Frame>();
  if (end - payload < length) return goOn(connection, record, end, proper);
  if (type == FrameType.Settings) connection.settled = 1;
  else if (isFieldBlock(type) && !hasFlag(connection, H2ConfigFlag.FramesOnly))
    return fieldBlock(connection, record, at);
  return payload + length;
}

/** The record of the frame at `at`, not yet on the tape. */
function start(connection: Connection, at: u32, mark: u32): Frame {
  if (!ASC_NO_ASSERT) assert(connection.out + offsetof<Frame>() <= TAPE_END); // only in the debug build
  const header = changetype<FrameHeader>(at);
  const record = changetype<Frame>(connection.out);
  record.head = header.type | (header.flags << 8) | (mark << 16);
  record.streamId = header.streamId;
  record.length = header.length;
  record.offset = at - FIELD_WINDOW;
  record.padLength = 0;
  record.extra = 0;
  record.extra2 = 0;
  return record;
}

/** Fixed fields of the payload, from `at` on. ErrorCode where one is wrong in itself. */
function readPrefix(record: Frame, type: u32, flags: u32, at: u32): u32 {
  switch (type) {
    case FrameType.Headers:
      if ((flags & FrameFlag.Priority) != 0) readPriority(record, at);
      return NONE;
    case FrameType.Priority:
      readPriority(record, at);
      return NONE;
    case FrameType.PushPromise:
      record.extra = be31(at);
      // Promised streams are the server's: even (RFC 9113 section 5.1.1).
      return record.extra == 0 || (record.extra & 1) != 0
        ? <u32>ErrorCode.H2_PROMISED_ID_INVALID
        : NONE;
    case FrameType.RstStream:
      record.extra2 = be32(at);
      return NONE;
    case FrameType.Goaway:
      record.extra = be31(at);
      record.extra2 = be32(at + 4);
      return NONE;
    case FrameType.WindowUpdate:
      record.extra = be31(at);
      return record.extra == 0 ? <u32>ErrorCode.H2_WINDOW_INCREMENT_ZERO : NONE;
    case FrameType.PriorityUpdate:
      record.extra = be31(at);
      return record.extra == 0 ? <u32>ErrorCode.H2_PRIORITY_UPDATE_INVALID : NONE;
    default:
      return NONE;
  }
}

/** Exclusive bit and Stream Dependency, weight (RFC 7540 section 6.3). */
function readPriority(record: Frame, at: u32): void {
  record.extra = be32(at);
  record.extra2 = load<u8>(at, 4);
}

/** The payload goes on behind the input: what is missing is for the host. */
function goOn(connection: Connection, record: Frame, end: u32, proper: u32): u32 {
  const here = end - FIELD_WINDOW - record.payloadAt;
  record.head |= FrameMark.Partial << 16;
  record.payloadLength = min(here, proper);
  connection.remaining = proper - record.payloadLength;
  connection.paddingLeft = record.padLength - (here - record.payloadLength);
  connection.phase = H2Phase.Payload;
  return end;
}

/** A frame whose payload nobody reads: unknown, or refused without ending the connection. */
function skip(connection: Connection, at: u32, end: u32, error: u32): u32 {
  const mark: u32 = error == NONE ? FrameMark.Skipped : FrameMark.Skipped | FrameMark.Error;
  const record = start(connection, at, mark);
  const length = record.length;
  const payload = at + HEADER_LENGTH;
  record.payloadAt = payload - FIELD_WINDOW;
  record.payloadLength = length;
  record.extra = error;
  connection.out += offsetof<Frame>();
  if (end - payload >= length) return payload + length;
  record.head |= FrameMark.Partial << 16;
  connection.remaining = length - (end - payload);
  connection.paddingLeft = 0;
  connection.phase = H2Phase.Skip;
  return end;
}

function isFieldBlock(type: u32): bool {
  return (
    type == FrameType.Headers || type == FrameType.Continuation || type == FrameType.PushPromise
  );
}

/** A whole block is decoded at once; a fragment is for the host to collect (RFC 9113 section 4.3). */
function fieldBlock(connection: Connection, record: Frame, at: u32): u32 {
  const header = changetype<FrameHeader>(at);
  const next = at + HEADER_LENGTH + header.length;
  const isLast = (header.flags & FrameFlag.EndHeaders) != 0;
  const goesOn = header.type == FrameType.Continuation;
  if (!isLast || goesOn) {
    record.head |= FrameMark.Fragment << 16;
    connection.blockStream = isLast ? 0 : header.streamId;
    connection.fieldBlockLength = header.length + (goesOn ? connection.fieldBlockLength : 0);
    connection.continuationCount = goesOn ? connection.continuationCount + 1 : 0;
    return next;
  }
  record.head |= FrameMark.Section << 16;
  const block = FIELD_WINDOW + record.payloadAt;
  const out = decodeBlock(connection, block, record.payloadLength, connection.out);
  if (out == 0) {
    // No record of a frame that ends the connection: the error takes its place.
    connection.out -= offsetof<Frame>();
    fail(connection, connection.errorCode, at, block + connection.errorAt);
    return at;
  }
  connection.out = out;
  return next;
}

/**
 * Whether the host must act before anything behind this frame is read: join and decode a block, or put settings in
 * force that the peer has acknowledged.
 */
export function isTurn(at: u32): bool {
  const header = changetype<FrameHeader>(at);
  const type = header.type;
  if (type == FrameType.Continuation) return (header.flags & FrameFlag.EndHeaders) != 0;
  return type == FrameType.Settings && (header.flags & FrameFlag.Ack) != 0;
}
