// Operations on two connected ends: a client and a server exchange whole conversations while the bytes
// between them arrive in any pieces and the commands come in any order, wrong ones too.
//
// The model is what each side has said. It holds: what one side said the other hears, in order, complete
// and nothing else; a wrong command is a UsageError and puts no byte on the wire; no command and no
// arrival of bytes throws anything else. An operation is plain data, so that a list of them can be saved
// and replayed.

import { UsageError } from "tercet";
import { concat, type PlainEvent, plain, textOf } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";

/** One thing that happens. Numbers choose among what is there, modulo how many there are. */
export type Operation =
  | {
      readonly kind: "request";
      readonly method: string;
      readonly fields: readonly string[];
      readonly body: Body;
    }
  | {
      readonly kind: "respond";
      readonly pick: number;
      readonly status: number;
      readonly body: Body;
    }
  | { readonly kind: "inform"; readonly pick: number }
  | { readonly kind: "data"; readonly side: Side; readonly pick: number; readonly length: number }
  | { readonly kind: "end"; readonly side: Side; readonly pick: number; readonly trailers: boolean }
  | { readonly kind: "deliver"; readonly to: Side; readonly length: number }
  | { readonly kind: "repeat"; readonly side: Side; readonly pick: number };

/** Which end acts. */
export type Side = "client" | "server";
/** How the content of a message is announced. */
export type Body = "none" | "chunked" | number;

/** One message as its sender said it. */
interface Said {
  readonly start: string;
  readonly fields: readonly string[];
  readonly body: Body;
  content: string;
  trailers: readonly string[];
  /** The receiver may know that nothing more comes. */
  complete: boolean;
  /** The sender has ended it, or it had no content from the start. */
  ended: boolean;
}

/** One message as its receiver heard it. */
type Heard = Pick<Said, "start" | "fields" | "content" | "trailers" | "ended">;

