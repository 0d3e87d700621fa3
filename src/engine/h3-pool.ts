// The instances of the engine of QPACK in this process or worker. A connection stays in the instance that it began in.

import type { EngineConfig } from "./field-instance.js";
import { FieldPool, type Place } from "./field-pool.js";
import { H3Instance } from "./h3-instance.js";

const pool = new FieldPool(() => new H3Instance());

/** A block and the instance it lives in. */
export type H3Place = Place<H3Instance>;

/** A clean block for a new connection, with a table of at most `tableSize` bytes. */
export function leaseH3Block(owner: object, config: EngineConfig, tableSize: number): H3Place {
  return pool.lease(owner, config, tableSize);
}

/** Instances alive, and blocks in use: for tests and reports. */
export function h3PoolState(): { instances: number; blocks: number } {
  return pool.state();
}

/** Takes a trapped instance out of service for new connections. */
export function poisonH3(instance: H3Instance): void {
  pool.poison(instance);
}
