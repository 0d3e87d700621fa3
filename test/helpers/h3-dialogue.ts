// Plays a dialogue with an H3Connection: what the peer sends on its streams and what the user does, in steps; gives the events
// and what we sent, as lines. Each dialogue also runs at every cut of what the peer sends, byte by byte, with every FIN alone,
// through a handler, and with the streams of a group in other orders; each must give the same (API rules 2 and 3).

import type { ConnectionEvent, ProtocolError } from "tercet";
import { H3Connection, type H3Options } from "tercet/h3";
import { expect } from "vitest";
import { h3Collector } from "./h3-collector.js";
import { concat, EMPTY, settings, uni } from "./h3-frames.js";
import { h3LogOf, linesByStream } from "./h3-log.js";
import { H3OutputReader, readFrame, readVarint, type StreamOutput } from "./h3-read.js";
import { byteWise, cutPositions, randomPieces } from "./pieces.js";

export type { H3Connection, H3Options } from "tercet/h3";
export type Role = "server" | "client";

/** Bytes of the peer on one stream. */
export interface StreamInput {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly fin: boolean;
}
/** What is no stream of bytes. */
export type Signal = (connection: H3Connection) => ConnectionEvent[];
/** What the peer sends, streams that are independent of each other, or what the user does. */
export type Step = StreamInput | readonly StreamInput[] | Signal | Command;
export type Command = (connection: H3Connection) => unknown;

/** Streams of the peer of a server (a client) and of the peer of a client (a server). */
export const CLIENT = { control: 2, encoder: 6, decoder: 10, more: 14 } as const;
export const SERVER = { control: 3, encoder: 7, decoder: 11, more: 15 } as const;
export const peerOf = (role: Role) => (role === "server" ? CLIENT : SERVER);

/** Bytes on a stream, which goes on. */
export const on = (id: number, ...parts: readonly Uint8Array[]): StreamInput => ({
  id,
  bytes: concat(...parts),
  fin: false,
});
/** Bytes on a stream, which ends. */
export const fin = (id: number, ...parts: readonly Uint8Array[]): StreamInput => ({
  ...on(id, ...parts),
  fin: true,
});
/** RESET_STREAM of the peer. */
export const resetBy =
  (id: number, code = 0x10c): Signal =>
  (c) =>
    c.receiveReset(id, code);
/** STOP_SENDING of the peer. */
export const stopBy =
  (id: number, code = 0x10c): Signal =>
  (c) =>
    c.receiveStopSending(id, code);
/** A QUIC DATAGRAM frame of the peer. */
export const datagramBy =
  (bytes: Uint8Array): Signal =>
  (c) =>
    c.receiveDatagram(bytes);
/** The QUIC connection is gone. */
export const closedBy =
  (code?: number): Signal =>
  (c) =>
    c.receiveClose(code);

export interface TalkOptions extends Omit<H3Options, "role"> {
  /** The peer's SETTINGS frame, as settings() makes it; "none": the peer has sent nothing at all. */
  readonly handshake?: Uint8Array | "none";
  /** Without a handshake: SETTINGS_QPACK_MAX_TABLE_CAPACITY that the steps bring. Default 0. */
  readonly capacity?: number;
  /** Longest input that is cut at every position; longer ones are sampled. */
  readonly cuts?: "every" | "few";
}

/** What came of a dialogue. */
export interface Transcript {
  /** Events as lines, and what we sent as lines that begin with "> ". */
  readonly log: readonly string[];
  readonly events: readonly ConnectionEvent[];
  readonly errors: readonly ProtocolError[];
  /** What we sent, behind our own first streams. */
  readonly sent: readonly string[];
  readonly connection: H3Connection;
  readonly role: Role;
  /** Streams that the peer has ended. */
  readonly ended: ReadonlySet<number>;
  readonly reader: H3OutputReader;
}

/** A connection behind both SETTINGS. */
export function connected(
  role: Role,
  options: TalkOptions = {},
): { connection: H3Connection; reader: H3OutputReader; hello: string[] } {
  const { handshake = settings(), cuts: _cuts, capacity = 0, ...rest } = options;
  const connection = new H3Connection({ ...rest, role });
  const reader = new H3OutputReader(handshake === "none" ? capacity : capacityOf(handshake));
  const hello = reader.lines(connection.takeStreams());
  if (handshake !== "none")
    connection.receiveStream(peerOf(role).control, uni("control", handshake), false);
  hello.push(...reader.lines(connection.takeStreams()));
  return { connection, reader, hello };
}

/** SETTINGS_QPACK_MAX_TABLE_CAPACITY of a SETTINGS frame. */
function capacityOf(frame: Uint8Array): number {
  const payload = readFrame(frame, 0)?.payload ?? EMPTY;
  for (let at = 0; at < payload.length; ) {
    const id = readVarint(payload, at);
    const value = id && readVarint(payload, id.end);
    if (!id || !value) return 0;
    if (id.value === 1n) return Number(value.value);
    at = value.end;
  }
  return 0;
}

