// From the rounds of one scene to the stops of its table.

import type { StopName, StopResult } from "./run.js";
import { type Spread, spreadOf } from "./statistics.js";
import type { Trip } from "./trip.js";

/** The spread of samples. @throws Error where there are none */
export function spread(samples: readonly number[]): Spread {
  const found = spreadOf(samples);
  if (found === null) throw new Error("nothing was measured");
  return found;
}

/** The same of what some rounds have; null where none has it. */
export function spreadOrNull(samples: readonly (number | null)[]): Spread | null {
  return spreadOf(samples.filter((ns) => ns !== null));
}

/** All stops of one round. */
export function stopsTogether(trip: Trip): number {
  const { accept, handshake, read, decrypt, parse, gunzip, json, serialize, encrypt, drain } = trip;
  const before = (accept ?? 0) + (handshake ?? 0) + read + (decrypt ?? 0) + parse;
  const inside = (gunzip ?? 0) + (json ?? 0) + trip.process;
  return before + inside + serialize + (encrypt ?? 0) + drain;
}

/** In the order in which a request comes to them. */
export function stopsOf(trips: readonly Trip[]): StopResult[] {
  const samples = (pick: (trip: Trip) => number | null) => spreadOrNull(trips.map(pick));
  const work = (stop: StopName, pick: (trip: Trip) => number | null): StopResult => ({
    ...{ stop, kind: "work", cost: samples(pick), parts: {} },
  });
  const gunzip = samples((trip) => trip.gunzip);
  const json = samples((trip) => trip.json);
  const parts = { ...(gunzip && { gunzip }), ...(json && { json }) };
  const decode = (trip: Trip) =>
    trip.gunzip === null && trip.json === null ? null : (trip.gunzip ?? 0) + (trip.json ?? 0);
  return [
    work("accept", (trip) => trip.accept),
    work("handshake", (trip) => trip.handshake),
    { ...work("read", (trip) => trip.read), kind: "wait" },
    work("decrypt", (trip) => trip.decrypt),
    work("parse", (trip) => trip.parse),
    { ...work("decode", decode), parts },
    work("process", (trip) => trip.process),
    work("serialize", (trip) => trip.serialize),
    work("encrypt", (trip) => trip.encrypt),
    work("drain", (trip) => trip.drain),
  ];
}
