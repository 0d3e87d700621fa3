// The instances of this process or worker. Most need one; a full slab, nested calls and traps bring more.

import { BLOCK_COUNT } from "../abi/memory.js";
import { type EngineConfig, H1Instance } from "./h1-instance.js";

const instances: H1Instance[] = [];

/** A block and the instance it lives in. */
export interface Place {
  readonly instance: H1Instance;
  readonly block: number;
}

/** A clean block for a new connection, in an instance that nobody is reading. */
export function leaseBlock(owner: object, config: EngineConfig): Place {
  return leaseFree(owner, config) ?? leaseNew(owner, config);
}

function leaseFree(owner: object, config: EngineConfig): Place | undefined {
  for (let i = instances.length - 1; i >= 0; i--) {
    const instance = instances[i] as H1Instance;
    if (instance.busy) continue;
    const block = instance.lease(owner, config);
    if (block !== 0) return { instance, block };
  }
  return undefined;
}

function leaseNew(owner: object, config: EngineConfig): Place {
  const instance = newInstance();
  return { instance, block: instance.lease(owner, config) };
}

/**
 * Moves a connection to another instance that nobody is reading, because its own is being read (`mustPark`
 * false) or has no carry buffer left for the head under way (`mustPark` true).
 */
export function moveBlock(
  owner: object,
  config: EngineConfig,
  from: H1Instance,
  block: number,
  mustPark: boolean,
): Place {
  const target = instances.find((one) => one !== from && !one.busy && one.used < BLOCK_COUNT);
  const instance = target ?? newInstance();
  const to = instance.adopt(owner, config, from, block, mustPark);
  if (to === 0) return moveToNew(owner, config, from, block, mustPark);
  if (mustPark && instance.exports.park(to) === 0)
    return moveToNew(owner, config, instance, to, mustPark);
  return { instance, block: to };
}

/** The last resort, which always has room. */
function moveToNew(
  owner: object,
  config: EngineConfig,
  from: H1Instance,
  block: number,
  mustPark: boolean,
): Place {
  const instance = newInstance();
  const to = instance.adopt(owner, config, from, block, mustPark);
  if (mustPark) instance.exports.park(to);
  return { instance, block: to };
}

function newInstance(): H1Instance {
  const instance = new H1Instance();
  instances.push(instance);
  return instance;
}

/** Instances alive, and blocks in use: for tests and reports. */
export function poolState(): { instances: number; blocks: number } {
  return { instances: instances.length, blocks: instances.reduce((sum, one) => sum + one.used, 0) };
}

/** Takes a trapped instance out of service for new connections. */
export function poison(instance: H1Instance): void {
  instance.poisoned = true;
  const at = instances.indexOf(instance);
  if (at !== -1) instances.splice(at, 1);
}
