// Operations on one end of HTTP/2 whose peer is hostile: good and bad frames arrive in pieces between commands of
// an application that does its best. It holds: no bytes and no command throw anything but a UsageError, the
// events keep their order, all that leaves is frames, budgets and limits are kept, and a failed connection is
// over.

import { UsageError } from "tercet";
import {
  appendPlain,
  concat,
  frameLines,
  h2Block,
  h2Violation,
  helloOf,
  type PlainEvent,
} from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { expect } from "./message-model.js";
import type { Ends } from "./two-ends.js";

/** One thing that happens. Streams are named directly: also those that never were. */
export type HostileOperation =
  | {
      readonly kind: "role";
      readonly role: "server" | "client";
      readonly window: "fixed" | "manual";
    }
  | { readonly kind: "receive"; readonly hex: string; readonly cut: number }
  | {
      readonly kind: "respond";
      readonly streamId: number;
      readonly body: "none" | "chunked" | number;
    }
  | { readonly kind: "content"; readonly streamId: number; readonly length: number }
  | { readonly kind: "request"; readonly method: string }
  | { readonly kind: "data"; readonly streamId: number; readonly length: number }
  | StreamCommand
  | { readonly kind: "consume"; readonly streamId: number; readonly length: number }
  | { readonly kind: "settings"; readonly window: number; readonly table: number }
  | PlainCommand;

/** A command on a stream and nothing more. */
type StreamCommand = {
  readonly kind: "trailers" | "end" | "inform" | "reset" | "push";
  readonly streamId: number;
};

/** A command on the connection, or what happens to it. */
type PlainCommand = {
  readonly kind: "goaway" | "close" | "ping" | "take" | "deadline" | "peerEnd";
};

/** One end under attack. */
export class HostileEnd implements Ends<HostileOperation> {
  #role: "server" | "client" = "server";
  #connection: H2Connection | null = null;
  readonly #events: PlainEvent[] = [];
  #length = 0;
  #now = 0;

  run(operation: HostileOperation): void {
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
    appendPlain(this.#events, connection.receiveEnd());
    this.#check(connection);
    if (connection.state === "failed") return;
    for (const { name, limit, used } of connection.limitsReport()) {
      if (used > limit) throw new Error(`${name}: ${used} of ${limit}`);
    }
  }

  #open(role: "server" | "client", window: "fixed" | "manual"): H2Connection {
    const connection = new H2Connection({
      role,
      window,
      clock: () => this.#now,
      settings: role === "client" ? { enablePush: true } : { enableConnectProtocol: true },
    });
    this.#role = role;
    this.#connection = connection;
    this.#receive(connection, helloOf(role), 0);
    return connection;
  }

  #receive(connection: H2Connection, bytes: Uint8Array, cut: number): void {
    this.#length += bytes.length;
    const at = cut % (bytes.length + 1);
    for (const piece of [bytes.subarray(0, at), bytes.subarray(at)]) {
      appendPlain(this.#events, connection.receive(piece.slice()));
    }
  }

  #perform(connection: H2Connection, operation: Exclude<HostileOperation, { kind: "role" }>): void {
    switch (operation.kind) {
      case "receive":
        return this.#receive(connection, h2Block.hex(operation.hex), operation.cut);
      case "respond":
        return connection.sendResponse(operation.streamId, {
          status: 200,
          headers: ["x-a", "b"],
          body: operation.body,
        });
      case "content":
        return connection.sendResponse(operation.streamId, {
          status: 200,
          headers: [],
          content: new Uint8Array(operation.length),
        });
      case "request":
        connection.sendRequest({ method: operation.method, authority: "a", headers: [] });
        return;
      case "data":
        connection.sendData(operation.streamId, new Uint8Array(operation.length));
        return;
      case "consume":
        return connection.consume(operation.streamId, operation.length);
      case "settings":
        return connection.updateSettings({
          initialWindowSize: operation.window,
          headerTableSize: operation.table,
        });
      case "trailers":
      case "end":
      case "inform":
      case "reset":
      case "push":
        return this.#onStream(connection, operation.kind, operation.streamId);
      default:
        this.#onConnection(connection, operation.kind);
    }
  }

  #onStream(connection: H2Connection, kind: StreamCommand["kind"], streamId: number): void {
    switch (kind) {
      case "trailers":
        return connection.sendTrailers(streamId, ["x-sum", "1"]);
      case "end":
        return connection.sendEnd(streamId);
      case "inform":
        return connection.sendInformational(streamId, { status: 103, headers: [] });
      case "reset":
        return connection.reset(streamId);
      case "push": {
        const target = { path: "/p", authority: "a", scheme: "https" };
        connection.push(streamId, { method: "GET", ...target, headers: [] });
      }
    }
  }

  #onConnection(connection: H2Connection, kind: PlainCommand["kind"]): void {
    switch (kind) {
      case "goaway":
        return connection.goAway();
      case "close":
        return connection.close();
      case "ping":
        return connection.ping();
      case "take":
        return this.#take(connection);
      case "deadline":
        return this.#deadline(connection);
      case "peerEnd":
        appendPlain(this.#events, connection.receiveEnd());
    }
  }

  #deadline(connection: H2Connection): void {
    this.#now += 5_000;
    const deadline = connection.nextDeadline();
    if (deadline === null || deadline > this.#now) return;
    appendPlain(this.#events, connection.handleDeadline(this.#now));
  }

  #take(connection: H2Connection): void {
    const lines = frameLines(concat(connection.take()));
    const odd = lines.find((line) => line.endsWith("no frame"));
    if (odd !== undefined) throw new Error(`sent ${odd}`);
    if (connection.state !== "failed") return;
    expect(connection.take().length, 0, "buffers behind the last ones");
  }

  #check(connection: H2Connection): void {
    const broken = h2Violation(this.#events, { role: this.#role, length: this.#length });
    if (broken !== null) throw new Error(broken);
    const last = this.#events.at(-1);
    const isFatal = last?.type === "error" && last.scope === "connection";
    if (isFatal) expect(connection.state, "failed", "the state behind a connection error");
    const amount = connection.bufferedAmount;
    if (!(Number.isSafeInteger(amount) && amount >= 0)) throw new Error(`${amount} bytes to send`);
  }
}
