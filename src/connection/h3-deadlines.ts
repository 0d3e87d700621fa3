// Time, where the protocol needs it: SETTINGS that do not come, sections that wait for insertions that never come, the
// second step of a graceful end. The time is the caller's.
// Rules: QP-FLD-8, H3-WT-6.

import { ErrorCode } from "../abi/error-code.js";
import { H3WireCode } from "../abi/h3-wire.js";
import type { H3Core } from "./h3-core.js";
import { abort, streamError } from "./h3-lifecycle.js";
import { goAway } from "./h3-send.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";

/** The next time at which handleDeadline has something to do, on the caller's clock; null = never. */
export function nextDeadline(core: H3Core): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const due of [core.settingsDue, core.closeDue]) if (due !== 0 && due < next) next = due;
  if (mayWait(core))
    for (const { heldDue } of core.live.values())
      if (heldDue !== 0 && heldDue < next) next = heldDue;
  return next === Number.POSITIVE_INFINITY ? null : next;
}

function mayWait(core: H3Core): boolean {
  return core.qpackIn.blockedCount > 0 || core.hasRare;
}

/** Streams that wait for something, with a time limit. */
function waiting(core: H3Core): H3Stream[] {
  if (!mayWait(core)) return [];
  return [...core.live.values()].filter((stream) => stream.heldDue !== 0);
}

/** Does what is due. */
export function handleDeadline(core: H3Core, now: number): void {
  if (isDue(core.settingsDue, now)) {
    core.settingsDue = 0;
    return core.fail(ErrorCode.H3_SETTINGS_TIMEOUT, -1, 0);
  }
  for (const stream of waiting(core)) if (isDue(stream.heldDue, now)) giveUp(core, stream);
  if (!isDue(core.closeDue, now)) return;
  core.closeDue = 0;
  goAway(core);
}

function isDue(due: number, now: number): boolean {
  return due !== 0 && due <= now;
}

/** What it waits for did not come. */
function giveUp(core: H3Core, stream: H3Stream): void {
  stream.heldDue = 0;
  if (core.isOver || !stream.has(H3StreamFlag.Held)) return;
  if (stream.has(H3StreamFlag.Session)) {
    return abort(core, stream, H3WireCode.WtBufferedStreamRejected);
  }
  streamError(core, stream, ErrorCode.QPACK_BLOCKED_TIMEOUT, stream.heldAt);
}
