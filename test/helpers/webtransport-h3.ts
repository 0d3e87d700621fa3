// A peer over HTTP/3 against sessions of ours: its CONNECT and its capsules are an H3Connection's, its SETTINGS are of any
// version, and its streams are written by hand.

import { H3Connection, type H3Options } from "tercet/h3";
import {
  type WebTransportEvent,
  type WebTransportOptions,
  WebTransportSessions,
} from "tercet/webtransport";
import { varint } from "./webtransport-h2.js";
import { joined } from "./webtransport-pair.js";

/** SETTINGS that offer one version, besides H3_DATAGRAM and ENABLE_CONNECT_PROTOCOL. */
export const OFFERS = {
  "draft-02": [[0x2b603742, 1]],
  "draft-06": [[0x2b603743, 5]],
  "draft-07": [[0xc671706a, 5]],
  "draft-13": [[0x14e9cd29, 1]],
  "draft-13 with limits": [
    [0x14e9cd29, 2],
    [0x2b61, 1000],
    [0x2b64, 2],
    [0x2b65, 2],
  ],
  "draft-15": [[0x2c7cf000, 1]],
  "draft-15 with limits": [
    [0x2c7cf000, 1],
    [0x2b61, 1000],
    [0x2b64, 2],
    [0x2b65, 2],
  ],
} as const satisfies Record<string, readonly (readonly [number, number])[]>;
export type Offer = keyof typeof OFFERS;

export interface H3RawOptions {
  readonly role?: "server" | "client";
  readonly settings?: readonly (readonly [number, number])[];
  readonly sessions?: Omit<WebTransportOptions, "role">;
  readonly tested?: Omit<H3Options, "role">;
  /** Longest piece of the peer's bytes. */
  readonly piece?: number;
  readonly accepts?: boolean;
}

/** Bytes that begin a stream of a session. */
export const bidiHeader = (sessionId: number): number[] => [...varint(0x41), ...varint(sessionId)];
export const uniHeader = (sessionId: number): number[] => [...varint(0x54), ...varint(sessionId)];

/** Our end, and the peer's. */
export class H3Raw {
  readonly tested: H3Connection;
  readonly peer: H3Connection;
  readonly sessions: WebTransportSessions;
  readonly events: WebTransportEvent[] = [];
  /** Heads that the peer received. */
  readonly heads: string[][] = [];
  /** Capsules that the peer received. */
  readonly capsules: [type: number, bytes: number[]][] = [];
  /** Resets, stops and closes of ours, as lines. */
  readonly signals: string[] = [];
  /** Events of our connection that are about no session. */
  readonly others: string[] = [];
  readonly #options: H3RawOptions;
  #id = -1;

  constructor(options: H3RawOptions = {}) {
    const { role = "server", settings = OFFERS["draft-15"] } = options;
    this.#options = options;
    this.tested = new H3Connection({ webtransport: true, ...options.tested, role });
    const peerRole = role === "server" ? "client" : "server";
    this.peer = new H3Connection({
      role: peerRole,
      datagrams: true,
      settings: { enableConnectProtocol: peerRole === "server", extra: settings },
    });
    this.sessions = new WebTransportSessions(this.tested, { ...options.sessions, role });
  }

  /** With a session, which the server has accepted. */
  static open(options: H3RawOptions = {}): H3Raw {
    const raw = new H3Raw(options);
    raw.settle();
    raw.connect();
    raw.settle();
    raw.events.length = 0;
    return raw;
  }

  get id(): number {
    return this.#id;
  }

