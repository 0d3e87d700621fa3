// QUIC connections in UDP datagrams as they were captured (RFC 9000, RFC 9001): packets, frames, and the HTTP/3 that they
// carry. Without keys the Initial packets are opened all the same, and the others are told as closed.

import {
  type AeadProvider,
  type ObservedConnectionStart,
  type ObservedError,
  type ObservedHello,
  type ObservedPacket,
  type QuicObservation,
  QuicObserver,
} from "../quic.js";
import type { Draft, InspectConnection } from "./events.js";
import { H3Inspector } from "./h3-inspector.js";
import { isReserved, type Varint, varintAt } from "./h3-numbers.js";
import { KEPT_MAX, type ProtocolOptions } from "./protocol-options.js";
import { frameFields } from "./quic-frame-drafts.js";
import type { KeyLog } from "./tls/key-log.js";
import { violation } from "./violation.js";

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
}

/** A draft with the number of its connection; -1: of none. */
export type NumberedDraft = Draft & { connection: number };

/** Connections that are told about again when more is known. */
interface Connection {
  readonly number: number;
  readonly streams: ConnectionStreams;
  start: ObservedConnectionStart | null;
  hello: ObservedHello | null;
  /** Addresses, ALPN, … as they were told last. */
  told: string;
}

/** Addresses of datagrams that were no QUIC are remembered. */
const PATHS_MAX = 65_536;
const CONNECTIONS_MAX = 65_536;

/** Reads datagrams of any connections, in the order in which they were captured. */
export class QuicInspector {
  readonly #options: QuicInspectorOptions;
  readonly #observer: QuicObserver;
  readonly #connections = new Map<number, Connection>();
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
    const { source, destination, bytes } = datagram;
    const path = source < destination ? `${source} ${destination}` : `${destination} ${source}`;
    const observations = this.#observer.receive({ source, destination, bytes });
    if (!this.#paths.has(path)) {
      // A new path may be that of a connection that moved: then its ids tell.
      if (isOfConnection(observations)) this.#notePath(path);
      else if (!looksLikeQuic(bytes)) return null;
    }
    return this.#drafts(observations);
  }

  /** There are no more datagrams. */
  end(): NumberedDraft[] {
    const drafts = this.#drafts(this.#observer.end());
    for (const connection of this.#connections.values())
      drafts.push(...numbered(connection.streams.end(), connection.number));
    this.#connections.clear();
    return drafts;
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
      const connection = this.#connectionOf(observation.connection);
      const found = this.#draftsOf(connection, observation);
      drafts.push(...numbered(found, connection?.number ?? -1));
    }
    return drafts;
  }

  #connectionOf(observed: number): Connection | null {
    if (observed < 0) return null;
    const known = this.#connections.get(observed);
    if (known !== undefined) return known;
    const number = this.#options.nextConnection?.() ?? this.#next++;
    const streams = new ConnectionStreams(this.#options);
    const connection = { number, streams, start: null, hello: null, told: "" };
    this.#connections.set(observed, connection);
    if (this.#connections.size > CONNECTIONS_MAX) this.#letGo();
    return connection;
  }

  #letGo(): void {
    for (const oldest of this.#connections.keys()) {
      this.#connections.delete(oldest);
      break;
    }
  }

  #draftsOf(connection: Connection | null, observation: QuicObservation): Draft[] {
    if (observation.kind === "packet") return this.#packetDrafts(observation);
    if (connection === null) return observation.kind === "error" ? [errorOf(observation)] : [];
    const { streams } = connection;
    switch (observation.kind) {
      case "connection":
        connection.start = observation;
        return tell(connection);
      case "hello":
        connection.hello = withMore(connection.hello, observation);
        if (observation.direction === "server") streams.setAlpn(observation.alpn[0] ?? null);
        return tell(connection);
      case "error":
        return [errorOf(observation)];
      default:
        return streams.receive(observation);
    }
  }

  #packetDrafts(packet: ObservedPacket): Draft[] {
    const drafts: Draft[] = [packetDraft(packet, this.#options.keepBytes === true)];
    const { direction, payload } = packet;
    for (const frame of packet.frames) {
      const { at, size } = frame;
      const bytes =
        this.#options.keepBytes === true && payload !== null
          ? { bytes: payload.slice(at, at + Math.min(size, KEPT_MAX)) }
          : {};
      const fields = frameFields(frame);
      drafts.push({
        event: "frame",
        protocol: "quic",
        direction,
        offset: at,
        ...fields,
        ...bytes,
      } as Draft);
    }
    return drafts;
  }
}

function numbered(drafts: readonly Draft[], connection: number): NumberedDraft[] {
  return drafts.map((draft) => Object.assign(draft, { connection }));
}

/** Whether a first datagram may be of QUIC: a long header with the fixed bit, or of Version Negotiation (RFC 8999). */
function looksLikeQuic(bytes: Uint8Array): boolean {
  const first = bytes[0];
  if (first === undefined || bytes.length < 7) return false;
  if (first < 0x80) return false;
  const version = bytes[1] || bytes[2] || bytes[3] || bytes[4];
  const destinationLength = bytes[5] as number;
  const sourceAt = 6 + destinationLength;
  if (sourceAt >= bytes.length || sourceAt + (bytes[sourceAt] as number) >= bytes.length)
    return false;
  return version === 0 || (first & 0x40) !== 0;
}

function isOfConnection(observations: readonly QuicObservation[]): boolean {
  return observations.some(({ connection }) => connection >= 0);
}

