// For tools that read both sides of somebody else's connection: what this end sent went past this object, which must
// know of it to read what the peer sends (RFC 9112 section 6.3). Nothing is sent from here.
// Rules: H1-128.

import { HeadFlag } from "../abi/tape.js";
import { UsageError } from "../errors.js";
import type { H1Core } from "./h1-core.js";
import { Exchange, Stage } from "./h1-exchange.js";
import { Flag } from "./h1-state.js";

/**
 * Client: a request went out. After the end of the connection there is nothing to expect.
 * @returns its streamId
 * @throws UsageError
 */
export function expectResponse(core: H1Core, method: string, isOptional: boolean): number {
  if (core.awaiting === null) throw new UsageError("H1_ROLE", "a server reads no responses");
  if (typeof method !== "string" || method === "")
    throw new UsageError("H1_METHOD_INVALID", "a request has a method");
  let flags: number = HeadFlag.Persistent;
  if (method === "HEAD") flags |= HeadFlag.Head;
  if (method === "CONNECT") flags |= HeadFlag.Connect;
  const exchange = new Exchange(core.nextId++, flags);
  exchange.stage = Stage.Done;
  exchange.isOptional = isOptional;
  if (!core.has(Flag.Failed | Flag.Closed)) core.awaiting.push(exchange);
  return exchange.id;
}

/**
 * Server: a response with this status went out. It decides what follows a request that offered another protocol.
 * @throws UsageError
 */
export function noteResponse(core: H1Core, streamId: number, status: number): void {
  if (core.awaiting !== null) throw new UsageError("H1_ROLE", "a client sends no responses");
  if (!Number.isInteger(status) || status < 100 || status > 999)
    throw new UsageError("H1_STATUS_INVALID", "a status code has three digits");
  const exchange = core.output.find(streamId, core.nextId);
  if (exchange === undefined || core.has(Flag.Failed | Flag.Closed)) return;
  const isConnect = (exchange.flags & HeadFlag.Connect) !== 0;
  const switches = status === 101 || (isConnect && status >= 200 && status < 300);
  if (switches && exchange.isReceived) return core.switchToTunnel(exchange);
  if (status < 200) return;
  if ((exchange.flags & (HeadFlag.Upgrade | HeadFlag.Connect)) !== 0) core.flags &= ~Flag.Undecided;
  // What comes behind the last message stays an error, whenever its answer went out.
  if (core.has(Flag.Last) && core.output.queue.at(-1) === exchange) return;
  exchange.stage = Stage.Done;
  core.output.wrote(exchange, 0);
}
