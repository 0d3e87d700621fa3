// State of one HTTP/2 connection as the frame reader sees it, and its records. The first sixteen words are
// those of assembly/common and assembly/hpack.

import { ErrorCode } from "../../src/abi/error-code";
import { FIELD_BLOCK_LENGTH, FIELD_WINDOW, FieldStatus } from "../../src/abi/field-memory";
import { H2Block, H2Phase } from "../../src/abi/h2-memory";
import { FrameMark, FrameRecord } from "../../src/abi/h2-tape";
import { Config } from "../common/field-block";
import { Block } from "../hpack/state";

/** Words 0 to 15 as in Block, then those of H2Block; the rest is ours. */
@unmanaged
export class Connection extends Block {
  remaining: u32;
  paddingLeft: u32;
  maxFrameSize: u32;
  blockStream: u32;
  /** Longest field block, compressed; frame payloads count whole. */
  fieldBlockMax: u32;
  /** Most CONTINUATION frames of a block. */
  continuationMax: u32;
  /** Octets of the connection preface that were right. */
  prefaceAt: u32;
  /** 1 when the first frame was SETTINGS (RFC 9113 section 3.4). */
  settled: u32;
  /** Payloads of the field block under way, in bytes. */
  fieldBlockLength: u32;
  /** Its CONTINUATION frames so far. */
  continuationCount: u32;
  /** Where the next record goes: an address. */
  out: u32;
}

if (offsetof<Connection>() > <usize>FIELD_BLOCK_LENGTH) ERROR("Connection: length");
if (offsetof<Connection>("remaining") != <usize>(H2Block.Remaining * 4))
  ERROR("Connection.remaining");
if (offsetof<Connection>("prefaceAt") != <usize>(H2Block.PrivateFrames * 4))
  ERROR("Connection.prefaceAt");

/** Octets of a frame header (RFC 9113 section 4.1). */
export const HEADER_LENGTH: u32 = 9;

/** A frame header on the wire. A view: the address is the frame. */
@unmanaged
export class FrameHeader {
  @inline get length(): u32 {
    const at = changetype<usize>(this);
    return ((<u32>load<u8>(at)) << 16) | ((<u32>load<u8>(at, 1)) << 8) | load<u8>(at, 2);
  }
  @inline get type(): u32 {
    return load<u8>(changetype<usize>(this), 3);
  }
  @inline get flags(): u32 {
    return load<u8>(changetype<usize>(this), 4);
  }
  /** The reserved bit is masked (H2-014). */
  @inline get streamId(): u32 {
    return be31(changetype<usize>(this) + 5);
  }
}

/** A frame record; see FrameRecord. */
@unmanaged
export class Frame {
  head: u32;
  streamId: u32;
  length: u32;
  offset: u32;
  payloadAt: u32;
  payloadLength: u32;
  padLength: u32;
  extra: u32;
  extra2: u32;
}

if (offsetof<Frame>() != <usize>(FrameRecord.Size * 4)) ERROR("Frame: length");
if (offsetof<Frame>("payloadAt") != <usize>(FrameRecord.PayloadAt * 4)) ERROR("Frame.payloadAt");
if (offsetof<Frame>("extra2") != <usize>(FrameRecord.Extra2 * 4)) ERROR("Frame.extra2");

/** 32 bits, big-endian. */
export function be32(at: usize): u32 {
  return bswap(load<u32>(at));
}

/** 31 bits, big-endian: a stream identifier or an increment without its reserved bit. */
export function be31(at: usize): u32 {
  return be32(at) & 0x7fff_ffff;
}

/** Whether an option of the connection is on. */
export function hasFlag(connection: Connection, flag: u32): bool {
  return (changetype<Config>(connection.config).flags & flag) != 0;
}

/** Ends the connection: an error record, the last one. `at` and `errorAt` are addresses in the window. */
export function fail(connection: Connection, code: u32, at: u32, errorAt: u32): void {
  const record = changetype<Frame>(connection.out);
  record.head = FrameMark.Error << 16;
  record.streamId = 0;
  record.length = code;
  record.offset = at - FIELD_WINDOW;
  record.payloadAt = 0;
  record.payloadLength = 0;
  record.padLength = 0;
  record.extra = 0;
  record.extra2 = errorAt - FIELD_WINDOW;
  connection.out += offsetof<Frame>();
  connection.phase = H2Phase.Stopped;
  connection.status = FieldStatus.Failed;
}

/** Nothing wrong: what a check returns. */
export const NONE: u32 = ErrorCode.NONE;
