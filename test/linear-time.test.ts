// The cost of every parser grows with the length of the input, not faster, also when each byte comes
// alone: the exponent of the cost over the input size is at most 1.3. This is the one test that times.
// It compares sizes with each other on the same machine in the same run, by the best of some rounds over
// all sizes: other work on the machine only ever adds time, and disturbs a round, not all of them. An
// algorithm of quadratic cost (exponent 2) fails however often it is measured.

import type { LenientOption } from "tercet";
import { byteByByte, bytesOf } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";

const EXPONENT_MAX = 1.3;
/** Rounds over all sizes: at least so many, and more while the exponent is too large. */
const ROUNDS_MIN = 4;
const ROUNDS_MAX = 40;
/** Units of each measurement: the largest is 16 times the smallest. */
const SIZES = [4_000, 8_000, 16_000, 32_000, 64_000];
const LIMITS = {
  targetLength: 100_000,
  methodLength: 64 * 1024,
  fieldLineLength: 200_000,
  fieldSectionLength: 200_000,
  fieldCount: 2_000,
  statusLineLength: 64 * 1024,
  trailerSectionLength: 300_000,
  trailerCount: 2_000,
  chunkExtensionsLength: 2 ** 30,
  chunkOverheadFloor: 2 ** 30,
  emptyLineCount: 2 ** 30,
};
const HEAD = "POST / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

/** 40 bytes. */
const FIELD = "a: 3456789 123456789 123456789 12345678\r\n";

type Input = readonly [
  name: string,
  role: "server" | "client",
  wire: (size: number) => string,
  lenient?: LenientOption,
];

