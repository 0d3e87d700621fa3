// Reads what an HTTP/3 connection of ours wrote: a plain walk over streams and frames, blind to every rule but the shape of a
// frame (RFC 9114 section 7.1). Prints each as one line that begins with its stream.

import { latin1, visible } from "./h1-log.js";
import { codeName, settingName, streamKindName, TYPE, typeName } from "./h3-names.js";
import { NaiveQpack, type NaiveQpackField } from "./naive/qpack.js";

/** What takeStreams() gives. */
export interface StreamOutput {
  readonly streamId: number;
  readonly bytes: Uint8Array;
  readonly fin: boolean;
  readonly reset?: number | undefined;
  readonly stopSending?: number | undefined;
  readonly close?: number | undefined;
}

/** A varint and where the next octet stands; null where it is not whole. */
export function readVarint(bytes: Uint8Array, at: number): { value: bigint; end: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  const length = 2 ** (first >> 6);
  if (at + length > bytes.length) return null;
  let value = BigInt(first & 63);
  for (let i = 1; i < length; i++) value = value * 256n + BigInt(bytes[at + i] ?? 0);
  return { value, end: at + length };
}

export interface ReadFrame {
  type: number;
  payload: Uint8Array;
  /** Where the next frame begins. */
  end: number;
}

/** The frame at this place; null where it is not whole. */
export function readFrame(bytes: Uint8Array, at: number): ReadFrame | null {
  const type = readVarint(bytes, at);
  const length = type && readVarint(bytes, type.end);
  if (type === null || length === null) return null;
  const end = length.end + Number(length.value);
  if (end > bytes.length) return null;
  return { type: Number(type.value), payload: bytes.subarray(length.end, end), end };
}

const SHOWN = 64;
const content = (bytes: Uint8Array) =>
  bytes.length > SHOWN ? `(${bytes.length})` : `"${visible(latin1(bytes))}"`;
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

interface ReadStream {
  kind: string | null;
  rest: Uint8Array;
  fin: boolean;
}

/** Reads one direction of a connection: all of its streams. */
export class H3OutputReader {
  readonly streams = new Map<number, ReadStream>();
  readonly #qpack: NaiveQpack;
  /** Set by a section that our encoder stream does not allow yet: it must have been sent before. */
  blocked = 0;

  /** `maxTableCapacity`: what the reader's SETTINGS said. */
  constructor(maxTableCapacity = 0) {
    this.#qpack = new NaiveQpack({ maxTableCapacity, maxBlockedStreams: 1e9 });
  }

  /** Capacity of our encoder's table, as it says. */
  get capacity(): number {
    return this.#qpack.capacity;
  }

  /** Lines of these entries, in their order. */
  lines(entries: readonly StreamOutput[]): string[] {
    return entries.flatMap((entry) => this.#entry(entry));
  }

  #entry(entry: StreamOutput): string[] {
    if (entry.close !== undefined) return [`close ${codeName(entry.close)}`];
    const lines: string[] = [];
    const { streamId } = entry;
    const stream = this.streams.get(streamId) ?? { kind: null, rest: new Uint8Array(), fin: false };
    this.streams.set(streamId, stream);
    if (entry.bytes.length > 0 && stream.fin) throw new Error(`bytes behind FIN of ${streamId}`);
    stream.rest = new Uint8Array(Buffer.concat([stream.rest, entry.bytes]));
    if (stream.kind === null) stream.kind = this.#kindOf(streamId, stream);
    if (stream.kind !== null) lines.push(...this.#stream(streamId, stream));
    if (entry.fin) {
      if (stream.fin) throw new Error(`two FIN of ${streamId}`);
      if (stream.rest.length > 0) throw new Error(`stream ${streamId} ends inside a frame`);
      stream.fin = true;
      lines.push(`${streamId} fin`);
    }
    if (entry.reset !== undefined) lines.push(`${streamId} reset ${codeName(entry.reset)}`);
    if (entry.stopSending !== undefined)
      lines.push(`${streamId} stop ${codeName(entry.stopSending)}`);
    return lines;
  }

  /** The kind of a stream; takes the header off. */
  #kindOf(streamId: number, stream: ReadStream): string | null {
    const isUni = (streamId & 2) !== 0;
    const type = readVarint(stream.rest, 0);
    if (type === null) return null;
    if (!isUni && type.value !== BigInt(TYPE.WT_STREAM)) return "";
    const name = isUni ? streamKindName(type.value) : "webTransport";
    const hasId = name === "push" || name === "webTransport";
    const id = hasId ? readVarint(stream.rest, type.end) : { value: 0n, end: type.end };
    if (id === null) return null;
    stream.rest = stream.rest.slice(id.end);
    return hasId ? `${name} ${id.value}` : name;
  }

