// The instances of this process or worker. Most need one; a full slab, used-up rings, nested calls and traps bring more.

import { H2Block } from "../abi/h2-memory.js";
import { type H2EngineConfig, H2Instance } from "./h2-instance.js";

const instances: H2Instance[] = [];

/** A block and the instance it lives in. */
export interface H2Place {
  readonly instance: H2Instance;
  readonly block: number;
}

/** A clean block for a new connection, with a table of at most `tableSize` bytes, in an instance that nobody is reading. */
export function leaseH2Block(owner: object, config: H2EngineConfig, tableSize: number): H2Place {
  for (let i = instances.length - 1; i >= 0; i--) {
    const instance = instances[i] as H2Instance;
    if (instance.busy) continue;
    const block = instance.lease(owner, config, tableSize);
    if (block !== 0) return { instance, block };
  }
  const instance = newInstance();
  return { instance, block: instance.lease(owner, config, tableSize) };
}

/**
 * Moves a connection to another instance that nobody is reading, because its own is being read or has no
 * ring for a table of `tableSize` bytes.
 */
export function moveH2Block(
  owner: object,
  config: H2EngineConfig,
  from: H2Instance,
  block: number,
  tableSize: number,
): H2Place {
  for (const instance of instances) {
    if (instance === from || instance.busy) continue;
    const to = instance.adopt(owner, config, from, block, tableSize);
    if (to !== 0) return { instance, block: to };
  }
  const instance = newInstance();
  return { instance, block: instance.adopt(owner, config, from, block, tableSize) };
}

/**
 * Puts a new limit on a dynamic table: our SETTINGS_HEADER_TABLE_SIZE, once acknowledged. A limit below the size in
 * use makes a size update due at the start of the next block (RFC 9113 section 4.3.1). The connection may move.
 */
export function limitTable(
  owner: object,
  config: H2EngineConfig,
  { instance, block }: H2Place,
  tableSize: number,
): H2Place {
  let place: H2Place = { instance, block };
  if (!instance.growRing(block, tableSize))
    place = moveH2Block(owner, config, instance, block, tableSize);
  const { i32 } = place.instance;
  const words = place.block >> 2;
  const due = i32[words + H2Block.UpdateDue] as number;
  i32[words + H2Block.TableLimit] = tableSize;
  if (tableSize < (i32[words + H2Block.TableMax] as number) && (due === -1 || tableSize < due))
    i32[words + H2Block.UpdateDue] = tableSize;
  return place;
}

function newInstance(): H2Instance {
  const instance = new H2Instance();
  instances.push(instance);
  return instance;
}

/** Instances alive, and blocks in use: for tests and reports. */
export function h2PoolState(): { instances: number; blocks: number } {
  return { instances: instances.length, blocks: instances.reduce((sum, one) => sum + one.used, 0) };
}

/** Takes a trapped instance out of service for new connections. */
export function poisonH2(instance: H2Instance): void {
  instance.poisoned = true;
  const at = instances.indexOf(instance);
  if (at !== -1) instances.splice(at, 1);
}
