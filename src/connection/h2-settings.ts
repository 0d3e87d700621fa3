// SETTINGS of both ends (RFC 9113 section 6.5): ours bind the peer when it has acknowledged them, the peer's bind
// us when they were read. Which values are allowed stands here, once.
// Rules: H2-020, H2-063, H2-064, H2-100, H2-101, H2-102, H2-103, H2-104, H2-105, H2-108, H2-110, H2-112,
// PU-001, XC-001, XC-002.

import { ErrorCode } from "../abi/error-code.js";
import { Setting } from "../abi/h2-tape.js";
import { FRAME_SIZE_DEFAULT, WINDOW_DEFAULT, WINDOW_MAX } from "./h2-options.js";

const TABLE_SIZE_DEFAULT = 4096;
/** Unknown settings that are remembered. */
const UNKNOWN_MAX = 32;

/** What our SETTINGS say, as far as the peer knows them. */
export class LocalSettings {
  headerTableSize = TABLE_SIZE_DEFAULT;
  enablePush = true;
  maxConcurrentStreams = Number.POSITIVE_INFINITY;
  initialWindowSize = WINDOW_DEFAULT;
  maxFrameSize = FRAME_SIZE_DEFAULT;
  enableConnectProtocol = false;
  /** Sent and not acknowledged, in order; flat [id, value, …]. */
  readonly pending: (readonly number[])[];

  constructor(first: readonly number[]) {
    this.pending = [first]; // push would make room for 17
  }

  /** The largest frame that the peer may send now: a larger value counts at once (section 4.2). */
  get largestFrameSize(): number {
    return this.#largest(Setting.MaxFrameSize, this.maxFrameSize);
  }

  /** The largest dynamic table that the peer may ask for. */
  get largestTableSize(): number {
    return this.#largest(Setting.HeaderTableSize, this.headerTableSize);
  }

  /** Streams that the peer may have open; before it knows a limit, `unless` holds. */
  streamLimit(unless: number): number {
    const now = Math.min(this.maxConcurrentStreams, unless);
    return this.#largest(Setting.MaxConcurrentStreams, now);
  }

  /** Whether extended CONNECT was announced (RFC 8441 section 3). */
  get offersConnectProtocol(): boolean {
    return this.#largest(Setting.EnableConnectProtocol, this.enableConnectProtocol ? 1 : 0) === 1;
  }

  /** Whether our last word is that we take no promises, acknowledged or not. */
  get pushIsOff(): boolean {
    let last = this.enablePush ? 1 : 0;
    for (const list of this.pending) {
      for (let i = 0; i < list.length; i += 2)
        if (list[i] === Setting.EnablePush) last = list[i + 1] as number;
    }
    return last === 0;
  }

  #largest(id: Setting, from: number): number {
    let most = from;
    for (const list of this.pending) {
      for (let i = 0; i < list.length; i += 2)
        if (list[i] === id) most = Math.max(most, list[i + 1] as number);
    }
    return most;
  }

  /** The peer acknowledged the oldest ones. Returns what they changed the stream windows by. */
  acknowledge(): number {
    const before = this.initialWindowSize;
    const list = this.pending.shift() ?? [];
    for (let i = 0; i < list.length; i += 2) this.#apply(list[i] as number, list[i + 1] as number);
    return this.initialWindowSize - before;
  }

  #apply(id: number, value: number): void {
    if (id === Setting.HeaderTableSize) this.headerTableSize = value;
    else if (id === Setting.EnablePush) this.enablePush = value === 1;
    else if (id === Setting.MaxConcurrentStreams) this.maxConcurrentStreams = value;
    else if (id === Setting.InitialWindowSize) this.initialWindowSize = value;
    else if (id === Setting.MaxFrameSize) this.maxFrameSize = value;
    else if (id === Setting.EnableConnectProtocol) this.enableConnectProtocol = value === 1;
  }
}

