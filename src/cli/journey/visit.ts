// One connection to the journey's server, with a reading of the clock before and after each stop. H1Connection is
// driven directly: nothing lies between a reading and its step.
//
//   accept     from the connection's arrival in JavaScript to a connection that can receive
//   read       waiting for bytes: the client, the kernel, the event loop
//   parse      H1Connection.receive
//   decode     gunzip, JSON.parse
//   process    the application
//   serialize  H1Connection.sendResponse and take
//   drain      from the write to its callback: the kernel has all bytes

import type { Socket } from "node:net";
import { H1Connection } from "../../h1.js";
import type { ConnectionEvent, ProtocolError, RequestHead } from "../../index.js";
import { type Answer, type Decoded, readJson, unzip, work } from "./application.js";
import { now } from "./stopwatch.js";

/** What one round cost at each stop, in ns. */
export interface Trip {
  /** null: the connection was there already. */
  accept: number | null;
  read: number;
  parse: number;
  /** The same bytes once more, after the trip: what parsing costs when code and data are in the caches. */
  parseWarm: number;
  /** null: there was nothing to decode. */
  gunzip: number | null;
  json: number | null;
  process: number;
  serialize: number;
  drain: number;
  /** From the start of accept (of the wait, on a connection that was there) to the end of drain. */
  wall: number;
  bytesIn: number;
  bytesOut: number;
  reads: number;
  writes: number;
  requests: number;
  /** Fields of the last request. */
  fields: number;
  failure: ProtocolError | null;
}

/** Who gets the trips, and how many requests make one. */
export interface Recorder {
  readonly requests: number;
  add(trip: Trip): void;
}

const REFUSED: Answer = {
  status: 400,
  headers: ["content-type", "text/plain"],
  content: "the content is not what its fields say\n",
};

/** Of a connection that was refused, this long and no longer more bytes are read and dropped. */
const LINGER_MS = 1_000;

export class Visit {
  readonly #socket: Socket;
  readonly #connection: H1Connection;
  readonly #recorder: () => Recorder;
  #trip: Trip;
  #startedAt: number;
  #waitingSince: number;
  #head: RequestHead | null = null;
  #content: Uint8Array[] = [];
  /** All bytes of the trip. */
  #received: Uint8Array[] = [];

  /**
   * @param socket just accepted
   * @param arrivedAt the clock at the first line of the listener
   * @param recorder of the scene that is on
   */
  constructor(socket: Socket, arrivedAt: number, recorder: () => Recorder) {
    this.#socket = socket;
    this.#recorder = recorder;
    this.#connection = new H1Connection({ role: "server" });
    socket.on("data", (bytes: Uint8Array) => this.#onData(bytes));
    socket.on("end", () => this.#onEnd());
    // A client that goes away is no concern of the other ones.
    socket.on("error", () => socket.destroy());
    this.#startedAt = arrivedAt;
    this.#waitingSince = now();
    this.#trip = emptyTrip(this.#waitingSince - arrivedAt);
  }

  #onData(bytes: Uint8Array): void {
    const arrived = now();
    if (this.#connection.state === "failed" || this.#connection.state === "closed") return;
    const trip = this.#trip;
    trip.read += arrived - this.#waitingSince;
    trip.reads++;
    trip.bytesIn += bytes.length;
    this.#received.push(bytes);
    const parseFrom = now();
    const events = this.#connection.receive(bytes);
    trip.parse += now() - parseFrom;
    for (const event of events) this.#onEvent(event);
    this.#send();
    this.#waitingSince = now();
  }

  #onEnd(): void {
    this.#connection.receiveEnd();
    this.#socket.end();
  }

  #onEvent(event: ConnectionEvent): void {
    if (event.type === "head") this.#head = event.head as RequestHead;
    else if (event.type === "data") this.#content.push(event.bytes);
    else if (event.type === "end") this.#answer(event.streamId);
    else if (event.type === "error") this.#trip.failure = event.error;
  }

  #answer(streamId: number): void {
    const head = this.#head as RequestHead;
    const trip = this.#trip;
    const decoded = this.#decode(head);

    const processFrom = now();
    const answer = decoded === null ? REFUSED : work(head, decoded);
    trip.process += now() - processFrom;

    const date = new Date().toUTCString();
    const serializeFrom = now();
    const { status, headers, content } = answer;
    this.#connection.sendResponse(streamId, {
      status,
      headers: ["date", date, ...headers],
      content,
    });
    trip.serialize += now() - serializeFrom;
    trip.requests++;
    trip.fields = head.rawHeaders.length / 2;
    this.#head = null;
    this.#content = [];
  }

  /** The content as the application wants it; null: it is not what its fields say. */
  #decode(head: RequestHead): Decoded | null {
    try {
      return this.#timedDecode(head);
    } catch {
      return null;
    }
  }

  #timedDecode(head: RequestHead): Decoded {
    if (this.#content.length === 0) return { kind: "none" };
    let content: Uint8Array =
      this.#content.length === 1 ? (this.#content[0] as Uint8Array) : Buffer.concat(this.#content);
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
  #send(): void {
    const trip = this.#trip;
    const takeFrom = now();
    const pieces = this.#connection.take();
    trip.serialize += now() - takeFrom;
    const last = pieces.pop();
    if (last === undefined) {
      // Refused without an answer: nothing will drain.
      if (this.#connection.state === "failed") this.#finish(now());
      return;
    }
    const writeFrom = now();
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.write(last, () => {
      const drained = now();
      trip.drain += drained - writeFrom;
      if (trip.failure !== null || trip.requests >= this.#recorder().requests)
        this.#finish(drained);
    });
    this.#socket.uncork();
    trip.writes++;
    trip.bytesOut += [...pieces, last].reduce((length, piece) => length + piece.length, 0);
  }

  #finish(at: number): void {
    const trip = this.#trip;
    trip.wall = at - this.#startedAt;
    const received = this.#received;
    this.#received = [];
    this.#trip = emptyTrip(null);
    const { state } = this.#connection;
    if (state === "closed" || state === "failed") {
      this.#socket.end();
      this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy());
    }
    parseAgain(received);
    trip.parseWarm = parseAgain(received);
    this.#startedAt = now();
    this.#waitingSince = this.#startedAt;
    this.#recorder().add(trip);
  }
}

/** Parses the bytes on a connection of their own; gives the time. */
function parseAgain(received: readonly Uint8Array[]): number {
  const connection = new H1Connection({ role: "server" });
  const from = now();
  for (const bytes of received) connection.receive(bytes);
  const time = now() - from;
  connection.reset(1);
  return time;
}

function emptyTrip(accept: number | null): Trip {
  return {
    ...{
      accept,
      read: 0,
      parse: 0,
      parseWarm: 0,
      gunzip: null,
      json: null,
      process: 0,
      serialize: 0,
      drain: 0,
    },
    ...{
      wall: 0,
      bytesIn: 0,
      bytesOut: 0,
      reads: 0,
      writes: 0,
      requests: 0,
      fields: 0,
      failure: null,
    },
  };
}