const INPUTS: readonly Input[] = [
  ["a long target", "server", (size) => `GET /${"x".repeat(size)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  [
    "a long target of escapes",
    "server",
    (size) => `GET /${"%41".repeat(size / 3)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ],
  ["a long method", "server", (size) => `${"X".repeat(size)} / HTTP/1.1\r\nHost: a\r\n\r\n`],
  ["a long value", "server", (size) => `${HEAD}X: ${"y".repeat(size)}\r\n\r\n`],
  ["a long value of spaces", "server", (size) => `${HEAD}X: y${" ".repeat(size)}z\r\n\r\n`],
  ["a long name", "server", (size) => `${HEAD}${"X".repeat(size)}: y\r\n\r\n`],
  ["many fields", "server", (size) => `${HEAD}${FIELD.repeat(size / 40)}\r\n`],
  [
    "many fields of one framing name",
    "server",
    (size) => `${HEAD}${`Connection: ${"x,".repeat(13)}\r\n`.repeat(size / 40)}\r\n`,
  ],
  [
    "a long list of codings",
    "server",
    (size) => `${HEAD}Transfer-Encoding: ${"x,".repeat(size / 2)}chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    "a long list of options",
    "server",
    (size) => `${HEAD}Connection: ${"x, ".repeat(size / 3)}\r\n\r\n`,
  ],
  [
    "many empty lines",
    "server",
    (size) => `${"\r\n".repeat(size)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`,
  ],
  ["many chunks", "server", (size) => `${CHUNKED}${"1\r\nx\r\n".repeat(size / 4)}0\r\n\r\n`],
  ["a long extension", "server", (size) => `${CHUNKED}1;a=${"b".repeat(size)}\r\nx\r\n0\r\n\r\n`],
  [
    "a long quoted extension",
    "server",
    (size) => `${CHUNKED}1;a="${"\\b".repeat(size / 2)}"\r\nx\r\n0\r\n\r\n`,
  ],
  ["many trailers", "server", (size) => `${CHUNKED}0\r\n${FIELD.repeat(size / 40)}\r\n`],
  ["many requests", "server", (size) => "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(size / 32)],
  [
    "content with a length",
    "server",
    (size) => `${HEAD}Content-Length: ${16 * size}\r\n\r\n${"x".repeat(16 * size)}`,
  ],
  [
    "a long reason",
    "client",
    (size) => `HTTP/1.1 200 ${"x".repeat(size - 20)}\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "many folds",
    "client",
    (size) => `HTTP/1.1 200 OK\r\nX: y${"\r\n z".repeat(size / 4)}\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "many interim responses",
    "client",
    (size) => `${"HTTP/1.1 102 P\r\n\r\n".repeat(size / 16)}HTTP/1.1 204 N\r\n\r\n`,
  ],
  // Leniencies have ways of their own.
  [
    "raw octets in a target",
    "server",
    (size) => `GET /${"{".repeat(size)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    { requests: { looseTarget: true } },
  ],
  [
    "raw octets in a query",
    "server",
    (size) => `GET /?${"{".repeat(size)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ],
  [
    "controls and bare CR in a value",
    "server",
    (size) => `${HEAD}X: ${"\x01y\rz\0".repeat(size / 5)}\r\n\r\n`,
    { requests: { controlsInValue: true, bareCrAsSpace: true, nulAsSpace: true } },
  ],
  [
    "many bare LF",
    "server",
    (size) => `${HEAD}${"a: 3456789 123456789 123456789 123456789\n".repeat(size / 40)}\n`,
    { requests: { bareLf: true } },
  ],
  [
    "many folds of a request",
    "server",
    (size) => `${HEAD}X: y${"\r\n z".repeat(size / 4)}\r\n\r\n`,
    { requests: { obsFold: true } },
  ],
  [
    "dropped lines before the first field",
    "client",
    (size) => `HTTP/1.1 200 OK\r\n${" x\r\n".repeat(size / 4)}Content-Length: 0\r\n\r\n`,
    { responses: { whitespaceBeforeFirstField: true } },
  ],
  [
    "the same length many times",
    "server",
    (size) => `${HEAD}Content-Length: ${"0,".repeat(size / 2)}0\r\n\r\n`,
    { requests: { repeatedContentLength: true } },
  ],
];

/** Runs one input and gives the time in milliseconds; throws when it is refused. */
function cost(
  role: "server" | "client",
  pieces: readonly Uint8Array[],
  lenient: LenientOption | undefined,
): number {
  const limits = { ...LIMITS, pipelineCount: 1_000_000 };
  const options = { limits, ...(lenient === undefined ? {} : { lenient }) };
  const connection = new H1Connection({ ...options, role });
  if (role === "client") connection.sendRequest({ method: "GET", authority: "a", headers: [] });
  const start = performance.now();
  for (const piece of pieces) {
    for (const event of connection.receive(piece)) {
      if (event.type === "error") throw event.error;
      // Strings are made when they are read: reading them is part of the cost.
      if ("head" in event) void event.head.rawHeaders.length;
    }
  }
  return performance.now() - start;
}

/** Slope of the least-squares line through log(cost) over log(size). */
function exponent(points: readonly (readonly [size: number, cost: number])[]): number {
  // A floor under the cost: below it the clock, not the parser, decides.
  const logs = points.map(
    ([size, time]) => [Math.log(size), Math.log(Math.max(time, 0.005))] as const,
  );
  const mean = (at: 0 | 1) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const over = logs.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const under = logs.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return over / under;
}

/** The exponent by the best cost of each size. */
function measured(
  [, role, wire, lenient]: Input,
  cut: (bytes: Uint8Array) => Uint8Array[],
): number {
  const inputs = SIZES.map((size) => cut(bytesOf(wire(size))));
  const best = SIZES.map(() => Number.POSITIVE_INFINITY);
  let result = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    for (const [at, pieces] of inputs.entries()) {
      best[at] = Math.min(best[at] ?? 0, cost(role, pieces, lenient));
    }
    if (round < ROUNDS_MIN) continue;
    result = exponent(SIZES.map((size, at) => [size, best[at] ?? 0] as const));
    if (result <= EXPONENT_MAX) break;
  }
  return result;
}

const TITLED = INPUTS.map((input) => [input[0], input] as const);

describe("the cost of one chunk is linear", () => {
  test.each(TITLED)("%s", (_name, input) => {
    expect(measured(input, (bytes) => [bytes])).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

describe("the cost of one byte at a time is linear", () => {
  test.each(TITLED)("%s", (_name, input) => {
    expect(measured(input, byteByByte)).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

test("the measure tells linear from quadratic", () => {
  const of = (power: number) => exponent(SIZES.map((size) => [size, size ** power / 1e4] as const));
  expect(of(1)).toBeCloseTo(1);
  expect(of(2)).toBeCloseTo(2);
  expect(of(1.5)).toBeGreaterThan(EXPONENT_MAX);
});
