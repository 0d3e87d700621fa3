// Time, where the protocol needs it: an acknowledgement that does not come, a field block that is never finished, the
// second step of a graceful end. The time is the caller's (Rules: H2-111, H2-135, H2-147).

import { ErrorCode } from "../abi/error-code.js";
import type { H2Core } from "./h2-core.js";
import { finishClosing } from "./h2-lifecycle.js";

/** The next time at which handleDeadline has something to do, on the caller's clock; null = never. */
export function nextDeadline(core: H2Core): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const due of [core.settingsDue, core.fieldBlockDue, core.closeDue])
    if (due !== 0 && due < next) next = due;
  return next === Number.POSITIVE_INFINITY ? null : next;
}

/** Does what is due. */
export function handleDeadline(core: H2Core, now: number): void {
  if (core.isOver) return;
  if (isDue(core.settingsDue, now)) {
    core.settingsDue = 0;
    return core.fail(ErrorCode.H2_SETTINGS_TIMEOUT, core.reader.received);
  }
  if (isDue(core.fieldBlockDue, now)) {
    core.fieldBlockDue = 0;
    return core.fail(ErrorCode.H2_FIELD_BLOCK_TIMEOUT, core.reader.received);
  }
  if (isDue(core.closeDue, now)) finishClosing(core);
}

function isDue(due: number, now: number): boolean {
  return due !== 0 && due <= now;
}

/** The block is whole; the next one, also of the same stream, has all the time again. */
export function endFieldBlock(core: H2Core): void {
  core.watchedBlock = 0;
  core.fieldBlockDue = 0;
}

/** After a piece of input: notes when a field block began. */
export function watchFieldBlock(core: H2Core): void {
  const { blockStream } = core.reader;
  if (blockStream === core.watchedBlock) return;
  core.watchedBlock = blockStream;
  const { clock, limits } = core.config;
  core.fieldBlockDue = blockStream === 0 || clock === null ? 0 : clock() + limits.fieldBlockTimeout;
}
