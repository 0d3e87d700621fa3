// Peer: Node's own server of HTTP/2 (nghttp2 in C++ behind a binding), through its "stream" events. Each request is answered with
// status 204 and no content. The bytes come through a Duplex in this process, one piece a turn of the event loop, so that neither
// a kernel nor a client is in the figure.

import type { ServerHttp2Stream } from "node:http2";
import { createServer } from "node:http2";
import { Duplex } from "node:stream";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

/** Larger than a pass of the benchmark; frames of 64 KiB. */
/** Which of the arguments behind the stream: the types leave it out. */
const RAW_HEADERS = 2;
const NO_CONTENT = { ":status": 204 };
const SETTINGS = { initialWindowSize: 2 ** 30, maxFrameSize: 65_536 };

export function createPeer(): Peer {
  let input: Input;
  return {
    load(next) {
      input = next;
    },
    async check() {
      const found = noCounts();
      await serve(input, found, true);
      return found;
    },
    pass: () => serve(input, noCounts(), false),
  };
}

/** One connection: a fresh session reads all pieces and answers all requests. */
function serve(input: Input, counts: Counts, counting: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer({ settings: SETTINGS });
    const wire = new Wire(input.pieces);
    const answer = (stream: ServerHttp2Stream): void => {
      counts.messages += 1;
      if (counts.messages === input.messages) {
        stream.on("close", () => {
          wire.destroy();
          resolve();
        });
      }
      stream.respond(NO_CONTENT, { endStream: true });
    };
    server.on("session", (session) => session.setLocalWindowSize(SETTINGS.initialWindowSize));
    server.on("sessionError", reject);
    const onStream = (stream: ServerHttp2Stream, ...rest: unknown[]): void => {
      if (counting) counts.fields += (rest[RAW_HEADERS] as string[]).length / 2;
      if (stream.endAfterHeaders) answer(stream);
      else readContent(stream, counts, answer);
    };
    server.on("stream", onStream);
    server.emit("connection", wire);
  });
}

function readContent(
  stream: ServerHttp2Stream,
  counts: Counts,
  answer: (stream: ServerHttp2Stream) => void,
): void {
  stream.on("data", (bytes: Buffer) => {
    counts.bodyBytes += bytes.length;
  });
  stream.on("end", () => answer(stream));
}

/** The client's side: gives the pieces, and drops what the server writes. */
class Wire extends Duplex {
  readonly #pieces: readonly Buffer[];
  #next = 0;

  constructor(pieces: readonly Buffer[]) {
    super();
    this.#pieces = pieces;
  }

  override _read(): void {
    const piece = this.#pieces[this.#next++];
    if (piece !== undefined) setImmediate(() => this.push(piece));
  }

  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}
