// State of one connection (128 bytes in the slab), its options, the records under construction, and
// how an error or a leniency is noted. Positions are offsets from `base`, so that they stay true
// when an unfinished head moves to a carry buffer.

import { ErrorCode } from "../../src/abi/error-code";
import {
  BLOCK_LENGTH,
  BlockField,
  CONFIG_LENGTH,
  ConfigField,
  ExecStatus,
  Phase,
  TAPE,
  TAPE_LENGTH,
} from "../../src/abi/memory";
import { HeadField, TapeKind, TrailerField } from "../../src/abi/tape";
import { carryTapeLength } from "../common/arena";

/** Status while parsing goes on; never seen by the host. */
export const CONTINUE: u32 = 255;

/** Phases inside a start line, a field section or a chunked body (RFC 9112 sections 3 to 7). */
export const enum Step {
  ChunkSize = 6,
  ChunkDigits = 7,
  ChunkSizeBws = 8,
  ChunkExtNameStart = 9,
  ChunkExtName = 10,
  ChunkExtNameBws = 11,
  ChunkExtValueStart = 12,
  ChunkExtToken = 13,
  ChunkExtQuoted = 14,
  ChunkExtPair = 15,
  ChunkExtQuotedEnd = 16,
  ChunkExtValueBws = 17,
  ChunkLineLf = 18,
  ChunkDataLf = 19,
  TrailerStart = 20,
  EmptyLines = 21,
  Method = 22,
  TargetSpace = 23,
  Target = 24,
  VersionSpace = 25,
  Version = 26,
  Preface = 27,
  StatusVersion = 28,
  StatusCode = 29,
  Reason = 30,
  FieldStart = 31,
  FieldName = 32,
  SpaceBeforeColon = 33,
  ValueStart = 34,
  Value = 35,
  FoldStart = 36,
  DropLine = 37,
}

/** Bits of `Block.seen`, the engine's own notes on the message under way. */
export const enum Seen {
  Host = 1,
  Length = 2,
  Coding = 4,
  /** The last coding listed so far is chunked. */
  ChunkedLast = 8,
  Chunked = 16,
  /** "upgrade" in Connection. */
  ConnectionUpgrade = 32,
  /** The last field record waits to be read for framing: its line may still go on by obs-fold. */
  Pending = 64,
  /** A trailer section is under way, not a head. */
  Trailers = 128,
  /** The fields do not frame: 1xx, 204, 304, to HEAD, a 2xx to CONNECT (RFC 9112 section 6.3). */
  Unframed = 256,
  /** A leniency forces the connection to close after this message. */
  ForceClose = 512,
  /** The line under way continues the value of the last record. */
  Folding = 1024,
  /** The target has a query, as far as it was read. */
  Query = 2048,
}

/** Words 0 to 18 as in BlockField; the rest is ours. */
@unmanaged
export class Block {
  phase: i32;
  config: u32;
  context: u32;
  messageBudget: u32;
  consumed: u32;
  status: u32;
  tapeAt: u32;
  base: u32;
  carry: u32;
  carryWriteAt: u32;
  carryRoom: u32;
  carryClass: u32;
  /** Content bytes that remain, of the message or of the chunk. */
  remaining: u64;
  headStart: u32;
  recordLength: u32;
  inputEnd: u32;
  recordAt: u32;
  leniencyCount: u32;
  /** Where the next record goes: an address. */
  out: u32;
  lastHeadEnd: u32;
  /** Next byte to look at. */
  at: u32;
  /** First byte of the element under way. */
  mark: u32;
  lineStart: u32;
  sectionStart: u32;
  seen: u32;
  fieldCount: u32;
  /** Leniency bits that were reported for the line under way. */
  reported: u32;
  /** Empty lines, digits of a chunk size, or extension bytes of the message. */
  counter: u32;
  extensionLength: u32;
  /** Chunk overhead that this message may still spend, in bytes. */
  credit: i64;
}

if (offsetof<Block>() != <usize>BLOCK_LENGTH) ERROR("Block: length");
if (offsetof<Block>("consumed") != <usize>(BlockField.Consumed * 4)) ERROR("Block.consumed");
if (offsetof<Block>("carryWriteAt") != <usize>(BlockField.CarryWriteAt * 4))
  ERROR("Block.carryWriteAt");
if (offsetof<Block>("remaining") != <usize>(BlockField.RemainingLow * 4)) ERROR("Block.remaining");
if (offsetof<Block>("inputEnd") != <usize>(BlockField.InputEnd * 4)) ERROR("Block.inputEnd");
if (offsetof<Block>("leniencyCount") != <usize>(BlockField.LeniencyCount * 4))
  ERROR("Block.leniencyCount");
if (offsetof<Block>("out") != <usize>(BlockField.Out * 4)) ERROR("Block.out");
if (offsetof<Block>("at") != <usize>(BlockField.Private * 4)) ERROR("Block.at");

