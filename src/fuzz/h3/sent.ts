// What an HTTP/3 connection sends, read by plain code: streams with their types and frames, ends, resets and the
// close, as one line each; and what may never be sent, whatever came before.

import { concat } from "../latin1.js";
import { readFrames, readVarint } from "./frames.js";
import { H3_TYPE, h3FrameName, h3WireName, STREAM_TYPE } from "./registry.js";

/** One entry of `takeStreams`. */
export interface H3Entry {
  readonly streamId: number;
  readonly bytes: Uint8Array;
  readonly fin: boolean;
  readonly reset?: number;
  readonly stopSending?: number;
  readonly close?: number;
}

interface Sent {
  /** What was read of it is gone. */
  rest: Uint8Array;
  /** Of a stream in one direction, once it is known. */
  type: number | null;
  isOver: boolean;
  hasStop: boolean;
}

const NAMES: Readonly<Record<number, string>> = {
  [STREAM_TYPE.ENCODER]: "ENCODER",
  [STREAM_TYPE.DECODER]: "DECODER",
  [STREAM_TYPE.WEBTRANSPORT]: "WEBTRANSPORT",
};

/** What the peer knows of a connection of ours. */
export class H3Sent {
  readonly #role: "server" | "client";
  readonly #streams = new Map<number, Sent>();
  /** Bytes so far, four for each reset and the like. */
  length = 0;
  /** The code of the close. */
  closeCode: number | null = null;
  /**
   * "HEADERS 0 5", "DATA 0 12", "fin 0", "reset 0 H3_REQUEST_CANCELLED", "stop 0 H3_NO_ERROR", "SETTINGS 3 12",
   * "ENCODER 7 8", "ack 4", "cancel 0", "increment 2", "close H3_FRAME_ERROR".
   */
  readonly lines: string[] = [];
  /** The first thing that may not be sent. */
  fault: string | null = null;

  /** `role`: of the connection that sends. */
  constructor(role: "server" | "client") {
    this.#role = role;
  }

  /** Reads what `takeStreams` gave. */
  read(entries: readonly H3Entry[]): void {
    for (const entry of entries) {
      if (this.closeCode !== null) this.#wrong("something behind the close");
      if (entry.close === undefined) this.#stream(entry);
      else this.#close(entry);
    }
  }

