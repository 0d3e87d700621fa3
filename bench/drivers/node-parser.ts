// Peer: the parser inside Node's own http module (llhttp in C++ behind a binding).
//
// "parse" sets no callback: the binding parses and throws away. "strings" sets the four callbacks that node:http sets, and gets
// every name and value as a string, as node:http does. One parser lives as long as a keep-alive connection would.

import { createRequire } from "node:module";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

type Callback = (...args: never[]) => unknown;

interface NodeParser {
  [slot: number]: Callback;
  initialize(type: number, resource: object, maxHeaderSize?: number): void;
  execute(bytes: Uint8Array): number | Error;
}

interface NodeParserClass {
  new (): NodeParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

/** Node 20 and 22 still give the binding to everybody; Node 24 only under --expose-internals. */
function nodeParserClass(): NodeParserClass {
  if (process.execArgv.includes("--expose-internals")) {
    const internal = createRequire(import.meta.url)("internal/test/binding");
    return internal.internalBinding("http_parser").HTTPParser;
  }
  const legacy = process as unknown as { binding(name: string): { HTTPParser: NodeParserClass } };
  return legacy.binding("http_parser").HTTPParser;
}

const HTTPParser = nodeParserClass();

/** @param mode "parse" or "strings" */
export function createPeer(mode: string): Peer {
  const counts = noCounts();
  let input: Input;
  let parser: NodeParser;
  const feed = (target: NodeParser): void => {
    for (const piece of input.pieces) {
      if (target.execute(piece) !== piece.length) throw new Error("input refused");
    }
  };
  return {
    load(next) {
      input = next;
      parser = newParser(input.role);
      if (mode === "strings") listen(parser, counts);
    },
    check(): Counts {
      const counting = newParser(input.role);
      const found = noCounts();
      listen(counting, found);
      feed(counting);
      return found;
    },
    pass: () => feed(parser),
  };
}

function newParser(role: Input["role"]): NodeParser {
  const parser = new HTTPParser();
  parser.initialize(role === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {});
  return parser;
}

/** The callbacks of node:http. Heads of more than 32 fields would come through kOnHeaders first. */
function listen(parser: NodeParser, counts: Counts): void {
  parser[HTTPParser.kOnHeaders] = (headers: string[]) => {
    counts.fields += headers.length / 2;
  };
  parser[HTTPParser.kOnHeadersComplete] = (_major: number, _minor: number, headers: string[]) => {
    counts.fields += headers.length / 2;
    return 0;
  };
  parser[HTTPParser.kOnBody] = (bytes: Uint8Array) => {
    counts.bodyBytes += bytes.length;
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    counts.messages += 1;
  };
}

/** A parser that waits for its first request, for the comparison of memory. */
export function idleNodeParser(): object {
  return newParser("request");
}
