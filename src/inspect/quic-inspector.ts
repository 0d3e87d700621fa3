// QUIC connections in UDP datagrams as they were captured (RFC 9000, RFC 9001): packets, frames, and the HTTP/3 that they
// carry. Without keys the Initial packets are opened all the same, and the others are told as closed.

import {
  type AeadProvider,
  type ObservedConnectionStart,
  type ObservedHello,
  type QuicObservation,
  QuicObserver,
} from "../quic.js";
import type { Draft } from "./events.js";
import type { ProtocolOptions } from "./protocol-options.js";
import {
  connectionDraft,
  errorOf,
  packetDrafts,
  parametersDraft,
  withMore,
} from "./quic-drafts.js";
import { ConnectionStreams } from "./quic-streams.js";
import type { KeyLog } from "./tls/key-log.js";

/** What a QuicInspector is told. */
export interface QuicInspectorOptions extends Omit<ProtocolOptions, "only"> {
  /** Where the secrets are. */
  readonly keyLog: KeyLog;
  /** Numbers that connections get; 0, 1, 2, … without it. */
  readonly nextConnection?: () => number;
  /** Who decrypts: the engine of this package without it. */
  readonly aead?: AeadProvider | undefined;
  /** "h3" where the connections are known to speak it. */
  readonly as?: "h3" | null;
}

/** A UDP datagram. */
export interface QuicDatagram {
  readonly source: string;
  readonly destination: string;
  readonly bytes: Uint8Array;
  /** Where it stands in the capture, and when it was captured: for packets that must wait for another datagram. */
  readonly offset?: number;
  readonly time?: number | null;
}

/** A draft with the number of its connection; -1: of none. */
export type NumberedDraft = Draft & { connection: number };

/** What is known of a connection. */
interface Connection {
  readonly number: number;
  readonly streams: ConnectionStreams;
  start: ObservedConnectionStart | null;
  hello: ObservedHello | null;
  client: string;
  /** What was told of it last: it is told again when more is known. */
  told: string;
}

/** Paths that are remembered. */
const PATHS_MAX = 65_536;
/** Connections that are open: as many as an observer follows; the one that was silent longest is let go. */
const OPEN_MAX = 4_096;
/** Connections that were closed, of which something may still come. */
const CLOSED_MAX = 256;

/** Reads datagrams of any connections, in the order in which they were captured. */
export class QuicInspector {
  readonly #options: QuicInspectorOptions;
  readonly #observer: QuicObserver;
  /** By the observer's number; in the order of what was seen of them last. */
  readonly #connections = new Map<number, Connection>();
  readonly #closed = new Set<Connection>();
  /** Drafts of packets that waited. */
  readonly #late = new Map<NumberedDraft, QuicDatagram>();
  /** Paths on which QUIC was seen. */
  readonly #paths = new Set<string>();
  #next = 0;

