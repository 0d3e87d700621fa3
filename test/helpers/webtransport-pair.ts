// Two ends of ours with sessions, joined in memory over HTTP/2 or HTTP/3: what each end hears is noted as lines, and what
// streams carried as bytes. Bytes travel in pieces of any length.

import type { ConnectionEvent } from "tercet";
import { H2Connection, type H2Options } from "tercet/h2";
import { H3Connection, type H3Options } from "tercet/h3";
import {
  type WebTransportEvent,
  type WebTransportOptions,
  WebTransportSessions,
  webtransportH2Settings,
} from "tercet/webtransport";

export type End = "client" | "server";
export type Over = "h2" | "h3";
export const ENDS = ["client", "server"] as const;
export const BOTH = ["h2", "h3"] as const;
export const other = (end: End): End => (end === "client" ? "server" : "client");

export interface PairOptions {
  /** Longest piece of bytes in one call of receive. Default: as it was taken. */
  readonly piece?: number;
  readonly sessions?: Omit<WebTransportOptions, "role">;
  readonly ofServer?: Omit<WebTransportOptions, "role">;
  readonly h2?: Omit<H2Options, "role">;
  readonly h3?: Omit<H3Options, "role">;
  /** What a server does with each session that is asked for. Default: accepts it. */
  readonly onSession?: (
    sessions: WebTransportSessions,
    event: WebTransportEvent & { type: "session" },
  ) => void;
}

/** One event as a line; bytes are counted, and kept elsewhere. */
export function lineOf(event: WebTransportEvent): string {
  const id = "streamId" in event ? ` ${event.streamId}` : "";
  switch (event.type) {
    case "stream":
      return `stream${id}${event.unidirectional ? " uni" : ""}`;
    case "streamData":
    case "datagram":
      return `${event.type}${id} ${event.bytes.length}`;
    case "streamReset":
    case "streamStopped":
      return `${event.type}${id} code ${event.code}`;
    case "streamsAllowed":
      return `streamsAllowed${event.unidirectional ? " uni" : ""}`;
    case "closed":
      return `closed ${event.code} "${event.reason}"${event.isClean ? "" : " not clean"}`;
    case "error":
      return `error ${event.error.code}`;
    case "session":
      return `session ${event.head.path} [${event.protocols}]`;
    case "established":
      return `established ${event.protocol}`;
    case "refused":
      return `refused ${event.head.status}`;
    default:
      return `${event.type}${id}`;
  }
}

/** Lines without what depends on how bytes were cut: data of one stream is one line with its sum. */
export function joined(events: readonly WebTransportEvent[]): string[] {
  const lines: string[] = [];
  let last = null as { key: string; length: number } | null;
  for (const event of events) {
    if (event.type === "streamWritable") continue;
    if (event.type !== "streamData") {
      last = null;
      lines.push(lineOf(event));
      continue;
    }
    const key = `streamData ${event.streamId}`;
    const length: number = event.bytes.length + (last?.key === key ? last.length : 0);
    if (last?.key === key) lines.pop();
    lines.push(`${key} ${length}`);
    last = { key, length };
  }
  return lines;
}

type Connection = H2Connection | H3Connection;

/** Both ends. */
export class Pair {
  readonly over: Over;
  readonly connections: Record<End, Connection>;
  readonly sessions: Record<End, WebTransportSessions>;
  readonly events: Record<End, WebTransportEvent[]> = { client: [], server: [] };
  /** Events of the connection that are about no session. */
  readonly others: Record<End, ConnectionEvent[]> = { client: [], server: [] };
  /** What came on each stream, by receiver. */
  readonly arrived: Record<End, Map<number, number[]>> = { client: new Map(), server: new Map() };
  /** Resets and stops that went over the wire (HTTP/3), as "from client reset 4 0x…". */
  readonly signals: string[] = [];
  /** Bytes of HTTP/2 that each end has sent, in pieces. */
  readonly wire: Record<End, Uint8Array[]> = { client: [], server: [] };
  #sessionId = -1;
  readonly #options: PairOptions;

  constructor(over: Over, options: PairOptions = {}) {
    this.over = over;
    this.#options = options;
    const make = (role: End): Connection =>
      over === "h3"
        ? new H3Connection({ webtransport: true, ...options.h3, role })
        : new H2Connection({
            ...options.h2,
            role,
            settings: {
              ...(role === "server" ? { enableConnectProtocol: true } : {}),
              extra: webtransportH2Settings(this.optionsOf(role).initial),
              ...options.h2?.settings,
            },
          });
    this.connections = { client: make("client"), server: make("server") };
    const wrap = (role: End) =>
      new WebTransportSessions(this.connections[role], { ...this.optionsOf(role), role });
    this.sessions = { client: wrap("client"), server: wrap("server") };
  }

