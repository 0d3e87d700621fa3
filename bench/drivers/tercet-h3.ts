// Our own connection, through the public interface: a fresh one receives all streams in each pass.
//
//   strings    a handler that reads method, path, authority and scheme, and every name and value; nobody answers
//   events     event objects instead of a handler, and every name and value; nobody answers
//   exchange   "strings", each request is answered 204, and the streams are taken after each piece
//
// What the connection owes the peer (control and QPACK streams) is taken after each piece in all of them.

import type { ConnectionEvent, Handler } from "tercet";
import { H3Connection } from "tercet/h3";
import { streamBytesOf } from "../inputs/h3-inputs.js";
import type { StreamBytes } from "../inputs/h3-wire.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

/** Room for every stream of a pass where nobody answers. */
const OPTIONS = { role: "server", limits: { concurrentStreams: 10_000 } } as const;

/** Request fields that are no part of `rawHeaders`. */
const PSEUDO_FIELDS = 4;
const NO_CONTENT = { status: 204, headers: [], body: "none" } as const;

type Receive = (connection: H3Connection, piece: StreamBytes) => void;

/** @param mode "strings", "events" or "exchange" */
export function createPeer(mode: string): Peer {
  const receive = receiver(mode, noCounts());
  let pieces: readonly StreamBytes[] = [];
  return {
    load(input) {
      pieces = input.pieces.map(streamBytesOf);
    },
    check(): Counts {
      const found = noCounts();
      feed(pieces, receiver(mode, found));
      return found;
    },
    pass: () => feed(pieces, receive),
  };
}

function feed(pieces: readonly StreamBytes[], receive: Receive): void {
  const connection = new H3Connection(OPTIONS);
  connection.takeStreams();
  for (const piece of pieces) {
    receive(connection, piece);
    connection.takeStreams();
  }
  if (connection.state !== "open") throw new Error("input refused");
  // As a server does when the QUIC connection is closed.
  connection.receiveClose();
}

function receiver(mode: string, counts: Counts): Receive {
  if (mode === "events") {
    return (connection, { streamId, bytes, fin }) =>
      countEvents(connection.receiveStream(streamId, bytes, fin), counts);
  }
  const ended: number[] = [];
  const handler = readingHandler(counts, ended);
  const answers = mode === "exchange";
  return (connection, { streamId, bytes, fin }) => {
    connection.receiveStream(streamId, bytes, fin, handler);
    if (answers) for (const id of ended) connection.sendResponse(id, NO_CONTENT);
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

function countEvents(events: readonly ConnectionEvent[], counts: Counts): void {
  for (const event of events) {
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
