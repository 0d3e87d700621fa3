// Operations on two connected ends of HTTP/3 over a simulated QUIC: a client and a server exchange whole conversations
// over many streams, with the dynamic table in use, while streams arrive in any order and pieces; one extended CONNECT
// carries capsules, which all arrive, and datagrams, of which some are lost. What must hold is in message-ends.ts.

import { UsageError } from "tercet";
import type { PlainEvent } from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { MessageEnds, type MessageOperation, type Side } from "./message-ends.js";
import { expect } from "./message-model.js";
import { QuicLink } from "./quic-link.js";
import type { Ends } from "./two-ends.js";

/** One thing that happens. Numbers choose among what is there, modulo how many there are. */
export type H3Operation =
  | MessageOperation
  | { readonly kind: "priority"; readonly pick: number; readonly urgency: number }
  | { readonly kind: "datagram"; readonly side: Side; readonly length: number }
  | {
      readonly kind: "capsule";
      readonly side: Side;
      readonly type: number;
      readonly length: number;
    }
  | { readonly kind: "take"; readonly side: Side; readonly most: number; readonly room: number }
  | {
      readonly kind: "deliver";
      readonly to: Side;
      readonly pick: number;
      readonly length: number;
      readonly late: boolean;
    };

/** Rounds of finish: each delivers all that is on its way. */
const ROUNDS = 200;
/** The extended CONNECT. */
const TUNNEL = 0;
const CAPSULES = ["capsule-protocol", "?1"];

/** Two ends and everything that they have said so far. */
export class H3Ends extends MessageEnds<H3Connection> implements Ends<H3Operation> {
  readonly #link: QuicLink;
  readonly #capsules: Record<Side, string[]> = { client: [], server: [] };
  readonly #heardCapsules: Record<Side, string[]> = { client: [], server: [] };
  /** Datagrams that were sent and did not arrive yet. */
  readonly #datagrams: Record<Side, string[]> = { client: [], server: [] };

  constructor() {
    const ends = {
      client: new H3Connection({ role: "client", datagrams: true, qpack: { strategy: "eager" } }),
      server: new H3Connection({
        role: "server",
        datagrams: true,
        window: "manual",
        qpack: { strategy: "eager" },
        settings: {
          enableConnectProtocol: true,
          qpackMaxTableCapacity: 300,
          qpackBlockedStreams: 2,
        },
      }),
    };
    super(ends);
    this.#link = new QuicLink(ends);
    this.#open();
  }

  protected override streamOf(n: number): number {
    return 4 * n + 4;
  }

  /** Both know each other's SETTINGS, and the CONNECT is answered. */
  #open(): void {
    this.#settle();
    const target = { path: "/", authority: "a", scheme: "https" };
    const head = { method: "CONNECT", protocol: "connect-udp", ...target, headers: CAPSULES };
    expect(this.ends.client.sendRequest(head), TUNNEL, "the stream of the CONNECT");
    this.#settle();
    this.ends.server.sendResponse(TUNNEL, { status: 200, headers: CAPSULES });
    this.#settle();
    this.heard.client.clear();
    this.heard.server.clear();
  }

  /** Everything that is on its way arrives. */
  #settle(): void {
    for (const to of ["server", "client"] as const) {
      this.#link.take(to === "client" ? "server" : "client");
      while (this.#deliver(to, 0, Number.POSITIVE_INFINITY, false));
    }
  }

  run(operation: H3Operation): void {
    switch (operation.kind) {
      case "take":
        this.#link.take(operation.side, operation.most, operation.room);
        break;
      case "deliver":
        this.#deliver(operation.to, operation.pick, operation.length, operation.late);
        break;
      case "priority": {
        const [id] = this.picked("client", operation.pick);
        if (id !== undefined) this.#try(() => this.#prioritize(id, operation.urgency));
        break;
      }
      case "datagram":
        this.#sendDatagram(operation.side, operation.length);
        break;
      case "capsule":
        this.#sendCapsule(operation.side, operation.type, operation.length);
        break;
      default:
        this.perform(operation);
    }
    this.compare();
  }

  #prioritize(id: number, urgency: number): void {
    this.ends.client.setPriority(id, { urgency });
  }

  /** On a stream that is over a command may be refused. */
  #try(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }

  #sendDatagram(side: Side, length: number): void {
    const bytes = new Uint8Array(length).fill(this.#datagrams[side].length & 255);
    if (this.ends[side].sendDatagram(TUNNEL, bytes)) this.#datagrams[side].push(String(bytes));
  }

  #sendCapsule(side: Side, type: number, length: number): void {
    const bytes = new Uint8Array(length).fill(this.#capsules[side].length & 255);
    this.ends[side].sendCapsule(TUNNEL, type, bytes);
    this.#capsules[side].push(`${type} ${bytes}`);
  }

  #deliver(to: Side, pick: number, length: number, late: boolean): boolean {
    const events = this.#link.deliver(to, pick, length, late);
    for (const event of events ?? []) this.#note(to, event);
    return events !== null;
  }

  #note(side: Side, event: PlainEvent): void {
    switch (event.type) {
      case "capsule":
        this.#heardCapsules[side].push(`${event.capsuleType} ${octetsOf(event.value)}`);
        return;
      case "datagram": {
        const from = this.#datagrams[side === "client" ? "server" : "client"];
        const at = from.indexOf(octetsOf(event.datagram));
        if (at < 0) throw new Error(`a datagram that was not sent: ${JSON.stringify(event)}`);
        from.splice(at, 1);
        return;
      }
      case "stopSending":
        expect(this.wasReset.has(event.streamId), true, `stream ${event.streamId} was reset`);
        return;
      case "settings":
      case "writable":
      case "priority":
        return;
      default:
        if (this.hear(side, event)) return;
        throw new Error(`unexpected event ${JSON.stringify(event)}`);
    }
  }

  finish(): void {
    for (const [id, said] of this.said.client) this.complete("client", id, said);
    for (let round = 0; round < ROUNDS; round++) {
      const before = this.moved();
      this.#settle();
      this.answerAll();
      for (const [id, length] of this.unconsumed) this.takeContent(0, length, id);
      if (this.moved() === before && round > 3) break;
    }
    this.expectAll();
    for (const [side, peer] of [
      ["client", "server"],
      ["server", "client"],
    ] as const) {
      const [said, heard] = [this.#capsules[peer], this.#heardCapsules[side]];
      expect(JSON.stringify(heard), JSON.stringify(said), `capsules at the ${side}`);
    }
    for (const end of Object.values(this.ends)) expect(end.streamCount, 1, "streams left");
  }
}

/** Latin1 text as a list of octets, as a Uint8Array prints itself. */
function octetsOf(text: string): string {
  return Array.from(text, (char) => char.charCodeAt(0)).join();
}
