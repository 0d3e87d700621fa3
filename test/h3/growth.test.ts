// The cost of an HTTP/3 connection grows with the length of what it receives, not faster, in every shape in which some
// implementation was quadratic. As linear-time.test.ts does it: sizes are compared with each other in the same run, by the best of
// some rounds.

import {
  cutArrivals,
  type H3Arrival,
  type H3Growth,
  h3Growths,
  peerHello,
  randomPieces,
} from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { bestExponent, EXPONENT_MAX, exponentOf } from "../helpers/growth.js";

const SIZES = [8_000, 16_000, 32_000, 64_000, 128_000];

/** Time in milliseconds of one connection over these arrivals; throws when they are refused. */
function cost({ limits, settings }: H3Growth, arrivals: readonly H3Arrival[]): number {
  const connection = new H3Connection({ role: "server", limits, settings });
  connection.takeStreams();
  const start = performance.now();
  for (const step of arrivals) {
    for (const event of given(connection, step)) {
      if (event.type === "error" && event.error.scope === "connection") throw event.error;
      // Strings are made when they are read: reading them is part of the cost.
      if ("head" in event) void event.head.rawHeaders.length;
    }
    connection.takeStreams();
  }
  return performance.now() - start;
}

function given(connection: H3Connection, step: H3Arrival) {
  switch (step.do) {
    case "stream":
      return connection.receiveStream(step.streamId, step.bytes, step.fin);
    case "reset":
      return connection.receiveReset(step.streamId, step.code);
    case "stopSending":
      return connection.receiveStopSending(step.streamId, step.code);
    case "datagram":
      return connection.receiveDatagram(step.bytes);
  }
}

const lengthOf = (steps: readonly H3Arrival[]) =>
  steps.reduce((sum, step) => sum + ("bytes" in step ? step.bytes.length : 1), 0);

const WAYS: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array[]])[] = [
  ["whole pieces", (bytes) => [bytes]],
  ["small pieces", (bytes) => randomPieces(bytes, 1, 13)],
];

describe.each(WAYS)("the cost of %s is linear", (_way, cut) => {
  test.each(h3Growths.map((growth) => [growth.name, growth] as const))("%s", (_name, growth) => {
    const inputs = SIZES.map((size) =>
      cutArrivals([...peerHello("server"), ...growth.make(size)], cut),
    );
    const exponent = bestExponent(inputs.map(lengthOf), (at) => cost(growth, inputs[at]));
    expect(exponent).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

test("every shape grows with its size, and none is refused", () => {
  for (const growth of h3Growths) {
    expect(lengthOf(growth.make(64_000)), growth.name).toBeGreaterThan(
      lengthOf(growth.make(8_000)),
    );
    expect(() => cost(growth, [...peerHello("server"), ...growth.make(8_000)])).not.toThrow();
  }
});

test("the measure tells linear from quadratic", () => {
  const of = (power: number) => exponentOf(SIZES.map((size) => [size, size ** power / 1e4]));
  expect(of(1)).toBeCloseTo(1);
  expect(of(2)).toBeCloseTo(2);
});
