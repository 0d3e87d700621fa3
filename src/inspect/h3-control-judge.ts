// What is wrong with the streams in one direction of a peer: their types, the control stream, SETTINGS. A strict connection
// of ours says it; leniently another one takes its place behind a mistake and learns what was right before it.

import { H3Connection } from "../h3.js";
import type { ConnectionEvent } from "../index.js";
import { type Fault, moved } from "./h3-errors.js";
import { varintAt } from "./h3-numbers.js";
import { errorIn, PROBE_LIMITS, plainFrame } from "./h3-probe.js";

const SETTINGS = 0x04;
const GOAWAY = 0x07;
const MAX_PUSH_ID = 0x0d;
/** Frames after which a new connection takes over: what it keeps of priorities is bounded by that. */
const FRAMES_MAX = 4_096;
const NOTHING = new Uint8Array(0);

/** Judges control streams; `role`: who receives them. */
export class ControlJudge {
  readonly #role: "server" | "client";
  readonly #isLenient: boolean;
  /** Made when there is something to judge. */
  #connection: H3Connection | null = null;
  #isOver = false;
  #frames = 0;
  /** Streams of which there is one, by type; and what their control stream said last. */
  readonly #types = new Map<number, Uint8Array>();
  #control = -1;
  readonly #said = new Map<number, Uint8Array>();

  constructor(role: "server" | "client", isLenient: boolean) {
    this.#role = role;
    this.#isLenient = isLenient;
  }

  /** A stream says its type. */
  stream(streamId: number, type: Uint8Array): Fault[] {
    const faults = this.#feed(streamId, type, 0, false);
    if (faults.length > 0 || varintAt(type, 0) > 3 || type[0] === 1) return faults;
    this.#types.set(streamId, type);
    if (varintAt(type, 0) === 0) this.#control = streamId;
    return faults;
  }

  /** A whole frame of the control stream. */
  frame(streamId: number, type: number, bytes: Uint8Array, offset: number): Fault[] {
    if (this.#isOver) return [];
    if (++this.#frames % FRAMES_MAX === 0) this.#restart();
    const faults = this.#feed(streamId, bytes, offset, false);
    if (faults.length === 0) this.#note(type, bytes);
    return faults;
  }

  /** SETTINGS: leniently each of them is asked for. */
  settings(streamId: number, bytes: Uint8Array, payload: Uint8Array, offset: number): Fault[] {
    const faults = this.frame(streamId, SETTINGS, bytes, offset);
    if (faults.length === 0 || !this.#isLenient || this.#said.has(SETTINGS)) return faults;
    const found: Fault[] = [];
    let good: Uint8Array = NOTHING;
    for (const pair of settingPairs(payload)) {
      const more = Uint8Array.from([...good, ...pair]);
      const fault = this.#feed(streamId, plainFrame(SETTINGS, [], more).bytes, offset, true);
      if (fault.length === 0) good = more;
      found.push(...fault);
    }
    this.#said.set(SETTINGS, plainFrame(SETTINGS, [], good).bytes);
    this.#restart();
    return found.length > 0 ? found : faults;
  }

  /** What there is of a frame that is not whole, and the end of its stream. */
  end(streamId: number, rest: Uint8Array, offset: number): Fault[] {
    if (this.#isOver) return [];
    const faults = rest.length > 0 ? this.#feed(streamId, rest, offset, false) : [];
    if (faults.length > 0) return faults;
    return this.#ask((judge) => judge.receiveStream(streamId, NOTHING, true), offset);
  }

  /** RESET_STREAM, whatever its code. */
  reset(streamId: number, offset: number): Fault[] {
    return this.#ask((judge) => judge.receiveReset(streamId, 0), offset);
  }

  /** Nothing is judged any more: bytes are missing. */
  stop(): void {
    this.#isOver = true;
    this.#connection?.receiveClose();
    this.#connection = null;
  }

  #newConnection(): H3Connection {
    const connection = new H3Connection({
      role: this.#role,
      limits: PROBE_LIMITS,
      datagrams: true,
      ...(this.#role === "client" ? { maxPushId: Number.MAX_SAFE_INTEGER } : {}),
    });
    // A request that is open keeps it from ending with GOAWAY.
    if (this.#role === "client") connection.expectResponse(0, { method: "GET" });
    connection.takeStreams();
    return connection;
  }

  #restart(): void {
    this.#connection?.receiveClose();
    const connection = this.#newConnection();
    this.#connection = connection;
    for (const [streamId, type] of this.#types) connection.receiveStream(streamId, type, false);
    for (const type of [SETTINGS, MAX_PUSH_ID, GOAWAY]) {
      const bytes = this.#said.get(type);
      if (bytes !== undefined && this.#control >= 0)
        connection.receiveStream(this.#control, bytes, false);
    }
    connection.takeStreams();
  }

  #note(type: number, bytes: Uint8Array): void {
    if (type === SETTINGS || type === GOAWAY || type === MAX_PUSH_ID)
      this.#said.set(type, bytes.slice());
  }

  #feed(streamId: number, bytes: Uint8Array, offset: number, isTrial: boolean): Fault[] {
    if (this.#isOver) return [];
    if (isTrial) this.#restart();
    return this.#ask((judge) => judge.receiveStream(streamId, bytes, false), offset);
  }

  #ask(act: (judge: H3Connection) => ConnectionEvent[], offset: number): Fault[] {
    if (this.#isOver) return [];
    this.#connection ??= this.#newConnection();
    const error = errorIn(act(this.#connection));
    this.#connection.takeStreams();
    if (error === null) return [];
    if (this.#isLenient) this.#restart();
    else this.stop();
    return [moved(error, offset)];
  }
}

/** The settings of a payload, each in its octets; what does not parse is the last one. */
function settingPairs(payload: Uint8Array): Uint8Array[] {
  const pairs: Uint8Array[] = [];
  for (let at = 0; at < payload.length; ) {
    const id = varintAt(payload, at);
    const valueAt = at + (1 << ((payload[at] as number) >> 6));
    const value = varintAt(payload, valueAt);
    const end = valueAt + (1 << ((payload[valueAt] as number) >> 6));
    const isWhole = id !== -1 && value !== -1;
    pairs.push(payload.subarray(at, isWhole ? end : payload.length));
    at = isWhole ? end : payload.length;
  }
  return pairs;
}