  #stream(streamId: number, stream: ReadStream): string[] {
    const { kind } = stream;
    const prefix = `${streamId}${kind ? ` ${kind}` : ""}`;
    if (kind === "encoder" || kind === "decoder" || kind?.startsWith("webTransport")) {
      const bytes = stream.rest;
      stream.rest = new Uint8Array();
      if (bytes.length === 0) return [];
      if (kind === "encoder") {
        const fault = this.#qpack.encoderStream(bytes);
        if (fault !== null) throw new Error(`our encoder stream: ${fault.code}`);
        return [`${prefix} ${hexOf(bytes)}`];
      }
      if (kind === "decoder") return decoderLines(bytes).map((line) => `${prefix} ${line}`);
      return [`${prefix} ${content(bytes)}`];
    }
    const lines: string[] = [];
    for (let frame = readFrame(stream.rest, 0); frame; frame = readFrame(stream.rest, 0)) {
      const { type, payload, end } = frame;
      lines.push(`${prefix} ${this.#frame(streamId, type, payload)}`);
      stream.rest = stream.rest.slice(end);
    }
    return lines;
  }

  #frame(streamId: number, type: number, payload: Uint8Array): string {
    const name = typeName(type);
    const id = readVarint(payload, 0);
    const rest = payload.subarray(id?.end ?? 0);
    switch (type) {
      case TYPE.HEADERS:
        return `HEADERS${this.#fields(streamId, payload)}`;
      case TYPE.PUSH_PROMISE:
        return `PUSH_PROMISE ${id?.value}${this.#fields(streamId, rest)}`;
      case TYPE.SETTINGS:
        return [name, ...settingsOf(payload)].join(" ");
      case TYPE.GOAWAY:
      case TYPE.MAX_PUSH_ID:
      case TYPE.CANCEL_PUSH:
        return `${name} ${id?.value}`;
      case TYPE.PRIORITY_UPDATE:
      case TYPE.PRIORITY_UPDATE_PUSH:
        return `${name} ${id?.value} ${content(rest)}`;
      default:
        return `${name} ${content(payload)}`;
    }
  }

  #fields(streamId: number, section: Uint8Array): string {
    const outcome = this.#qpack.section(streamId, section);
    if ("code" in outcome) throw new Error(`our field section: ${outcome.code}`);
    if ("blocked" in outcome) throw new Error(`a section before its instructions on ${streamId}`);
    return outcome.fields
      .map((field, at) => `${at === 0 ? " " : " | "}${fieldText(field)}`)
      .join("");
  }
}

function fieldText({ name, value, sensitive }: NaiveQpackField): string {
  const shown = value.length > SHOWN ? `(${value.length})` : visible(value);
  return `${visible(name)}:${sensitive ? "!" : ""} ${shown}`.trimEnd();
}

function settingsOf(payload: Uint8Array): string[] {
  const out: string[] = [];
  for (let at = 0; at < payload.length; ) {
    const id = readVarint(payload, at);
    const value = id && readVarint(payload, id.end);
    if (id === null || value === null) throw new Error("our SETTINGS are cut off");
    out.push(`${settingName(id.value)}=${value.value}`);
    at = value.end;
  }
  return out;
}

/** Instructions of a decoder stream (RFC 9204 section 4.4); all of them whole. */
export function decoderLines(bytes: Uint8Array): string[] {
  const out: string[] = [];
  let at = 0;
  const integer = (prefix: number): number => {
    const most = 2 ** prefix - 1;
    let value = (bytes[at++] ?? 0) & most;
    if (value < most) return value;
    for (let scale = 1; ; scale *= 128) {
      const octet = bytes[at++];
      if (octet === undefined) throw new Error("our decoder stream is cut off");
      value += (octet & 127) * scale;
      if (octet < 128) return value;
    }
  };
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    if (first >= 128) out.push(`ack ${integer(7)}`);
    else if (first >= 64) out.push(`cancel ${integer(6)}`);
    else out.push(`increment ${integer(6)}`);
  }
  return out;
}
