// HTTP/3 as two directions of streams show it, without being either of their ends (RFC 9114, RFC 9204, RFC 9218, RFC 9297,
// drafts of WebTransport): frames, sections, messages, and what is wrong with them.
//
// What is kept is bounded: streams at a time, bytes of sections that wait, and what a frame needs to be shown.

import type { Direction, Draft } from "./events.js";
import { H3Context, type InspectorOptions } from "./h3-context.js";
import { ControlJudge } from "./h3-control-judge.js";
import { faultOf } from "./h3-errors.js";
import { type Exchange, MessageReader } from "./h3-message-reader.js";
import { sizeOfVarint, type Varint, varintAt } from "./h3-numbers.js";
import { UniReader } from "./h3-uni-reader.js";

/** Streams at a time; the one that began first is let go. */
const STREAMS_MAX = 16_384;
const QUARTER_MAX = 2n ** 60n - 1n;

/** Both directions of a request stream, or of one of a session. */
interface Stream {
  readonly exchange: Exchange;
  readonly client: MessageReader;
  readonly server: MessageReader;
}

/** Reads the streams of one connection. Gives drafts in order; never throws on bytes. */
export class H3Inspector {
  readonly protocol = "h3";
  readonly #context: H3Context;
  readonly #streams = new Map<Varint, Stream>();
  readonly #unidirectional = new Map<Varint, UniReader>();
  readonly #judges: Readonly<Record<Direction, ControlJudge>>;
  #isOver = false;

