// The end of a connection: when it is closing, when it is done, and what the end of the peer's bytes means
// (RFC 9112 sections 8 and 9; H1-110 to H1-113).

import { ErrorCode } from "../abi/error-code.js";
import { BodyFraming } from "../abi/tape.js";
import type { ConnectionState } from "../events.js";
import type { H1Core } from "./h1-core.js";
import { Flag } from "./h1-state.js";

/** Where the connection stands, as users see it. */
export function stateOf(core: H1Core): ConnectionState {
  if (core.has(Flag.Failed)) return "failed";
  if (core.has(Flag.Closed)) return core.output.length === 0 ? "closed" : "closing";
  const isLast = core.has(Flag.Last | Flag.Ended | Flag.Closing) || core.output.isClosed;
  return isLast ? "closing" : "open";
}

/** Reading should pause: answers are due, or too much output waits. */
export function isPaused(core: H1Core): boolean {
  if (core.has(Flag.Failed | Flag.Closed)) return false;
  const { limits, isClient } = core.settings;
  if (core.has(Flag.Undecided) || core.output.length >= limits.sendBufferLength) return true;
  if (isClient || core.has(Flag.Tunnel | Flag.Last)) return false;
  return core.reading === null && core.output.queue.length >= limits.pipelineCount;
}

/** Whether nothing can come in or go out any more. */
export function isDone(core: H1Core): boolean {
  const { output, awaiting } = core;
  if (output.isClosed && awaiting === null) return true;
  if (output.queue.length !== 0) return false;
  if (core.has(Flag.Tunnel)) return core.has(Flag.Ended);
  if (core.reading !== null || !core.parser.isBetween) return core.has(Flag.Ended);
  if (core.has(Flag.Ended)) return core.held === null;
  if (core.has(Flag.Last)) return true;
  return core.has(Flag.Closing) && (awaiting?.length ?? 0) === 0;
}

/** The peer sends no more: what was under way is complete, or an error. */
export function endInput(core: H1Core): void {
  const { reading, awaiting } = core;
  const offset = core.parser.received;
  if (reading !== null) {
    if (reading.framing === BodyFraming.UntilClose) core.onEnd();
    else core.onError(ErrorCode.H1_BODY_INCOMPLETE, offset);
  } else if (!core.parser.isBetween) {
    core.onError(ErrorCode.H1_HEAD_INCOMPLETE, offset);
  } else if (awaiting?.some((exchange) => !exchange.isOptional) && !core.has(Flag.Last)) {
    // The answer never began (H1-111).
    core.onError(ErrorCode.H1_HEAD_INCOMPLETE, offset);
  }
}
