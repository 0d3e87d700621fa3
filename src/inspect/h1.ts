// HTTP/1.1 on a connection that somebody else has, both directions or one: heads, content, trailers, and what is wrong.
// Strict by the verdict of our own connections; lenient by h1-audit.ts, which reports everything and goes on. What an
// upgrade or CONNECT makes of the connection is passed on: HTTP/2 is read, the rest is counted.

import type { Direction, Draft, ProtocolInspector } from "./events.js";
import { findProtocol } from "./find-protocol.js";
import { H1Audit } from "./h1-audit.js";
import type { H1Asked, H1Reader, H1Watch } from "./h1-reader.js";
import { H1Side } from "./h1-side.js";
import { H2Inspector, type H2Start } from "./h2.js";
import type { ProtocolOptions } from "./protocol-options.js";

/** What a request offers that may end HTTP/1.1 behind it. */
interface Offer {
  readonly streamId: number;
  readonly asked: H1Asked;
  /** The first bytes behind the request, as far as they came while nobody knew what they are. */
  probe: Uint8Array;
}

const PROBE_LENGTH = 256;
/** Bytes that wait for the server's answer, at most; then what they look like decides. */
const HELD_MAX = 64 * 1024;

/** Requests that wait for an answer, at most. */
const EXPECTED_MAX = 16_384;

/** Reads HTTP/1.1. */
export class H1Inspector implements ProtocolInspector {
  readonly protocol = "http/1.1";
  readonly #options: ProtocolOptions;
  readonly #client: H1Reader;
  readonly #server: H1Reader;
  readonly #only: Direction | null;
  #out: Draft[] = [];
  #offer: Offer | null = null;
  /** The offer of HTTP/2 that was taken. */
  #upgrade: H1Asked | null = null;
  /** Who reads on, where it is HTTP/2 from some place on. */
  #next: H2Inspector | null = null;
  /** Responses that the server's side knows of and that did not come. */
  #expected = 0;
  /** Something of the client is missing: a response answers what nobody saw. */
  #isGuessing = false;

  constructor(options: ProtocolOptions = {}) {
    const { keepBytes = false, only = null, lenient = false } = options;
    this.#options = options;
    this.#only = only;
    const watch = this.#newWatch();
    const Reader = lenient ? H1Audit : H1Side;
    this.#client = new Reader("client", keepBytes, watch);
    this.#server = new Reader("server", keepBytes, watch);
  }

  receive(direction: Direction, bytes: Uint8Array): Draft[] {
    if (this.#next !== null) return this.#next.receive(direction, bytes);
    if (direction === "client") this.#receiveClient(bytes);
    else this.#receiveServer(bytes);
    return this.#take();
  }

  gap(direction: Direction, length: number): Draft[] {
    if (this.#next !== null) return this.#next.gap(direction, length);
    this.#isGuessing = true;
    if (direction === "server") this.#expected = 0;
    else this.#offer = null;
    this.#side(direction).gap(length);
    return this.#take();
  }

  end(direction: Direction): Draft[] {
    if (this.#next !== null) return this.#next.end(direction);
    if (direction === "client" && this.#offer !== null && this.#client.heldAmount > 0) {
      this.#decide(this.#offer, true);
      this.#client.resume();
    }
    this.#side(direction).end();
    return this.#take();
  }

  #side(direction: Direction): H1Reader {
    return direction === "client" ? this.#client : this.#server;
  }

  #take(): Draft[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #receiveClient(bytes: Uint8Array): void {
    const client = this.#client;
    const held = client.heldAmount;
    client.receive(bytes);
    const offer = this.#offer;
    const more = client.heldAmount - held;
    if (offer === null || more <= 0) return;
    this.#look(offer, bytes.subarray(bytes.length - more));
    const isTooMuch = client.heldAmount > HELD_MAX;
    if (this.#only !== "client" && !isTooMuch) return;
    this.#decide(offer, isTooMuch);
    client.resume();
  }

  /** Keeps the first bytes behind an offer. */
  #look(offer: Offer, bytes: Uint8Array): void {
    const known = offer.probe.length;
    if (known >= PROBE_LENGTH) return;
    const probe = new Uint8Array(Math.min(PROBE_LENGTH, known + bytes.length));
    probe.set(offer.probe);
    probe.set(bytes.subarray(0, probe.length - known), known);
    offer.probe = probe;
  }

  /** There is no answer to an offer: what follows it tells whether it was taken. */
  #decide(offer: Offer, isEnd: boolean): void {
    const found = findProtocol(offer.probe, isEnd);
    if (found === "more") return;
    const goesOn = found?.protocol === "http/1.1" && found.direction === "client";
    this.#answer(offer, goesOn ? 400 : offer.asked.method === "CONNECT" ? 200 : 101);
  }

