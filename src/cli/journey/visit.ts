// One connection of HTTP/1.1 or HTTP/2 to the journey's server, with a reading of the clock before and after each stop. The connections are
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
import { againWarm } from "./again.js";
import { Requests } from "./requests.js";
import { now } from "./stopwatch.js";
import { emptyTrip, type Recorder, type Trip } from "./trip.js";
import { ClearWire, TlsWire, type Wire, type WireReader, type Written } from "./wire.js";

/** Of a connection that was refused, this long and no longer more bytes are read and dropped. */
const LINGER_MS = 1_000;

export class Visit extends Requests implements WireReader {
  readonly #wire: Wire;
  #connection: H1Connection | H2Connection | null = null;
  #startedAt: number;
  #waitingSince: number;
  /** All bytes of the trip, without TLS. */
  #received: Uint8Array[] = [];

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
    super(recorder);
    this.#startedAt = arrivedAt;
    this.#waitingSince = 0;
    if (context === null) {
      this.#wire = new ClearWire(socket, this);
      this.ready(null);
    } else {
      this.#wire = new TlsWire(socket, this, context);
    }
    this.#waitingSince = now();
    this.trip.accept = this.#waitingSince - arrivedAt;
  }

  ready(alpn: string | null): void {
    const { protocol, holdMs } = this.recorder();
    const isH2 = alpn === null ? protocol === "h2c" : alpn === "h2";
    if (!isH2) this.#connection = new H1Connection({ role: "server" });
    else if (holdMs === 0) this.#connection = new H2Connection({ role: "server" });
    else this.#connection = new H2Connection({ role: "server", window: "manual" });
  }

  handshake(arrivedAt: number, workNs: number): void {
    this.trip.read += arrivedAt - this.#waitingSince;
    this.trip.handshake = (this.trip.handshake ?? 0) + workNs;
    this.#waitingSince = now();
  }

  bytes(bytes: Uint8Array, arrivedAt: number | null, decryptNs: number | null): void {
    const connection = this.#connection;
    if (connection === null || connection.state === "failed" || connection.state === "closed") {
      return;
    }
    const trip = this.trip;
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
    for (const event of events) this.onEvent(connection, event);
    this.#send(connection);
    this.#waitingSince = now();
  }

  ended(): void {
    this.#connection?.receiveEnd();
  }

  /** As "Connection: close" on HTTP/1.1. */
  protected lastAnswered(): void {
    if (this.#connection instanceof H2Connection) this.#connection.goAway();
  }

  protected released(): void {
    this.#send(this.#connection as H1Connection | H2Connection);
  }

  /** Everything that waits leaves as one writev. */
  #send(connection: H1Connection | H2Connection): void {
    const trip = this.trip;
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
    const isDone = trip.failure !== null || trip.requests >= this.recorder().requests;
    if (!isDone || trip !== this.trip) return;
    // What was written before (SETTINGS) drained while the server waited for bytes.
    trip.drain = drainNs;
    this.#finish(at);
  }

  #finish(at: number): void {
    const trip = this.trip;
    const connection = this.#connection as H1Connection | H2Connection;
    trip.wall = at - this.#startedAt;
    const received = this.#received;
    this.#received = [];
    this.trip = emptyTrip(null);
    const { state } = connection;
    if (state === "closed" || state === "failed") this.#wire.end(LINGER_MS);
    if (trip.failure === null) trip.again = againWarm(received, connection instanceof H2Connection);
    this.#startedAt = now();
    this.#waitingSince = this.#startedAt;
    this.recorder().add(trip);
  }
}
