// Operations on one end of HTTP/3 whose peer is hostile: good and bad bytes arrive on any stream between commands of
// an application that does its best, and of a transport that reads now and then. It holds: no bytes and no command
// throw anything but a UsageError, the events keep their order, all that leaves is right, budgets and limits are kept,
// and a failed connection is over.

import { type ConnectionEvent, UsageError } from "tercet";
import {
  appendPlain,
  arrive,
  type H3Arrival,
  H3Sent,
  h3Fields,
  h3Violation,
  type PlainEvent,
  peerHello,
} from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { expect } from "./message-model.js";
import type { Ends } from "./two-ends.js";

/** One thing that happens. Streams are named directly: also those that never were. */
export type H3HostileOperation =
  | {
      readonly kind: "role";
      readonly role: "server" | "client";
      readonly window: "fixed" | "manual";
    }
  | {
      readonly kind: "receive";
      readonly streamId: number;
      readonly hex: string;
      readonly fin: boolean;
      readonly cut: number;
    }
  | { readonly kind: "peerReset" | "peerStop"; readonly streamId: number; readonly code: number }
  | { readonly kind: "peerDatagram"; readonly hex: string }
  | {
      readonly kind: "respond";
      readonly streamId: number;
      readonly body: "none" | "chunked" | number;
    }
  | { readonly kind: "request"; readonly method: string }
  | {
      readonly kind: "data" | "consume" | "datagram" | "capsule";
      readonly streamId: number;
      readonly length: number;
    }
  | { readonly kind: "trailers" | "end" | "inform" | "reset"; readonly streamId: number }
  | { readonly kind: "take"; readonly most: number }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "goaway" | "close" | "poll" | "peerClose" };

type Operation<Kind extends H3HostileOperation["kind"]> = Extract<
  H3HostileOperation,
  { kind: Kind }
>;

/** One end under attack. */
export class H3HostileEnd implements Ends<H3HostileOperation> {
  #role: "server" | "client" = "server";
  #connection: H3Connection | null = null;
  #sent = new H3Sent("server");
  readonly #events: PlainEvent[] = [];
  readonly #arrivals: H3Arrival[] = [];
  /** Directions of streams that QUIC has closed: nothing more of them arrives. */
  readonly #closed = new Set<string>();
  #now = 0;

  run(operation: H3HostileOperation): void {
    if (operation.kind === "role") {
      if (this.#connection === null) this.#open(operation.role, operation.window);
      return;
    }
    const role = operation.kind === "request" ? "client" : "server";
    const connection = this.#connection ?? this.#open(role, "fixed");
    try {
      this.#perform(connection, operation);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    this.#check(connection);
  }

  finish(): void {
    const connection = this.#connection ?? this.#open("server", "fixed");
    this.#take(connection, Number.POSITIVE_INFINITY);
    this.#note(connection.receiveClose());
    this.#check(connection);
    expect(connection.takeStreams().length, 0, "something behind the end of the connection");
  }

  #open(role: "server" | "client", window: "fixed" | "manual"): H3Connection {
    const connection = new H3Connection({
      role,
      window,
      clock: () => this.#now,
      datagrams: true,
      ...(role === "client" ? { maxPushId: 5 } : { settings: { enableConnectProtocol: true } }),
    });
    this.#role = role;
    this.#sent = new H3Sent(role);
    this.#connection = connection;
    for (const step of peerHello(role, [1, 200], [7, 3], [8, 1], [0x33, 1])) {
      this.#arrive(connection, step);
    }
    return connection;
  }

  /** Gives the connection what QUIC would deliver. */
  #arrive(connection: H3Connection, step: H3Arrival): void {
    if (step.do !== "datagram") {
      const lane = `${step.do === "stopSending"} ${step.streamId}`;
      if (this.#closed.has(lane)) return;
      if (step.do !== "stream" || step.fin) this.#closed.add(lane);
    }
    this.#arrivals.push(step);
    this.#note(arrive(connection, step));
  }

  #note(events: readonly ConnectionEvent[]): void {
    appendPlain(this.#events, events);
  }

  #perform(
    connection: H3Connection,
    operation: Exclude<H3HostileOperation, { kind: "role" }>,
  ): void {
    switch (operation.kind) {
      case "receive":
        return this.#receive(connection, operation);
      case "peerReset":
      case "peerStop": {
        const { streamId, code } = operation;
        const what = operation.kind === "peerReset" ? "reset" : "stopSending";
        return this.#arrive(connection, { do: what, streamId, code });
      }
      case "peerDatagram":
        return this.#arrive(connection, { do: "datagram", bytes: h3Fields.hex(operation.hex) });
      case "request": {
        const { method } = operation;
        connection.sendRequest({
          method,
          authority: method === "CONNECT" ? "a:1" : "a",
          headers: [],
        });
        return;
      }
      case "take":
        return this.#take(connection, operation.most);
      case "wait":
        return this.#wait(connection, operation.milliseconds);
      case "goaway":
        return connection.goAway();
      case "close":
        return connection.close();
      case "poll":
        return this.#note(connection.poll());
      case "peerClose":
        return this.#note(connection.receiveClose());
      default:
        this.#onStream(connection, operation);
    }
  }

