// The llhttp that undici (and so fetch) uses: the WASM module of the npm package, driven directly.

import { createRequire } from "node:module";
import { newMessage, type Outcome, type Parser, type SeenMessage, skipsBody } from "./outcome.js";

interface Exports {
  memory: WebAssembly.Memory;
  malloc(length: number): number;
  free(at: number): void;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_get_method(parser: number): number;
  llhttp_get_http_major(parser: number): number;
  llhttp_get_http_minor(parser: number): number;
}

const require = createRequire(import.meta.url);
const { ERROR, METHODS, TYPE } = require("undici/lib/llhttp/constants.js") as Record<
  string,
  Record<string, number>
>;
const METHOD_NAMES = new Map(Object.entries(METHODS ?? {}).map(([name, id]) => [id, name]));

/** What the callbacks of the module write to: one parse at a time. */
let session: Session | undefined;

/** State of one parse. */
class Session {
  readonly messages: SeenMessage[] = [];
  text = "";
  fields: string[] = [];
  isValue = false;
  isBody = false;
  answered = 0;
  constructor(
    readonly role: "request" | "response",
    readonly methods: readonly string[],
  ) {}

  /** A piece of a name or of a value; pieces of one come one after another. */
  field(piece: string, isValue: boolean): void {
    if (!isValue && (this.isValue || this.fields.length === 0)) this.fields.push(piece, "");
    else this.fields[this.fields.length - (isValue ? 1 : 2)] += piece;
    this.isValue = isValue;
  }

  head(start: string | number, version: string): 0 | 1 {
    this.messages.push(newMessage(start, this.text, version, trimmed(this.fields)));
    this.text = "";
    this.fields = [];
    this.isValue = false;
    const isFinal = typeof start === "string" || start >= 200;
    return skipsBody(this.role, this.methods[isFinal ? this.answered++ : this.answered]);
  }

  end(): void {
    const last = this.messages.at(-1);
    if (last === undefined) return;
    last.trailers = trimmed(this.fields);
    last.complete = true;
    this.fields = [];
    this.isValue = false;
  }
}

/** llhttp leaves the whitespace behind a value to its user, who must remove it (Node does). */
function trimmed(fields: readonly string[]): string[] {
  return fields.map((text) => text.replace(/[ \t]+$/, ""));
}

const instance = new WebAssembly.Instance(
  new WebAssembly.Module(require("undici/lib/llhttp/llhttp-wasm.js")),
  {
    env: {
      wasm_on_message_begin: () => 0,
      wasm_on_url: (_parser: number, at: number, length: number) => {
        if (session) session.text += textAt(at, length);
        return 0;
      },
      wasm_on_status: (_parser: number, at: number, length: number) => {
        if (session) session.text += textAt(at, length);
        return 0;
      },
      wasm_on_header_field: (_parser: number, at: number, length: number) => {
        session?.field(textAt(at, length), false);
        return 0;
      },
      wasm_on_header_value: (_parser: number, at: number, length: number) => {
        session?.field(textAt(at, length), true);
        return 0;
      },
      wasm_on_headers_complete: (parser: number, status: number) => {
        const version = `${llhttp.llhttp_get_http_major(parser)}.${llhttp.llhttp_get_http_minor(parser)}`;
        const start =
          session?.role === "request" ? METHOD_NAMES.get(llhttp.llhttp_get_method(parser)) : status;
        return session?.head(start ?? "", version) ?? 0;
      },
      wasm_on_body: (_parser: number, at: number, length: number) => {
        const last = session?.messages.at(-1);
        if (last) last.body += textAt(at, length);
        return 0;
      },
      wasm_on_message_complete: () => {
        session?.end();
        return 0;
      },
    },
  },
);
const llhttp = instance.exports as unknown as Exports;

function textAt(at: number, length: number): string {
  return Buffer.from(llhttp.memory.buffer, at, length).toString("latin1");
}

export const undici: Parser = {
  name: "undici",
  parse(role, pieces, how = {}): Outcome {
    session = new Session(role, how.methods ?? []);
    const parser = llhttp.llhttp_alloc((role === "request" ? TYPE?.REQUEST : TYPE?.RESPONSE) ?? 0);
    try {
      return { verdict: run(parser, pieces), messages: session.messages };
    } finally {
      llhttp.llhttp_free(parser);
      session = undefined;
    }
  },
};

function run(parser: number, pieces: readonly Uint8Array[]): Outcome["verdict"] {
  for (const piece of pieces) {
    const at = llhttp.malloc(piece.length + 1);
    new Uint8Array(llhttp.memory.buffer).set(piece, at);
    const code = llhttp.llhttp_execute(parser, at, piece.length);
    llhttp.free(at);
    if (code === ERROR?.PAUSED_UPGRADE) return "upgrade";
    if (code !== 0) return "reject";
  }
  return "accept";
}
