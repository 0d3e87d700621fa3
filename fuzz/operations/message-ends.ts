// What operations on two ends of HTTP/2 and of HTTP/3 share: a client and a server say messages on many streams, in any
// order and wrong ones too, while something between them delivers, resets and loses what it may.
//
// The model is what each side has said on each stream. It holds: what one side said the other hears, in order,
// complete and nothing else; a stream that was reset is heard as a beginning; a wrong command is a UsageError
// or does nothing, and queues no byte; no command and no arrival of bytes throws anything else.

import { type HeaderList, UsageError } from "tercet";
import { type PlainEvent, textOf } from "tercet/fuzz";
import { beginning, expect, type Heard, missing, type Said, saidOf } from "./message-model.js";

/** Which end acts. */
export type Side = "client" | "server";

/** One thing that an application does. Numbers choose among what is there, modulo how many there are. */
export type MessageOperation =
  | {
      readonly kind: "request";
      readonly method: string;
      readonly fields: readonly string[];
      readonly body: Said["body"];
    }
  | {
      readonly kind: "respond";
      readonly pick: number;
      readonly status: number;
      readonly body: Said["body"];
    }
  | { readonly kind: "inform"; readonly pick: number }
  | { readonly kind: "data"; readonly side: Side; readonly pick: number; readonly length: number }
  | { readonly kind: "end"; readonly side: Side; readonly pick: number; readonly trailers: boolean }
  | { readonly kind: "reset"; readonly side: Side; readonly pick: number }
  | { readonly kind: "consume"; readonly pick: number; readonly length: number };

/** Of a message: its parts behind the head. */
export type MessagePart = Extract<
  PlainEvent,
  { content: string } | { headers: string[] } | { type: "end" | "writable" }
>;

/** What both kinds of connection have. */
export interface MessageConnection {
  sendRequest(head: {
    method: string;
    path: string;
    authority: string;
    headers: HeaderList;
    body: Said["body"];
  }): number;
  sendInformational(streamId: number, head: { status: number; headers: HeaderList }): void;
  sendResponse(
    streamId: number,
    head: { status: number; headers: HeaderList; body?: Said["body"]; content?: string },
  ): void;
  sendData(streamId: number, bytes: Uint8Array): boolean;
  sendTrailers(streamId: number, headers: HeaderList): void;
  sendEnd(streamId: number): void;
  reset(streamId: number): void;
  consume(streamId: number, length: number): void;
  readonly bufferedAmount: number;
  readonly state: string;
}

/** Two ends and everything that they have said so far. */
export abstract class MessageEnds<Connection extends MessageConnection> {
  protected readonly ends: Record<Side, Connection>;
  /** By stream: requests of the client, responses of the server. */
  protected readonly said: Record<Side, Map<number, Said>> = {
    client: new Map(),
    server: new Map(),
  };
  protected readonly heard: Record<Side, Map<number, Heard>> = {
    client: new Map(),
    server: new Map(),
  };
  /** Content that the server's application has not taken. */
  protected readonly unconsumed = new Map<number, number>();
  protected readonly wasReset = new Set<number>();
  protected readonly counts = { informed: 0, heard: 0 };

  constructor(ends: Record<Side, Connection>) {
    this.ends = ends;
  }

  /** The stream of the nth request. */
  protected abstract streamOf(n: number): number;

  /** Performs an operation of an application. */
  protected perform(operation: MessageOperation): void {
    switch (operation.kind) {
      case "request":
        return this.#request(operation);
      case "respond":
        return this.#respond(operation);
      case "inform":
        return this.#inform(operation.pick);
      case "data":
        return this.#data(operation.side, operation.pick, operation.length);
      case "end":
        return this.#end(operation.side, operation.pick, operation.trailers);
      case "consume":
        return this.takeContent(operation.pick, operation.length);
      case "reset": {
        const [id] = this.picked(operation.side, operation.pick);
        if (id === undefined) return;
        this.ends[operation.side].reset(id);
        this.wasReset.add(id);
      }
    }
  }

