// What the host calls. No imports, no allocation after `init`, no trap on any input: the module holds
// state of many connections, and the host hands it one piece of one connection a call.
//
//   exec(block, from, length)   parse new bytes: [from, length) of the window, or `length` bytes appended to
//                               the carry buffer
//   park(block)                 move an unfinished head to a (larger) carry buffer; 0 = all are in use
//   unpark(block)               give the carry buffer back, when its head was read

import { CARRY_CLASSES, ExecStatus, Phase, TAPE, WINDOW } from "../../src/abi/memory";
import { FieldRecord } from "../../src/abi/tape";
import { carryCapacity, carryTapeLength, freeCarry, initArena, takeCarry } from "../common/arena";
import { initAscii } from "../common/ascii";
import { initNames } from "./known-names";
import { LINE_ROOM } from "./limits";
import { parse } from "./parser";
import { Block, Head, Seen, Step, Trailers, tapeEnd } from "./state";

// The kernels and their scalar twins, for test/h1/kernels.test.ts.
export {
  plainValueEnd as kernelPlainValueEnd,
  plainValueEndScalar,
  regNameEnd as kernelRegNameEnd,
  regNameEndScalar,
  targetEnd as kernelTargetEnd,
  targetEndScalar,
  tokenEnd as kernelTokenEnd,
  tokenEndScalar,
  valueEnd as kernelValueEnd,
  valueEndScalar,
} from "../common/scan";
export { freeCarry, takeCarry };

/** Bytes that a carry buffer must be able to take when it is chosen. */
const PARK_ROOM: u32 = 32;

/** Tables and pools. `names` known field names stand in memory already. */
export function init(names: u32): void {
  initAscii();
  initArena();
  initNames(names);
}

/**
 * Parses new bytes: [from, length) of the window, or `length` bytes behind those in the carry buffer. Returns
 * the words of tape written, at `block.tapeAt`; `block.status` says what the host must do, `block.consumed`
 * where it stopped, from the start of the window or of the bytes appended.
 */
export function exec(address: u32, from: u32, length: u32): u32 {
  const block = changetype<Block>(address);
  let at: u32 = from;
  let before: u32 = 0;
  if (block.carry == 0) {
    block.base = WINDOW;
    block.tapeAt = TAPE;
    block.out = TAPE;
    block.leniencyCount = 0;
    block.inputEnd = length;
  } else {
    before = block.inputEnd;
    block.inputEnd += length;
    block.out = block.recordAt + block.recordLength;
    block.tapeAt = block.recordAt; // what stood in front was read
    at = block.at;
  }
  // The sentinel of assembly/common/scan.ts.
  store<u8>(block.base + block.inputEnd, 0);
  at = parse(block, at);
  block.at = at;
  block.consumed = at - before;
  if (block.phase >= Phase.FirstHead) leaveHead(block, at, before);
  return (block.out - block.tapeAt) >> 2;
}

/** The input ends inside a section: it must be kept, and its records are not yet to be read. */
function leaveHead(block: Block, at: u32, before: u32): void {
  const full = block.status == ExecStatus.TapeFull;
  if (full && block.carry == 0 && block.recordAt != TAPE) {
    // The finished records are read first; then the section is parsed again from its start.
    block.consumed = block.headStart;
    block.phase = (block.seen & Seen.Trailers) != 0 ? Step.TrailerStart : Phase.Start;
    block.out = block.recordAt;
    return;
  }
  if (block.headStart == block.inputEnd) {
    // Nothing of it is here yet but empty lines, which are counted.
    block.phase = Phase.Start;
    block.consumed = block.inputEnd - before;
    block.out = block.recordAt;
    return;
  }
  if (full) block.inputEnd = at; // what stands behind comes again, when there is room for its records
  block.consumed = block.inputEnd - before;
  block.recordLength = block.out - block.recordAt;
  updateRoom(block);
  block.status =
    full || block.carry == 0 || block.carryRoom == 0 ? ExecStatus.Park : ExecStatus.Done;
  block.out = block.recordAt; // the host reads what stands in front
}

function updateRoom(block: Block): void {
  if (block.carry == 0) return;
  block.carryWriteAt = block.base + block.inputEnd;
  block.carryRoom = carryCapacity(block.carryClass) - (block.inputEnd - block.headStart);
}

/** Moves an unfinished section to a carry buffer that has room for more. 0: none is free in this instance. */
export function park(address: u32): u32 {
  const block = changetype<Block>(address);
  const length = block.inputEnd - block.headStart;
  const records = block.recordLength;
  const uses = usesOf(block);
  let sizeClass: u32 = block.carry == 0 ? 0 : block.carryClass + 1;
  let carry: u32 = 0;
  for (; sizeClass < <u32>CARRY_CLASSES; sizeClass++) {
    const fits = carryCapacity(sizeClass) > length + PARK_ROOM;
    if (!fits || carryTapeLength(sizeClass) < records + uses * 8 + LINE_ROOM) continue;
    carry = takeCarry(sizeClass);
    if (carry != 0) break;
  }
  if (carry == 0) return 0;
  const bytes = carry + carryTapeLength(sizeClass);
  memory.copy(bytes, block.base + block.headStart, length);
  // One record more than is finished: the field under way.
  memory.copy(carry, block.recordAt, records + FieldRecord.Size * 4);
  memory.copy(bytes - uses * 8, tapeEnd(block) - block.leniencyCount * 8, uses * 8);
  if (block.carry != 0) freeCarry(block.carry, block.carryClass);
  block.carry = carry;
  block.carryClass = sizeClass;
  block.base = bytes - block.headStart;
  block.tapeAt = carry;
  block.recordAt = carry;
  block.leniencyCount = uses;
  updateRoom(block);
  return 1;
}

/** Leniency uses of the section under way: the last ones noted. */
function usesOf(block: Block): u32 {
  if ((block.seen & Seen.Trailers) != 0) return changetype<Trailers>(block.recordAt).leniencyCount;
  return changetype<Head>(block.recordAt).leniencyCount;
}

/** Gives the carry buffer back; its records must have been read. */
export function unpark(address: u32): void {
  const block = changetype<Block>(address);
  if (block.carry == 0) return;
  freeCarry(block.carry, block.carryClass);
  block.carry = 0;
  block.leniencyCount = 0;
}
