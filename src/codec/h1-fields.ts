// Field sections as users read them: a view of the tape that makes strings when they are asked for. Strings are
// latin1; look-ups ignore case. The form to own: fields.ts.
// Rules: H1-055, H1-058.

import { FieldRecord } from "../abi/tape.js";
import { knownId, NAMES_BY_INFO } from "../engine/known-fields.js";
import type { Fields, OnWire } from "../events.js";

/** Bytes of text behind a head that are read with it, so that pipelined heads share one string. */
const SHARED_TEXT = 4_096;
const COOKIE = knownId("cookie");

/** Where the records of a call are, and the text they point into. One a tape reader, reused. */
export class TapeText {
  readonly words: Int32Array;
  /** Address that offset 0 of the records means. */
  base = 0;
  /** Bytes of the connection in front of offset 0 of the records. */
  offset = 0;
  /** End of the last complete head, from the base. */
  lastHeadEnd = 0;
  readonly #read: (start: number, end: number) => string;
  /** Text of [start, end), when it was covered. */
  text = "";
  start = 0;
  #end = 0;

  constructor(words: Int32Array, read: (start: number, end: number) => string) {
    this.words = words;
    this.#read = read;
  }

  /** The records of a new call. */
  reset(base: number, lastHeadEnd: number, offset: number): void {
    this.base = base;
    this.offset = offset;
    this.lastHeadEnd = lastHeadEnd;
    this.text = "";
    this.start = 0;
    this.#end = 0;
  }

  /** Makes [start, end) readable by `slice`: one string for this head and those behind it. */
  cover(start: number, end: number): void {
    if (start >= this.start && end <= this.#end) return;
    const shared = Math.min(start + SHARED_TEXT, this.lastHeadEnd);
    this.start = start;
    this.#end = shared > end ? shared : end;
    this.text = this.#read(this.base + start, this.base + this.#end);
  }

  slice(start: number, length: number): string {
    const at = start - this.start;
    return this.text.substring(at, at + length);
  }
}

/** One field section on the tape: strings only when they are read. */
export class FieldsView implements Fields, OnWire {
  protected readonly text: TapeText;
  protected start = 0;
  protected end = 0;
  /** Index of the first field record. */
  #records = 0;
  #count = 0;

  constructor(text: TapeText) {
    this.text = text;
  }

  /** Points the view at records: the section [start, end), `count` records from word `records` on. */
  protected point(start: number, end: number, records: number, count: number): void {
    this.start = start;
    this.end = end;
    this.#records = records;
    this.#count = count;
  }

  /** Bytes of the connection before the section. */
  get wireOffset(): number {
    return this.text.offset + this.start;
  }

  /** The section as it came. */
  get wireText(): string {
    this.text.cover(this.start, this.end);
    return this.text.slice(this.start, this.end - this.start);
  }

  /** Fields in the section. */
  get count(): number {
    return this.#count;
  }

  get rawHeaders(): string[] {
    const { text } = this;
    const { words } = text;
    text.cover(this.start, this.end);
    const whole = text.text;
    const origin = text.start;
    const raw = new Array<string>(this.#count * 2);
    let at = this.#records;
    for (let i = 0; i < raw.length; i += 2) {
      const info = words[at + FieldRecord.NameInfo] as number;
      const name = (words[at + FieldRecord.NameStart] as number) - origin;
      const value = (words[at + FieldRecord.ValueStart] as number) - origin;
      raw[i] = NAMES_BY_INFO[info & 1023] ?? whole.substring(name, name + (info >>> 10));
      raw[i + 1] = whole.substring(value, value + (words[at + FieldRecord.ValueLength] as number));
      at += FieldRecord.Size;
    }
    return raw;
  }

  get(name: string): string | null {
    const id = knownId(name);
    let at = this.#find(name, id, this.#records);
    if (at === -1) return null;
    let joined = this.#value(at);
    const separator = id === COOKIE ? "; " : ", ";
    for (;;) {
      at = this.#find(name, id, at + FieldRecord.Size);
      if (at === -1) return joined;
      joined += separator + this.#value(at);
    }
  }

  getAll(name: string): string[] {
    const id = knownId(name);
    const values: string[] = [];
    let at = this.#find(name, id, this.#records);
    while (at !== -1) {
      values.push(this.#value(at));
      at = this.#find(name, id, at + FieldRecord.Size);
    }
    return values;
  }

  has(name: string): boolean {
    return this.#find(name, knownId(name), this.#records) !== -1;
  }

  /** Always false: HTTP/1.1 has no such mark. */
  isSensitive(_name: string): boolean {
    return false;
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    const raw = this.rawHeaders;
    for (let i = 0; i < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string];
  }

  /** Word of the first record from word `at` on with this name, or -1. */
  #find(name: string, id: number, at: number): number {
    const { words } = this.text;
    const end = this.#records + this.#count * FieldRecord.Size;
    for (; at < end; at += FieldRecord.Size) {
      const info = words[at + FieldRecord.NameInfo] as number;
      if ((info & 255) === id && (id !== 0 || this.#isNamed(at, info, name))) return at;
    }
    return -1;
  }

  #isNamed(at: number, info: number, name: string): boolean {
    return info >>> 10 === name.length && this.#readName(at).toLowerCase() === name.toLowerCase();
  }

  #readName(at: number): string {
    const { words } = this.text;
    this.text.cover(this.start, this.end);
    const length = (words[at + FieldRecord.NameInfo] as number) >>> 10;
    return this.text.slice(words[at + FieldRecord.NameStart] as number, length);
  }

  #value(at: number): string {
    const { words } = this.text;
    this.text.cover(this.start, this.end);
    const length = words[at + FieldRecord.ValueLength] as number;
    return this.text.slice(words[at + FieldRecord.ValueStart] as number, length);
  }
}
