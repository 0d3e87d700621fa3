// QPACK as people write it: instructions of the two streams and lines of a field section, `|` between them. The format:
// test/cases/README.md.

import { invisible } from "./h1-log.js";
import {
  acknowledge,
  hex,
  insert,
  type LiteralOptions,
  line,
  octets,
  prefix,
} from "./qpack-wire.js";

const parts = (text: string) => text.split(" | ").map((one) => one.trim());

interface Words {
  word: string;
  /** The first number behind the word, and all behind it. */
  number: number;
  rest: string;
  options: LiteralOptions;
}

/** `huffman never dynamic-name 3 "value"`. */
function wordsOf(text: string): Words {
  const options: LiteralOptions = {};
  let left = text;
  for (let more = true; more; ) {
    more = /^(huffman|never) /.test(left);
    if (left.startsWith("huffman ")) options.huffman = true;
    if (left.startsWith("never ")) options.never = true;
    if (more) left = left.slice(left.indexOf(" ") + 1);
  }
  const [, word = "", rest = ""] = /^(\S+) ?(.*)$/.exec(left) ?? [];
  return { word, number: Number.parseInt(rest, 10), rest, options };
}

const quoted = (text: string) => invisible(/"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? "");

/** `name: value`, octets that are not printable as \xHH. */
function fieldOf(text: string): [string, string] {
  const at = text.indexOf(":", 1);
  if (at < 0) throw new Error(`no field: ${text}`);
  return [invisible(text.slice(0, at)), invisible(text.slice(at + 1).replace(/^ /, ""))];
}

/** Instructions of an encoder stream. */
export function encoderInstructions(text: string): Uint8Array {
  return octets(...parts(text).map(encoderInstruction));
}

function encoderInstruction(text: string): readonly number[] | Uint8Array {
  const { word, number, rest, options } = wordsOf(text);
  switch (word) {
    case "capacity":
      return insert.capacity(number);
    case "insert":
      return insert.literal(...fieldOf(rest), options);
    case "insert-static":
      return insert.static(number, quoted(rest), options);
    case "insert-dynamic":
      return insert.dynamic(number, quoted(rest), options);
    case "duplicate":
      return insert.duplicate(number);
    case "hex":
      return hex(rest);
  }
  throw new Error(`no instruction ${word}`);
}

/** Instructions of a decoder stream. */
export function decoderInstructions(text: string): Uint8Array {
  return octets(...parts(text).map(decoderInstruction));
}

function decoderInstruction(text: string): readonly number[] | Uint8Array {
  const { word, number, rest } = wordsOf(text);
  switch (word) {
    case "ack":
      return acknowledge.section(number);
    case "cancel":
      return acknowledge.cancel(number);
    case "increment":
      return acknowledge.increment(number);
    case "hex":
      return hex(rest);
  }
  throw new Error(`no instruction ${word}`);
}

/** `required 2 base 5 | static 17 | dynamic 0 | literal x: y`; the base is `required` where none is given. */
export function sectionOf(text: string, maxCapacity = 4096): Uint8Array {
  const [first = "", ...lines] = parts(text);
  const hexed = /^hex (.*)$/.exec(first)?.[1];
  if (hexed !== undefined) return octets(hex(hexed), ...lines.map(lineOf));
  const [, required, base] = /^required (\d+)(?: base (\d+))?$/.exec(first) ?? [];
  if (required === undefined) throw new Error(`no section: ${text}`);
  const start = prefix(Number(required), Number(base ?? required), maxCapacity);
  return octets(start, ...lines.map(lineOf));
}

function lineOf(text: string): readonly number[] | Uint8Array {
  const { word, number, rest, options } = wordsOf(text);
  switch (word) {
    case "static":
      return line.static(number);
    case "dynamic":
      return line.dynamic(number);
    case "post":
      return line.postBase(number);
    case "static-name":
      return line.staticName(number, quoted(rest), options);
    case "dynamic-name":
      return line.dynamicName(number, quoted(rest), options);
    case "post-name":
      return line.postBaseName(number, quoted(rest), options);
    case "literal":
      return line.literal(...fieldOf(rest), options);
    case "hex":
      return hex(rest);
  }
  throw new Error(`no line ${word}`);
}
