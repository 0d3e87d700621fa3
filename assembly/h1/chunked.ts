// The chunked transfer coding, RFC 9112 section 7.1: every line ends with CRLF and nothing else, sizes are
// 1*HEXDIG, the two bytes after data are CR LF (H1-097 to H1-100, H1-108). A plain chunk that is all
// there takes the fast way; everything else goes one byte a step, so that it may be cut anywhere.
// Rules: H1-088, H1-103.

import { ErrorCode } from "../../src/abi/error-code";
import { Leniency } from "../../src/abi/leniency";
import { ConfigOption, ExecStatus, Phase } from "../../src/abi/memory";
import { TapeKind } from "../../src/abi/tape";
import { CR, HEX, HTAB, hexValue, is, LF, SP } from "../common/ascii";
import { extensionStep } from "./chunk-extension";
import { SAFE_MAX } from "./content-length";
import { startSection } from "./fields";
import { endMessage } from "./section";
import {
  Block,
  CONTINUE,
  Config,
  emit,
  fail,
  hasRoom,
  needMore,
  Seen,
  Step,
  Trailers,
} from "./state";

/** Room for the records of one step. */
const STEP_ROOM: u32 = 64;
const SEMICOLON: u32 = 0x3b;

/** Parses a chunked body from `at` on, until it ends, the input ends, or the tape is full. */
export function chunked(block: Block, at: u32): u32 {
  while (block.status == CONTINUE && isChunked(block.phase)) {
    if (!hasRoom(block, STEP_ROOM)) {
      block.status = ExecStatus.TapeFull;
      return at;
    }
    switch (block.phase) {
      case Phase.ChunkData: {
        at = data(block, at);
        break;
      }
      case Phase.ChunkDataCr: {
        at = afterData(block, at, CR, Step.ChunkDataLf);
        break;
      }
      case Step.ChunkDataLf: {
        at = afterData(block, at, LF, Step.ChunkSize);
        break;
      }
      case Step.ChunkSize: {
        at = sizeStart(block, plainChunks(block, at));
        break;
      }
      case Step.TrailerStart: {
        at = startTrailers(block, at);
        break;
      }
      default: {
        at = chunkLine(block, at);
        break;
      }
    }
  }
  return at;
}

/** Whether a phase is inside a chunked body. */
export function isChunked(phase: i32): bool {
  return (
    phase == Phase.ChunkData ||
    phase == Phase.ChunkDataCr ||
    (phase >= Step.ChunkSize && phase <= Step.TrailerStart)
  );
}

/** Data of the chunk, as far as it is here. */
function data(block: Block, at: u32): u32 {
  const available = block.inputEnd - at;
  const length = block.remaining < <u64>available ? <u32>block.remaining : available;
  if (length != 0) emit(block, TapeKind.Data, at, length);
  block.remaining -= length;
  if (block.remaining != 0) return needMore(block, at + length);
  block.phase = Phase.ChunkDataCr;
  return at + length;
}

/** One of the two bytes after data (H1-099). */
function afterData(block: Block, at: u32, byte: u32, next: i32): u32 {
  if (at == block.inputEnd) return needMore(block, at);
  if (load<u8>(block.base + at) != byte) return fail(block, ErrorCode.H1_CHUNK_END_MISSING, at);
  block.phase = next;
  return at + 1;
}

/**
 * Chunks without extensions that are here whole, CRLF behind the data included. Stops in front of the
 * first chunk that is anything else, and leaves it untouched.
 */
function plainChunks(block: Block, at: u32): u32 {
  const base = block.base;
  const end = block.inputEnd;
  const config = changetype<Config>(block.config);
  const ratio: i64 = config.chunkOverheadRatio;
  if ((config.options & ConfigOption.ObserveChunks) != 0 || config.chunkSizeDigits < 7) return at;
  let credit = block.credit;
  let out = block.out;
  const outEnd = out + ((STEP_ROOM << 7) - 64); // a bounded batch; `chunked` checks the room again
  const roomy = hasRoom(block, STEP_ROOM << 7);
  while (roomy && out < outEnd) {
    let next = at;
    let size: u32 = 0;
    let byte: u32 = load<u8>(base + next);
    while (is(byte, HEX) && next - at < 6) {
      size = (size << 4) | hexValue(byte);
      byte = load<u8>(base + ++next);
    }
    const dataAt = next + 2;
    if (size == 0 || dataAt + size + 2 > end) break;
    if (load<u16>(base + next) != 0x0a0d || load<u16>(base + dataAt + size) != 0x0a0d) break;
    const rest = credit + ratio * <i64>size - <i64>(dataAt - at + 2);
    if (rest < 0) break;
    credit = rest;
    store<u32>(out, TapeKind.Data);
    store<u32>(out, dataAt, 4);
    store<u32>(out, size, 8);
    out += 12;
    at = dataAt + size + 2;
  }
  block.credit = credit;
  block.out = out;
  return at;
}

