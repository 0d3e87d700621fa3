// Our own parser, through its public interface. Four modes, from the least work to the most:
//
//   tape      a handler that reads no string and takes no body bytes: messages are located, checked and framed
//   lazy      a handler that reads three fields of each head
//   strings   a handler that reads method, target or status, and every name and value
//   events    event objects instead of a handler; no string is read
//
// All but "tape" take the body bytes. A connection serves BATCH_MESSAGES messages and is then left to the collector: nobody
// answers here, and on the client's side each response needs a request, which is sent before the clock starts.

import type { Handler } from "tercet";
import { H1Connection } from "tercet/h1";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

const BATCH_MESSAGES = 2048;

/** The fields of the workloads that an application is most likely to ask for; the first three that occur are read. */
const WANTED = [
  "cookie",
  "content-type",
  "accept-encoding",
  "etag",
  "host",
  "authorization",
].concat(["content-length", "user-agent", "accept"]);

/** @param mode "tape", "lazy", "strings" or "events" */
export function createPeer(mode: string): Peer {
  const counts = noCounts();
  let input: Input;
  let connection: H1Connection;
  let receive: (bytes: Uint8Array) => void;
  const peer = {
    batch: 1,
    load(next: Input): void {
      input = next;
      peer.batch = Math.max(1, Math.floor(BATCH_MESSAGES / input.messages));
      const handler = modeHandler(mode, counts, wantedNames(input));
      receive =
        mode === "events"
          ? (bytes) => countEvents(connection, bytes, counts)
          : (bytes) => connection.receive(bytes, handler);
    },
    check(): Counts {
      connection = newConnection(input, 1);
      const found = noCounts();
      if (mode === "events") {
        for (const piece of input.pieces) countEvents(connection, piece, found, true);
      } else {
        const handler = checkingHandler(found);
        for (const piece of input.pieces) connection.receive(piece, handler);
      }
      return found;
    },
    prepare(passes: number): void {
      connection = newConnection(input, passes);
    },
    pass(): void {
      for (const piece of input.pieces) receive(piece);
      if (connection.state === "failed") throw new Error("input refused");
    },
  };
  return peer;
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

function modeHandler(mode: string, counts: Counts, names: readonly string[]): Handler {
  const end = (): void => {
    counts.messages += 1;
  };
  const data = (_id: number, bytes: Uint8Array): void => {
    counts.bodyBytes += bytes.length;
  };
  if (mode === "tape") return { head() {}, end };
  if (mode === "lazy") {
    return {
      head(_id, head) {
        for (const name of names) counts.fields += head.get(name) === null ? 0 : 1;
      },
      data,
      end,
    };
  }
  return {
    head(_id, head) {
      if (head.method === "" || head.target === "") counts.messages += 1;
      counts.fields += head.rawHeaders.length / 2;
    },
    data,
    end,
  };
}

function checkingHandler(found: Counts): Handler {
  return {
    head(_id, head) {
      found.fields += head.rawHeaders.length / 2;
    },
    data(_id, bytes) {
      found.bodyBytes += bytes.length;
    },
    end() {
      found.messages += 1;
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
  readFields = false,
): void {
  for (const event of connection.receive(bytes)) {
    if (event.type === "head" && readFields) counts.fields += event.head.rawHeaders.length / 2;
    else if (event.type === "data") counts.bodyBytes += event.bytes.length;
    else if (event.type === "end") counts.messages += 1;
    else if (event.type === "error") throw event.error;
  }
}

/** Which three fields "lazy" reads, taken from the first message. */
function wantedNames(input: Input): string[] {
  const text = Buffer.concat(input.pieces.slice(0, 2000)).toString("latin1").toLowerCase();
  const head = text.slice(0, text.indexOf("\r\n\r\n"));
  return WANTED.filter((name) => head.includes(`\r\n${name}:`)).slice(0, 3);
}
