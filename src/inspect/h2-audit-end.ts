// What one end of an HTTP/2 connection has announced, which binds the other (RFC 9113 sections 5.1.2, 6.5, 6.9), and the
// faults of a SETTINGS frame, each one.

import type { ErrorName } from "../index.js";
import type { Direction } from "./events.js";

/** Identifiers (RFC 9113 section 6.5.2, RFC 8441, RFC 9218). */
const SETTING = {
  TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  STREAMS: 3,
  WINDOW: 4,
  FRAME_SIZE: 5,
  CONNECT: 8,
  NO_PRIORITIES: 9,
} as const;

export const WINDOW_MAX: number = 2 ** 31 - 1;
const FRAME_SIZE_MIN = 16_384;
const FRAME_SIZE_MAX: number = 2 ** 24 - 1;
const WINDOW_DEFAULT = 65_535;
const PENDING_MAX = 1024;

type Settings = readonly (readonly [id: number, value: number])[];

/** One end. */
export class AuditEnd {
  readonly direction: Direction;
  /** Its first frame came. */
  hasBegun = false;
  hasAnnounced = false;
  /** Bytes of it were missing: windows that it gave are not known. */
  isLost = false;
  /** What it may send on the connection. */
  window: number = WINDOW_DEFAULT;
  /** The highest stream that it opened or promised; how many are open; the last stream of its GOAWAY. */
  lastOpened = 0;
  active = 0;
  lastStreamId = Number.POSITIVE_INFINITY;
  /** The stream whose field block is under way; 0: none. */
  openBlock = 0;
  /** In force for the other end, by identifier. */
  readonly #inForce = new Map<number, number>([
    [SETTING.TABLE_SIZE, 4096],
    [SETTING.ENABLE_PUSH, 1],
    [SETTING.STREAMS, Number.POSITIVE_INFINITY],
    [SETTING.WINDOW, WINDOW_DEFAULT],
    [SETTING.FRAME_SIZE, FRAME_SIZE_MIN],
    [SETTING.CONNECT, 0],
  ]);
  readonly #pending: Settings[] = [];
  /** Extended CONNECT was switched on once. */
  #hadConnect = false;

  constructor(direction: Direction) {
    this.direction = direction;
  }

  /** What it announced binds the other end. */
  get binds(): boolean {
    return this.hasAnnounced && !this.isLost;
  }

  /** Not acknowledged yet. */
  announce(settings: Settings): void {
    this.hasAnnounced = true;
    if (this.#pending.length < PENDING_MAX) this.#pending.push(settings);
  }

  /** The other end acknowledged the oldest ones. Returns what they changed the windows of streams by. */
  acknowledged(): number {
    const before = this.initialWindow;
    for (const [id, value] of this.#pending.shift() ?? []) this.#inForce.set(id, value);
    return this.initialWindow - before;
  }

  #now(id: number): number {
    return this.#inForce.get(id) as number;
  }

  /** The most generous value of what is in force and what is under way. */
  #most(id: number): number {
    let most = this.#now(id);
    for (const list of this.#pending)
      for (const [one, value] of list) if (one === id) most = Math.max(most, value);
    return most;
  }

  get initialWindow(): number {
    return this.#now(SETTING.WINDOW);
  }

  get tableSize(): number {
    return this.#now(SETTING.TABLE_SIZE);
  }

  get largestTableSize(): number {
    return this.binds ? this.#most(SETTING.TABLE_SIZE) : 2 ** 32 - 1;
  }

  /** Longest payload that the other end may send. */
  get frameSize(): number {
    return this.binds ? Math.min(this.#most(SETTING.FRAME_SIZE), FRAME_SIZE_MAX) : FRAME_SIZE_MAX;
  }

  /** Streams that the other end may have open. */
  get streamLimit(): number {
    return this.binds ? this.#most(SETTING.STREAMS) : Number.POSITIVE_INFINITY;
  }

  get offersConnect(): boolean {
    return !this.binds || this.#most(SETTING.CONNECT) === 1;
  }

  get takesPush(): boolean {
    return this.#now(SETTING.ENABLE_PUSH) !== 0;
  }

  /** What is wrong with a setting that it sends. */
  settingFault(id: number, value: number): ErrorName | null {
    const isServer = this.direction === "server";
    switch (id) {
      case SETTING.ENABLE_PUSH:
        return value > 1 || (isServer && value === 1) ? "H2_SETTING_INVALID" : null;
      case SETTING.WINDOW:
        return value > WINDOW_MAX ? "H2_SETTING_WINDOW_INVALID" : null;
      case SETTING.FRAME_SIZE:
        return value < FRAME_SIZE_MIN || value > FRAME_SIZE_MAX ? "H2_SETTING_INVALID" : null;
      case SETTING.CONNECT: {
        const isOff = this.#hadConnect && value !== 1;
        if (value === 1) this.#hadConnect = true;
        return value > 1 || isOff ? "H2_SETTING_INVALID" : null;
      }
      case SETTING.NO_PRIORITIES:
        return value > 1 ? "H2_SETTING_INVALID" : null;
      default:
        return null;
    }
  }
}
