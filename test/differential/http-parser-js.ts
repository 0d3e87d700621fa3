// http-parser-js, the JavaScript parser that tests and bundles use in place of Node's.

import { createRequire } from "node:module";
import { newMessage, type Outcome, type Parser, type SeenMessage, skipsBody } from "./outcome.js";

interface Info {
  versionMajor: number;
  versionMinor: number;
  headers: string[];
  method: number;
  url: string;
  statusCode: number;
  statusMessage: string;
  upgrade: boolean;
}
interface JsParser {
  [slot: number]: unknown;
  execute(bytes: Buffer): number | Error;
}
interface JsClass {
  new (type: "REQUEST" | "RESPONSE"): JsParser;
  methods: readonly string[];
  encoding: string;
  kOnHeaders: number;
  kOnHeadersComplete: number;
  kOnBody: number;
  kOnMessageComplete: number;
}

const { HTTPParser } = createRequire(import.meta.url)("http-parser-js") as { HTTPParser: JsClass };
// Its default, ascii, clears the eighth bit of every octet.
HTTPParser.encoding = "latin1";

export const httpParserJs: Parser = {
  name: "http-parser-js",
  parse(role, pieces, how = {}): Outcome {
    const messages: SeenMessage[] = [];
    let trailers: string[] = [];
    let upgrade = false;
    let answered = 0;
    const parser = new HTTPParser(role === "request" ? "REQUEST" : "RESPONSE");
    parser[HTTPParser.kOnHeaders] = (fields: string[]) => {
      trailers = [...fields];
    };
    parser[HTTPParser.kOnHeadersComplete] = (info: Info) => {
      const start = role === "request" ? (HTTPParser.methods[info.method] ?? "") : info.statusCode;
      const text = role === "request" ? info.url : info.statusMessage;
      messages.push(
        newMessage(start, text, `${info.versionMajor}.${info.versionMinor}`, [...info.headers]),
      );
      upgrade = info.upgrade;
      const isFinal = typeof start === "string" || start >= 200;
      const skip = skipsBody(role, how.methods?.[isFinal ? answered++ : answered]);
      return upgrade ? 2 : skip;
    };
    parser[HTTPParser.kOnBody] = (chunk: Buffer, at: number, length: number) => {
      const last = messages.at(-1);
      if (last) last.body += chunk.toString("latin1", at, at + length);
    };
    parser[HTTPParser.kOnMessageComplete] = () => {
      const last = messages.at(-1);
      if (last === undefined) return;
      last.trailers = trailers;
      last.complete = true;
      trailers = [];
    };
    for (const piece of pieces) {
      const used = parser.execute(Buffer.from(piece));
      if (used instanceof Error) return { verdict: "reject", messages };
      if (upgrade) return { verdict: "upgrade", messages };
    }
    return { verdict: "accept", messages };
  },
};
