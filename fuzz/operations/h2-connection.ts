// Operations on two connected ends of HTTP/2: a client and a server exchange whole conversations over many
// streams while the bytes between them arrive in any pieces, windows are small, and the commands come in any
// order, wrong ones too. What must hold is in message-ends.ts.

import { concat, type PlainEvent, plain } from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { MessageEnds, type MessageOperation, type Side } from "./message-ends.js";
import { expect } from "./message-model.js";
import type { Ends } from "./two-ends.js";

/** One thing that happens. Numbers choose among what is there, modulo how many there are. */
export type H2Operation =
  | MessageOperation
  | { readonly kind: "window"; readonly side: Side; readonly length: number }
  | { readonly kind: "table"; readonly side: Side; readonly length: number }
  | { readonly kind: "ping"; readonly side: Side }
  | { readonly kind: "priority"; readonly pick: number; readonly urgency: number }
  | { readonly kind: "deliver"; readonly to: Side; readonly length: number };

const WINDOW = 1_000;
/** Rounds of finish: each moves at least one window of each stream. */
const ROUNDS = 2_000;

/** Two ends and everything that they have said so far. */
export class H2Ends extends MessageEnds<H2Connection> implements Ends<H2Operation> {
  /** Bytes on their way to an end. */
  readonly #wires: Record<Side, Uint8Array> = {
    client: new Uint8Array(0),
    server: new Uint8Array(0),
  };
  readonly #pings = { sent: 0, acks: 0 };

  constructor() {
    const settings = { initialWindowSize: WINDOW };
    super({
      client: new H2Connection({ role: "client", settings }),
      server: new H2Connection({ role: "server", settings, window: "manual" }),
    });
  }

  protected override streamOf(n: number): number {
    return 2 * n + 1;
  }

  run(operation: H2Operation): void {
    switch (operation.kind) {
      case "deliver":
        this.#deliver(operation.to, operation.length);
        break;
      case "window":
        this.ends[operation.side].updateSettings({ initialWindowSize: operation.length });
        break;
      case "table":
        this.ends[operation.side].updateSettings({ headerTableSize: operation.length });
        break;
      case "priority": {
        const [id] = this.picked("client", operation.pick);
        if (id !== undefined) this.ends.client.setPriority(id, { urgency: operation.urgency });
        break;
      }
      case "ping":
        if (this.#pings.sent - this.#pings.acks >= 5) break;
        this.#pings.sent++;
        this.ends[operation.side].ping();
        break;
      default:
        this.perform(operation);
    }
    this.compare();
  }

  finish(): void {
    for (const end of Object.values(this.ends)) end.updateSettings({ initialWindowSize: WINDOW });
    for (const [id, said] of this.said.client) this.complete("client", id, said);
    for (let round = 0; round < ROUNDS; round++) {
      const before = this.moved();
      this.#deliver("server", Number.POSITIVE_INFINITY);
      this.answerAll();
      for (const [id, length] of this.unconsumed) this.takeContent(0, length, id);
      this.#deliver("client", Number.POSITIVE_INFINITY);
      if (this.moved() === before && round > 2) break;
    }
    this.expectAll();
    expect(this.#pings.acks, this.#pings.sent, "answers to pings");
    for (const [side, end] of Object.entries(this.ends)) {
      expect(end.streamCount, 0, `streams left at the ${side}`);
    }
  }

  protected override moved(): string {
    return `${super.moved()} ${this.#pings.acks}`;
  }

  #deliver(to: Side, length: number): void {
    const from = to === "client" ? "server" : "client";
    const taken = this.ends[from].take().map((bytes) => bytes.slice());
    this.#wires[to] = concat([this.#wires[to], ...taken]);
    const piece = this.#wires[to].slice(0, length);
    this.#wires[to] = this.#wires[to].slice(piece.length);
    for (const event of plain(this.ends[to].receive(piece))) this.#note(to, event);
  }

  #note(side: Side, event: PlainEvent): void {
    if (this.hear(side, event)) return;
    switch (event.type) {
      case "ping":
        if (event.ack) this.#pings.acks++;
        return;
      case "settings":
      case "settingsAck":
      case "writable":
      case "priority":
        return;
      default:
        throw new Error(`unexpected event ${JSON.stringify(event)}`);
    }
  }
}
