// What a peer of HTTP/3 does, as data: bytes and ends of streams, resets, datagrams. How a receiver is fed with it,
// every way to cut it, and every way to interleave its streams (QUIC keeps the order of one stream only).

import type { ConnectionEvent } from "../../index.js";
import { type CutOptions, cutPositions, random, randomPieces } from "../cuts.js";
import { firstDifference } from "../differential.js";
import { appendPlain, type PlainEvent } from "../plain.js";

/** One thing that arrives. */
export type H3Arrival =
  /** Bytes of the peer on a stream; `fin`: they are its last. */
  | {
      readonly do: "stream";
      readonly streamId: number;
      readonly bytes: Uint8Array;
      readonly fin: boolean;
    }
  | { readonly do: "reset"; readonly streamId: number; readonly code: number }
  | { readonly do: "stopSending"; readonly streamId: number; readonly code: number }
  | { readonly do: "datagram"; readonly bytes: Uint8Array };

/** Anything that takes what arrives and reports events: `H3Connection`. */
export interface H3Receiver {
  receiveStream(streamId: number, bytes: Uint8Array, fin: boolean): readonly ConnectionEvent[];
  receiveReset(streamId: number, code: number): readonly ConnectionEvent[];
  receiveStopSending(streamId: number, code: number): readonly ConnectionEvent[];
  receiveDatagram(bytes: Uint8Array): readonly ConnectionEvent[];
}

/** Bytes on a stream. */
export function on(streamId: number, bytes: Uint8Array, fin = false): H3Arrival {
  return { do: "stream", streamId, bytes, fin };
}

/** Gives a receiver one arrival. */
export function arrive(receiver: H3Receiver, step: H3Arrival): readonly ConnectionEvent[] {
  switch (step.do) {
    case "stream":
      return receiver.receiveStream(step.streamId, step.bytes, step.fin);
    case "reset":
      return receiver.receiveReset(step.streamId, step.code);
    case "stopSending":
      return receiver.receiveStopSending(step.streamId, step.code);
    case "datagram":
      return receiver.receiveDatagram(step.bytes);
  }
}

/** Feeds copies of the arrivals in order, overwrites each behind its events, and gives all events as plain data. */
export function feedArrivals(receiver: H3Receiver, steps: readonly H3Arrival[]): PlainEvent[] {
  const list: PlainEvent[] = [];
  for (const step of steps) {
    if (!("bytes" in step)) {
      appendPlain(list, arrive(receiver, step));
      continue;
    }
    const bytes = step.bytes.slice();
    appendPlain(list, arrive(receiver, { ...step, bytes }));
    bytes.fill(0xa5);
  }
  return list;
}

/**
 * The same arrivals with the bytes of streams in pieces. The end of a stream comes with its last piece, or, with
 * `lateEnd`, alone behind it: QUIC allows both.
 */
export function cutArrivals(
  steps: readonly H3Arrival[],
  cut: (bytes: Uint8Array) => readonly Uint8Array[],
  lateEnd = false,
): H3Arrival[] {
  return steps.flatMap((step) => {
    if (step.do !== "stream") return [step];
    const pieces = step.bytes.length === 0 ? [] : cut(step.bytes);
    const { streamId, fin } = step;
    const out = pieces.map((bytes, at) =>
      on(streamId, bytes, fin && !lateEnd && at === pieces.length - 1),
    );
    if (pieces.length === 0 || (fin && lateEnd)) out.push(on(streamId, new Uint8Array(0), fin));
    return out;
  });
}

/** Every way to cut the arrivals that tests use, each with what it is called. */
export function arrivalCuts(
  steps: readonly H3Arrival[],
  options: CutOptions = {},
): [name: string, steps: H3Arrival[]][] {
  const { seed = 1, randomCount = 8, most = 4_096 } = options;
  const bytewise = (bytes: Uint8Array) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const spaced = (bytes: Uint8Array) => bytewise(bytes).flatMap((one) => [new Uint8Array(0), one]);
  const ways: [string, H3Arrival[]][] = [
    ["ends alone", cutArrivals(steps, (bytes) => [bytes], true)],
    ["byte by byte", cutArrivals(steps, bytewise)],
    ["byte by byte, ends alone", cutArrivals(steps, bytewise, true)],
    ["byte by byte with nothing between", cutArrivals(steps, spaced)],
  ];
  for (let way = 0; way < randomCount; way++) {
    const pieces = (bytes: Uint8Array) => randomPieces(bytes, seed + way, 4 ** ((way % 4) + 1));
    ways.push([`random pieces ${way}`, cutArrivals(steps, pieces, way % 2 === 1)]);
  }
  const share = Math.max(1, Math.floor(most / Math.max(1, steps.length)));
  for (const [at, step] of steps.entries()) {
    if (step.do !== "stream") continue;
    for (const place of cutPositions(step.bytes.length, share)) {
      const parts = [step.bytes.subarray(0, place), step.bytes.subarray(place)] as const;
      const [first, second] = [on(step.streamId, parts[0]), on(step.streamId, parts[1], step.fin)];
      const name = `step ${at}, stream ${step.streamId}, cut at ${place}`;
      ways.push([name, [...steps.slice(0, at), first, second, ...steps.slice(at + 1)]]);
    }
  }
  return ways;
}

