// One connection to the journey's server, with a reading of the clock before and after each stop. The connections are
// driven directly: nothing lies between a reading and its step.
//
//   accept     from the connection's arrival in JavaScript to a connection that can receive
//   handshake  TLS until both sides have their keys, without the waiting for the client
//   read       waiting for bytes: the client, the kernel, the event loop
//   decrypt    ciphertext to plaintext
//   parse      receive() of the connection; on HTTP/2 frames and HPACK are part of it
//   decode     gunzip, JSON.parse
//   process    the application
//   serialize  sendResponse and take
//   encrypt    plaintext to ciphertext
//   drain      from the last write to its callback: the kernel has all bytes

import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { H1Connection } from "../../h1.js";
import { H2Connection } from "../../h2.js";
import type { ConnectionEvent, RequestHead } from "../../index.js";
import { againWarm } from "./again.js";
import { type Answer, type Decoded, readJson, unzip, work } from "./application.js";
import { now } from "./stopwatch.js";
import { emptyTrip, type Recorder, type Trip } from "./trip.js";
import { ClearWire, TlsWire, type Wire, type WireReader, type Written } from "./wire.js";

const REFUSED: Answer = {
  status: 400,
  headers: ["content-type", "text/plain"],
  content: "the content is not what its fields say\n",
};

/** Of a connection that was refused, this long and no longer more bytes are read and dropped. */
const LINGER_MS = 1_000;

/** A request that has begun. */
interface Begun {
  readonly head: RequestHead;
  readonly content: Uint8Array[];
}

export class Visit implements WireReader {
  readonly #wire: Wire;
  readonly #recorder: () => Recorder;
  #connection: H1Connection | H2Connection | null = null;
  #trip: Trip;
  #startedAt: number;
  #waitingSince: number;
  readonly #begun = new Map<number, Begun>();
  /** All bytes of the trip, without TLS. */
  #received: Uint8Array[] = [];
  /** Content that was not consumed, where the recorder wants it held. */
  #held = 0;
  #isReleased = false;

  /**
   * @param socket just accepted
   * @param arrivedAt the clock at the first line of the listener
   * @param recorder of the scene that is on
   * @param context TLS, or null
   */
  constructor(
    socket: Socket,
    arrivedAt: number,
    recorder: () => Recorder,
    context: SecureContext | null,
  ) {
    this.#recorder = recorder;
    this.#startedAt = arrivedAt;
    this.#trip = emptyTrip(0);
    this.#waitingSince = 0;
    if (context === null) {
      this.#wire = new ClearWire(socket, this);
      this.ready(null);
    } else {
      this.#wire = new TlsWire(socket, this, context);
    }
    this.#waitingSince = now();
    this.#trip.accept = this.#waitingSince - arrivedAt;
  }

  ready(alpn: string | null): void {
    const { protocol, holdMs } = this.#recorder();
    const isH2 = alpn === null ? protocol === "h2c" : alpn === "h2";
    if (!isH2) this.#connection = new H1Connection({ role: "server" });
    else if (holdMs === 0) this.#connection = new H2Connection({ role: "server" });
    else this.#connection = new H2Connection({ role: "server", window: "manual" });
  }

  handshake(arrivedAt: number, workNs: number): void {
    this.#trip.read += arrivedAt - this.#waitingSince;
    this.#trip.handshake = (this.#trip.handshake ?? 0) + workNs;
    this.#waitingSince = now();
  }

  bytes(bytes: Uint8Array, arrivedAt: number | null, decryptNs: number | null): void {
    const connection = this.#connection;
    if (connection === null || connection.state === "failed" || connection.state === "closed") {
      return;
    }
    const trip = this.#trip;
    if (arrivedAt !== null) {
      trip.read += arrivedAt - this.#waitingSince;
      trip.reads++;
    }
    if (decryptNs !== null) trip.decrypt = (trip.decrypt ?? 0) + decryptNs;
    trip.bytesIn += bytes.length;
    this.#received.push(bytes);
    const parseFrom = now();
    const events = connection.receive(bytes);
    trip.parse += now() - parseFrom;
    for (const event of events) this.#onEvent(connection, event);
    this.#send(connection);
    this.#waitingSince = now();
  }

  ended(): void {
    this.#connection?.receiveEnd();
  }

