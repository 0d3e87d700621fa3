// QUIC connections in UDP datagrams as they were captured (RFC 9000, RFC 9001): packets, frames, and the HTTP/3 that they
// carry. Without keys the Initial packets are opened all the same, and the others are told as closed.

import {
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
    if (observation.kind === "packet") return this.#packetDrafts(connection, observation);
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

  #packetDrafts(connection: Connection | null, packet: ObservedPacket): Draft[] {
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
    if (packet.packetType === "0-RTT" && packet.decrypted) connection?.streams.expectEarly();
    return drafts;
  }
}

/** The streams of one connection: HTTP/3, or octets of what nobody knows. */
class ConnectionStreams {
  readonly #h3: H3Inspector;
  /** null: the server has not said it. */
  #alpn: string | null = null;
  /** What the bytes look like, where no ALPN says it. */
  #isH3: boolean | null;

  constructor(options: QuicInspectorOptions) {
    const { lenient = false, keepBytes = false } = options;
    this.#h3 = new H3Inspector({ lenient, keepBytes });
    this.#isH3 = options.as === "h3" ? true : null;
  }

  setAlpn(alpn: string | null): void {
    if (alpn === null) return;
    this.#alpn = alpn;
    this.#isH3 ??= alpn === "h3" || /^h3-\d+$/.test(alpn);
  }

  /** Data in 0-RTT comes before the server chose: what it looks like decides. */
  expectEarly(): void {}

  receive(observation: QuicObservation): Draft[] {
    const { direction } = observation;
    switch (observation.kind) {
      case "stream":
        this.#isH3 ??= looksLikeH3(observation.streamId, observation.bytes);
        if (!this.#isH3) return rawDrafts(observation);
        return this.#h3.stream(direction, observation.streamId, observation.bytes, observation.fin);
      case "gap":
        return this.#isH3 === true
          ? this.#h3.gap(direction, observation.streamId, observation.length)
          : [gapDraft(observation)];
      case "reset": {
        const { streamId, code } = observation;
        if (this.#isH3 === true) return this.#h3.reset(direction, streamId, code);
        return [{ event: "reset", protocol: "quic", direction, offset: 0, streamId, code }];
      }
      case "stopSending":
        return this.#h3.stopSending(direction, observation.streamId, observation.code);
      case "datagram":
        return this.#isH3 === true ? this.#h3.datagram(direction, observation.bytes) : [];
      default:
        return [];
    }
  }

  end(): Draft[] {
    return this.#h3.end();
  }

  get protocol(): "h3" | "quic" {
    return this.#isH3 === true ? "h3" : "quic";
  }

  get alpn(): string | null {
    return this.#alpn;
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

/** Whether a stream begins as those of HTTP/3 do: a type of streams in one direction, a frame of a request. */
function looksLikeH3(streamId: Varint, bytes: Uint8Array): boolean {
  const type = varintAt(bytes, 0);
  if (type === -1) return false;
  if ((BigInt(streamId) & 2n) === 2n) return type <= 3 || type === 0x54 || isReserved(type);
  return type <= 1 || type === 0x41 || isReserved(type);
}

function rawDrafts(stream: QuicObservation & { kind: "stream" }): Draft[] {
  const { direction, streamId, offset, bytes, fin } = stream;
  const base = { protocol: "quic", direction, streamId } as const;
  const drafts: Draft[] = [];
  if (bytes.length > 0) drafts.push({ event: "data", ...base, offset, length: bytes.length });
  if (fin) drafts.push({ event: "end", ...base, offset: offset + bytes.length });
  return drafts;
}

function gapDraft({ direction, offset, length }: QuicObservation & { kind: "gap" }): Draft {
  return { event: "gap", protocol: "quic", direction, offset, length };
}

function errorOf({ direction, error }: ObservedError): Draft {
  return violation("quic", direction, error.offset, error.code, error.streamId, error.scope);
}

function packetDraft(packet: ObservedPacket, keepsBytes: boolean): Draft {
  const { direction, at, packetType, packetNumber, length, decrypted, reason } = packet;
  const number = packetNumber === null ? null : small(packetNumber);
  const bytes = keepsBytes && packet.packet !== null ? { bytes: packet.packet.bytes.slice() } : {};
  return {
    event: "packet",
    protocol: "quic",
    direction,
    offset: at,
    packetType,
    packetNumber: number,
    length,
    decrypted,
    reason,
    ...headerFields(packet),
    ...bytes,
  } as Draft;
}

/** What the header says beside its type. */
function headerFields({ version, keyPhase, isDuplicate, packet }: ObservedPacket): object {
  if (packet === null) return {};
  const { destinationConnectionId, sourceConnectionId, token, supportedVersions } = packet;
  return {
    version,
    destinationConnectionId: destinationConnectionId.slice(),
    ...(sourceConnectionId === null ? {} : { sourceConnectionId: sourceConnectionId.slice() }),
    ...(token === null || token.length === 0 ? {} : { token: token.slice() }),
    ...(supportedVersions === null ? {} : { supportedVersions }),
    ...(keyPhase === null ? {} : { keyPhase }),
    ...(isDuplicate ? { isDuplicate } : {}),
  };
}

function small(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** What both hellos say. */
function withMore(before: ObservedHello | null, now: ObservedHello): ObservedHello {
  if (before === null) return now;
  return {
    ...now,
    serverName: now.serverName ?? before.serverName,
    alpn: now.alpn.length > 0 ? now.alpn : before.alpn,
    cipherSuite: now.cipherSuite ?? before.cipherSuite,
  };
}

const CIPHER_SUITES: ReadonlyMap<number, string> = new Map([
  [0x1301, "TLS_AES_128_GCM_SHA256"],
  [0x1302, "TLS_AES_256_GCM_SHA384"],
  [0x1303, "TLS_CHACHA20_POLY1305_SHA256"],
  [0x1304, "TLS_AES_128_CCM_SHA256"],
  [0x1305, "TLS_AES_128_CCM_8_SHA256"],
]);
const QUIC_V2 = 0x6b3343cf;

/** The connection, where there is something new to tell. */
function tell(connection: Connection): Draft[] {
  const { start, hello, streams } = connection;
  if (start === null) return [];
  const suite = hello?.cipherSuite ?? null;
  const draft: Draft<InspectConnection> = {
    event: "connection",
    protocol: streams.protocol,
    direction: "client",
    offset: 0,
    client: start.client,
    server: start.server,
    alpn: streams.alpn,
    serverName: hello?.serverName ?? null,
    security: `QUIC ${start.version === QUIC_V2 ? "v2" : `v${start.version}`}`,
    cipherSuite: suite === null ? null : (CIPHER_SUITES.get(suite) ?? `0x${suite.toString(16)}`),
  };
  const text = JSON.stringify(draft);
  if (text === connection.told) return [];
  connection.told = text;
  return [draft];
}
