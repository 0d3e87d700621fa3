// Operations on two connected ends of HTTP/2: a client and a server exchange whole conversations over many
// streams while the bytes between them arrive in any pieces, windows are small, and the commands come in any
// order, wrong ones too.
//
// The model is what each side has said on each stream. It holds: what one side said the other hears, in order,
// complete and nothing else; a stream that was reset is heard as a beginning; a wrong command is a UsageError
// or does nothing, and queues no byte; no command and no arrival of bytes throws anything else.

import { UsageError } from "tercet";
import { concat, type PlainEvent, plain, textOf } from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { beginning, expect, type Heard, missing, type Said, saidOf } from "./h2-model.js";
import type { Ends } from "./two-ends.js";

/** Which end acts. */
export type Side = "client" | "server";

/** One thing that happens. Numbers choose among what is there, modulo how many there are. */
export type H2Operation =
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
  | { readonly kind: "consume"; readonly pick: number; readonly length: number }
  | { readonly kind: "window"; readonly side: Side; readonly length: number }
  | { readonly kind: "table"; readonly side: Side; readonly length: number }
  | { readonly kind: "ping"; readonly side: Side }
  | { readonly kind: "priority"; readonly pick: number; readonly urgency: number }
  | { readonly kind: "deliver"; readonly to: Side; readonly length: number };

const WINDOW = 1_000;
/** Rounds of finish: each moves at least one window of each stream. */
const ROUNDS = 2_000;