  #onEvent(connection: H1Connection | H2Connection, event: ConnectionEvent): void {
    if (event.type === "head") {
      this.#begun.set(event.streamId, { head: event.head as RequestHead, content: [] });
    } else if (event.type === "data") {
      this.#begun.get(event.streamId)?.content.push(event.bytes);
      this.#hold(connection, event.streamId, event.bytes.length);
    } else if (event.type === "end") this.#answer(connection, event.streamId);
    else if (event.type === "error") this.#trip.failure = event.error;
  }

  /** Content is consumed only after a while, where the recorder wants that: meanwhile the window is empty. */
  #hold(connection: H1Connection | H2Connection, streamId: number, length: number): void {
    const { holdMs, holdLength } = this.#recorder();
    if (holdMs === 0) return;
    this.#held += length;
    if (this.#isReleased) this.#consume(connection, streamId);
    else if (this.#held >= holdLength) {
      this.#isReleased = true;
      setTimeout(() => {
        this.#consume(connection, streamId);
        this.#send(connection);
      }, holdMs);
    }
  }

  #consume(connection: H1Connection | H2Connection, streamId: number): void {
    connection.consume(streamId, this.#held);
    this.#held = 0;
  }

  #answer(connection: H1Connection | H2Connection, streamId: number): void {
    const { head, content } = this.#begun.get(streamId) as Begun;
    this.#begun.delete(streamId);
    const trip = this.#trip;
    const decoded = this.#decode(head, content);

    const processFrom = now();
    const answer = decoded === null ? REFUSED : work(head, decoded);
    trip.process += now() - processFrom;

    const date = new Date().toUTCString();
    const serializeFrom = now();
    const { status, headers } = answer;
    connection.sendResponse(streamId, {
      ...{ status, headers: ["date", date, ...headers], content: answer.content },
    });
    trip.requests++;
    // As "Connection: close" on HTTP/1.1: the next round comes on a connection of its own.
    if (connection instanceof H2Connection && trip.requests === this.#recorder().requests) {
      connection.goAway();
    }
    trip.serialize += now() - serializeFrom;
    trip.fields = head.rawHeaders.length / 2;
  }

  /** The content as the application wants it; null: it is not what its fields say. */
  #decode(head: RequestHead, content: Uint8Array[]): Decoded | null {
    try {
      return this.#timedDecode(head, content);
    } catch {
      return null;
    }
  }

  #timedDecode(head: RequestHead, pieces: Uint8Array[]): Decoded {
    if (pieces.length === 0) return { kind: "none" };
    let content: Uint8Array =
      pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    const trip = this.#trip;
    if (head.get("content-encoding") === "gzip") {
      const from = now();
      content = unzip(content);
      trip.gunzip = (trip.gunzip ?? 0) + now() - from;
    }
    if (!/json$/.test(head.get("content-type") ?? "")) return { kind: "none" };
    const from = now();
    const decoded = readJson(head, content);
    trip.json = (trip.json ?? 0) + now() - from;
    return decoded;
  }

  /** Everything that waits leaves as one writev. */
  #send(connection: H1Connection | H2Connection): void {
    const trip = this.#trip;
    const takeFrom = now();
    const pieces = connection.take();
    trip.serialize += now() - takeFrom;
    if (pieces.length === 0) {
      // Refused without an answer: nothing will drain.
      if (connection.state === "failed") this.#finish(now());
      return;
    }
    trip.writes++;
    trip.bytesOut += pieces.reduce((length, piece) => length + piece.length, 0);
    this.#wire.write(pieces, (written) => this.#drained(trip, written));
  }

  #drained(trip: Trip, { encryptNs, drainNs, at }: Written): void {
    if (encryptNs !== null) trip.encrypt = (trip.encrypt ?? 0) + encryptNs;
    const isDone = trip.failure !== null || trip.requests >= this.#recorder().requests;
    if (!isDone || trip !== this.#trip) return;
    // What was written before (SETTINGS) drained while the server waited for bytes.
    trip.drain = drainNs;
    this.#finish(at);
  }

  #finish(at: number): void {
    const trip = this.#trip;
    const connection = this.#connection as H1Connection | H2Connection;
    trip.wall = at - this.#startedAt;
    const received = this.#received;
    this.#received = [];
    this.#trip = emptyTrip(null);
    const { state } = connection;
    if (state === "closed" || state === "failed") this.#wire.end(LINGER_MS);
    if (trip.failure === null) trip.again = againWarm(received, connection instanceof H2Connection);
    this.#startedAt = now();
    this.#waitingSince = this.#startedAt;
    this.#recorder().add(trip);
  }
}
