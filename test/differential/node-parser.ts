// Node's own HTTPParser (llhttp in C), which node:http uses. It is internal: where a version of Node hides it, the suite
// says so.

import { createRequire } from "node:module";
import { newMessage, type Outcome, type Parser, type SeenMessage, skipsBody } from "./outcome.js";

/** The part of the internal class that is used here. */
interface NativeParser {
  [slot: number]: unknown;
  initialize(type: number, resource: object): void;
  execute(bytes: Uint8Array): number | Error;
  finish(): Error | undefined;
  close(): void;
}
interface NativeClass {
  new (): NativeParser;
  REQUEST: number;
  RESPONSE: number;
  kOnHeaders: number;
  kOnHeadersComplete: number;
  kOnBody: number;
  kOnMessageComplete: number;
}
interface Binding {
  HTTPParser?: NativeClass;
  methods?: readonly string[];
  allMethods?: readonly string[];
}

function binding(): Binding {
  const require = createRequire(import.meta.url);
  const internals: (() => Binding)[] = [
    () => require("node:_http_common"),
    () => (process as unknown as { binding(name: string): Binding }).binding("http_parser"),
  ];
  for (const open of internals) {
    try {
      const found = open();
      if (found.HTTPParser !== undefined) return found;
    } catch {
      // This version of Node does not have it there.
    }
  }
  return {};
}

/** The parser of this Node, or undefined where it is hidden. */
export function nodeParser(): Parser | undefined {
  const { HTTPParser, methods = [], allMethods = methods } = binding();
  if (HTTPParser === undefined) return undefined;
  const Native = HTTPParser;
  return {
    name: "node",
    parse(role, pieces, how = {}): Outcome {
      const messages: SeenMessage[] = [];
      let fields: string[] = [];
      let url = "";
      let answered = 0;
      let stopped = false;
      const native = new Native();
      native.initialize(role === "request" ? Native.REQUEST : Native.RESPONSE, {});
      native[Native.kOnHeaders] = (headers: string[], target: string) => {
        fields.push(...headers);
        url += target;
      };
      native[Native.kOnHeadersComplete] = (
        major: number,
        minor: number,
        headers: string[] | undefined,
        method: number | undefined,
        target: string | undefined,
        status: number | undefined,
        reason: string | undefined,
        upgrade: boolean,
      ) => {
        const start = role === "request" ? (allMethods[method ?? 0] ?? "") : (status ?? 0);
        const text = role === "request" ? url + (target ?? "") : (reason ?? "");
        messages.push(
          newMessage(start, text, `${major}.${minor}`, [...fields, ...(headers ?? [])]),
        );
        fields = [];
        url = "";
        const isFinal = typeof start === "string" || start >= 200;
        const skip = skipsBody(role, how.methods?.[isFinal ? answered++ : answered]);
        stopped = upgrade;
        return upgrade ? 2 : skip;
      };
      native[Native.kOnBody] = (bytes: Uint8Array, at = 0, length = bytes.length) => {
        const last = messages.at(-1);
        if (last) last.body += Buffer.from(bytes.subarray(at, at + length)).toString("latin1");
      };
      native[Native.kOnMessageComplete] = () => {
        const last = messages.at(-1);
        if (last === undefined) return;
        last.trailers = fields;
        last.complete = true;
        fields = [];
        // It repeats the target with the trailers.
        url = "";
      };
      for (const piece of pieces) {
        if (native.execute(Buffer.from(piece)) instanceof Error)
          return { verdict: "reject", messages };
        if (stopped) return { verdict: "upgrade", messages };
      }
      return { verdict: "accept", messages };
    },
  };
}
