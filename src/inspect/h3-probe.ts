// One stream before a strict H3Connection of ours, alone: what it says is about this stream and nothing else, so that one
// mistake does not hide those of other streams. Field sections come to it decoded and are written again without the
// dynamic table; everything else as it came on the wire.

import { H3Connection } from "../h3.js";
import type { ConnectionEvent, H3Limits, ProtocolError } from "../index.js";
import { varintBytes } from "./h3-numbers.js";
import { pairsOf } from "./protocol-options.js";

const MANY = 2 ** 31 - 1;

/** What was recorded is shown, not refused for its size: the limits are what a connection can be asked for. */
export const PROBE_LIMITS: H3Limits = {
  concurrentStreams: MANY,
  fieldSectionLength: 262_144,
  fieldCount: 8_192,
  trailerSectionLength: 262_144,
  trailerCount: 8_192,
  fieldBlockLength: 393_216,
  unfinishedLength: MANY,
  headerMemory: MANY,
  headerAmplification: 1_000_000,
  resetBurst: MANY,
  controlBudget: MANY,
  settingsCount: 4_096,
  controlFrameLength: 65_536,
  outboundControlLength: MANY,
  pushCount: 4_096,
  capsuleLength: 1024 * 1024,
};

/** The request that a response answers, as far as it was seen. */
export interface RequestInfo {
  readonly method: string;
  readonly authority: string;
  readonly protocol: string | null;
}

/** What a response is taken to answer where its request was not seen. */
export const UNKNOWN_REQUEST: RequestInfo = {
  method: "GET",
  authority: "unknown.invalid",
  protocol: null,
};

/** What the head of a request says of it. */
export function requestOf(fields: readonly string[]): RequestInfo {
  const value = (name: string) => pairsOf(fields).find(([one]) => one === name)?.[1] ?? null;
  return {
    method: value(":method") ?? "",
    authority: value(":authority") ?? value("host") ?? "",
    protocol: value(":protocol"),
  };
}

/** A server's control stream with SETTINGS that allow everything: extended CONNECT, HTTP datagrams. */
const PERMISSIVE = Uint8Array.from([0x00, 0x04, 0x04, 0x08, 0x01, 0x33, 0x01]);
const NOTHING = new Uint8Array(0);
/** Messages that one connection is asked about: what it keeps of promises is bounded by that. */
const STREAMS_MAX = 1_024;

/** A connection of ours, and its next stream. */
interface Shared {
  readonly connection: H3Connection;
  next: number;
}

/**
 * Connections of ours that messages are put before. Strictly all messages of a direction have one: nothing is asked of it
 * behind a mistake that ends it. Leniently each message has its own.
 */
export class ProbePool {
  readonly #isShared: boolean;
  readonly #shared = new Map<string, Shared>();

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  /** A connection with this role, and a stream of it that nobody used. */
  open(role: "server" | "client", isPush: boolean): Shared {
    const name = isPush ? "push" : role;
    const known = this.#shared.get(name);
    const isFresh = known !== undefined && known.next < STREAMS_MAX * 4;
    if (isFresh && known.connection.state === "open") return known;
    const made = { connection: newConnection(role, isPush), next: 0 };
    if (this.#isShared) this.#shared.set(name, made);
    return made;
  }

  /** A message is over. */
  close(connection: H3Connection, streamId: number): void {
    if (!this.#isShared) connection.receiveClose();
    else if (connection.state === "open") {
      connection.reset(streamId);
      connection.takeStreams();
    }
  }

  /** Everything is over. */
  end(): void {
    for (const { connection } of this.#shared.values()) connection.receiveClose();
    this.#shared.clear();
  }
}

function newConnection(role: "server" | "client", isPush: boolean): H3Connection {
  const isServer = role === "server";
  const connection = new H3Connection({
    role,
    limits: PROBE_LIMITS,
    datagrams: true,
    respondToErrors: false,
    ...(isServer ? { settings: { enableConnectProtocol: true } } : {}),
    // A push promises none.
    ...(isServer || isPush ? {} : { maxPushId: Number.MAX_SAFE_INTEGER }),
  });
  if (!isServer) connection.receiveStream(3, PERMISSIVE, false);
  connection.takeStreams();
  return connection;
}

/** Reads one request, or one response, of a stream of its own. */
export class MessageProbe {
  readonly #pool: ProbePool;
  readonly #connection: H3Connection;
  readonly #streamId: number;
  /** Bytes that it was given. */
  #length = 0;

  /** Who reads: a server reads requests. `request`: what a client asked. */
  constructor(
    pool: ProbePool,
    role: "server" | "client",
    { method, authority, protocol }: RequestInfo,
    isPush: boolean,
  ) {
    const shared = pool.open(role, isPush);
    this.#pool = pool;
    this.#connection = shared.connection;
    this.#streamId = shared.next;
    shared.next += 4;
    if (role === "server") return;
    this.#connection.expectResponse(this.#streamId, {
      method: method || "GET",
      authority,
      ...(protocol === null ? {} : { protocol }),
    });
  }

  /** Bytes of the stream. What is wrong comes with its place in these bytes. */
  feed(bytes: Uint8Array, fin = false): ProbeFault | null {
    const before = this.#length;
    this.#length += bytes.length;
    const error = errorIn(this.#connection.receiveStream(this.#streamId, bytes, fin));
    return error === null ? null : { error, at: Math.max(0, error.offset - before) };
  }

  end(): ProbeFault | null {
    return this.feed(NOTHING, true);
  }

  /** Gives its stream back. */
  close(): void {
    this.#pool.close(this.#connection, this.#streamId);
  }
}

/** What a probe found. */
export interface ProbeFault {
  readonly error: ProtocolError;
  /** Place in the bytes that it was given last. */
  readonly at: number;
}

/** The error among events. */
export function errorIn(events: readonly ConnectionEvent[]): ProtocolError | null {
  for (const event of events) if (event.type === "error") return event.error;
  return null;
}

/** A section that uses no table (RFC 9204 section 4.5.6), and where each field begins in it. */
export interface PlainSection {
  readonly bytes: Uint8Array;
  readonly places: readonly number[];
}

/** Writes a flat list of names and values. */
export function plainSection(fields: readonly string[]): PlainSection {
  let room = 2;
  for (const text of fields) room += text.length + 12;
  const bytes = new Uint8Array(room);
  const places: number[] = [];
  let at = 2;
  for (let i = 0; i < fields.length; i += 2) {
    places.push(at);
    at = putString(bytes, at, 0x20, 0x07, fields[i] as string);
    at = putString(bytes, at, 0x00, 0x7f, fields[i + 1] as string);
  }
  return { bytes: bytes.subarray(0, at), places };
}

/** A string without Huffman code, its length with a prefix (RFC 7541 section 5.1). */
function putString(
  bytes: Uint8Array,
  from: number,
  flags: number,
  prefix: number,
  text: string,
): number {
  let at = from;
  let rest = text.length;
  if (rest < prefix) bytes[at++] = flags | rest;
  else {
    bytes[at++] = flags | prefix;
    for (rest -= prefix; rest > 127; rest >>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
  }
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  return at;
}

/** A frame: `prefix` stands before the payload and is counted with it. */
export function plainFrame(
  type: number,
  prefix: readonly number[],
  payload: Uint8Array,
): { readonly bytes: Uint8Array; readonly payloadAt: number } {
  const header = [...varintBytes(type), ...varintBytes(prefix.length + payload.length), ...prefix];
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(payload, header.length);
  return { bytes, payloadAt: header.length };
}