/** Two ends and everything that they have said so far. */
export class TwoEnds {
  readonly #ends = {
    client: new H1Connection({ role: "client" }),
    server: new H1Connection({ role: "server" }),
  };
  /** Bytes on their way to an end. */
  readonly #wires: Record<Side, Uint8Array> = {
    client: new Uint8Array(0),
    server: new Uint8Array(0),
  };
  readonly #requests: Said[] = [];
  /** By exchange; the server may answer in any order. */
  readonly #responses = new Map<number, Said>();
  readonly #heard: Record<Side, Heard[]> = { client: [], server: [] };
  readonly #informed = { said: 0, heard: 0 };

  /** Performs one operation and checks what must hold after it. */
  run(operation: Operation): void {
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
      case "repeat":
        this.#repeat(operation.side, operation.pick);
    }
    this.#compare();
  }

  /** Ends what is open, delivers everything, and expects both sides to have heard all of it. */
  finish(): void {
    for (const [index, said] of this.#requests.entries()) {
      if (!said.ended) this.#complete("client", index + 1, said);
    }
    for (let round = 0; round < 3; round++) {
      this.#deliver("server", Number.POSITIVE_INFINITY);
      for (let id = 1; id <= this.#heard.server.length; id++) {
        if (!this.#responses.has(id))
          this.#respond({ kind: "respond", pick: id - 1, status: 200, body: 0 });
        const said = this.#responses.get(id);
        if (said !== undefined && !said.ended) this.#complete("server", id, said);
      }
      this.#deliver("client", Number.POSITIVE_INFINITY);
    }
    this.#compare();
    expect(this.#heard.server.length, this.#requests.length, "requests that arrived");
    expect(this.#heard.client.length, this.#requests.length, "responses that arrived");
    for (const heard of [...this.#heard.client, ...this.#heard.server])
      expect(heard.ended, true, "an end");
    expect(this.#informed.heard, this.#informed.said, "interim responses");
    for (const end of Object.values(this.#ends)) {
      expect(end.bufferedAmount, 0, "bytes left to send");
      expect(end.heldAmount, 0, "bytes held");
      expect(end.state, "open", "the state");
    }
  }

  #request({ method, fields, body }: Extract<Operation, { kind: "request" }>): void {
    const { client } = this.#ends;
    const path = `/${this.#requests.length}`;
    // A request may begin while the content of an earlier one is open: its bytes wait for their turn.
    const send = () => client.sendRequest({ method, path, authority: "a", headers: fields, body });
    expect(send(), this.#requests.length + 1, "the streamId");
    this.#requests.push(said(`${method} ${path}`, fields, body));
  }

  #respond({ pick, status, body }: Extract<Operation, { kind: "respond" }>): void {
    const count = this.#heard.server.length;
    if (count === 0) return;
    const id = 1 + (pick % count);
    const headers = ["x-id", String(id)];
    const send = () => this.#ends.server.sendResponse(id, { status, headers, body });
    if (this.#responses.has(id)) {
      this.#refused("server", send);
      return;
    }
    send();
    const isHead = this.#requests[id - 1]?.start.startsWith("HEAD ") === true;
    this.#responses.set(id, said(String(status), headers, isHead ? "none" : body));
  }

  #inform(pick: number): void {
    const count = this.#heard.server.length;
    if (count === 0) return;
    const id = 1 + (pick % count);
    const send = () =>
      this.#ends.server.sendInformational(id, { status: 103, headers: ["link", "</a>"] });
    if (this.#responses.has(id)) this.#refused("server", send);
    else {
      send();
      this.#informed.said++;
    }
  }

  /** The messages of a side that have begun, with their exchange. */
  #begun(side: Side): [id: number, said: Said][] {
    if (side === "server") return [...this.#responses];
    return this.#requests.map((request, index) => [index + 1, request]);
  }

  #data(side: Side, pick: number, length: number): void {
    const begun = this.#begun(side);
    const [id, message] = begun[pick % Math.max(1, begun.length)] ?? [];
    if (id === undefined || message === undefined) return;
    const bytes = Uint8Array.from(
      { length },
      (_, at) => (id * 31 + message.content.length + at) & 255,
    );
    const send = () => this.#ends[side].sendData(id, bytes);
    const room =
      typeof message.body === "number" ? message.body - message.content.length : Infinity;
    if (message.ended || length > room) {
      // Nothing is nothing, wherever it is sent.
      if (length > 0) this.#refused(side, send);
      return;
    }
    send();
    message.content += textOf(bytes);
    if (message.body === message.content.length) message.complete = true;
  }

  #end(side: Side, pick: number, trailers: boolean): void {
    const begun = this.#begun(side);
    const [id, message] = begun[pick % Math.max(1, begun.length)] ?? [];
    if (id === undefined || message === undefined) return;
    const list = trailers ? ["x-sum", String(id)] : [];
    const end = () =>
      trailers ? this.#ends[side].sendTrailers(id, list) : this.#ends[side].sendEnd(id);
    // sendEnd behind a complete message says nothing new; whether that is wrong is not this model's matter.
    if (message.ended && !trailers) return;
    if (message.ended || (trailers && message.body !== "chunked") || missing(message) > 0) {
      this.#refused(side, end);
      return;
    }
    end();
    message.trailers = list;
    message.complete = true;
    message.ended = true;
  }

  /** Sends what is missing and the end. */
  #complete(side: Side, id: number, message: Said): void {
    const length = missing(message);
    if (length > 0) {
      const bytes = new Uint8Array(length).fill(0x7a);
      this.#ends[side].sendData(id, bytes);
      message.content += textOf(bytes);
    }
    this.#ends[side].sendEnd(id);
    message.complete = true;
    message.ended = true;
  }

  /** A command that was already done once more: always wrong. */
  #repeat(side: Side, pick: number): void {
    const begun = this.#begun(side).filter(([, message]) => message.ended);
    const [id] = begun[pick % Math.max(1, begun.length)] ?? [];
    if (id === undefined) return;
    this.#refused(side, () => this.#ends[side].sendData(id, Uint8Array.of(1)));
    this.#refused(side, () => this.#ends[side].sendTrailers(id, ["x-more", "1"]));
  }

  #deliver(to: Side, length: number): void {
    const from = to === "client" ? "server" : "client";
    this.#wires[to] = concat([this.#wires[to], ...this.#ends[from].take()]);
    const piece = this.#wires[to].slice(0, length);
    this.#wires[to] = this.#wires[to].slice(piece.length);
    this.#hear(to, plain(this.#ends[to].receive(piece)));
  }

  #hear(side: Side, events: readonly PlainEvent[]): void {
    const list = this.#heard[side];
    for (const event of events) {
      const last = list.at(-1);
      if (event.type === "request" || event.type === "response") {
        const { head } = event;
        const start = "method" in head ? `${head.method} ${head.target}` : String(head.status);
        expect(event.streamId, list.length + 1, "the exchange of a head");
        list.push({ start, fields: own(head.headers), content: "", trailers: [], ended: false });
      } else if (event.type === "informational") this.#informed.heard++;
      else if (event.type === "writable") continue;
      else if (last === undefined || !("streamId" in event) || event.streamId !== list.length)
        fail(event);
      else if (event.type === "data") last.content += event.content;
      else if (event.type === "trailers") last.trailers = event.headers;
      else if (event.type === "end") last.ended = true;
      else fail(event);
    }
  }

  /** Expects a UsageError, and no byte of it on the wire. */
  #refused(side: Side, command: () => unknown): void {
    const end = this.#ends[side];
    const before = end.bufferedAmount;
    let thrown: unknown = null;
    try {
      command();
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof UsageError)) {
      throw new Error(`a wrong command of the ${side} gave ${thrown ?? "no error"}`);
    }
    expect(end.bufferedAmount, before, `bytes after ${thrown.code}`);
  }

  /** What was heard is a beginning of what was said. */
  #compare(): void {
    for (const [index, heard] of this.#heard.server.entries()) {
      begins(heard, this.#requests[index], `request ${index + 1}`);
    }
    for (const [index, heard] of this.#heard.client.entries()) {
      begins(heard, this.#responses.get(index + 1), `response ${index + 1}`);
    }
  }
}

