// limitsReport(): what is spent of each limit that counts something over the life of a connection.

import type { H3LimitName } from "../limits.js";
import type { H3Core } from "./h3-core.js";

/** One limit and how much of it is in use. */
export interface H3LimitUse {
  readonly name: H3LimitName;
  readonly limit: number;
  readonly used: number;
}

/** What is in use now. */
export function limitsReport(core: H3Core): H3LimitUse[] {
  const { limits } = core.config;
  const { spent, qpackIn } = core;
  const used: Partial<Record<H3LimitName, number>> = {
    concurrentStreams: core.config.isClient ? 0 : core.requestCount,
    unfinishedLength: core.unfinished,
    blockedBytes: qpackIn.blockedLength,
    heldLength: core.heldLength,
    headerMemory: core.headMemory,
    resetBurst: spent.resets,
    controlBudget: spent.controls,
    outboundControlLength: core.output.replyLength,
    sendBufferLength: core.output.length,
    pushCount: core.hasRare ? core.rare.promises.size : 0,
    datagramQueueLength: core.hasRare ? core.rare.datagramLength : 0,
    earlyStreams: core.hasRare ? core.rare.early.length : 0,
  };
  return (Object.keys(used) as H3LimitName[]).map((name) => ({
    name,
    limit: limits[name],
    used: used[name] as number,
  }));
}