  constructor(options: InspectorOptions = {}) {
    this.#context = new H3Context(options);
    const { isLenient } = this.#context;
    this.#judges = {
      client: new ControlJudge("server", isLenient),
      server: new ControlJudge("client", isLenient),
    };
  }

  /** Bytes of a stream, in order; `fin`: they are the last ones of this direction. */
  stream(direction: Direction, streamId: Varint, bytes: Uint8Array, fin: boolean): Draft[] {
    if (!this.#isRead(direction, streamId) || (bytes.length === 0 && !fin)) return [];
    if (isUnidirectional(streamId)) this.#receiveUni(direction, streamId, bytes, fin);
    else this.#receive(direction, streamId, bytes, fin);
    return this.#settle();
  }

  /** RESET_STREAM of the side that sends. */
  reset(direction: Direction, streamId: Varint, code: Varint): Draft[] {
    if (!this.#isRead(direction, streamId)) return [];
    if (isUnidirectional(streamId)) {
      this.#openUni(direction, streamId).reset(code);
      this.#unidirectional.delete(streamId);
    } else {
      this.#open(streamId)[direction].reset(code);
      this.#forget(streamId);
    }
    return this.#settle();
  }

  /** STOP_SENDING: a wish, which the other side answers by a reset. */
  stopSending(_direction: Direction, _streamId: Varint, _code: Varint): Draft[] {
    return [];
  }

  /** A QUIC datagram (RFC 9297 section 2.1). */
  datagram(direction: Direction, bytes: Uint8Array): Draft[] {
    const context = this.#context;
    if (this.#isOver || context.side(direction).hasFailed) return [];
    const quarterStreamId = varintAt(bytes, 0);
    const isValid = quarterStreamId !== -1 && quarterStreamId <= QUARTER_MAX;
    const prefix = isValid ? sizeOfVarint(bytes[0] as number) : 0;
    const base = { protocol: "h3", direction, offset: 0 } as const;
    context.emit({
      event: "frame",
      ...base,
      name: "DATAGRAM",
      streamId: isValid ? timesFour(quarterStreamId) : null,
      length: bytes.length,
      rfc: "RFC 9297 section 2.1",
      ...(isValid ? { quarterStreamId, payloadLength: bytes.length - prefix } : {}),
      ...(context.keepBytes ? { bytes: bytes.slice(0, 4_096) } : {}),
    });
    if (!isValid) context.report("h3", direction, null, [faultOf("H3_DATAGRAM_INVALID", 0)]);
    return context.take();
  }

  /** So many bytes of a stream are missing. */
  gap(direction: Direction, streamId: Varint, length: number): Draft[] {
    if (!this.#isRead(direction, streamId)) return [];
    this.#context.emit({ event: "gap", protocol: "h3", direction, offset: 0, length });
    if (isUnidirectional(streamId)) this.#openUni(direction, streamId).gap();
    else this.#open(streamId)[direction].gap(length);
    return this.#settle();
  }

  /** Nothing more comes in this input. */
  end(): Draft[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    for (const direction of ["client", "server"] as const) {
      const fault = this.#context.side(direction).qpack.assumeCapacity();
      if (fault !== null) this.#context.report("qpack", direction, null, [fault]);
    }
    const drafts = this.#settle();
    for (const { client, server } of this.#streams.values()) {
      client.stop();
      server.stop();
    }
    for (const reader of this.#unidirectional.values()) reader.stop();
    this.#streams.clear();
    this.#unidirectional.clear();
    for (const direction of ["client", "server"] as const) {
      this.#context.side(direction).qpack.release();
      this.#judges[direction].stop();
    }
    this.#context.probes.end();
    drafts.push(...this.#context.take());
    return drafts;
  }

  /** Whether this side can send on the stream, and no mistake of it has ended the connection. */
  #isRead(direction: Direction, streamId: Varint): boolean {
    if (this.#isOver || this.#context.side(direction).hasFailed) return false;
    const isServers = (BigInt(streamId) & 1n) === 1n;
    return !isUnidirectional(streamId) || isServers === (direction === "server");
  }

  #receive(direction: Direction, streamId: Varint, bytes: Uint8Array, fin: boolean): void {
    const isServers = (BigInt(streamId) & 1n) === 1n;
    const stream = this.#open(streamId);
    if (isServers && direction === "server" && !stream.exchange.isSession && !this.#mayOpen(stream))
      return;
    stream[direction].receive(bytes, fin);
    this.#forget(streamId);
  }

  /** Streams that the server opens are those of sessions. */
  #mayOpen({ exchange, server }: Stream): boolean {
    const context = this.#context;
    if (context.mayHaveSessions || server.isOver) return true;
    const { client, server: other } = context;
    if (client.settings === null || client.hasGap || other.hasGap) return true;
    const fault = faultOf("H3_STREAM_FORBIDDEN", 0);
    context.report("h3", "server", exchange.streamId, [fault]);
    server.stop();
    return false;
  }

  #open(streamId: Varint): Stream {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known;
    const exchange: Exchange = { streamId, request: null, isSession: false };
    const stream = {
      exchange,
      client: new MessageReader(this.#context, "client", exchange),
      server: new MessageReader(this.#context, "server", exchange),
    };
    this.#streams.set(streamId, stream);
    if (this.#streams.size > STREAMS_MAX) this.#letGo();
    return stream;
  }

  #letGo(): void {
    for (const [streamId, { client, server }] of this.#streams) {
      client.stop();
      server.stop();
      this.#streams.delete(streamId);
      break;
    }
  }

  /** Both directions are over. */
  #forget(streamId: Varint): void {
    const stream = this.#streams.get(streamId);
    if (stream?.client.isDone && stream.server.isDone) this.#streams.delete(streamId);
  }

  #receiveUni(direction: Direction, streamId: Varint, bytes: Uint8Array, fin: boolean): void {
    const reader = this.#openUni(direction, streamId);
    reader.receive(bytes, fin);
    if (fin) this.#forgetUni(streamId, reader);
  }

  #forgetUni(streamId: Varint, reader: UniReader): void {
    const isRead = reader.push === null || reader.push.isDone;
    if (!reader.isCritical && isRead) this.#unidirectional.delete(streamId);
  }

  #openUni(direction: Direction, streamId: Varint): UniReader {
    const known = this.#unidirectional.get(streamId);
    if (known !== undefined) return known;
    const reader = new UniReader(this.#context, direction, streamId, this.#judges[direction]);
    this.#unidirectional.set(streamId, reader);
    if (this.#unidirectional.size > STREAMS_MAX) this.#letGoUni();
    return reader;
  }

  #letGoUni(): void {
    for (const [streamId, reader] of this.#unidirectional) {
      if (reader.isCritical) continue;
      reader.stop();
      this.#unidirectional.delete(streamId);
      break;
    }
  }

  /** Sections that waited for what has come: their streams go on, which may let others do so. */
  #settle(): Draft[] {
    for (const direction of ["client", "server"] as const) {
      const { qpack } = this.#context.side(direction);
      let ready = qpack.takeReady();
      while (ready.length > 0) {
        for (const { streamId, fields } of ready) this.#resume(direction, streamId, fields);
        ready = qpack.takeReady();
      }
      for (const streamId of qpack.takeLost()) this.#giveUp(direction, streamId);
    }
    return this.#context.take();
  }

  #resume(direction: Direction, streamId: number, fields: readonly string[]): void {
    this.#streams.get(streamId)?.[direction].resume(fields);
    this.#forget(streamId);
    this.#onPush(streamId, (push) => push.resume(fields));
  }

  #giveUp(direction: Direction, streamId: number): void {
    this.#streams.get(streamId)?.[direction].giveUp();
    this.#forget(streamId);
    this.#onPush(streamId, (push) => push.giveUp());
  }

  #onPush(streamId: number, act: (push: MessageReader) => void): void {
    const reader = this.#unidirectional.get(streamId);
    if (reader === undefined || reader.push === null) return;
    act(reader.push);
    if (reader.push.isEnded) this.#forgetUni(streamId, reader);
  }
}

function isUnidirectional(streamId: Varint): boolean {
  return (BigInt(streamId) & 2n) === 2n;
}

function timesFour(quarter: Varint): Varint {
  const id = BigInt(quarter) * 4n;
  return id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : id;
}
