// The cost of an HTTP/2 connection grows with the length of what it receives, not faster, in every shape in
// which some implementation was quadratic (H2-S03, H2-S05, H2-S11, H2-S19, H2-S23). As linear-time.test.ts does it
// for HTTP/1.1: sizes are compared with each other in the same run, by the best of some rounds.

import { concat, type H2Growth, h2Growths, helloOf, randomPieces } from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { bestExponent, EXPONENT_MAX, exponentOf } from "../helpers/growth.js";

const SIZES = [8_000, 16_000, 32_000, 64_000, 128_000];

/** Time in milliseconds of one connection over these pieces; throws when they are refused. */
function cost({ limits, settings }: H2Growth, pieces: readonly Uint8Array[]): number {
  const connection = new H2Connection({ role: "server", limits, settings });
  connection.take();
  const start = performance.now();
  for (const piece of pieces) {
    for (const event of connection.receive(piece)) {
      if (event.type === "error" && event.error.scope === "connection") throw event.error;
      // Strings are made when they are read: reading them is part of the cost.
      if ("head" in event) void event.head.rawHeaders.length;
    }
    connection.take();
  }
  return performance.now() - start;
}

const wire = (growth: H2Growth, size: number) => concat([helloOf("server"), growth.make(size)]);

const WAYS: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array[]])[] = [
  ["one chunk", (bytes) => [bytes]],
  ["small pieces", (bytes) => randomPieces(bytes, 1, 13)],
];

describe.each(WAYS)("the cost of %s is linear", (_way, cut) => {
  test.each(h2Growths.map((growth) => [growth.name, growth] as const))("%s", (_name, growth) => {
    const inputs = SIZES.map((size) => cut(wire(growth, size)));
    const lengths = inputs.map((pieces) => pieces.reduce((sum, { length }) => sum + length, 0));
    const exponent = bestExponent(lengths, (at) => cost(growth, inputs[at]));
    expect(exponent).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

test("every shape grows with its size, and none is refused", () => {
  for (const growth of h2Growths) {
    expect(wire(growth, 64_000).length, growth.name).toBeGreaterThan(wire(growth, 8_000).length);
  }
});

test("the measure tells linear from quadratic", () => {
  const of = (power: number) => exponentOf(SIZES.map((size) => [size, size ** power / 1e4]));
  expect(of(1)).toBeCloseTo(1);
  expect(of(2)).toBeCloseTo(2);
});