/** How an input is given: pieces, the last of them with FIN where the stream ends. */
interface Way {
  readonly name: string;
  readonly cut: (bytes: Uint8Array) => Uint8Array[];
  readonly finAlone?: boolean;
  readonly handler?: boolean;
  /** takeStreams() behind each piece. */
  readonly eager?: boolean;
  /** Order in which the pieces of a group come; streams keep theirs. */
  readonly order?: (count: number) => number;
}

const WHOLE: Way = { name: "whole", cut: (bytes) => [bytes] };

function piecesOf({ id, bytes, fin: isEnd }: StreamInput, way: Way): StreamInput[] {
  const pieces = bytes.length === 0 ? [] : way.cut(bytes).map((piece) => on(id, piece));
  if (!isEnd) return pieces.length === 0 ? [on(id)] : pieces;
  if (way.finAlone || pieces.length === 0) return [...pieces, fin(id)];
  return [...pieces.slice(0, -1), { ...(pieces.at(-1) as StreamInput), fin: true }];
}

/** The pieces of all inputs of a group, in the order of this way. */
function merged(group: readonly StreamInput[], way: Way): StreamInput[] {
  const queues = new Map<number, StreamInput[]>();
  for (const input of group)
    queues.set(input.id, [...(queues.get(input.id) ?? []), ...piecesOf(input, way)]);
  if (way.order === undefined) return group.flatMap((input) => piecesOf(input, way));
  const out: StreamInput[] = [];
  let left = [...queues.values()].filter((queue) => queue.length > 0);
  while (left.length > 0) {
    const queue = left[way.order(left.length)] as StreamInput[];
    out.push(queue.shift() as StreamInput);
    left = left.filter((one) => one.length > 0);
  }
  return out;
}

/** What came of each step. */
export interface Played {
  readonly connection: H3Connection;
  readonly reader: H3OutputReader;
  readonly steps: { events: ConnectionEvent[]; lines: string[] }[];
  readonly ended: Set<number>;
}

export function receive(
  connection: H3Connection,
  { id, bytes, fin: isEnd }: StreamInput,
  throughHandler = false,
): ConnectionEvent[] {
  if (!throughHandler) return connection.receiveStream(id, bytes, isEnd);
  const events: ConnectionEvent[] = [];
  connection.receiveStream(id, bytes, isEnd, h3Collector(events));
  return events;
}

function play(role: Role, options: TalkOptions, steps: readonly Step[], way: Way): Played {
  const { connection, reader, hello } = connected(role, options);
  const out: Played["steps"] = options.handshake === "none" ? [{ events: [], lines: hello }] : [];
  const ended = new Set<number>();
  for (const step of steps) {
    const events: ConnectionEvent[] = [];
    const lines: string[] = [];
    const take = () => {
      lines.push(...reader.lines(connection.takeStreams() as StreamOutput[]));
      events.push(...connection.poll());
    };
    if (typeof step === "function") {
      const given = step(connection);
      if (Array.isArray(given)) events.push(...(given as ConnectionEvent[]));
    } else {
      const group = Array.isArray(step) ? (step as StreamInput[]) : [step as StreamInput];
      for (const piece of merged(group, way)) {
        events.push(...receive(connection, piece, way.handler));
        if (way.eager) take();
      }
      for (const input of group) if (input.fin) ended.add(input.id);
    }
    take();
    out.push({ events, lines });
  }
  return { connection, reader, steps: out, ended };
}

/** Lines of ours that no cut may change: the increments of the decoder stream are coalesced, and nobody must stop what has ended. */
function steadyLines(
  { lines }: Played["steps"][number],
  ended: ReadonlySet<number>,
  grouped: boolean,
): string {
  const kept = lines.filter((line) => {
    const [, stopped] = /^(\d+) stop /.exec(line) ?? [];
    if (stopped !== undefined && ended.has(Number(stopped))) return false;
    return !/^\d+ decoder increment /.test(line);
  });
  // Sections of several streams are acknowledged in the order in which these come.
  if (grouped) kept.sort();
  return kept.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join("\n");
}

/** What no way may change. `grouped`: streams came in another order, so that only the lines of each are compared. */
function steady(played: Played, grouped: boolean): string {
  const all = played.steps.flatMap(({ events }) => events);
  const events = grouped
    ? JSON.stringify([...linesByStream(all)], null, 1)
    : played.steps.map((step) => h3LogOf(step.events).join("\n")).join("\n--\n");
  const sent = played.steps.map((step) => steadyLines(step, played.ended, grouped)).join("\n--\n");
  return `${events}\n==\n${sent}`;
}

