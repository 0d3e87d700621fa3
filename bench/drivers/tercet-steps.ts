// What a server does for one request, step by step, in each protocol. Each mode does what the one before does, and one step more, so
// that a step is the difference of two modes:
//
//   receive      the bytes go in; the handler reads nothing
//   fields       it reads method, path, and every name and value
//   process      a stand-in for an application: a look-up by path and one by field, and an object that says what is answered
//   serialize    the answer is given to the connection: 200 with six fields and 300 octets of JSON
//   take         the bytes come out after each piece
//
// The mode is PROTOCOL-STEP, such as "h2-fields". A fresh connection serves each pass. What a client of HTTP/3 says about the answers
// on its decoder stream comes, too, from "serialize" on: it is found out once, when the input is loaded.

import type { Handler, RequestHead } from "tercet";
import { H1Connection } from "tercet/h1";
import { H2Connection } from "tercet/h2";
import type { StreamOutput } from "tercet/h3";
import { H3Connection } from "tercet/h3";
import { QpackDecoder } from "tercet/qpack";
import { streamBytesOf } from "../inputs/h3-inputs.js";
import type { StreamBytes } from "../inputs/h3-wire.js";
import type { Input } from "../inputs/input-file.js";
import { STEPS } from "../inputs/protocol-inputs.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

const [FIELDS, PROCESS, SERIALIZE, TAKE] = [1, 2, 3, 4];

