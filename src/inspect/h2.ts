// HTTP/2 on a connection that somebody else has, both directions or one: every frame, messages, and what is wrong.
// Strict by the verdict of our own connections, which are told what the other direction announced and asked; lenient by
// h2-audit.ts, which reports everything and goes on.

import type { SentFrame } from "../h2.js";
import type { Direction, Draft, ProtocolInspector } from "./events.js";
import { H2Audit } from "./h2-audit.js";
import { FLAG, TYPE } from "./h2-frames.js";
import { H2Plain } from "./h2-plain.js";
import { H2Side, type H2Upgrade, type H2Watch } from "./h2-side.js";
import type { WalkedFrame } from "./h2-walker.js";
import { opposite, type ProtocolOptions } from "./protocol-options.js";

/** How a connection began as HTTP/1.1: bytes of each direction before it, and what it was asked. */
export interface H2Start {
  readonly client: number;
  readonly server: number;
  readonly upgrade: H2Upgrade | null;
}

const FROM_START: H2Start = { client: 0, server: 0, upgrade: null };
const MAX_FRAME_SIZE = 5;
const FRAME_SIZE_DEFAULT = 16_384;
/** Requests that were answered by nobody, and skipped ones: more are forgotten. */
const REMEMBERED_MAX = 1024;

