// What all connections to the journey's server do with a request that came, whatever the protocol: its content is decoded,
// the application works, the answer is given to the connection, and the clock is read around each of them.

import type { ConnectionEvent, HeaderList, RequestHead } from "../../index.js";
import { type Answer, type Decoded, readJson, unzip, work } from "./application.js";
import { now } from "./stopwatch.js";
import { emptyTrip, type Recorder, type Trip } from "./trip.js";

const REFUSED: Answer = {
  status: 400,
  headers: ["content-type", "text/plain"],
  content: "the content is not what its fields say\n",
};

/** A request that has begun. */
interface Begun {
  readonly head: RequestHead;
  readonly content: Uint8Array[];
}

/** What a connection must be able to do. */
export interface Answering {
  sendResponse(
    streamId: number,
    response: { status: number; headers: HeaderList; content: string },
  ): void;
  consume(streamId: number, length: number): void;
}

/** A connection as far as requests go. */
export abstract class Requests {
  protected readonly recorder: () => Recorder;
  protected trip: Trip;
  readonly #begun = new Map<number, Begun>();
  /** Content that was not consumed, where the recorder wants it held. */
  #held = 0;
  #hold: "none" | "on" | "over" = "none";

  /** @param recorder of the scene that is on */
  constructor(recorder: () => Recorder) {
    this.recorder = recorder;
    this.trip = emptyTrip(0);
  }

  /** The last answer of the round was given: the next round comes on a connection of its own. */
  protected abstract lastAnswered(): void;

  /** Something was consumed, out of turn. */
  protected abstract released(): void;

  protected onEvent(connection: Answering, event: ConnectionEvent): void {
    if (event.type === "head") {
      this.#begun.set(event.streamId, { head: event.head as RequestHead, content: [] });
    } else if (event.type === "data") {
      this.#begun.get(event.streamId)?.content.push(event.bytes);
      this.#keep(connection, event.streamId, event.bytes.length);
    } else if (event.type === "end") this.#answer(connection, event.streamId);
    else if (event.type === "error") this.trip.failure = event.error;
  }

  /** Content is consumed only after a while, where the recorder wants that: meanwhile the window is empty. */
  #keep(connection: Answering, streamId: number, length: number): void {
    const { holdMs, holdLength } = this.recorder();
    if (holdMs === 0) return;
    this.#held += length;
    if (this.#hold === "over") this.#consume(connection, streamId);
    else if (this.#hold === "none" && this.#held >= holdLength) {
      this.#hold = "on";
      setTimeout(() => {
        this.#hold = "over";
        this.#consume(connection, streamId);
        this.released();
      }, holdMs);
    }
  }

  #consume(connection: Answering, streamId: number): void {
    connection.consume(streamId, this.#held);
    this.#held = 0;
  }

  #answer(connection: Answering, streamId: number): void {
    const { head, content } = this.#begun.get(streamId) as Begun;
    this.#begun.delete(streamId);
    const trip = this.trip;
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
    if (trip.requests === this.recorder().requests) this.lastAnswered();
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
    const trip = this.trip;
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
}