/** Limits and flags, shared by all connections with the same options. */
@unmanaged
export class Config {
  leniency: u32;
  options: u32;
  methodLength: u32;
  targetLength: u32;
  statusLineLength: u32;
  fieldLineLength: u32;
  fieldSectionLength: u32;
  fieldCount: u32;
  trailerSectionLength: u32;
  trailerCount: u32;
  chunkSizeDigits: u32;
  chunkExtensionsLength: u32;
  chunkOverheadRatio: u32;
  chunkOverheadFloor: u32;
  emptyLineCount: u32;
  padding: u32;
}

if (offsetof<Config>() != <usize>CONFIG_LENGTH) ERROR("Config: length");
if (offsetof<Config>("trailerCount") != <usize>(ConfigField.TrailerCount * 4))
  ERROR("Config.trailerCount");
if (offsetof<Config>("emptyLineCount") != <usize>(ConfigField.EmptyLineCount * 4))
  ERROR("Config.emptyLineCount");

/** A head record; field records follow it. */
@unmanaged
export class Head {
  kind: u32;
  start: u32;
  end: u32;
  methodOrStatus: u32;
  textStart: u32;
  textLength: u32;
  flags: u32;
  fieldCount: u32;
  authorityStart: u32;
  authorityLength: u32;
  pathStart: u32;
  pathLength: u32;
  contentLength: u64;
  framing: u32;
  upgradeStart: u32;
  upgradeLength: u32;
  methodId: u32;
  schemeLength: u32;
  leniencyCount: u32;
}

if (offsetof<Head>("fieldCount") != <usize>(HeadField.FieldCount * 4)) ERROR("Head.fieldCount");
if (offsetof<Head>("contentLength") != <usize>(HeadField.ContentLengthLow * 4))
  ERROR("Head.contentLength");
if (offsetof<Head>("leniencyCount") != <usize>(HeadField.LeniencyCount * 4))
  ERROR("Head.leniencyCount");
if (offsetof<Head>() != <usize>(HeadField.Size * 4)) ERROR("Head: length");

/** A trailer record; field records follow it. */
@unmanaged
export class Trailers {
  kind: u32;
  start: u32;
  end: u32;
  fieldCount: u32;
  leniencyCount: u32;
}

if (offsetof<Trailers>() != <usize>(TrailerField.Size * 4)) ERROR("Trailers: length");

/** One past the last byte that records may use: leniency uses grow downwards from here. */
export function tapeEnd(block: Block): u32 {
  if (block.carry == 0) return TAPE + TAPE_LENGTH;
  return block.carry + carryTapeLength(block.carryClass);
}

/** Whether `length` more bytes of records fit. */
export function hasRoom(block: Block, length: u32): bool {
  return block.out + length <= tapeEnd(block) - block.leniencyCount * 8;
}

/** The input ends inside an element: it goes on at `at` with the next piece. */
export function needMore(block: Block, at: u32): u32 {
  if (!ASC_NO_ASSERT) assert(at <= block.inputEnd); // only in the debug build that fuzzing can run
  block.status = ExecStatus.Done;
  return at;
}

/** Ends the connection: the error is the last record, and a head under way is dropped. */
export function fail(block: Block, code: ErrorCode, at: u32): u32 {
  const out = block.phase >= Phase.FirstHead ? block.recordAt : block.out;
  store<u32>(out, TapeKind.Error);
  store<u32>(out, code, 4);
  store<u32>(out, at, 8);
  block.out = out + 12;
  block.phase = Phase.Stopped;
  block.status = ExecStatus.Failed;
  return at;
}

/** `fail`, for functions that say whether all is good. */
export function refuse(block: Block, code: ErrorCode, at: u32): bool {
  fail(block, code, at);
  return false;
}

/** Whether a leniency is on. Where it is, its use at `at` is reported, once a line. */
export function lenient(block: Block, bit: u32, at: u32): bool {
  if ((changetype<Config>(block.config).leniency & bit) == 0) return false;
  if ((block.reported & bit) != 0) return true;
  block.reported |= bit;
  block.leniencyCount++;
  const use = tapeEnd(block) - block.leniencyCount * 8;
  if (!ASC_NO_ASSERT) assert(block.out + 16 <= use);
  store<u32>(use, bit);
  store<u32>(use, at, 4);
  if ((block.seen & Seen.Trailers) != 0) changetype<Trailers>(block.recordAt).leniencyCount++;
  else changetype<Head>(block.recordAt).leniencyCount++;
  return true;
}

/** A record of two more words. */
export function emit(block: Block, kind: TapeKind, first: u32, second: u32): void {
  const out = block.out;
  if (!ASC_NO_ASSERT) assert(hasRoom(block, 12));
  store<u32>(out, kind);
  store<u32>(out, first, 4);
  store<u32>(out, second, 8);
  block.out = out + 12;
}

/** A clean head record, next on the tape. */
export function startRecord(block: Block): void {
  if (!ASC_NO_ASSERT) assert(hasRoom(block, offsetof<Head>()));
  clear(block.out);
  block.recordAt = block.out;
  block.out += offsetof<Head>();
}

/** Zeroes a head record; five stores, where memory.fill is a call (measured: 20 ns). */
function clear(record: u32): void {
  const zero = i64x2.splat(0);
  v128.store(record, zero);
  v128.store(record, zero, 16);
  v128.store(record, zero, 32);
  v128.store(record, zero, 48);
  v128.store(record, zero, 64);
}
