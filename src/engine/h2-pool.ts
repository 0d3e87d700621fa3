// The instances of the engine of HTTP/2 and HPACK in this process or worker.

import { FieldBlock } from "../abi/field-memory.js";
import { H2Block } from "../abi/h2-memory.js";
import type { EngineConfig } from "./field-instance.js";
import { FieldPool, type Place } from "./field-pool.js";
import { H2Instance } from "./h2-instance.js";

const pool = new FieldPool(() => new H2Instance());

/** A block and the instance it lives in. */
export type H2Place = Place<H2Instance>;

/** A clean block for a new connection, with a table of at most `tableSize` bytes, in an instance that nobody is reading. */
export function leaseH2Block(owner: object, config: EngineConfig, tableSize: number): H2Place {
  return pool.lease(owner, config, tableSize);
}

/** Moves a connection to another instance that nobody is reading and that has a ring for `tableSize` bytes. */
export function moveH2Block(
  owner: object,
  config: EngineConfig,
  from: H2Instance,
  block: number,
  tableSize: number,
): H2Place {
  return pool.move(owner, config, from, block, tableSize);
}

/**
 * Puts a new limit on a dynamic table: our SETTINGS_HEADER_TABLE_SIZE, once acknowledged. A limit below the size in
 * use makes a size update due at the start of the next block (RFC 9113 section 4.3.1). The connection may move.
 */
export function limitTable(
  owner: object,
  config: EngineConfig,
  { instance, block }: H2Place,
  tableSize: number,
): H2Place {
  let place: H2Place = { instance, block };
  if (!instance.growRing(block, tableSize))
    place = moveH2Block(owner, config, instance, block, tableSize);
  const { i32 } = place.instance;
  const words = place.block >> 2;
  const due = i32[words + H2Block.UpdateDue] as number;
  i32[words + FieldBlock.TableLimit] = tableSize;
  if (tableSize < (i32[words + FieldBlock.TableMax] as number) && (due === -1 || tableSize < due))
    i32[words + H2Block.UpdateDue] = tableSize;
  return place;
}

/** Instances alive, and blocks in use: for tests and reports. */
export function h2PoolState(): { instances: number; blocks: number } {
  return pool.state();
}

/** Takes a trapped instance out of service for new connections. */
export function poisonH2(instance: H2Instance): void {
  pool.poison(instance);
}
