// One connection of HTTP/3 to the journey's server. Its stops are those of visit.ts, as far as a transport shows them:
//
//   accept     from the end of the handshake to an H3Connection that can receive
//   handshake  all of quiche's work until then, the making of its connection included
//   read       waiting: what of the time is nobody's work
//   decrypt    packets that came: cryptography, acknowledgements, reassembly
//   parse      receiveStream(); frames and QPACK are part of it
//   serialize  sendResponse and takeStreams
//   encrypt    packets that leave: frames, cryptography, and the copying of what is written to quiche
//   drain      handing the packets to the kernel

import type { QuicConnection, QuicReceiver } from "../../adapters/node/index.js";
import { H3Connection } from "../../h3.js";
import { againWarmH3, type StreamPiece } from "./again-h3.js";
import type { PacketTap } from "./again-packets.js";
import { Requests } from "./requests.js";
import { now } from "./stopwatch.js";
import { emptyTrip, type Recorder, type Trip } from "./trip.js";

/** Times of the transport, in ns. */
interface Work {
  readonly receive: number;
  readonly send: number;
  readonly socket: number;
}

const TAKE_LENGTH = 64 * 1024;

export class VisitH3 extends Requests implements QuicReceiver {
  readonly #quic: QuicConnection;
  readonly #tap: PacketTap;
  readonly #onClosed: () => void;
  readonly #connection: H3Connection;
  #startedAt: number;
  /** Since when nothing was done here, and the transport's work until then. */
  #waitingSince: number;
  #workBefore: Work;
  /** The transport's work before the trip. */
  #base: Work;
  #packets: { received: number; sent: number };
  /** Writing to the transport: copies, so a part of its sending. */
  #copyNs = 0;
  /** What came in front of the trip under way. */
  readonly #before: StreamPiece[] = [];
  #received: StreamPiece[] = [];
  readonly #paused = new Set<number>();
  #isLastGiven = false;

  /** @param arrivedAt the clock when the transport handed the connection over */
  constructor(
    quic: QuicConnection,
    arrivedAt: number,
    recorder: () => Recorder,
    tap: PacketTap,
    onClosed: () => void,
  ) {
    super(recorder);
    this.#quic = quic;
    this.#tap = tap;
    this.#onClosed = onClosed;
    this.#startedAt = quic.timing.startedAt * 1e6;
    const isManual = recorder().holdMs > 0;
    this.#connection = new H3Connection({ role: "server", window: isManual ? "manual" : "fixed" });
    this.#base = this.#work();
    this.#workBefore = this.#base;
    this.#packets = { received: 0, sent: 0 };
    const handshake = this.#base.receive + this.#base.send;
    this.trip.handshake = handshake;
    this.trip.read = arrivedAt - this.#startedAt - handshake - this.#base.socket;
    quic.start(this);
    this.#waitingSince = now();
    this.trip.accept = this.#waitingSince - arrivedAt;
  }

  #work(): Work {
    const { receiveMs, sendMs, socketMs } = this.#quic.timing;
    return { receive: receiveMs * 1e6, send: sendMs * 1e6, socket: socketMs * 1e6 };
  }

  /** Waiting ends: what was no work of the transport was waiting. */
  #begin(): void {
    const work = this.#work();
    const before = this.#workBefore;
    const worked =
      work.receive - before.receive + work.send - before.send + work.socket - before.socket;
    this.trip.read += now() - this.#waitingSince - worked;
  }

  #pause(): void {
    this.#workBefore = this.#work();
    this.#waitingSince = now();
  }

  stream(streamId: number, bytes: Uint8Array, fin: boolean): void {
    this.#begin();
    const { trip } = this;
    const connection = this.#connection;
    trip.bytesIn += bytes.length;
    this.#received.push({ streamId, bytes, fin });
    const parseFrom = now();
    const events = connection.receiveStream(streamId, bytes, fin);
    trip.parse += now() - parseFrom;
    for (const event of events) this.onEvent(connection, event);
    if (!fin && connection.isPaused(streamId)) {
      this.#paused.add(streamId);
      this.#quic.pause(streamId);
    }
    this.#pause();
  }

  reset(streamId: number, code: number): void {
    this.#connection.receiveReset(streamId, code);
  }

  stopSending(streamId: number, code: number): void {
    this.#connection.receiveStopSending(streamId, code);
  }

  datagram(): void {}

  established(): void {}

  closed(): void {
    this.#connection.receiveClose();
    this.#onClosed();
  }

  turn(): void {
    this.#begin();
    const { trip } = this;
    for (const streamId of this.#paused) {
      if (this.#connection.isPaused(streamId)) continue;
      this.#paused.delete(streamId);
      this.#quic.resume(streamId);
    }
    const wasGiven = trip.bytesOut;
    for (let moved = true; moved; ) moved = this.#write(trip);
    const isDone = trip.failure !== null || this.#isLastGiven;
    // The packets leave when this call is over.
    if (isDone && trip.bytesOut > wasGiven) queueMicrotask(() => this.#finish(trip));
    this.#pause();
  }

  /** @returns whether there was something */
  #write(trip: Trip): boolean {
    const takeFrom = now();
    const writes = this.#connection.takeStreams(TAKE_LENGTH, (id) => this.#quic.room(id));
    const copyFrom = now();
    trip.serialize += copyFrom - takeFrom;
    for (const { streamId, bytes, fin, reset, stopSending, close } of writes) {
      trip.bytesOut += bytes.length;
      if (close !== undefined) this.#quic.finish(close);
      else if (bytes.length > 0 || fin) this.#quic.write(streamId, bytes, fin);
      if (reset !== undefined) this.#quic.reset(streamId, reset);
      if (stopSending !== undefined) this.#quic.stopSending(streamId, stopSending);
    }
    this.#copyNs += now() - copyFrom;
    return writes.some(({ close }) => close === undefined);
  }

  protected lastAnswered(): void {
    this.#isLastGiven = true;
  }

  protected released(): void {
    this.#quic.wake();
  }

  #finish(trip: Trip): void {
    if (trip !== this.trip) return;
    const at = now();
    const work = this.#work();
    const { received, sent } = this.#quic.timing;
    trip.decrypt = work.receive - this.#base.receive;
    trip.encrypt = work.send - this.#base.send + this.#copyNs;
    trip.drain = work.socket - this.#base.socket;
    trip.reads = received - this.#packets.received;
    trip.writes = sent - this.#packets.sent;
    trip.wall = at - this.#startedAt;
    const pieces = this.#received;
    this.#received = [];
    this.trip = emptyTrip(null);
    this.#copyNs = 0;
    this.#isLastGiven = false;
    if (trip.failure === null)
      trip.again = { ...againWarmH3(pieces, this.#before), packets: this.#tap.again() };
    this.#before.push(...pieces);
    this.#base = this.#work();
    this.#packets = { received, sent };
    this.#startedAt = now();
    this.#pause();
    this.recorder().add(trip);
  }
}
