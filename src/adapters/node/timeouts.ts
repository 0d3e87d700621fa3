// ONE table of the server's times, with defaults and the attack that each stops. The engine has no clock; this is
// where time comes in.

import { UsageError } from "../../errors.js";

/** Milliseconds; 0 = never. */
export interface Timeouts {
  /** A connection without a request is closed. Default 5,000. */
  readonly idleMs?: number;
  /** From the first byte of a head to its last, however slowly they come: slow headers. Default 60,000. */
  readonly headMs?: number;
  /** A body or an answer under way of which no byte moves: slow bodies, slow readers. Default 60,000. */
  readonly stallMs?: number;
  /** From `close()` to the cut of connections that are still busy. Default 10,000. */
  readonly drainMs?: number;
}

const DEFAULTS: Required<Timeouts> = {
  idleMs: 5_000,
  headMs: 60_000,
  stallMs: 60_000,
  drainMs: 10_000,
};

/**
 * All times of a server.
 * @throws UsageError for an unknown name or a value that is no time
 */
export function timeoutsOf(chosen: Timeouts = {}): Required<Timeouts> {
  for (const [name, ms] of Object.entries(chosen)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw new UsageError("TIMEOUT_UNKNOWN", `there is no timeout ${name}`);
    }
    if (ms !== undefined && !(Number.isFinite(ms) && ms >= 0 && ms < 2 ** 31)) {
      throw new UsageError("TIMEOUT_INVALID", `${name} takes milliseconds from 0 to 2^31 - 1`);
    }
  }
  return { ...DEFAULTS, ...chosen };
}

/** How often connections are looked at: often enough for the shortest time, at most every 20 ms. */
export function watchInterval(timeouts: Required<Timeouts>): number {
  const { idleMs, headMs, stallMs } = timeouts;
  const shortest = Math.min(...[idleMs, headMs, stallMs].filter((ms) => ms > 0), 4_000);
  return Math.max(20, Math.min(1_000, shortest / 4));
}
