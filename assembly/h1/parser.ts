// The loop over phases: one call parses one piece of input into the tape. Everything that a phase needs
// between calls stands in its block.

import { ExecStatus, Phase } from "../../src/abi/memory";
import { TapeKind } from "../../src/abi/tape";
import { chunked, isChunked } from "./chunked";
import {
  dropLine,
  fieldName,
  fieldStart,
  foldStart,
  spaceBeforeColon,
  value,
  valueStart,
} from "./fields";
import { endMessage } from "./section";
import {
  emptyLines,
  method,
  partSpace,
  preface,
  reason,
  statusCode,
  statusVersion,
  target,
  version,
} from "./start-line";
import { Block, CONTINUE, emit, Head, hasRoom, needMore, Step, startRecord } from "./state";

/** Room that must be left when a message begins: its head record, and the records of a step. */
const MESSAGE_ROOM: u32 = offsetof<Head>() + 256;

/** Parses [at, block.inputEnd) and returns where it stopped; block.status says why. */
export function parse(block: Block, at: u32): u32 {
  block.status = CONTINUE;
  while (block.status == CONTINUE) {
    const phase = block.phase;
    if (phase == Phase.Start) at = start(block, at);
    else if (phase >= Phase.FirstHead) at = headStep(block, phase, at);
    else if (isChunked(phase)) at = chunked(block, at);
    else at = body(block, phase, at);
  }
  return at;
}

/** A message begins: room for its record, and a clean block. */
function start(block: Block, at: u32): u32 {
  if (block.messageBudget == 0) {
    block.status = ExecStatus.Pause;
    return at;
  }
  if (!hasRoom(block, MESSAGE_ROOM)) {
    block.status = ExecStatus.TapeFull;
    return at;
  }
  if (at == block.inputEnd) return needMore(block, at);
  startRecord(block);
  block.headStart = at;
  block.seen = 0;
  block.fieldCount = 0;
  if (block.counter == 0) block.reported = 0; // else empty lines of an earlier piece were counted
  block.phase = Step.EmptyLines;
  return at;
}

/** One element of a start line or field section. */
function headStep(block: Block, phase: i32, at: u32): u32 {
  switch (phase) {
    case Step.FieldStart:
      return fieldStart(block, at);
    case Step.FieldName:
      return fieldName(block, at);
    case Step.ValueStart:
      return valueStart(block, at);
    case Step.Value:
      return value(block, at);
    case Step.EmptyLines:
      return emptyLines(block, at);
    case Step.Method:
      return method(block, at);
    case Step.TargetSpace:
      return partSpace(block, at);
    case Step.Target:
      return target(block, at);
    case Step.VersionSpace:
      return partSpace(block, at);
    case Step.Version:
      return version(block, at);
    case Step.Preface:
      return preface(block);
    case Step.StatusVersion:
      return statusVersion(block, at);
    case Step.StatusCode:
      return statusCode(block, at);
    case Step.Reason:
      return reason(block, at);
    case Step.SpaceBeforeColon:
      return spaceBeforeColon(block, at);
    case Step.FoldStart:
      return foldStart(block, at);
    default:
      return dropLine(block, at);
  }
}

/** Content that is not chunked: spans by reference. */
function body(block: Block, phase: i32, at: u32): u32 {
  if (phase != Phase.BodyLength && phase != Phase.BodyUntilClose) {
    block.status = ExecStatus.Pause;
    return at;
  }
  if (!hasRoom(block, 64)) {
    block.status = ExecStatus.TapeFull;
    return at;
  }
  const available = block.inputEnd - at;
  let length = available;
  if (phase == Phase.BodyLength) {
    if (block.remaining < <u64>available) length = <u32>block.remaining;
    block.remaining -= length;
  }
  if (length != 0) emit(block, TapeKind.Data, at, length);
  if (phase == Phase.BodyLength && block.remaining == 0) endMessage(block);
  else return needMore(block, at + length);
  return at + length;
}