/** What every connection of ours has. */
interface Served {
  receive(piece: StreamBytes, handler: Handler): void;
  sendResponse(streamId: number, response: Answer): void;
  /** Octets that came out. */
  take(): number;
  end(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly content: Uint8Array;
}

/** Streams of an HTTP/3 connection, and what bench/inputs/h3-wire.ts says in SETTINGS. */
const [SERVER_ENCODER, CLIENT_DECODER] = [7, 10];
const [ENCODER_TYPE, HEADERS] = [2, 1];
const CLIENT_CAPACITY = 65_536;

const LIMITS = { concurrentStreams: 10_000 };
const WINDOWS = { initialWindowSize: 2 ** 30, connectionWindowSize: 2 ** 30 };

const CONNECTIONS: Readonly<Record<string, (messages: number) => Served>> = {
  h1(messages) {
    const connection = new H1Connection({
      role: "server",
      limits: { pipelineCount: messages + 1 },
    });
    return {
      receive: ({ bytes }, handler) => connection.receive(bytes, handler),
      sendResponse: (id, answer) => connection.sendResponse(id, answer),
      take: () => lengthOf(connection.take()),
      end: () => connection.reset(0, 0),
    };
  },
  h2() {
    const connection = new H2Connection({ role: "server", limits: LIMITS, settings: WINDOWS });
    return {
      receive: ({ bytes }, handler) => connection.receive(bytes, handler),
      sendResponse: (id, answer) => connection.sendResponse(id, answer),
      take: () => lengthOf(connection.take()),
      end: () => connection.receiveEnd(),
    };
  },
  h3() {
    const connection = new H3Connection({ role: "server", limits: LIMITS });
    return {
      receive: ({ streamId, bytes, fin }, handler) =>
        connection.receiveStream(streamId, bytes, fin, handler),
      sendResponse: (id, answer) => connection.sendResponse(id, answer),
      take: () => connection.takeStreams().reduce((sum, { bytes }) => sum + bytes.length, 0),
      end: () => connection.receiveClose(),
    };
  },
};

/** @param mode PROTOCOL-STEP */
export function createPeer(mode: string): Peer {
  const [protocol = "", step = ""] = mode.split("-");
  const newConnection = CONNECTIONS[protocol] as (messages: number) => Served;
  const depth = (STEPS as readonly string[]).indexOf(step);
  let input: Input;
  let pieces: readonly StreamBytes[] = [];
  const ignored = noCounts();
  return {
    load(next) {
      input = next;
      pieces = protocol === "h3" ? next.pieces.map(streamBytesOf) : next.pieces.map(onlyStream);
      if (protocol === "h3" && depth >= SERIALIZE) pieces = acknowledged(pieces);
    },
    // Every mode must find the same; what comes out is counted where it is taken.
    check() {
      const found: Counts = { ...noCounts(), wireBytes: 0 };
      serve(newConnection(input.messages), pieces, Math.max(depth, FIELDS), found);
      return found;
    },
    pass() {
      serve(newConnection(input.messages), pieces, depth, ignored);
    },
  };
}

function onlyStream(bytes: Buffer): StreamBytes {
  return { streamId: 0, bytes, fin: false };
}

/** The pieces, and between them the client's decoder stream, as a client answers whose packets come at once. */
function acknowledged(pieces: readonly StreamBytes[]): StreamBytes[] {
  const connection = new H3Connection({ role: "server", limits: LIMITS });
  const client = new QpackDecoder({ maxTableCapacity: CLIENT_CAPACITY });
  const all: StreamBytes[] = [];
  const serving: Served = {
    receive(piece, handler) {
      all.push(piece);
      connection.receiveStream(piece.streamId, piece.bytes, piece.fin, handler);
    },
    sendResponse: (id, answer) => connection.sendResponse(id, answer),
    take() {
      readAnswers(client, connection.takeStreams());
      const bytes = client.takeDecoderStream();
      if (bytes.length === 0) return 0;
      all.push({ streamId: CLIENT_DECODER, bytes, fin: false });
      connection.receiveStream(CLIENT_DECODER, bytes, false);
      return bytes.length;
    },
    end() {},
  };
  serve(serving, pieces, TAKE, noCounts());
  return all;
}

/** What a client decodes: the encoder stream behind its type, and the HEADERS frame that each answer begins with. */
function readAnswers(client: QpackDecoder, answers: readonly StreamOutput[]): void {
  for (const { streamId, bytes } of answers) {
    if (streamId === SERVER_ENCODER) {
      const isFirst = client.insertCount === 0 && bytes[0] === ENCODER_TYPE;
      client.receiveEncoderStream(isFirst ? bytes.subarray(1) : bytes);
    } else if ((streamId & 3) === 0 && bytes[0] === HEADERS) {
      const isLong = (bytes[1] as number) >= 0x40;
      const length = isLong
        ? (((bytes[1] as number) & 0x3f) << 8) | (bytes[2] as number)
        : bytes[1];
      const from = isLong ? 3 : 2;
      client.decode(streamId, bytes.subarray(from, from + (length as number)));
    }
  }
}

function serve(
  connection: Served,
  pieces: readonly StreamBytes[],
  depth: number,
  counts: Counts,
): void {
  const ended: number[] = [];
  const answers = new Map<number, Answer>();
  const handler = handlerOf(depth, counts, ended, answers);
  let written = depth >= TAKE ? connection.take() : 0;
  for (const piece of pieces) {
    connection.receive(piece, handler);
    if (depth >= SERIALIZE) {
      for (const id of ended) {
        connection.sendResponse(id, answers.get(id) as Answer);
        answers.delete(id);
      }
      if (depth >= TAKE) written += connection.take();
    }
    ended.length = 0;
  }
  counts.wireBytes = (counts.wireBytes ?? 0) + written;
  connection.end();
}

function handlerOf(
  depth: number,
  counts: Counts,
  ended: number[],
  answers: Map<number, Answer>,
): Handler {
  return {
    head(id, head) {
      if (depth < FIELDS) return;
      const { method, path, rawHeaders } = head;
      if (method === "" || path === "") throw new Error("a part of the head is missing");
      counts.fields += rawHeaders.length / 2;
      if (depth >= PROCESS) answers.set(id, answerTo(head));
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

const CONTENT = new TextEncoder().encode(JSON.stringify({ items: "i".repeat(288) }));
const ROUTES = new Map([
  ["i", "public, max-age=600"],
  ["shop", "private, max-age=0, must-revalidate"],
  ["assets", "public, max-age=31536000"],
  ["images", "public, max-age=31536000"],
]);

/** The stand-in for an application. */
function answerTo(head: RequestHead): Answer {
  const path = head.path ?? "";
  const route = ROUTES.get(path.slice(1, path.indexOf("/", 1))) ?? "no-store";
  const language = head.get("accept-language")?.startsWith("en") === true ? "en" : "und";
  return {
    status: 200,
    headers: [
      ...["content-type", "application/json; charset=utf-8", "cache-control", route],
      ...["content-language", language, "vary", "accept-encoding", "server", "example"],
      ...["x-content-type-options", "nosniff"],
    ],
    content: CONTENT,
  };
}

function lengthOf(list: readonly Uint8Array[]): number {
  let sum = 0;
  for (const { length } of list) sum += length;
  return sum;
}