  #receive(connection: H3Connection, { streamId, hex, fin, cut }: Operation<"receive">): void {
    const bytes = h3Fields.hex(hex);
    const at = cut % (bytes.length + 1);
    for (const [piece, end] of [
      [bytes.slice(0, at), false],
      [bytes.slice(at), fin],
    ] as const) {
      this.#arrive(connection, { do: "stream", streamId, bytes: piece, fin: end });
    }
  }

  #onStream(
    connection: H3Connection,
    operation: Operation<
      | "respond"
      | "data"
      | "consume"
      | "datagram"
      | "capsule"
      | "trailers"
      | "end"
      | "inform"
      | "reset"
    >,
  ): void {
    const { streamId } = operation;
    switch (operation.kind) {
      case "respond":
        return connection.sendResponse(streamId, {
          status: 200,
          headers: ["x-a", "b"],
          body: operation.body,
        });
      case "data":
        connection.sendData(streamId, new Uint8Array(operation.length));
        return;
      case "consume":
        return connection.consume(streamId, operation.length);
      case "datagram":
        connection.sendDatagram(streamId, new Uint8Array(operation.length));
        return;
      case "capsule":
        connection.sendCapsule(streamId, 0x21, new Uint8Array(operation.length));
        return;
      case "trailers":
        return connection.sendTrailers(streamId, ["x-sum", "1"]);
      case "end":
        return connection.sendEnd(streamId);
      case "inform":
        return connection.sendInformational(streamId, { status: 103, headers: [] });
      case "reset":
        return connection.reset(streamId);
    }
  }

  #wait(connection: H3Connection, milliseconds: number): void {
    this.#now += milliseconds;
    const deadline = connection.nextDeadline();
    if (deadline === null || deadline > this.#now) return;
    this.#note(connection.handleDeadline(this.#now));
  }

  #take(connection: H3Connection, most: number): void {
    this.#sent.read(connection.takeStreams(most));
    connection.takeDatagrams();
    if (this.#sent.fault !== null) throw new Error(`sent ${this.#sent.fault}`);
  }

  #check(connection: H3Connection): void {
    const broken = h3Violation(this.#events, { role: this.#role, arrivals: this.#arrivals });
    if (broken !== null) throw new Error(broken);
    const last = this.#events.at(-1);
    const isFatal = last?.type === "error" && last.scope === "connection";
    if (isFatal) expect(connection.state, "failed", "the state behind a connection error");
    const amount = connection.bufferedAmount;
    if (!(Number.isSafeInteger(amount) && amount >= 0)) throw new Error(`${amount} bytes to send`);
    if (connection.state === "failed") return;
    for (const { name, limit, used } of connection.limitsReport()) {
      if (used > limit) throw new Error(`${name}: ${used} of ${limit}`);
    }
  }
}