/** Compares the events of the uncut arrivals with those of every way to cut them (API rule 2). */
export function compareArrivalCuts(
  make: () => H3Receiver,
  steps: readonly H3Arrival[],
  options: CutOptions = {},
): string | null {
  const whole = feedArrivals(make(), steps);
  for (const [name, cut] of arrivalCuts(steps, options)) {
    const difference = firstDifference(whole, feedArrivals(make(), cut));
    if (difference !== null) return `uncut against ${name}: ${difference}`;
  }
  return null;
}

/** What keeps its order: a stream in one direction; datagrams keep none, but ours do here. */
function laneOf(step: H3Arrival): string {
  if (step.do === "datagram") return "datagrams";
  return step.do === "stopSending" ? `stop ${step.streamId}` : String(step.streamId);
}

/**
 * Orders of the arrivals in which each stream keeps its own: all of them where there are at most `most`, else
 * `most` random ones.
 */
export function interleavings(steps: readonly H3Arrival[], most = 500, seed = 1): H3Arrival[][] {
  const lanes = new Map<string, H3Arrival[]>();
  for (const step of steps) {
    const lane = lanes.get(laneOf(step));
    if (lane === undefined) lanes.set(laneOf(step), [step]);
    else lane.push(step);
  }
  const queues = [...lanes.values()];
  if (countOf(queues.map(({ length }) => length)) <= most) return allOrders(queues);
  const next = random(seed);
  return Array.from({ length: most }, () => randomOrder(queues, next));
}

/** Ways to merge lists of these lengths: a multinomial coefficient. */
function countOf(lengths: readonly number[]): number {
  let count = 1;
  let total = 0;
  for (const length of lengths) {
    for (let at = 1; at <= length; at++) count = (count * ++total) / at;
  }
  return count;
}

function allOrders(queues: readonly (readonly H3Arrival[])[]): H3Arrival[][] {
  const open = queues.filter(({ length }) => length > 0);
  if (open.length === 0) return [[]];
  return open.flatMap((queue) => {
    const rest = open.map((other) => (other === queue ? other.slice(1) : other));
    return allOrders(rest).map((order) => [...queue.slice(0, 1), ...order]);
  });
}

function randomOrder(queues: readonly (readonly H3Arrival[])[], next: () => number): H3Arrival[] {
  const left = queues.map((queue) => [...queue]);
  const out: H3Arrival[] = [];
  for (;;) {
    const open = left.filter(({ length }) => length > 0);
    const step = open[next() % Math.max(1, open.length)]?.shift();
    if (step === undefined) return out;
    out.push(step);
  }
}

/** Events by the stream that brought them, the control stream under -1: what no interleaving of a good dialogue changes. */
export function byStream(events: readonly PlainEvent[]): Map<number, PlainEvent[]> {
  const out = new Map<number, PlainEvent[]>();
  for (const event of events) {
    const isOfControl = event.type === "priority" || !("streamId" in event);
    const id = isOfControl ? -1 : (event.streamId ?? -1);
    const list = out.get(id) ?? [];
    const last = list.at(-1);
    // Content that another stream came between touches again.
    if (last?.type === event.type && "content" in last && "content" in event) {
      list[list.length - 1] = { ...last, content: last.content + event.content };
    } else list.push(event);
    out.set(id, list);
  }
  return out;
}

/** Compares the events of each stream with those of every order that QUIC may deliver the arrivals in. */
export function compareInterleavings(
  make: () => H3Receiver,
  steps: readonly H3Arrival[],
  most = 500,
  seed = 1,
): string | null {
  const whole = byStream(feedArrivals(make(), steps));
  for (const [at, order] of interleavings(steps, most, seed).entries()) {
    const other = byStream(feedArrivals(make(), order));
    for (const id of new Set([...whole.keys(), ...other.keys()])) {
      const difference = firstDifference(whole.get(id) ?? [], other.get(id) ?? []);
      if (difference !== null) return `order ${at}, stream ${id}: ${difference}`;
    }
  }
  return null;
}