  /** CONNECT, by whoever is the client. */
  connect(protocol?: string, headers: readonly string[] = []): number {
    if (this.#options.role === "client")
      this.#id = this.sessions.connect({ authority: "a", path: "/wt" });
    else
      this.#id = this.peer.sendRequest({
        ...{ method: "CONNECT", scheme: "https", authority: "a", path: "/wt", headers },
        protocol: protocol ?? this.token,
      });
    return this.#id;
  }

  /** :protocol of the version. */
  get token(): string {
    return this.tested.webtransport === "draft-15" ? "webtransport-h3" : "webtransport";
  }

  /** Bytes of the peer on a stream that it has by hand. */
  raw(streamId: number, bytes: readonly number[], fin = false): void {
    const all = Uint8Array.from(bytes);
    const most = this.#options.piece ?? Math.max(1, all.length);
    for (let at = 0; at < all.length; at += most) {
      const end = Math.min(at + most, all.length);
      this.hand(this.tested.receiveStream(streamId, all.slice(at, end), fin && end === all.length));
    }
    if (all.length === 0) this.hand(this.tested.receiveStream(streamId, all, fin));
    this.settle();
  }

  capsule(type: number | bigint, value: readonly number[] | Uint8Array = []): void {
    this.peer.sendCapsule(this.#id, type, Uint8Array.from(value));
    this.settle();
  }

  hand(events: ReturnType<H3Connection["poll"]>): void {
    for (const event of events) {
      if (!this.sessions.handle(event))
        this.others.push(event.type === "error" ? `error ${event.error.code}` : event.type);
      for (const own of this.sessions.poll()) {
        this.events.push(own);
        if (own.type === "session" && this.#options.accepts !== false)
          this.sessions.accept(own.sessionId);
      }
    }
    this.events.push(...this.sessions.poll());
  }

  settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const { streamId, bytes, fin, reset, stopSending } of this.peer.takeStreams()) {
        if (streamId < 0) continue;
        moved = true;
        const most = this.#options.piece ?? Math.max(1, bytes.length);
        for (let at = 0; at < bytes.length; at += most) {
          const end = Math.min(at + most, bytes.length);
          const isLast = fin && end === bytes.length;
          this.hand(this.tested.receiveStream(streamId, bytes.slice(at, end), isLast));
        }
        if (fin && bytes.length === 0) this.hand(this.tested.receiveStream(streamId, bytes, true));
        if (reset !== undefined) this.hand(this.tested.receiveReset(streamId, reset));
        if (stopSending !== undefined)
          this.hand(this.tested.receiveStopSending(streamId, stopSending));
      }
      for (const bytes of this.peer.takeDatagrams()) this.hand(this.tested.receiveDatagram(bytes));
      this.hand(this.tested.poll());
      for (const { streamId, bytes, fin, reset, stopSending, close } of this.tested.takeStreams()) {
        moved = true;
        if (close !== undefined) this.signals.push(`close 0x${close.toString(16)}`);
        if (reset !== undefined) this.signals.push(`reset ${streamId} 0x${reset.toString(16)}`);
        if (stopSending !== undefined)
          this.signals.push(`stop ${streamId} 0x${stopSending.toString(16)}`);
        if (streamId < 0 || !this.#isKnown(streamId)) continue;
        if (bytes.length > 0 || fin) this.#note(this.peer.receiveStream(streamId, bytes, fin));
        if (reset !== undefined) this.#note(this.peer.receiveReset(streamId, reset));
      }
      this.tested.takeDatagrams();
    }
  }

  /** Streams that the peer's H3Connection has: its own requests, and what every connection has. */
  #isKnown(streamId: number): boolean {
    if ((streamId & 2) !== 0) return streamId < 14;
    return (streamId & 1) === 0 && streamId <= Math.max(this.#id, 0);
  }

  #note(events: ReturnType<H3Connection["poll"]>): void {
    for (const event of events) {
      if (event.type === "capsule")
        this.capsules.push([Number(event.capsuleType), [...event.bytes]]);
      if (event.type !== "head") continue;
      const { head } = event;
      const first = "status" in head ? String(head.status) : `${head.protocol}`;
      this.heads.push([first, ...head.rawHeaders]);
      if ("method" in head) {
        this.peer.sendResponse(event.streamId, { status: 200, headers: [] });
      }
    }
  }

  /** What the sessions reported, and forgets it. */
  heard(): string[] {
    return joined(this.events.splice(0));
  }
}