  /** Answers what was heard and ends what was begun. */
  protected answerAll(): void {
    for (const id of this.heard.server.keys()) {
      if (this.wasReset.has(id)) continue;
      if (!this.said.server.has(id)) this.#answer(id, 200, 0);
      const said = this.said.server.get(id);
      if (said !== undefined) this.complete("server", id, said);
    }
  }

  /** What moves when something arrives. */
  protected moved(): string {
    const all = [...this.heard.client.values(), ...this.heard.server.values()];
    const content = all.reduce((sum, heard) => sum + heard.content.length, 0);
    const ended = all.filter((heard) => heard.isEnded).length;
    return `${content} ${ended} ${all.length}`;
  }

  /** Everything that was not reset has arrived, and nothing is left. */
  protected expectAll(): void {
    this.compare();
    for (const id of this.said.client.keys()) {
      if (this.wasReset.has(id)) continue;
      expect(this.heard.server.get(id)?.isEnded, true, `request ${id} arrived`);
      expect(this.heard.client.get(id)?.isEnded, true, `response ${id} arrived`);
    }
    for (const [side, end] of Object.entries(this.ends)) {
      expect(end.bufferedAmount, 0, `bytes left to send at the ${side}`);
      expect(end.state, "open", `the state of the ${side}`);
    }
  }

