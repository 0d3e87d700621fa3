// Streams of a peer as people write them, one piece a line: `0 HEADERS :method: GET | :path: /`, `0 fin`. What our own streams are
// printed as (h3-read.ts) can be read here, too. The format: test/cases/README.md.

import { ascii, invisible } from "./h1-log.js";
import {
  closedBy,
  datagramBy,
  on,
  resetBy,
  type Signal,
  type StreamInput,
  stopBy,
} from "./h3-dialogue.js";
import {
  cancelPush,
  capsule,
  concat,
  data,
  datagram,
  EMPTY,
  frame,
  goaway,
  headers,
  maxPushId,
  origin,
  priorityUpdate,
  pushPriorityUpdate,
  pushPromise,
  settings,
  varint,
} from "./h3-frames.js";
import { CAPSULE, CODE, type CodeName, SETTING, STREAM_TYPE, type StreamKind } from "./h3-names.js";
import { decoderInstructions, encoderInstructions, sectionOf } from "./qpack-notation.js";
import { hex } from "./qpack-wire.js";

/** Steps of these lines: groups of streams that are independent, and signals between them. */
export type NotedStep = readonly StreamInput[] | Signal;

const quotedAll = (text: string) =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => invisible(match[1] ?? ""));
const first = (text: string) => quotedAll(text)[0] ?? "";

function codeFrom(name: string): number {
  const value = name.startsWith("0x") ? Number(name) : CODE[name as CodeName];
  if (value === undefined || Number.isNaN(value)) throw new Error(`unknown code ${name}`);
  return value;
}

/** Reads the lines of a case; it remembers which streams have begun, because a type stands at their beginning. */
export class StreamNotation {
  readonly #begun: Set<number>;
  readonly #capacity: number;

  /** `begun`: streams that have their type already. `capacity`: our SETTINGS_QPACK_MAX_TABLE_CAPACITY. */
  constructor(begun: readonly number[] = [], capacity = 4096) {
    this.#begun = new Set(begun);
    this.#capacity = capacity;
  }

  /** Steps of a block. `inOrder`: each line comes behind the one before it. @throws Error for what is no line */
  steps(lines: readonly string[], inOrder = false): NotedStep[] {
    const out: NotedStep[] = [];
    let group = new Map<number, StreamInput>();
    const close = () => {
      if (group.size > 0) out.push([...group.values()]);
      group = new Map();
    };
    for (const text of lines.filter((one) => one.trim() !== "")) {
      const signal = signalFrom(text);
      if (signal !== null || inOrder) close();
      if (signal !== null) out.push(signal);
      else {
        const more = this.#input(text);
        const before = group.get(more.id) ?? on(more.id);
        if (before.fin) throw new Error(`behind FIN: ${text}`);
        group.set(more.id, { ...more, bytes: concat(before.bytes, more.bytes) });
      }
    }
    close();
    return out;
  }

  #input(text: string): StreamInput {
    const [, id = "", rest = ""] = /^(\d+) (.*)$/.exec(text.trim()) ?? [];
    if (id === "") throw new Error(`no stream: ${text}`);
    if (rest === "fin") return { id: Number(id), bytes: EMPTY, fin: true };
    return on(Number(id), this.#piece(Number(id), rest));
  }

  #piece(id: number, text: string): Uint8Array {
    const [, kind = "", behind = ""] = /^(\S+) ?(.*)$/.exec(text) ?? [];
    const isKind = Object.hasOwn(STREAM_TYPE, kind);
    if (!isKind) return this.#frame(kind, behind);
    const hasId = kind === "push" || kind === "webTransport";
    const [, number = "", rest = ""] = hasId
      ? (/^(\d+) ?(.*)$/.exec(behind) ?? [])
      : ["", "", behind];
    const start = this.#begun.has(id)
      ? EMPTY
      : concat(varint(STREAM_TYPE[kind as StreamKind]), hasId ? varint(BigInt(number)) : EMPTY);
    this.#begun.add(id);
    if (rest === "") return start;
    if (kind === "encoder") return concat(start, encoderInstructions(rest));
    if (kind === "decoder") return concat(start, decoderInstructions(rest));
    const [, name = "", more = ""] = /^(\S+) ?(.*)$/.exec(rest) ?? [];
    return concat(start, this.#frame(name, more));
  }

