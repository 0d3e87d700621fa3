// Our own connection, through the public interface: a fresh one reads the whole stream in each pass.
//
//   strings    a handler that reads method, path, authority and scheme, and every name and value; nobody answers
//   events     event objects instead of a handler, and every name and value; nobody answers
//   exchange   "strings", each request is answered 204, and the bytes are taken after each piece
//
// What the connection owes the peer (SETTINGS, acknowledgements, window updates) is taken after each piece in all of them.

import type { Handler } from "tercet";
import { H2Connection } from "tercet/h2";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

/** Room for every stream of a pass where nobody answers, and for uploads in large frames. */
const OPTIONS = {
  role: "server",
  limits: { concurrentStreams: 10_000 },
  settings: { maxFrameSize: 65_536, initialWindowSize: 2 ** 30, connectionWindowSize: 2 ** 30 },
} as const;

/** Request fields that are no part of `rawHeaders`. */
const PSEUDO_FIELDS = 4;
const NO_CONTENT = { status: 204, headers: [], body: "none" } as const;

type Receive = (connection: H2Connection, bytes: Uint8Array) => void;

/** @param mode "strings", "events" or "exchange" */
export function createPeer(mode: string): Peer {
  const receive = receiver(mode, noCounts());
  let input: Input;
  return {
    load(next) {
      input = next;
    },
    check(): Counts {
      const found = noCounts();
      feed(input, receiver(mode, found));
      return found;
    },
    pass: () => feed(input, receive),
  };
}

function feed(input: Input, receive: Receive): void {
  const connection = new H2Connection(OPTIONS);
  connection.take();
  for (const piece of input.pieces) {
    receive(connection, piece);
    connection.take();
  }
  if (connection.state !== "open") throw new Error("input refused");
  // As a server does when the socket is closed.
  connection.receiveEnd();
}

function receiver(mode: string, counts: Counts): Receive {
  if (mode === "events") return (connection, bytes) => countEvents(connection, bytes, counts);
  const ended: number[] = [];
  const handler = readingHandler(counts, ended);
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
  };
}

function readingHandler(counts: Counts, ended: number[]): Handler {
  return {
    head(_id, head) {
      const { method, path, authority, scheme, rawHeaders } = head;
      if (method === "" || path === "" || authority === "" || scheme === "") {
        throw new Error("a pseudo-field is missing");
      }
      counts.fields += rawHeaders.length / 2 + PSEUDO_FIELDS;
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

function countEvents(connection: H2Connection, bytes: Uint8Array, counts: Counts): void {
  for (const event of connection.receive(bytes)) {
    switch (event.type) {
      case "head":
        counts.fields += event.head.rawHeaders.length / 2 + PSEUDO_FIELDS;
        break;
      case "data":
        counts.bodyBytes += event.bytes.length;
        break;
      case "end":
        counts.messages += 1;
        break;
      case "error":
        throw event.error;
    }
  }
}