/** What the peer's SETTINGS say. */
export class PeerSettings {
  headerTableSize = TABLE_SIZE_DEFAULT;
  /** The smallest table size of the last frame, which the encoder must signal first (RFC 7541 section 4.2). */
  smallestTableSize = TABLE_SIZE_DEFAULT;
  enablePush = true;
  maxConcurrentStreams = Number.POSITIVE_INFINITY;
  initialWindowSize = WINDOW_DEFAULT;
  maxFrameSize = FRAME_SIZE_DEFAULT;
  maxHeaderListSize = Number.POSITIVE_INFINITY;
  enableConnectProtocol = false;
  /** The largest stream window on the way through the last frame. */
  largestWindow = WINDOW_DEFAULT;
  /** Identifiers without a meaning here, as they came. */
  #unknown: Map<number, number> | null = null;

  /** All in force, by identifier. Those without a limit are left out until the peer sets one. */
  get all(): ReadonlyMap<number, number> {
    const map = new Map<number, number>([
      [Setting.HeaderTableSize, this.headerTableSize],
      [Setting.EnablePush, this.enablePush ? 1 : 0],
      [Setting.InitialWindowSize, this.initialWindowSize],
      [Setting.MaxFrameSize, this.maxFrameSize],
      [Setting.EnableConnectProtocol, this.enableConnectProtocol ? 1 : 0],
    ]);
    const { maxConcurrentStreams, maxHeaderListSize } = this;
    if (Number.isFinite(maxConcurrentStreams))
      map.set(Setting.MaxConcurrentStreams, maxConcurrentStreams);
    if (Number.isFinite(maxHeaderListSize)) map.set(Setting.MaxHeaderListSize, maxHeaderListSize);
    for (const [id, value] of this.#unknown ?? []) map.set(id, value);
    return map;
  }

  /**
   * Takes over a frame in its order; the last value of an identifier counts.
   * @returns the first violation, or ErrorCode.NONE
   */
  apply(list: readonly number[], isFromServer: boolean): ErrorCode {
    this.smallestTableSize = this.headerTableSize;
    this.largestWindow = this.initialWindowSize;
    for (let i = 0; i < list.length; i += 2) {
      const fault = this.#set(list[i] as number, list[i + 1] as number, isFromServer);
      if (fault !== ErrorCode.NONE) return fault;
    }
    return ErrorCode.NONE;
  }

  #set(id: number, value: number, isFromServer: boolean): ErrorCode {
    switch (id) {
      case Setting.HeaderTableSize:
        this.headerTableSize = value;
        this.smallestTableSize = Math.min(this.smallestTableSize, value);
        return ErrorCode.NONE;
      case Setting.EnablePush:
        this.enablePush = value === 1;
        return value > 1 || (isFromServer && value === 1)
          ? ErrorCode.H2_SETTING_INVALID
          : ErrorCode.NONE;
      case Setting.MaxConcurrentStreams:
        this.maxConcurrentStreams = value;
        return ErrorCode.NONE;
      case Setting.InitialWindowSize:
        this.initialWindowSize = value;
        this.largestWindow = Math.max(this.largestWindow, value);
        return value > WINDOW_MAX ? ErrorCode.H2_SETTING_WINDOW_INVALID : ErrorCode.NONE;
      case Setting.MaxFrameSize:
        this.maxFrameSize = value;
        return value < FRAME_SIZE_DEFAULT || value > 2 ** 24 - 1
          ? ErrorCode.H2_SETTING_INVALID
          : ErrorCode.NONE;
      case Setting.MaxHeaderListSize:
        this.maxHeaderListSize = value;
        return ErrorCode.NONE;
      case Setting.EnableConnectProtocol: {
        // What was switched on stays on (RFC 8441 section 3).
        const isOff = this.enableConnectProtocol && value !== 1;
        this.enableConnectProtocol = value === 1;
        return value > 1 || isOff ? ErrorCode.H2_SETTING_INVALID : ErrorCode.NONE;
      }
      case Setting.NoRfc7540Priorities:
        this.#keep(id, value);
        return value > 1 ? ErrorCode.H2_SETTING_INVALID : ErrorCode.NONE;
      default:
        this.#keep(id, value); // ignored (section 6.5.2), and surfaced
        return ErrorCode.NONE;
    }
  }

  /** Unknown ones are surfaced; how many is bounded, because a peer may invent 65,536. */
  #keep(id: number, value: number): void {
    this.#unknown ??= new Map();
    if (this.#unknown.size < UNKNOWN_MAX || this.#unknown.has(id)) this.#unknown.set(id, value);
  }
}
