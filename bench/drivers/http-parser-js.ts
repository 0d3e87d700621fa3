// Peer: the npm package http-parser-js, a parser in plain JavaScript with the interface of Node's binding. It always makes
// strings, so it has one mode, "strings".

import { peerRequire } from "../harness/project.js";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

interface JsParser {
  [slot: number]: (...args: never[]) => unknown;
  execute(bytes: Buffer): number | Error;
}

interface JsParserClass {
  new (type: string): JsParser;
  readonly REQUEST: string;
  readonly RESPONSE: string;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kOnExecute: number;
}

const { HTTPParser } = peerRequire("http-parser-js") as { HTTPParser: JsParserClass };
// Reading this property turns the calling convention of Node 0.12 off.
void HTTPParser.kOnExecute;

export function createPeer(): Peer {
  const counts = noCounts();
  let input: Input;
  let parser: JsParser;
  const feed = (target: JsParser): void => {
    for (const piece of input.pieces) {
      if (target.execute(piece) !== piece.length) throw new Error("input refused");
    }
  };
  return {
    load(next) {
      input = next;
      parser = newParser(input.role, counts);
    },
    check(): Counts {
      const found = noCounts();
      feed(newParser(input.role, found));
      return found;
    },
    pass: () => feed(parser),
  };
}

function newParser(role: Input["role"], counts: Counts): JsParser {
  const parser = new HTTPParser(role === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE);
  parser[HTTPParser.kOnHeadersComplete] = (_major: number, _minor: number, headers: string[]) => {
    counts.fields += headers.length / 2;
  };
  parser[HTTPParser.kOnBody] = (_bytes: Uint8Array, _at: number, length: number) => {
    counts.bodyBytes += length;
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    counts.messages += 1;
  };
  return parser;
}