/** A chunk begins with at least one digit. */
function sizeStart(block: Block, at: u32): u32 {
  if (at == block.inputEnd) return needMore(block, at);
  if (!is(load<u8>(block.base + at), HEX)) return fail(block, ErrorCode.H1_CHUNK_SIZE_INVALID, at);
  block.remaining = 0;
  block.counter = 0;
  block.mark = block.extensionLength;
  block.phase = Step.ChunkDigits;
  return at;
}

/** The line of a chunk, from the digits to its LF. */
function chunkLine(block: Block, at: u32): u32 {
  const base = block.base;
  const end = block.inputEnd;
  const span = at;
  while (at < end) {
    const byte: u32 = load<u8>(base + at);
    const phase = block.phase;
    if (phase == Step.ChunkLineLf) {
      if (byte != LF) return fail(block, ErrorCode.H1_CHUNK_SIZE_INVALID, at);
      return chunkLineDone(block, at);
    }
    if (phase == Step.ChunkDigits && is(byte, HEX)) {
      if (!addDigit(block, byte)) return fail(block, ErrorCode.H1_CHUNK_SIZE_TOO_LARGE, at);
      at++;
      continue;
    }
    const next = lineStep(block, byte, at);
    if (next == 0) {
      const code =
        phase <= Step.ChunkSizeBws
          ? ErrorCode.H1_CHUNK_SIZE_INVALID
          : ErrorCode.H1_CHUNK_EXTENSION_INVALID;
      return fail(block, code, at);
    }
    block.phase = next;
    if (next == Step.ChunkLineLf) {
      observeExtension(block, span, at);
    } else if (++block.extensionLength > changetype<Config>(block.config).chunkExtensionsLength) {
      return fail(block, ErrorCode.H1_CHUNK_EXTENSIONS_TOO_LARGE, at);
    }
    at++;
  }
  if (block.phase != Step.ChunkLineLf) observeExtension(block, span, at);
  return needMore(block, at);
}

/** chunk-size: no more digits than allowed, no value above 2^53 - 1 (H1-098). */
function addDigit(block: Block, byte: u32): bool {
  block.remaining = (block.remaining << 4) | hexValue(byte);
  block.counter++;
  return (
    block.remaining <= SAFE_MAX && block.counter <= changetype<Config>(block.config).chunkSizeDigits
  );
}

/** The phase after one byte of a chunk line behind its digits; 0 = not in the grammar (H1-101, H1-102). */
function lineStep(block: Block, byte: u32, at: u32): i32 {
  const phase = block.phase;
  if (phase > Step.ChunkSizeBws) return extensionStep(phase, byte);
  if (byte == SEMICOLON) return Step.ChunkExtNameStart;
  if (byte == SP || byte == HTAB) return Step.ChunkSizeBws;
  if (byte != CR) return 0;
  if (phase == Step.ChunkDigits) return Step.ChunkLineLf;
  // Whitespace that no extension follows: some servers pad their sizes.
  if ((changetype<Config>(block.config).leniency & Leniency.SpaceAfterChunkSize) == 0) return 0;
  emit(block, TapeKind.Leniency, Leniency.SpaceAfterChunkSize, at);
  return Step.ChunkLineLf;
}

/** The extension bytes of this chunk that stand in [from, to), for those who asked. */
function observeExtension(block: Block, from: u32, to: u32): void {
  if ((changetype<Config>(block.config).options & ConfigOption.ObserveChunks) == 0) return;
  // [from, to) may begin with digits: count back from its end.
  const length = min(to - from, block.extensionLength - block.mark);
  if (length != 0) emit(block, TapeKind.ChunkExtension, to - length, length);
}

/** LF at `at`: data, or the trailer section after the last chunk (H1-100). */
function chunkLineDone(block: Block, at: u32): u32 {
  const config = changetype<Config>(block.config);
  if ((config.options & ConfigOption.ObserveChunks) != 0) {
    emit(block, TapeKind.Chunk, <u32>block.remaining, <u32>(block.remaining >> 32));
  }
  if (block.remaining == 0) {
    block.phase = Step.TrailerStart;
    return at + 1;
  }
  const overhead = <i64>block.counter + <i64>(block.extensionLength - block.mark) + 4;
  block.credit += <i64>config.chunkOverheadRatio * <i64>block.remaining - overhead;
  if (block.credit < 0) return fail(block, ErrorCode.H1_CHUNK_OVERHEAD, at);
  block.phase = Phase.ChunkData;
  return at + 1;
}

/** The trailer section; mostly it is empty. */
function startTrailers(block: Block, at: u32): u32 {
  if (at == block.inputEnd) return needMore(block, at);
  if (at + 2 <= block.inputEnd && load<u16>(block.base + at) == 0x0a0d) {
    endMessage(block);
    return at + 2;
  }
  block.recordAt = block.out;
  block.headStart = at;
  block.seen = Seen.Trailers;
  changetype<Trailers>(block.recordAt).leniencyCount = 0;
  block.out += offsetof<Trailers>();
  startSection(block, at);
  return at;
}
