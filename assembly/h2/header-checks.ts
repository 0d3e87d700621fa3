// What the nine octets of a frame header show: decided before the payload is here, so that nothing is kept
// for a frame that will be refused (RFC 9113 sections 3.4, 4.2, 4.3, 6, 6.10; RFC 9218 section 7.1).
// Rules: H2-003, H2-004, H2-016 to H2-019, H2-021, H2-022, H2-024, H2-070, H2-073, H2-077, H2-079, H2-084, H2-085,
// H2-089, H2-091, H2-096 to H2-098, H2-116, H2-121, H2-126, H2-127, H2-130, H2-131, H2-138, H2-144, H2-145, H2-147,
// PU-007, PU-009.

import { ErrorCode } from "../../src/abi/error-code";
import { H2ConfigFlag } from "../../src/abi/h2-memory";
import { FrameFlag, FrameType } from "../../src/abi/h2-tape";
import { looksLikeHttp1 } from "./preface";
import { Connection, FrameHeader, hasFlag, NONE } from "./state";

/** Longest SETTINGS payload that is read whole: 10,000 settings. Whoever means fewer counts them himself. */
const SETTINGS_LENGTH_MAX: u32 = 60_000;

/** ErrorCode of the frame header at `header`, 0 = none. */
export function headerError(connection: Connection, header: FrameHeader): u32 {
  const framesOnly = hasFlag(connection, H2ConfigFlag.FramesOnly);
  if (!framesOnly) {
    const error = sequenceError(connection, header);
    if (error != NONE) return error;
  }
  if (header.length > connection.maxFrameSize) return ErrorCode.H2_FRAME_TOO_LARGE;
  const error = typeError(header.type, header.flags, header.streamId, header.length);
  if (error != NONE || framesOnly) return error;
  if (header.type == FrameType.Settings)
    return header.length > SETTINGS_LENGTH_MAX ? <u32>ErrorCode.H2_SETTINGS_TOO_MANY : NONE;
  return blockError(connection, header.type, header.length);
}

/** First frame, and frames inside a field block (RFC 9113 sections 3.4, 4.3, 6.10). */
function sequenceError(connection: Connection, header: FrameHeader): u32 {
  const type = header.type;
  if (connection.settled == 0) {
    if (type != FrameType.Settings) {
      const isClient = hasFlag(connection, H2ConfigFlag.Client);
      const isHttp1 = isClient && looksLikeHttp1(changetype<u32>(header));
      return isHttp1 ? ErrorCode.H2_HTTP1_RESPONSE : ErrorCode.H2_SETTINGS_EXPECTED;
    }
    if ((header.flags & FrameFlag.Ack) != 0) return ErrorCode.H2_SETTINGS_EXPECTED;
    return NONE;
  }
  const open = connection.blockStream;
  if (type == FrameType.Continuation) {
    const streamId = header.streamId;
    if (streamId == 0) return ErrorCode.H2_STREAM_ID_ZERO;
    if (open == 0) return ErrorCode.H2_CONTINUATION_UNEXPECTED;
    return streamId == open ? NONE : <u32>ErrorCode.H2_CONTINUATION_EXPECTED;
  }
  return open == 0 ? NONE : <u32>ErrorCode.H2_CONTINUATION_EXPECTED;
}

/** Limits of a field block; they count what each frame header says, so that no cut matters (RFC 9113 section 10.5.1). */
function blockError(connection: Connection, type: u32, length: u32): u32 {
  const isFirst = type == FrameType.Headers || type == FrameType.PushPromise;
  if (!isFirst && type != FrameType.Continuation) return NONE;
  const before: u32 = isFirst ? 0 : connection.fieldBlockLength;
  if (before + length > connection.fieldBlockMax) return ErrorCode.H2_FIELD_BLOCK_TOO_LARGE;
  if (isFirst || connection.continuationCount < connection.continuationMax) return NONE;
  return ErrorCode.H2_CONTINUATION_FLOOD;
}

/** Stream identifier and length, by type (RFC 9113 section 6). */
function typeError(type: u32, flags: u32, streamId: u32, length: u32): u32 {
  const padding: u32 = (flags & FrameFlag.Padded) != 0 ? 1 : 0;
  switch (type) {
    case FrameType.Data:
      return ofStream(streamId, length >= padding);
    case FrameType.Headers:
      return ofStream(streamId, length >= padding + ((flags & FrameFlag.Priority) != 0 ? 5 : 0));
    case FrameType.Priority:
      return ofStream(streamId, length == 5);
    case FrameType.RstStream:
      return ofStream(streamId, length == 4);
    case FrameType.Settings:
      return ofConnection(
        streamId,
        length % 6 == 0 && ((flags & FrameFlag.Ack) == 0 || length == 0),
      );
    case FrameType.PushPromise:
      return ofStream(streamId, length >= padding + 4);
    case FrameType.Ping:
      return ofConnection(streamId, length == 8);
    case FrameType.Goaway:
      return ofConnection(streamId, length >= 8);
    case FrameType.WindowUpdate:
      return length == 4 ? NONE : <u32>ErrorCode.H2_FRAME_LENGTH_INVALID;
    case FrameType.Continuation:
      return ofStream(streamId, true);
    case FrameType.PriorityUpdate:
      return ofConnection(streamId, length >= 4);
    default:
      return NONE;
  }
}

function ofStream(streamId: u32, fits: bool): u32 {
  if (streamId == 0) return ErrorCode.H2_STREAM_ID_ZERO;
  return fits ? NONE : <u32>ErrorCode.H2_FRAME_LENGTH_INVALID;
}

function ofConnection(streamId: u32, fits: bool): u32 {
  if (streamId != 0) return ErrorCode.H2_STREAM_ID_NOT_ZERO;
  return fits ? NONE : <u32>ErrorCode.H2_FRAME_LENGTH_INVALID;
}

/**
 * Whether a frame with this error is the stream's alone, so that the connection goes on behind its payload:
 * one that can change nothing but its stream (RFC 9113 sections 4.2 and 6.3; H2-017, H2-085).
 */
export function isStreamError(code: u32, type: u32, streamId: u32): bool {
  if (streamId == 0) return false;
  if (code == ErrorCode.H2_FRAME_LENGTH_INVALID) return type == FrameType.Priority;
  if (code != ErrorCode.H2_FRAME_TOO_LARGE) return false;
  switch (type) {
    case FrameType.Headers:
    case FrameType.RstStream:
    case FrameType.Settings:
    case FrameType.PushPromise:
    case FrameType.Ping:
    case FrameType.Goaway:
    case FrameType.WindowUpdate:
    case FrameType.Continuation:
    case FrameType.PriorityUpdate:
      return false;
    default:
      return true;
  }
}