  #request({ method, fields, body }: Extract<MessageOperation, { kind: "request" }>): void {
    const id = this.streamOf(this.said.client.size);
    const path = `/${id}`;
    const send = () =>
      this.ends.client.sendRequest({ method, path, authority: "a", headers: fields, body });
    expect(send(), id, "the stream of a request");
    this.said.client.set(id, saidOf(`${method} ${path}`, fields, body));
  }

  #respond({ pick, status, body }: Extract<MessageOperation, { kind: "respond" }>): void {
    const id = this.#heardRequest(pick);
    if (id === undefined) return;
    if (!this.said.server.has(id) && !this.wasReset.has(id)) return this.#answer(id, status, body);
    this.refused("server", id, () =>
      this.ends.server.sendResponse(id, { status, headers: [], content: "twice" }),
    );
  }

  #heardRequest(pick: number): number | undefined {
    const ids = [...this.heard.server.keys()];
    return ids[pick % Math.max(1, ids.length)];
  }

  #answer(id: number, status: number, body: Said["body"]): void {
    const headers = ["x-id", String(id)];
    this.ends.server.sendResponse(id, { status, headers, body });
    const isHead = this.said.client.get(id)?.start.startsWith("HEAD ") === true;
    this.said.server.set(id, saidOf(String(status), headers, isHead ? "none" : body));
  }

  #inform(pick: number): void {
    const id = this.#heardRequest(pick);
    if (id === undefined) return;
    const send = () =>
      this.ends.server.sendInformational(id, { status: 103, headers: ["link", "</a>"] });
    if (this.said.server.has(id) || this.wasReset.has(id)) return this.refused("server", id, send);
    send();
    this.counts.informed++;
  }

  /** A message that a side has begun. */
  protected picked(side: Side, pick: number): [id: number, said: Said] | [] {
    const begun = [...this.said[side]];
    return begun[pick % Math.max(1, begun.length)] ?? [];
  }

  #data(side: Side, pick: number, length: number): void {
    const [id, said] = this.picked(side, pick);
    if (id === undefined || said === undefined) return;
    const bytes = Uint8Array.from(
      { length },
      (_, at) => (id * 31 + said.content.length + at) & 255,
    );
    const send = () => this.ends[side].sendData(id, bytes);
    const room = typeof said.body === "number" ? missing(said) : Number.POSITIVE_INFINITY;
    if (this.wasReset.has(id) || said.isEnded || length > room) {
      // Nothing is nothing, wherever it is sent.
      if (length > 0) this.refused(side, id, send);
      return;
    }
    send();
    said.content += textOf(bytes);
  }

  #end(side: Side, pick: number, trailers: boolean): void {
    const [id, said] = this.picked(side, pick);
    if (id === undefined || said === undefined) return;
    const list = trailers ? ["x-sum", String(id)] : [];
    const end = () =>
      trailers ? this.ends[side].sendTrailers(id, list) : this.ends[side].sendEnd(id);
    if (said.isEnded && !trailers) return;
    if (this.wasReset.has(id) || said.isEnded || missing(said) > 0)
      return this.refused(side, id, end);
    end();
    said.trailers = list;
    said.isEnded = true;
  }

  /** Sends what is missing and the end. */
  protected complete(side: Side, id: number, said: Said): void {
    if (said.isEnded || this.wasReset.has(id)) return;
    const length = missing(said);
    if (length > 0) {
      const bytes = new Uint8Array(length).fill(0x7a);
      this.ends[side].sendData(id, bytes);
      said.content += textOf(bytes);
    }
    this.ends[side].sendEnd(id);
    said.isEnded = true;
  }

  /** The server's application takes content. */
  protected takeContent(pick: number, length: number, stream?: number): void {
    const ids = [...this.unconsumed.keys()];
    const id = stream ?? ids[pick % Math.max(1, ids.length)];
    if (id === undefined) return;
    const left = this.unconsumed.get(id) ?? 0;
    const taken = Math.min(left, length);
    this.ends.server.consume(id, taken);
    if (taken === left) this.unconsumed.delete(id);
    else this.unconsumed.set(id, left - taken);
  }

  /** Notes the event of a message; gives whether it was one. */
  protected hear(side: Side, event: PlainEvent): boolean {
    const list = this.heard[side];
    switch (event.type) {
      case "request":
      case "response": {
        const { head } = event;
        const start = "method" in head ? `${head.method} ${head.target}` : String(head.status);
        expect(list.has(event.streamId), false, `stream ${event.streamId}: a second head`);
        const fields = head.headers;
        list.set(event.streamId, { start, fields, content: "", trailers: [], isEnded: false });
        return true;
      }
      case "informational":
        this.counts.heard++;
        return true;
      case "reset":
        expect(this.wasReset.has(event.streamId), true, `stream ${event.streamId} was reset`);
        return true;
      case "data":
      case "trailers":
      case "end":
        this.#hearMore(side, event);
        return true;
      default:
        return false;
    }
  }

  #hearMore(side: Side, event: MessagePart): void {
    const id = event.streamId;
    const heard = this.heard[side].get(id);
    if (heard === undefined || heard.isEnded) throw new Error(`stray ${JSON.stringify(event)}`);
    if ("headers" in event) heard.trailers = event.headers;
    else if ("content" in event) {
      heard.content += event.content;
      const unconsumed = (this.unconsumed.get(id) ?? 0) + event.content.length;
      if (side === "server") this.unconsumed.set(id, unconsumed);
    } else heard.isEnded = true;
  }

  /**
   * Expects a UsageError or nothing, and no byte of it on the wire. On a stream that was reset a side may not
   * know it yet: then what it sends goes out, and nobody hears it.
   */
  protected refused(side: Side, id: number, command: () => unknown): void {
    const end = this.ends[side];
    const before = end.bufferedAmount;
    try {
      command();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    if (!this.wasReset.has(id)) expect(end.bufferedAmount, before, "bytes after a wrong command");
  }

  /** What was heard is a beginning of what was said. */
  protected compare(): void {
    for (const [id, heard] of this.heard.server) {
      beginning(heard, this.said.client.get(id), `request ${id}`, this.wasReset.has(id));
    }
    for (const [id, heard] of this.heard.client) {
      beginning(heard, this.said.server.get(id), `response ${id}`, this.wasReset.has(id));
    }
  }
}