  #frame(name: string, text: string): Uint8Array {
    const [, number = "0", rest = ""] = /^(\d+) ?(.*)$/.exec(text) ?? [];
    switch (name) {
      case "TYPE":
        return varint(BigInt(text));
      case "BYTES":
        return ascii(first(text));
      case "HEX":
        return hex(text);
      case "DATA":
        return data(first(text));
      case "HEADERS":
        return headers(fieldsFrom(text));
      case "SECTION":
        return headers(sectionOf(text, this.#capacity));
      case "SETTINGS":
        return settings(pairsFrom(text));
      case "GOAWAY":
        return goaway(BigInt(number));
      case "MAX_PUSH_ID":
        return maxPushId(BigInt(number));
      case "CANCEL_PUSH":
        return cancelPush(BigInt(number));
      case "PUSH_PROMISE":
        return pushPromise(BigInt(number), fieldsFrom(rest));
      case "PRIORITY_UPDATE":
        return priorityUpdate(BigInt(number), first(rest));
      case "PRIORITY_UPDATE_PUSH":
        return pushPriorityUpdate(BigInt(number), first(rest));
      case "ORIGIN":
        return origin(...quotedAll(text));
      case "CAPSULE":
        return data(capsuleFrom(text));
      case "FRAME": {
        // FRAME type "payload" length=9: what has no notation of its own.
        const [type = ""] = text.split(" ");
        const length = / length=(\d+)$/.exec(text)?.[1];
        return frame(
          BigInt(type),
          first(text),
          length === undefined ? {} : { length: BigInt(length) },
        );
      }
    }
    throw new Error(`no frame ${name}`);
  }
}

function signalFrom(text: string): Signal | null {
  const [, id = "", word = "", code = ""] = /^(\d+) (reset|stop) (\S+)$/.exec(text.trim()) ?? [];
  if (word === "reset") return resetBy(Number(id), codeFrom(code));
  if (word === "stop") return stopBy(Number(id), codeFrom(code));
  const [, stream] = /^datagram (\d+) /.exec(text) ?? [];
  if (stream !== undefined) return datagramBy(datagram(Number(stream), first(text)));
  const [, raw] = /^datagram hex ?(.*)$/.exec(text) ?? [];
  if (raw !== undefined) return datagramBy(hex(raw));
  const [, closed] = /^close (\S+)$/.exec(text) ?? [];
  return closed === undefined ? null : closedBy(codeFrom(closed));
}

function capsuleFrom(text: string): Uint8Array {
  const [name = ""] = text.split(" ");
  const type = name.startsWith("0x") ? BigInt(name) : CAPSULE[name as keyof typeof CAPSULE];
  if (type === undefined) throw new Error(`no capsule ${name}`);
  return capsule(type, first(text));
}

/** `name: value | name: value`; a name may begin with a colon. */
function fieldsFrom(text: string): string[] {
  if (text.trim() === "") return [];
  return text.split(" | ").flatMap((one) => {
    const at = one.indexOf(":", 1);
    if (at < 0) throw new Error(`no field: ${one}`);
    return [invisible(one.slice(0, at)), invisible(one.slice(at + 1).replace(/^ /, ""))];
  });
}

function pairsFrom(text: string): [bigint, bigint][] {
  const pairs = text.split(" ").filter((one) => one !== "");
  return pairs.map((pair) => {
    const [name = "", value = ""] = pair.split("=");
    const id = name.startsWith("0x")
      ? BigInt(name)
      : BigInt(SETTING[name as keyof typeof SETTING] ?? -1);
    if (id < 0n) throw new Error(`no setting ${name}`);
    return [id, BigInt(value)];
  });
}
