// Our own connection, through the public interface: the codec, and around it the order of exchanges, their framing rules, the
// output and the states. No peer here has one, so these columns are the price of the connection and no mark is judged on them.
//
//   strings    a handler that reads method and target, or status and reason, and every name and value; nobody answers
//   events     event objects instead of a handler; no string is read; nobody answers
//   exchange   server: a handler that reads no string; each request is answered 204, and the bytes are taken after each piece
//
// A connection serves BATCH_MESSAGES messages and is then reset, so that what a batch leaves behind is not held by the next. It
// is made before the clock starts; so are, on the client's side, the requests that the responses answer.

import type { Handler } from "tercet";
import { H1Connection } from "tercet/h1";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

const BATCH_MESSAGES = 64;

type Receive = (connection: H1Connection, bytes: Uint8Array) => void;

/** @param mode "strings", "events" or "exchange" */
export function createPeer(mode: string): Peer {
  const receive = receiver(mode, noCounts());
  let input: Input;
  let connection: H1Connection | undefined;
  const peer = {
    batch: 1,
    load(next: Input): void {
      input = next;
      peer.batch = Math.max(1, Math.floor(BATCH_MESSAGES / input.messages));
    },
    check(): Counts {
      const found = noCounts();
      feed(newConnection(input, 1), input, receiver(mode, found, true));
      return found;
    },
    prepare(passes: number): void {
      connection?.reset(0, 0);
      connection = newConnection(input, passes);
    },
    pass: () => feed(connection as H1Connection, input, receive),
  };
  return peer;
}

function feed(connection: H1Connection, input: Input, receive: Receive): void {
  for (const piece of input.pieces) receive(connection, piece);
  if (connection.state === "failed") throw new Error("input refused");
}

/** A connection that may receive the messages of `passes` passes without answering. */
function newConnection(input: Input, passes: number): H1Connection {
  const pipelineCount = passes * input.messages + 1;
  if (input.role === "request") {
    return new H1Connection({ role: "server", limits: { pipelineCount } });
  }
  const connection = new H1Connection({ role: "client", limits: { pipelineCount } });
  for (let i = 0; i < passes * input.messages; i++) {
    connection.sendRequest({ method: "GET", path: "/", authority: "example.org", headers: [] });
  }
  connection.take();
  return connection;
}

/** @param counting "events" and "exchange" read the fields too */
function receiver(mode: string, counts: Counts, counting = false): Receive {
  if (mode === "events") {
    return (connection, bytes) => countEvents(connection, bytes, counts, counting);
  }
  const ended: number[] = [];
  const handler = countingHandler(counts, mode === "strings" || counting, ended);
  if (mode === "strings") {
    return (connection, bytes) => {
      connection.receive(bytes, handler);
      ended.length = 0;
    };
  }
  return (connection, bytes) => {
    connection.receive(bytes, handler);
    for (const id of ended) connection.sendResponse(id, NO_CONTENT);
    ended.length = 0;
    for (const written of connection.take()) counts.messages += written.length === 0 ? 1 : 0;
  };
}

const NO_CONTENT = { status: 204, headers: [] };

function countingHandler(counts: Counts, readFields: boolean, ended: number[]): Handler {
  return {
    head(_id, head) {
      if (!readFields) return;
      const isRequest = head.method !== undefined && head.method !== "";
      if (isRequest ? head.target === "" : head.reason === "") throw new Error("an empty string");
      counts.fields += head.rawHeaders.length / 2;
    },
    data(_id, bytes) {
      counts.bodyBytes += bytes.length;
    },
    end(id) {
      counts.messages += 1;
      ended.push(id);
    },
    error(error) {
      throw error;
    },
  };
}

function countEvents(
  connection: H1Connection,
  bytes: Uint8Array,
  counts: Counts,
  readFields: boolean,
): void {
  for (const event of connection.receive(bytes)) {
    if (event.type === "head" && readFields) counts.fields += event.head.rawHeaders.length / 2;
    else if (event.type === "data") counts.bodyBytes += event.bytes.length;
    else if (event.type === "end") counts.messages += 1;
    else if (event.type === "error") throw event.error;
  }
}