  constructor(options: QuicInspectorOptions) {
    this.#options = options;
    this.#observer = new QuicObserver({
      secrets: (random) => options.keyLog.find(random),
      lenient: options.lenient ?? false,
      ...(options.aead === undefined ? {} : { aead: options.aead }),
    });
  }

  /** What a datagram says; null: it is no QUIC. */
  receive(datagram: QuicDatagram): NumberedDraft[] | null {
    const { source, destination, bytes, offset, time } = datagram;
    this.#late.clear();
    const path = source < destination ? `${source} ${destination}` : `${destination} ${source}`;
    const isKnown = this.#paths.has(path);
    if (!isKnown && isForeign(bytes)) return null;
    const observations = this.#observer.receive({
      ...{ source, destination, bytes },
      ...{ offset, time },
    });
    if (!isKnown) {
      // A new path may be that of a connection that moved: then its ids tell.
      if (isOfConnection(observations)) this.#notePath(path);
      else if (!looksLikeQuic(bytes)) return null;
    }
    return this.#drafts(observations);
  }

  /** There are no more datagrams. */
  end(): NumberedDraft[] {
    this.#late.clear();
    const drafts = this.#drafts(this.#observer.end());
    for (const connection of this.#connections.values()) this.#finish(connection, drafts);
    this.#connections.clear();
    this.#closed.clear();
    return drafts;
  }

  /** The datagram that a draft of the last call is of, where it is an earlier one than that call's. */
  originOf(draft: NumberedDraft): QuicDatagram | null {
    return this.#late.get(draft) ?? null;
  }

  #notePath(path: string): void {
    this.#paths.add(path);
    if (this.#paths.size <= PATHS_MAX) return;
    for (const oldest of this.#paths) {
      this.#paths.delete(oldest);
      break;
    }
  }

  #drafts(observations: readonly QuicObservation[]): NumberedDraft[] {
    const drafts: NumberedDraft[] = [];
    for (const observation of observations) {
      const connection = this.#connectionOf(observation.connection, drafts);
      const found = this.#draftsOf(connection, observation);
      const from = drafts.length;
      addNumbered(drafts, found, connection?.number ?? -1);
      if (observation.kind === "packet" && observation.late !== null)
        for (const draft of drafts.slice(from)) this.#late.set(draft, observation.late);
      if (observation.kind === "close" && connection !== null) this.#noteClosed(connection, drafts);
    }
    return drafts;
  }

  #connectionOf(observed: number, drafts: NumberedDraft[]): Connection | null {
    if (observed < 0) return null;
    const connection = this.#connections.get(observed) ?? this.#newConnection();
    this.#connections.delete(observed);
    this.#connections.set(observed, connection);
    if (this.#connections.size > OPEN_MAX) {
      const [oldest, its] = this.#connections.entries().next().value as [number, Connection];
      this.#finish(its, drafts);
      this.#connections.delete(oldest);
    }
    return connection;
  }

  #newConnection(): Connection {
    const number = this.#options.nextConnection?.() ?? this.#next++;
    const { lenient = false, keepBytes = false, as = null } = this.#options;
    const streams = new ConnectionStreams({ lenient, keepBytes, as });
    return { number, streams, start: null, hello: null, client: "", told: "" };
  }

  #noteClosed(connection: Connection, drafts: NumberedDraft[]): void {
    this.#closed.add(connection);
    if (this.#closed.size <= CLOSED_MAX) return;
    for (const oldest of this.#closed) {
      this.#finish(oldest, drafts);
      this.#closed.delete(oldest);
      break;
    }
  }

  #finish({ streams, number }: Connection, drafts: NumberedDraft[]): void {
    addNumbered(drafts, streams.end(), number);
  }

  #draftsOf(connection: Connection | null, observation: QuicObservation): Draft[] {
    if (observation.kind === "packet")
      return packetDrafts(observation, this.#options.keepBytes === true);
    if (observation.kind === "error") return [errorOf(observation)];
    if (connection === null) return [];
    switch (observation.kind) {
      case "connection":
        connection.start = observation;
        connection.client = observation.client;
        return tell(connection);
      case "migration":
        connection.client = observation.client;
        return tell(connection);
      case "hello":
        connection.hello = withMore(connection.hello, observation);
        if (observation.direction === "server")
          connection.streams.setAlpn(observation.alpn[0] ?? null);
        return tell(connection);
      case "parameters":
        return [parametersDraft(observation)];
      default:
        return connection.streams.receive(observation);
    }
  }
}

/** The connection, where there is something new to tell. */
function tell(connection: Connection): Draft[] {
  const { start, hello, client, streams } = connection;
  if (start === null) return [];
  const { protocol, alpn } = streams;
  const draft = connectionDraft({ protocol, alpn, start, hello, client });
  const text = JSON.stringify(draft);
  if (text === connection.told) return [];
  connection.told = text;
  return [draft];
}

/** Drafts with the number of their connection. */
function addNumbered(to: NumberedDraft[], drafts: readonly Draft[], connection: number): void {
  for (const draft of drafts) to.push(Object.assign(draft, { connection }));
}

const VERSIONS: ReadonlySet<number> = new Set([1, 0x6b3343cf, 0x709a50c4]);
/** Least octets of a datagram with which a client begins (RFC 9000 section 14.1). */
const FIRST_MIN = 1_200;

function versionOf(bytes: Uint8Array): number {
  return bytes.length < 7 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
}

/** Whether a first datagram has a long header of a version that nobody knows, and is too short to begin a connection. */
function isForeign(bytes: Uint8Array): boolean {
  const isLong = (bytes[0] ?? 0) >= 0x80;
  return isLong && !VERSIONS.has(versionOf(bytes)) && bytes.length < FIRST_MIN;
}

/** Whether a first datagram is of QUIC: a long header of a version that is known, with the fixed bit (RFC 8999). */
function looksLikeQuic(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0xc0) === 0xc0 && VERSIONS.has(versionOf(bytes));
}

function isOfConnection(observations: readonly QuicObservation[]): boolean {
  return observations.some(({ connection }) => connection >= 0);
}