function said(start: string, fields: readonly string[], body: Body): Said {
  const empty = body === "none" || body === 0;
  return { start, fields, body, content: "", trailers: [], complete: empty, ended: empty };
}

/** Bytes that the announced length still wants. */
function missing({ body, content }: Said): number {
  return typeof body === "number" ? body - content.length : 0;
}

const OWN = new Set(["host", "content-length", "transfer-encoding", "connection"]);

/** The fields without those that the connection writes itself. */
function own(headers: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? "";
    if (!OWN.has(name.toLowerCase())) out.push(name, headers[at + 1] ?? "");
  }
  return out;
}

function begins(heard: Heard, message: Said | undefined, name: string): void {
  if (message === undefined) throw new Error(`${name} was never said`);
  expect(heard.start, message.start, `${name}: start`);
  expect(JSON.stringify(heard.fields), JSON.stringify(message.fields), `${name}: fields`);
  if (!message.content.startsWith(heard.content)) throw new Error(`${name}: other content`);
  if (!heard.ended) return;
  if (!message.complete) throw new Error(`${name} ended and was not complete`);
  expect(heard.content.length, message.content.length, `${name}: content`);
  expect(JSON.stringify(heard.trailers), JSON.stringify(message.trailers), `${name}: trailers`);
}

function expect<T>(got: T, wanted: T, what: string): void {
  if (got !== wanted) throw new Error(`${what}: ${got}, expected ${wanted}`);
}

function fail(event: PlainEvent): never {
  throw new Error(`unexpected event ${JSON.stringify(event)}`);
}