  private optionsOf(role: End): Omit<WebTransportOptions, "role"> {
    return { ...this.#options.sessions, ...(role === "server" ? this.#options.ofServer : {}) };
  }

  /** Of the last session that was asked for. */
  get id(): number {
    return this.#sessionId;
  }

  /** Both ends with a session between them. */
  static open(over: Over, options: PairOptions = {}): Pair {
    const pair = new Pair(over, options);
    pair.settle();
    pair.connect();
    pair.settle();
    return pair;
  }

  connect(request: Partial<Parameters<WebTransportSessions["connect"]>[0]> = {}): number {
    this.#sessionId = this.sessions.client.connect({ authority: "a", path: "/wt", ...request });
    return this.#sessionId;
  }

  /** Events of one end so far, as lines, and forgets them. */
  heard(end: End): string[] {
    return joined(this.events[end].splice(0));
  }

  /** Carries bytes to and fro until nothing moves. */
  settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const from of ENDS) if (this.carry(from)) moved = true;
    }
  }

  /** Carries what one end has to send now. @returns whether there was anything */
  carry(from: End): boolean {
    const moved = this.over === "h2" ? this.#carryH2(from) : this.#carryH3(from);
    for (const end of ENDS) this.poll(end);
    return moved;
  }

  #carryH2(from: End): boolean {
    const to = this.connections[other(from)] as H2Connection;
    const pieces = (this.connections[from] as H2Connection).take();
    for (const bytes of pieces) {
      this.wire[from].push(bytes.slice());
      const most = this.#options.piece ?? bytes.length;
      for (let at = 0; at < bytes.length; at += most)
        this.#hand(other(from), to.receive(bytes.slice(at, at + most)));
    }
    // Room again: `writable` comes with the next input.
    this.#hand(from, (this.connections[from] as H2Connection).receive(new Uint8Array(0)));
    return pieces.length > 0;
  }

  #carryH3(from: End): boolean {
    const to = this.connections[other(from)] as H3Connection;
    const ours = this.connections[from] as H3Connection;
    const list = ours.takeStreams();
    const datagrams = ours.takeDatagrams();
    for (const { streamId, bytes, fin, reset, stopSending } of list) {
      if (streamId < 0) continue;
      const most = this.#options.piece ?? Math.max(1, bytes.length);
      for (let at = 0; at < bytes.length; at += most) {
        const end = Math.min(at + most, bytes.length);
        const isLast = fin && end === bytes.length;
        this.#hand(other(from), to.receiveStream(streamId, bytes.slice(at, end), isLast));
      }
      if (fin && bytes.length === 0)
        this.#hand(other(from), to.receiveStream(streamId, bytes, true));
      if (reset !== undefined) {
        this.signals.push(`${from} reset ${streamId} 0x${reset.toString(16)}`);
        this.#hand(other(from), to.receiveReset(streamId, reset));
      }
      if (stopSending !== undefined) {
        this.signals.push(`${from} stop ${streamId} 0x${stopSending.toString(16)}`);
        this.#hand(other(from), to.receiveStopSending(streamId, stopSending));
      }
    }
    for (const bytes of datagrams) this.#hand(other(from), to.receiveDatagram(bytes.slice()));
    for (const end of ENDS) this.#hand(end, (this.connections[end] as H3Connection).poll());
    return list.length > 0 || datagrams.length > 0;
  }

  #hand(to: End, events: readonly ConnectionEvent[]): void {
    for (const event of events) {
      if (!this.sessions[to].handle(event)) this.others[to].push(event);
      this.poll(to);
    }
  }

  /** Notes what an end's sessions report, and answers what has to be answered. */
  poll(end: End): void {
    for (const event of this.sessions[end].poll()) {
      this.events[end].push(event);
      if (event.type === "streamData") {
        const all = this.arrived[end].get(event.streamId) ?? [];
        all.push(...event.bytes);
        this.arrived[end].set(event.streamId, all);
      }
      if (event.type !== "session") continue;
      const { onSession } = this.#options;
      if (onSession === undefined) this.sessions[end].accept(event.sessionId);
      else onSession(this.sessions[end], event);
    }
  }
}

/** `length` bytes that tell where they are. */
export const bytesOf = (length: number, seed = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff);