  #answer(offer: Offer, status: number): void {
    this.#offer = null;
    if (status === 101 && /(?:^|[ ,])h2c(?:$|[ ,])/.test(offer.asked.protocol ?? ""))
      this.#upgrade = offer.asked;
    this.#client.noteResponse(offer.streamId, status);
  }

  #receiveServer(bytes: Uint8Array): void {
    this.#expectMore();
    this.#server.receive(bytes);
    this.#client.resume();
  }

  /** Where requests are not known, each response answers a GET. */
  #expectMore(): void {
    const isUnknown =
      this.#isGuessing ||
      this.#only === "server" ||
      this.#client.hasFailed ||
      this.#client.received === 0;
    if (!isUnknown || this.#expected > 0) return;
    this.#expected++;
    this.#server.expectResponse("GET", true);
  }

  #newWatch(): H1Watch {
    const inspector = this;
    return {
      get out() {
        return inspector.#out;
      },
      onRequest: (streamId, asked) => this.#onRequest(streamId, asked),
      onResponse: (streamId, status) => this.#onResponse(streamId, status),
      onBegin: (direction) => this.#onBegin(direction),
      onEnd: (direction, streamId) => this.#onEnd(direction, streamId),
      onTunnel: (direction, bytes, offset) => this.#onTunnel(direction, bytes, offset),
    };
  }

  #onRequest(streamId: number, asked: H1Asked): void {
    if (asked.method === "CONNECT" || asked.protocol !== null)
      this.#offer = { streamId, asked, probe: new Uint8Array(0) };
    if (this.#only === "client") return;
    // Answers to so many requests will not come: nobody saw them.
    if (this.#expected >= EXPECTED_MAX) {
      this.#isGuessing = true;
      return;
    }
    this.#expected++;
    this.#server.expectResponse(asked.method, false);
  }

  #onBegin(direction: Direction): void {
    if (direction === "client") return;
    this.#isGuessing = true;
    this.#expected = 0;
    this.#expectMore();
  }

  #onResponse(streamId: number, status: number): void {
    const offer = this.#offer;
    if (offer === null || (status < 200 && status !== 101)) return;
    if (!this.#isGuessing && streamId !== offer.streamId) return;
    this.#answer(offer, status);
    // A further answer may stand right behind: its request must be known by then.
    if (status !== 101 && offer.asked.method !== "CONNECT") this.#client.resume();
  }

  #onEnd(direction: Direction, streamId: number): void {
    if (direction === "client") {
      if (this.#offer?.streamId !== streamId) this.#client.noteResponse(streamId, 200);
      return;
    }
    this.#expected--;
    this.#expectMore();
  }

  /** What is HTTP/2 from here on is read as such. */
  #onTunnel(direction: Direction, bytes: Uint8Array, offset: number): boolean {
    const isPreface = direction === "client" && offset === 0;
    if (this.#next === null && (this.#upgrade !== null || isPreface))
      this.#next = new H2Inspector(this.#options, this.#startOf(direction, offset));
    if (this.#next === null) return false;
    for (const draft of this.#next.receive(direction, bytes)) this.#out.push(draft);
    return true;
  }

  /** Where HTTP/2 begins in either direction, of which one begins with these bytes. */
  #startOf(direction: Direction, offset: number): H2Start {
    const upgrade = this.#upgrade;
    const client = this.#client.received - this.#client.heldAmount;
    return {
      client: direction === "client" ? offset : client,
      server: direction === "server" ? offset : this.#server.received,
      upgrade:
        upgrade === null
          ? null
          : { settings: upgrade.settings ?? "", isHead: upgrade.method === "HEAD" },
    };
  }
}