/** A repeatable order: xorshift32. */
function shuffled(seed: number): (count: number) => number {
  let state = seed >>> 0 || 1;
  return (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
}

const inputsOf = (steps: readonly Step[]): StreamInput[] =>
  steps.flatMap((step) =>
    typeof step === "function" ? [] : (step as StreamInput | StreamInput[]),
  );

function* cutWays(steps: readonly Step[], few: boolean): Generator<Way> {
  yield { ...WHOLE, name: "through a handler", handler: true };
  yield { ...WHOLE, name: "FIN alone", finAlone: true };
  yield { name: "byte by byte", cut: byteWise };
  yield { name: "byte by byte, FIN alone", cut: byteWise, finAlone: true, handler: true };
  yield { name: "byte by byte, taken at once", cut: byteWise, eager: true };
  for (const longest of [3, 11, 40])
    yield {
      name: `pieces of up to ${longest}`,
      cut: (bytes) => randomPieces(bytes, longest * 7919, longest),
    };
  for (const { id, bytes } of inputsOf(steps)) {
    const positions = cutPositions(bytes.length);
    const chosen = few ? positions.filter((_, index) => index % 17 === 3) : positions;
    for (const at of chosen)
      yield {
        name: `stream ${id} cut at ${at}`,
        cut: (piece) => (piece === bytes ? [piece.subarray(0, at), piece.subarray(at)] : [piece]),
      };
  }
}

function* orderWays(): Generator<Way> {
  yield { ...WHOLE, name: "last stream first", order: (count) => count - 1 };
  let turn = 0;
  const round = (count: number) => turn++ % count;
  yield { name: "byte by byte in turn", cut: byteWise, order: round };
  for (const seed of [1, 2, 3, 4]) {
    const cut = (bytes: Uint8Array) => randomPieces(bytes, seed * 7919, 2 ** seed);
    yield { name: `shuffled ${seed}`, cut, order: shuffled(seed), finAlone: seed % 2 === 0 };
  }
}

/** Plays the dialogue in every way, expects the same of each, and gives what came of it. */
export function talk(
  role: Role,
  steps: Step | readonly Step[],
  options: TalkOptions = {},
): Transcript {
  const list = Array.isArray(steps) ? (steps as readonly Step[]) : [steps as Step];
  return transcriptOf(playEveryWay(role, options, list), role);
}

/** The same step by step: what came of it as it stands, when every other way gave the same. */
export function playEveryWay(role: Role, options: TalkOptions, list: readonly Step[]): Played {
  const played = play(role, options, list, WHOLE);
  const isLong = inputsOf(list).some(({ bytes }) => bytes.length > 20_000);
  const compare = (way: Way, grouped: boolean) => {
    const expected = steady(played, grouped);
    const got = steady(play(role, options, list, way), grouped);
    if (got !== expected) expect(got, way.name).toBe(expected);
  };
  for (const way of cutWays(list, options.cuts === "few" || isLong)) {
    if (isLong && way.name.startsWith("byte by byte")) continue;
    // Pieces that are taken at once may move an answer, not what is reported.
    compare(way, way.eager === true);
  }
  if (!isLong && list.some((step) => Array.isArray(step) && step.length > 1))
    for (const way of orderWays()) compare(way, true);
  return played;
}

function transcriptOf(played: Played, role: Role): Transcript {
  const events = played.steps.flatMap((step) => step.events);
  const errors = events.flatMap((event) => (event.type === "error" ? [event.error] : []));
  const { connection, reader, ended } = played;
  const t = {
    ...{ events, errors, connection, reader, ended, role },
    sent: played.steps.flatMap((step) => step.lines),
    log: played.steps.flatMap((step) => [
      ...h3LogOf(step.events),
      ...step.lines.map((line) => `> ${line}`),
    ]),
  };
  checkErrors(t);
  return t;
}

/** An error is the last event of its scope, and one is enough (API rule 3). */
function checkErrors({ events, connection, role }: Transcript): void {
  const over = new Set<number>();
  for (const [at, event] of events.entries()) {
    if (event.type === "error" && event.error.scope === "connection") {
      if (at !== events.length - 1) expect(h3LogOf(events.slice(at)), "after an error").toEqual([]);
      expect(connection.state).toBe("failed");
      expect(connection.receiveStream(peerOf(role).more, Uint8Array.of(0x21, 1), false)).toEqual(
        [],
      );
      expect(connection.receiveDatagram(Uint8Array.of(0xff))).toEqual([]);
      expect(connection.takeStreams()).toEqual([]);
    } else if (event.type === "error" && event.error.streamId !== null) {
      expect(over.has(event.error.streamId), "two errors of one stream").toBe(false);
      over.add(event.error.streamId);
    } else if ("streamId" in event && over.has(event.streamId) && event.type !== "frame") {
      expect(h3LogOf([event]), "after the error of its stream").toEqual([]);
    }
  }
}
