// What follows from the verdict of the state table on a stream that cannot take the frame.

import { ErrorCode } from "../abi/error-code.js";
import { WireCode } from "../abi/h2-tape.js";
import type { H2Core } from "./h2-core.js";
import { Verdict } from "./h2-stream-state.js";

/** Raises the error of a verdict; Accept and Ignore raise none. */
export function verdictError(
  core: H2Core,
  verdict: Verdict,
  streamId: number,
  offset: number,
): void {
  switch (verdict) {
    case Verdict.StreamClosed:
      return core.refuse(streamId, ErrorCode.H2_STREAM_CLOSED, offset);
    case Verdict.ConnectionClosed:
      return core.fail(ErrorCode.H2_STREAM_CLOSED, offset, WireCode.StreamClosed);
    case Verdict.Idle:
      return core.fail(ErrorCode.H2_STREAM_IDLE, offset);
    case Verdict.NotAllowed:
      return core.fail(ErrorCode.H2_STREAM_STATE_INVALID, offset);
    case Verdict.OldId:
      return core.fail(ErrorCode.H2_STREAM_ID_INVALID, offset);
  }
}
