// HTTP/1.1 on a connection that somebody else has, both directions or one: heads, content, trailers, and what is wrong.
// Strict by the verdict of our own connections; lenient by h1-audit.ts, which reports everything and goes on. What an
// upgrade or CONNECT makes of the connection is passed on: HTTP/2 is read, the rest is counted.

import type { RequestHead } from "../h1.js";
import type { Direction, Draft, ProtocolInspector } from "./events.js";
import { findProtocol } from "./find-protocol.js";
import { H1Side, type H1Watch } from "./h1-side.js";
import type { ProtocolOptions } from "./protocol-options.js";

/** What a request offers that may end HTTP/1.1 behind it. */
interface Offer {
  readonly streamId: number;
  readonly isConnect: boolean;
  /** The first bytes behind the request, as far as they came while nobody knew what they are. */
  probe: Uint8Array;
}

const PROBE_LENGTH = 256;
/** Bytes that wait for the server's answer, at most; then what they look like decides. */
const HELD_MAX = 64 * 1024;

/** Reads HTTP/1.1. */
export class H1Inspector implements ProtocolInspector {
  readonly protocol = "http/1.1";
  readonly #client: H1Side;
  readonly #server: H1Side;
  readonly #only: Direction | null;
  #out: Draft[] = [];
  #offer: Offer | null = null;
  /** Responses that the server's side knows of and that did not come. */
  #expected = 0;
  /** Something of the client is missing: a response answers what nobody saw. */
  #isGuessing = false;

  constructor(options: ProtocolOptions = {}) {
    const { keepBytes = false, only = null } = options;
    this.#only = only;
    const watch = this.#newWatch();
    this.#client = new H1Side("client", keepBytes, watch);
    this.#server = new H1Side("server", keepBytes, watch);
  }

  receive(direction: Direction, bytes: Uint8Array): Draft[] {
    if (direction === "client") this.#receiveClient(bytes);
    else this.#receiveServer(bytes);
    return this.#take();
  }

  gap(direction: Direction, length: number): Draft[] {
    this.#isGuessing = true;
    if (direction === "server") this.#expected = 0;
    else this.#offer = null;
    (direction === "client" ? this.#client : this.#server).gap(length);
    return this.#take();
  }

  end(direction: Direction): Draft[] {
    if (direction === "client" && this.#offer !== null) this.#decide(this.#offer, true);
    (direction === "client" ? this.#client : this.#server).end();
    return this.#take();
  }

  #take(): Draft[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #receiveClient(bytes: Uint8Array): void {
    const held = this.#client.connection.heldAmount;
    this.#client.receive(bytes);
    const offer = this.#offer;
    const more = this.#client.connection.heldAmount - held;
    if (offer === null || more <= 0) return;
    if (offer.probe.length < PROBE_LENGTH) {
      const probe = new Uint8Array(Math.min(PROBE_LENGTH, offer.probe.length + more));
      probe.set(offer.probe);
      const from = bytes.length - more;
      probe.set(
        bytes.subarray(from, from + probe.length - offer.probe.length),
        offer.probe.length,
      );
      offer.probe = probe;
    }
    const isAlone = this.#only === "client" || held + more > HELD_MAX;
    if (isAlone) this.#decide(offer, held + more > HELD_MAX);
  }

  /** There is no answer to an offer: what follows it tells whether it was taken. */
  #decide(offer: Offer, isEnd: boolean): void {
    const found = findProtocol(offer.probe, isEnd);
    if (found === "more") return;
    const goesOn = found?.protocol === "http/1.1" && found.direction === "client";
    this.#answer(offer, goesOn ? 400 : offer.isConnect ? 200 : 101);
  }

  #answer(offer: Offer, status: number): void {
    if (status >= 200 || status === 101) this.#offer = null;
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
    this.#server.connection.expectResponse({ method: "GET", optional: true });
  }

  #newWatch(): H1Watch {
    const inspector = this;
    return {
      get out() {
        return inspector.#out;
      },
      onRequest: (streamId, head) => this.#onRequest(streamId, head),
      onResponse: (streamId, status) => this.#onResponse(streamId, status),
      onBegin: (direction) => this.#onBegin(direction),
      onEnd: (direction, streamId) => this.#onEnd(direction, streamId),
      onTunnel: () => false,
    };
  }

  #onRequest(streamId: number, head: RequestHead): void {
    const isConnect = head.method === "CONNECT";
    if (isConnect || head.protocol !== null)
      this.#offer = { streamId, isConnect, probe: new Uint8Array(0) };
    if (this.#only === "client") return;
    this.#expected++;
    this.#server.connection.expectResponse({ method: head.method });
  }

  #onBegin(direction: Direction): void {
    if (direction === "client") return;
    this.#expected = 0;
    this.#expectMore();
  }

  #onResponse(streamId: number, status: number): void {
    const offer = this.#offer;
    if (offer === null || (status < 200 && status !== 101)) return;
    if (this.#isGuessing || streamId === offer.streamId) this.#answer(offer, status);
  }

  #onEnd(direction: Direction, streamId: number): void {
    if (direction === "client") {
      if (this.#offer?.streamId !== streamId) this.#client.noteResponse(streamId, 200);
      return;
    }
    this.#expected--;
    this.#expectMore();
  }
}