/** Two ends and everything that they have said so far. */
export class H2Ends implements Ends<H2Operation> {
  readonly #ends: Record<Side, H2Connection> = {
    client: new H2Connection({ role: "client", settings: { initialWindowSize: WINDOW } }),
    server: new H2Connection({
      role: "server",
      settings: { initialWindowSize: WINDOW },
      window: "manual",
    }),
  };
  /** Bytes on their way to an end. */
  readonly #wires: Record<Side, Uint8Array> = {
    client: new Uint8Array(0),
    server: new Uint8Array(0),
  };
  /** By stream: requests of the client, responses of the server. */
  readonly #said: Record<Side, Map<number, Said>> = { client: new Map(), server: new Map() };
  readonly #heard: Record<Side, Map<number, Heard>> = { client: new Map(), server: new Map() };
  readonly #unconsumed = new Map<number, number>();
  readonly #reset = new Set<number>();
  readonly #counts = { informed: 0, heard: 0, pings: 0, acks: 0 };

  run(operation: H2Operation): void {
    switch (operation.kind) {
      case "request":
        this.#request(operation);
        break;
      case "respond":
        this.#respond(operation);
        break;
      case "inform":
        this.#inform(operation.pick);
        break;
      case "data":
        this.#data(operation.side, operation.pick, operation.length);
        break;
      case "end":
        this.#end(operation.side, operation.pick, operation.trailers);
        break;
      case "deliver":
        this.#deliver(operation.to, operation.length);
        break;
      default:
        this.#control(operation);
    }
    this.#compare();
  }

  /** What says nothing on a stream. */
  #control(
    operation: Extract<
      H2Operation,
      { kind: "reset" | "consume" | "window" | "table" | "ping" | "priority" }
    >,
  ): void {
    switch (operation.kind) {
      case "reset": {
        const [id] = this.#picked(operation.side, operation.pick);
        if (id === undefined) return;
        this.#ends[operation.side].reset(id);
        this.#reset.add(id);
        return;
      }
      case "consume":
        this.#consume(operation.pick, operation.length);
        return;
      case "window":
        this.#ends[operation.side].updateSettings({ initialWindowSize: operation.length });
        return;
      case "table":
        this.#ends[operation.side].updateSettings({ headerTableSize: operation.length });
        return;
      case "priority": {
        const [id] = this.#picked("client", operation.pick);
        if (id === undefined) return;
        this.#ends.client.setPriority(id, { urgency: operation.urgency });
        return;
      }
      case "ping":
        if (this.#counts.pings - this.#counts.acks >= 5) return;
        this.#counts.pings++;
        this.#ends[operation.side].ping();
    }
  }

  finish(): void {
    for (const end of Object.values(this.#ends)) end.updateSettings({ initialWindowSize: WINDOW });
    for (const [id, said] of this.#said.client) this.#complete("client", id, said);
    for (let round = 0; round < ROUNDS; round++) {
      const before = this.#moved();
      this.#deliver("server", Number.POSITIVE_INFINITY);
      this.#answerAll();
      for (const [id, length] of this.#unconsumed) this.#consume(id, length, id);
      this.#deliver("client", Number.POSITIVE_INFINITY);
      if (this.#moved() === before && round > 2) break;
    }
    this.#compare();
    for (const id of this.#said.client.keys()) {
      if (this.#reset.has(id)) continue;
      expect(this.#heard.server.get(id)?.isEnded, true, `request ${id} arrived`);
      expect(this.#heard.client.get(id)?.isEnded, true, `response ${id} arrived`);
    }
    expect(this.#counts.acks, this.#counts.pings, "answers to pings");
    for (const [side, end] of Object.entries(this.#ends)) {
      expect(end.bufferedAmount, 0, `bytes left to send at the ${side}`);
      expect(end.state, "open", `the state of the ${side}`);
      expect(end.streamCount, 0, `streams left at the ${side}`);
    }
  }

  #moved(): string {
    const all = [...this.#heard.client.values(), ...this.#heard.server.values()];
    const content = all.reduce((sum, heard) => sum + heard.content.length, 0);
    const ended = all.filter((heard) => heard.isEnded).length;
    return `${content} ${ended} ${all.length} ${this.#counts.acks}`;
  }

  #answerAll(): void {
    for (const id of this.#heard.server.keys()) {
      if (this.#reset.has(id)) continue;
      if (!this.#said.server.has(id)) this.#answer(id, 200, 0);
      const said = this.#said.server.get(id);
      if (said !== undefined) this.#complete("server", id, said);
    }
  }

  #request({ method, fields, body }: Extract<H2Operation, { kind: "request" }>): void {
    const id = 2 * this.#said.client.size + 1;
    const path = `/${id}`;
    const send = () =>
      this.#ends.client.sendRequest({ method, path, authority: "a", headers: fields, body });
    expect(send(), id, "the stream of a request");
    this.#said.client.set(id, saidOf(`${method} ${path}`, fields, body));
  }

  #respond({ pick, status, body }: Extract<H2Operation, { kind: "respond" }>): void {
    const ids = [...this.#heard.server.keys()];
    const id = ids[pick % Math.max(1, ids.length)];
    if (id === undefined) return;
    if (!this.#said.server.has(id) && !this.#reset.has(id)) return this.#answer(id, status, body);
    this.#refused("server", id, () =>
      this.#ends.server.sendResponse(id, { status, headers: [], content: "twice" }),
    );
  }

  #answer(id: number, status: number, body: Said["body"]): void {
    const headers = ["x-id", String(id)];
    this.#ends.server.sendResponse(id, { status, headers, body });
    const isHead = this.#said.client.get(id)?.start.startsWith("HEAD ") === true;
    this.#said.server.set(id, saidOf(String(status), headers, isHead ? "none" : body));
  }

  #inform(pick: number): void {
    const ids = [...this.#heard.server.keys()];
    const id = ids[pick % Math.max(1, ids.length)];
    if (id === undefined) return;
    const send = () =>
      this.#ends.server.sendInformational(id, { status: 103, headers: ["link", "</a>"] });
    if (this.#said.server.has(id) || this.#reset.has(id)) return this.#refused("server", id, send);
    send();
    this.#counts.informed++;
  }

  #picked(side: Side, pick: number): [id: number, said: Said] | [] {
    const begun = [...this.#said[side]];
    return begun[pick % Math.max(1, begun.length)] ?? [];
  }

  #data(side: Side, pick: number, length: number): void {
    const [id, said] = this.#picked(side, pick);
    if (id === undefined || said === undefined) return;
    const bytes = Uint8Array.from(
      { length },
      (_, at) => (id * 31 + said.content.length + at) & 255,
    );
    const send = () => this.#ends[side].sendData(id, bytes);
    const room = typeof said.body === "number" ? missing(said) : Number.POSITIVE_INFINITY;
    if (this.#reset.has(id) || said.isEnded || length > room) {
      // Nothing is nothing, wherever it is sent.
      if (length > 0) this.#refused(side, id, send);
      return;
    }
    send();
    said.content += textOf(bytes);
  }

  #end(side: Side, pick: number, trailers: boolean): void {
    const [id, said] = this.#picked(side, pick);
    if (id === undefined || said === undefined) return;
    const list = trailers ? ["x-sum", String(id)] : [];
    const end = () =>
      trailers ? this.#ends[side].sendTrailers(id, list) : this.#ends[side].sendEnd(id);
    if (said.isEnded && !trailers) return;
    if (this.#reset.has(id) || said.isEnded || missing(said) > 0)
      return this.#refused(side, id, end);
    end();
    said.trailers = list;
    said.isEnded = true;
  }

  /** Sends what is missing and the end. */
  #complete(side: Side, id: number, said: Said): void {
    if (said.isEnded || this.#reset.has(id)) return;
    const length = missing(said);
    if (length > 0) {
      const bytes = new Uint8Array(length).fill(0x7a);
      this.#ends[side].sendData(id, bytes);
      said.content += textOf(bytes);
    }
    this.#ends[side].sendEnd(id);
    said.isEnded = true;
  }

  #consume(pick: number, length: number, stream?: number): void {
    const ids = [...this.#unconsumed.keys()];
    const id = stream ?? ids[pick % Math.max(1, ids.length)];
    if (id === undefined) return;
    const left = this.#unconsumed.get(id) ?? 0;
    const taken = Math.min(left, length);
    this.#ends.server.consume(id, taken);
    if (taken === left) this.#unconsumed.delete(id);
    else this.#unconsumed.set(id, left - taken);
  }

  #deliver(to: Side, length: number): void {
    const from = to === "client" ? "server" : "client";
    const taken = this.#ends[from].take().map((bytes) => bytes.slice());
    this.#wires[to] = concat([this.#wires[to], ...taken]);
    const piece = this.#wires[to].slice(0, length);
    this.#wires[to] = this.#wires[to].slice(piece.length);
    for (const event of plain(this.#ends[to].receive(piece))) this.#hear(to, event);
  }

  #hear(side: Side, event: PlainEvent): void {
    const list = this.#heard[side];
    switch (event.type) {
      case "request":
      case "response": {
        const { head } = event;
        const start = "method" in head ? `${head.method} ${head.target}` : String(head.status);
        expect(list.has(event.streamId), false, `stream ${event.streamId}: a second head`);
        const fields = head.headers;
        list.set(event.streamId, { start, fields, content: "", trailers: [], isEnded: false });
        return;
      }
      case "informational":
        this.#counts.heard++;
        return;
      case "ping":
        if (event.ack) this.#counts.acks++;
        return;
      case "reset":
        expect(this.#reset.has(event.streamId), true, `stream ${event.streamId} was reset`);
        return;
      case "settings":
      case "settingsAck":
      case "writable":
      case "priority":
        return;
      case "data":
      case "trailers":
      case "end":
        this.#hearMore(side, event);
        return;
      default:
        throw new Error(`unexpected event ${JSON.stringify(event)}`);
    }
  }

  #hearMore(
    side: Side,
    event: Extract<
      PlainEvent,
      { content: string } | { headers: string[] } | { type: "end" | "writable" }
    >,
  ): void {
    const id = event.streamId;
    const heard = this.#heard[side].get(id);
    if (heard === undefined || heard.isEnded) throw new Error(`stray ${JSON.stringify(event)}`);
    if ("headers" in event) heard.trailers = event.headers;
    else if ("content" in event) {
      heard.content += event.content;
      const unconsumed = (this.#unconsumed.get(id) ?? 0) + event.content.length;
      if (side === "server") this.#unconsumed.set(id, unconsumed);
    } else heard.isEnded = true;
  }

  /**
   * Expects a UsageError or nothing, and no byte of it on the wire. On a stream that was reset a side may not
   * know it yet: then what it sends goes out, and nobody hears it.
   */
  #refused(side: Side, id: number, command: () => unknown): void {
    const end = this.#ends[side];
    const before = end.bufferedAmount;
    try {
      command();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    if (!this.#reset.has(id)) expect(end.bufferedAmount, before, "bytes after a wrong command");
  }

  /** What was heard is a beginning of what was said. */
  #compare(): void {
    for (const [id, heard] of this.#heard.server) {
      beginning(heard, this.#said.client.get(id), `request ${id}`, this.#reset.has(id));
    }
    for (const [id, heard] of this.#heard.client) {
      beginning(heard, this.#said.server.get(id), `response ${id}`, this.#reset.has(id));
    }
  }
}