/** Reads HTTP/2. */
export class H2Inspector implements ProtocolInspector {
  readonly protocol = "h2";
  readonly #watch: H2Watch;
  readonly #start: H2Start;
  /** Made when they are asked for: an audit needs none. */
  #clientSide: H2Side | null = null;
  #serverSide: H2Side | null = null;
  readonly #only: Direction | null;
  readonly #keepBytes: boolean;
  readonly #audit: H2Audit | null = null;
  /** Directions that are read without a verdict: all with an audit, else those of which something is missing. */
  readonly #plain: { client: H2Plain | null; server: H2Plain | null } = {
    client: null,
    server: null,
  };
  readonly #frameSizes = { client: 0, server: 0 };
  #out: Draft[] = [];
  /** The highest stream that the server's side knows the request of, and lower ones that it does not. */
  #highest = -1;
  readonly #skipped = new Set<number>();
  /** Requests that are complete while the server says nothing. */
  #unanswered: number[] = [];
  /** Something of the client is missing: a response answers what nobody saw. */
  #isGuessing = false;

  constructor(options: ProtocolOptions = {}, start: H2Start = FROM_START) {
    const { keepBytes = false, only = null } = options;
    this.#only = only;
    this.#start = start;
    this.#watch = this.#newWatch();
    this.#keepBytes = keepBytes;
    if (start.upgrade !== null) this.#highest = 1;
    if (!options.lenient) return;
    const audit = new H2Audit(this.#watch);
    this.#audit = audit;
    this.#plain.client = this.#newPlain("client", start.client, audit);
    this.#plain.server = this.#newPlain("server", start.server, audit);
    if (start.upgrade !== null) audit.openUpgraded(start.upgrade.isHead);
  }

  #newPlain(direction: Direction, base: number, audit: H2Audit | null): H2Plain {
    const inspector = this;
    const out = {
      get out() {
        return inspector.#out;
      },
    };
    const plain = new H2Plain(direction, out, audit, {
      keepBytes: this.#keepBytes,
      base,
      hasPreface: direction === "client" && audit !== null,
      isLost: audit === null,
    });
    audit?.attach(plain);
    return plain;
  }

  receive(direction: Direction, bytes: Uint8Array): Draft[] {
    (this.#plain[direction] ?? this.#side(direction)).receive(bytes);
    return this.#take();
  }

  gap(direction: Direction, length: number): Draft[] {
    const plain = this.#plain[direction];
    if (plain === null) this.#gapInSide(direction, length);
    else if (!plain.gap(length)) this.#audit?.lose(direction);
    return this.#take();
  }

  /** What is lost of one direction is not known to the other, either. */
  #gapInSide(direction: Direction, length: number): void {
    const side = this.#side(direction);
    const offset = side.offset;
    this.#out.push({ event: "gap", direction, offset, protocol: "h2", length });
    if (side.gap(length)) return;
    if (side.hasFailed) return;
    this.#plain[direction] = this.#newPlain(direction, offset + length, null);
    this.#side(opposite(direction)).connection.noteSent(null);
    if (direction === "client") this.#isGuessing = true;
  }

  end(direction: Direction): Draft[] {
    (this.#plain[direction] ?? this.#side(direction)).end();
    return this.#take();
  }

  get #client(): H2Side {
    this.#clientSide ??= this.#newSide("client");
    return this.#clientSide;
  }

  get #server(): H2Side {
    this.#serverSide ??= this.#newSide("server");
    return this.#serverSide;
  }

  #newSide(direction: Direction): H2Side {
    const { upgrade } = this.#start;
    return new H2Side(direction, this.#keepBytes, this.#watch, this.#start[direction], upgrade);
  }

  #side(direction: Direction): H2Side {
    return direction === "client" ? this.#client : this.#server;
  }

  #take(): Draft[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #newWatch(): H2Watch {
    const inspector = this;
    return {
      get out() {
        return inspector.#out;
      },
      onFrame: (direction, frame) => {
        if (direction === "server") this.#onServerFrame(frame);
      },
      onSent: (direction, frame) => this.#onSent(direction, frame),
      onRequest: (streamId, head) => this.#expect(streamId, head),
      onEnd: (direction, streamId) => {
        if (direction === "client") this.#onClientEnd(streamId);
      },
    };
  }

  /** The server's side learns of a request. */
  #expect(streamId: number, request: { method: string; authority?: string | null }): void {
    const isNew = streamId > this.#highest;
    if (!isNew && !this.#skipped.delete(streamId)) return;
    for (let id = this.#highest + 2; id < streamId; id += 2) {
      if (this.#skipped.size >= REMEMBERED_MAX) break;
      this.#skipped.add(id);
    }
    if (isNew) this.#highest = streamId;
    if (this.#only === "client") return;
    const { method, authority } = request;
    this.#server.connection.expectResponse(
      streamId,
      authority ? { method, authority } : { method },
    );
  }

  /** Where requests are not known, a response answers a GET; one that ends with its head, a HEAD. */
  #onServerFrame({ type, streamId, flags }: WalkedFrame): void {
    if (streamId % 2 === 0) return;
    const isUnknown =
      this.#isGuessing ||
      this.#only === "server" ||
      this.#client.hasFailed ||
      this.#client.received === 0;
    if (!isUnknown || (streamId <= this.#highest && !this.#skipped.has(streamId))) return;
    const isEmpty = type === TYPE.HEADERS && (flags & FLAG.END_STREAM) !== 0;
    this.#expect(streamId, { method: isEmpty ? "HEAD" : "GET" });
  }

  #onSent(direction: Direction, frame: SentFrame): void {
    if (frame.name === "SETTINGS") this.#noteFrameSize(direction, frame);
    if (direction === "client") {
      this.#server.connection.noteSent(frame);
      // A request that our connection refuses is answered all the same.
      const isBlock = frame.name === "HEADERS" || frame.name === "CONTINUATION";
      const isWhole = isBlock && frame.streamId % 2 === 1 && (frame.flags & FLAG.END_HEADERS) !== 0;
      if (isWhole && frame.streamId > this.#highest)
        this.#expect(frame.streamId, { method: "GET" });
    } else this.#client.connection.noteSent(frame);
  }

  /** What is longer than any announced size is judged by its header. */
  #noteFrameSize(direction: Direction, { flags, settings = [] }: SentFrame): void {
    if ((flags & FLAG.ACK) !== 0) return;
    const sizes = this.#frameSizes;
    sizes[direction] = Math.max(sizes[direction], FRAME_SIZE_DEFAULT);
    for (const [id, value] of settings)
      if (id === MAX_FRAME_SIZE) sizes[direction] = Math.max(sizes[direction], value);
    this.#side(opposite(direction)).frameMax = sizes[direction];
  }

  /** As long as the server says nothing, requests would stay open for ever. */
  #onClientEnd(streamId: number): void {
    if (this.#server.received > 0) {
      this.#unanswered = [];
      return;
    }
    if (this.#unanswered.push(streamId) <= REMEMBERED_MAX) return;
    const oldest = this.#unanswered.shift() as number;
    this.#client.connection.noteSent({
      name: "DATA",
      streamId: oldest,
      flags: FLAG.END_STREAM,
      length: 0,
    });
  }
}
