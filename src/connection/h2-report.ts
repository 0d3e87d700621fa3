// limitsReport(): what is spent of each limit that counts something over the life of a connection.

import type { H2LimitName } from "../limits.js";
import type { H2Core } from "./h2-core.js";

/** One limit and how much of it is in use. */
export interface LimitUse {
  readonly name: H2LimitName;
  readonly limit: number;
  readonly used: number;
}

/** What is in use now. */
export function limitsReport(core: H2Core): LimitUse[] {
  const { limits } = core.config;
  const { streams, spent } = core;
  const used: Partial<Record<H2LimitName, number>> = {
    concurrentStreams: streams.remoteActive,
    fieldBlockLength: core.reader.blockLength,
    headerMemory: core.headMemory,
    resetBurst: spent.resets,
    controlBudget: spent.controls,
    smallDataLength: core.smallData,
    outboundControlLength: core.output.replyLength,
    sendBufferLength: core.bufferedAmount,
    pushReservedCount: streams.remoteReserved,
    pendingPings: core.hasRare ? core.rare.pings : 0,
  };
  return (Object.keys(used) as H2LimitName[]).map((name) => ({
    name,
    limit: limits[name],
    used: used[name] as number,
  }));
}