  #wrong(what: string): void {
    this.fault ??= what;
  }

  #close({ streamId, bytes, close = 0 }: H3Entry): void {
    if (streamId !== -1 || bytes.length > 0) this.#wrong("a close on a stream");
    this.closeCode = close;
    this.length += 4;
    this.lines.push(`close ${h3WireName(close)}`);
  }

  #stream(entry: H3Entry): void {
    const { streamId, bytes, fin, reset, stopSending } = entry;
    if (!Number.isSafeInteger(streamId) || streamId < 0) this.#wrong(`stream ${streamId}`);
    let sent = this.#streams.get(streamId);
    if (sent === undefined) {
      sent = { rest: new Uint8Array(0), type: null, isOver: false, hasStop: false };
      this.#streams.set(streamId, sent);
    }
    const isOneWay = (streamId & 2) !== 0;
    const isOurs = (streamId & 1) === (this.#role === "server" ? 1 : 0);
    if (stopSending !== undefined) {
      if (sent.hasStop) this.#wrong(`a second STOP_SENDING of stream ${streamId}`);
      if (isOneWay && isOurs) this.#wrong(`STOP_SENDING of our stream ${streamId}`);
      sent.hasStop = true;
      this.length += 4;
      this.lines.push(`stop ${streamId} ${h3WireName(stopSending)}`);
    }
    if (bytes.length === 0 && !fin && reset === undefined) {
      if (stopSending === undefined) this.#wrong(`nothing on stream ${streamId}`);
      return;
    }
    if (sent.isOver) this.#wrong(`something behind the end of stream ${streamId}`);
    if (isOneWay && !isOurs) this.#wrong(`bytes on the peer's stream ${streamId}`);
    this.length += bytes.length;
    sent.rest = concat([sent.rest, bytes]);
    if (isOneWay) this.#oneWay(streamId, sent);
    else this.#frames(streamId, sent);
    this.#end(entry, sent);
  }

  #end({ streamId, fin, reset }: H3Entry, sent: Sent): void {
    if (fin && reset !== undefined) this.#wrong(`an end and a reset of stream ${streamId}`);
    if (fin) {
      if (sent.rest.length > 0) this.#wrong(`stream ${streamId} ends in a frame`);
      this.lines.push(`fin ${streamId}`);
    }
    if (reset !== undefined) {
      this.length += 4;
      this.lines.push(`reset ${streamId} ${h3WireName(reset)}`);
    }
    if (fin || reset !== undefined) {
      sent.isOver = true;
      if (sent.type !== null && sent.type in CRITICAL) this.#wrong(`the end of stream ${streamId}`);
    }
  }

  #oneWay(streamId: number, sent: Sent): void {
    if (sent.type === null) {
      const type = readVarint(sent.rest, 0);
      if (type === null) return;
      sent.type = Number(type.value);
      sent.rest = sent.rest.subarray(type.next);
    }
    if (sent.type === STREAM_TYPE.CONTROL) return this.#frames(streamId, sent);
    if (sent.type === STREAM_TYPE.DECODER) return this.#decoderStream(sent);
    if (sent.rest.length === 0) return;
    const name = NAMES[sent.type];
    if (name === undefined) this.#wrong(`a stream of type ${sent.type}`);
    this.lines.push(`${name} ${streamId} ${sent.rest.length}`);
    sent.rest = new Uint8Array(0);
  }

  #frames(streamId: number, sent: Sent): void {
    const { frames, rest } = readFrames(sent.rest);
    sent.rest = rest;
    for (const { type, payload } of frames) {
      const name = h3FrameName(Number(type));
      if (name === "UNKNOWN") this.#wrong(`a frame of type ${type} on stream ${streamId}`);
      const isOfControl = type !== BigInt(H3_TYPE.DATA) && type !== BigInt(H3_TYPE.HEADERS);
      const isControl = sent.type === STREAM_TYPE.CONTROL;
      const isPromise = type === BigInt(H3_TYPE.PUSH_PROMISE);
      if (isOfControl !== isControl || isPromise) this.#wrong(`${name} on stream ${streamId}`);
      const what = type === BigInt(H3_TYPE.GOAWAY) ? readVarint(payload, 0)?.value : payload.length;
      this.lines.push(`${name} ${streamId} ${what}`);
    }
  }

  #decoderStream(sent: Sent): void {
    while (sent.rest.length > 0) {
      const first = sent.rest[0] ?? 0;
      const [name, bits] =
        first >= 128
          ? (["ack", 7] as const)
          : first >= 64
            ? (["cancel", 6] as const)
            : (["increment", 6] as const);
      const read = readPrefixed(sent.rest, bits);
      if (read === null) return;
      this.lines.push(`${name} ${read.value}`);
      sent.rest = sent.rest.subarray(read.next);
    }
  }
}

/** Streams that may never end. */
const CRITICAL: Readonly<Record<number, true>> = {
  [STREAM_TYPE.CONTROL]: true,
  [STREAM_TYPE.ENCODER]: true,
  [STREAM_TYPE.DECODER]: true,
};

function readPrefixed(bytes: Uint8Array, bits: number): { value: number; next: number } | null {
  const most = 2 ** bits - 1;
  let value = (bytes[0] ?? 0) & most;
  if (value < most) return { value, next: 1 };
  for (let at = 1, power = 1; at < bytes.length; at++, power *= 128) {
    const octet = bytes[at] ?? 0;
    value += (octet & 127) * power;
    if (octet < 128) return { value, next: at + 1 };
  }
  return null;
}
