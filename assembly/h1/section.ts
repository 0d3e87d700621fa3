// The empty line was read: the head or the trailer section is complete, its record gets its last words,
// and the content that follows decides the next phase.
// Rules: H1-060, H1-130.

import { ContextFlag, ExecStatus, Phase } from "../../src/abi/memory";
import { BodyFraming, HeadFlag, TapeKind } from "../../src/abi/tape";
import { frame } from "./framing";
import { Block, CONTINUE, Config, Head, Seen, Step, Trailers } from "./state";

/** Ends the section whose empty line stands in [at, end). */
export function finishSection(block: Block, at: u32, end: u32): u32 {
  return (block.seen & Seen.Trailers) != 0
    ? finishTrailers(block, end)
    : finishHead(block, at, end);
}

function finishHead(block: Block, at: u32, end: u32): u32 {
  if (!frame(block, at)) return at;
  const head = changetype<Head>(block.recordAt);
  const response = (block.context & ContextFlag.Response) != 0;
  head.kind = response ? TapeKind.ResponseHead : TapeKind.RequestHead;
  head.end = end;
  block.lastHeadEnd = end;
  head.fieldCount = block.fieldCount;
  block.counter = 0;
  switch (head.framing) {
    case BodyFraming.None: {
      // 1xx: the response is still to come (H1-132).
      if (response && head.methodOrStatus < 200) block.phase = Phase.Start;
      else endMessage(block);
      break;
    }
    case BodyFraming.Length: {
      block.remaining = head.contentLength;
      if (block.remaining == 0) endMessage(block);
      else block.phase = Phase.BodyLength;
      break;
    }
    case BodyFraming.Chunked: {
      startChunked(block);
      break;
    }
    case BodyFraming.UntilClose: {
      block.phase = Phase.BodyUntilClose;
      break;
    }
    default: {
      block.phase = Phase.Stopped;
      block.status = ExecStatus.Pause;
      break;
    }
  }
  // What waits behind these depends on the answer (H1-126, H1-139), or must not come at all (H1-119).
  const last =
    (head.flags & (HeadFlag.Connect | HeadFlag.Upgrade)) != 0 ||
    (head.flags & HeadFlag.Persistent) == 0;
  if (!response && last) block.messageBudget = block.phase == Phase.Start ? 0 : 1;
  if (block.messageBudget == 0) block.status = ExecStatus.Pause;
  // In a carry buffer stands only this head; what follows comes by the window.
  if (block.carry != 0 && block.status == CONTINUE) block.status = ExecStatus.Done;
  return end;
}

function startChunked(block: Block): void {
  block.phase = Step.ChunkSize;
  block.remaining = 0;
  block.counter = 0;
  block.extensionLength = 0;
  block.credit = changetype<Config>(block.config).chunkOverheadFloor;
}

/** The message is complete: one End record. */
export function endMessage(block: Block): void {
  store<u32>(block.out, TapeKind.End);
  block.out += 4;
  block.phase = Phase.Start;
  block.counter = 0;
  block.messageBudget--;
  const response = (block.context & ContextFlag.Response) != 0;
  if (response || block.messageBudget == 0) block.status = ExecStatus.Pause;
}

/** A trailer section with fields is a record; an empty one is nothing (H1-104). */
function finishTrailers(block: Block, end: u32): u32 {
  const trailers = changetype<Trailers>(block.recordAt);
  if (block.fieldCount == 0 && trailers.leniencyCount == 0) {
    block.out = block.recordAt;
  } else {
    trailers.kind = TapeKind.Trailers;
    trailers.start = block.sectionStart;
    trailers.end = end;
    trailers.fieldCount = block.fieldCount;
  }
  endMessage(block);
  if (block.carry != 0 && block.status == CONTINUE) block.status = ExecStatus.Done;
  return end;
}
