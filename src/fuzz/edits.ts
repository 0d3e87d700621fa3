// Edits of bytes, as data: what a mutation fuzzer does to a seed. As data they can be listed, replayed
// and shrunk.

import { bytesOf, concat } from "./latin1.js";

/** One edit. Positions are taken modulo the length, so every edit fits every input. */
export type Edit =
  | { readonly kind: "set"; readonly at: number; readonly byte: number }
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "delete"; readonly at: number; readonly length: number }
  | {
      readonly kind: "repeat";
      readonly at: number;
      readonly length: number;
      readonly times: number;
    }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "move"; readonly at: number; readonly length: number; readonly to: number }
  /** Keeps what is before `at` and goes on with `other` from `from`. */
  | {
      readonly kind: "splice";
      readonly at: number;
      readonly other: Uint8Array;
      readonly from: number;
    };

/** Applies edits one after the other. */
export function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce(applied, bytes);
}

function applied(bytes: Uint8Array, edit: Edit): Uint8Array {
  const at = bytes.length === 0 ? 0 : edit.at % bytes.length;
  switch (edit.kind) {
    case "set":
    case "flip": {
      const copy = bytes.slice();
      if (at < copy.length) {
        copy[at] = edit.kind === "set" ? edit.byte & 255 : (bytes[at] ?? 0) ^ (1 << (edit.bit & 7));
      }
      return copy;
    }
    case "delete":
      return concat([bytes.subarray(0, at), bytes.subarray(at + edit.length)]);
    case "repeat": {
      const part = bytes.subarray(at, at + edit.length);
      const copies = Array.from({ length: edit.times }, () => part);
      return concat([bytes.subarray(0, at), ...copies, bytes.subarray(at)]);
    }
    case "insert":
      return concat([bytes.subarray(0, at), edit.bytes, bytes.subarray(at)]);
    case "move": {
      const part = bytes.slice(at, at + edit.length);
      const rest = concat([bytes.subarray(0, at), bytes.subarray(at + edit.length)]);
      const to = rest.length === 0 ? 0 : edit.to % rest.length;
      return concat([rest.subarray(0, to), part, rest.subarray(to)]);
    }
    case "splice": {
      const from = edit.other.length === 0 ? 0 : edit.from % edit.other.length;
      return concat([bytes.subarray(0, at), edit.other.subarray(from)]);
    }
  }
}

/** Pieces of HTTP/1.1 that change meaning where they are put. */
export const H1_TOKENS: readonly Uint8Array[] = [
  ..."\r \n \0 \x7f \xa0 \xff : ; , = % / ? # @ [ ] * \t 0 9 \r\n \r\n\r\n \n\n \r\r\n".split(" "),
  " ",
  "\r\n ",
  '"',
  '\\"',
  "HTTP/1.0",
  "HTTP/1.1",
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HEAD",
  "CONNECT a:1",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "http://a/",
  "Host: a\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 18446744073709551616\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Connection: upgrade\r\nUpgrade: x\r\n",
  "Expect: 100-continue\r\n",
  "chunked",
  "0\r\n\r\n",
  "1\r\nx\r\n",
  "5;a=b\r\nhello\r\n",
  "ffffffffffffffff",
  "X: y\r\n",
].map(bytesOf);
