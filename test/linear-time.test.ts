// The cost of every parser grows with the length of the input, not faster, also when each byte comes
// alone: the exponent of the cost over the input size is at most 1.3. This and h2/growth.test.ts are the only
// tests that time: they compare sizes with each other on the same machine in the same run (helpers/growth.ts).

import type { LenientOption } from "tercet";
import { byteByByte, bytesOf } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { bestExponent, EXPONENT_MAX, exponentOf } from "./helpers/growth.js";
import { costOfCapture, LINEAR_CAPTURES } from "./helpers/linear-capture.js";
import { costOfH2, h2Pieces, LINEAR_H2, type LinearH2 } from "./helpers/linear-h2.js";
import {
  costOfH3,
  h3Pieces,
  LINEAR_DIALOGUES,
  LINEAR_H3,
  type LinearH3,
} from "./helpers/linear-h3.js";
import { costOfQpack, LINEAR_QPACK, type LinearQpack, qpackSteps } from "./helpers/linear-qpack.js";
import { costOfQuic, LINEAR_QUIC } from "./helpers/linear-quic.js";
import { costOfReassembly, LINEAR_REASSEMBLY } from "./helpers/linear-reassembly.js";

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

/** The exponent by the best cost of each size. */
function measuredH1(
  [, role, wire, lenient]: Input,
  cut: (bytes: Uint8Array) => Uint8Array[],
): number {
  const inputs = SIZES.map((size) => cut(bytesOf(wire(size))));
  return bestExponent(SIZES, (at) => cost(role, inputs[at], lenient));
}

function measuredH2(input: LinearH2, isBytewise: boolean): number {
  const inputs = SIZES.map((size) => h2Pieces(input, size, isBytewise));
  return bestExponent(SIZES, (at) => costOfH2(input[1], inputs[at]));
}

function measuredQpack(input: LinearQpack, isBytewise: boolean): number {
  const inputs = SIZES.map((size) => qpackSteps(input, size, isBytewise));
  return bestExponent(SIZES, (at) => costOfQpack(inputs[at]));
}

function measuredH3(input: LinearH3, isBytewise: boolean): number {
  const inputs = SIZES.map((size) => h3Pieces(input, size, isBytewise));
  return bestExponent(SIZES, (at) => costOfH3(input[1], inputs[at]));
}

const TITLED = INPUTS.map((input) => [input[0], input] as const);
const TITLED_H2 = LINEAR_H2.map((input) => [input[0], input] as const);
const TITLED_H3 = LINEAR_H3.map((input) => [input[0], input] as const);
const TITLED_QPACK = LINEAR_QPACK.map((input) => [input[0], input] as const);

describe("the cost of one chunk is linear", () => {
  test.each(TITLED)("HTTP/1.1: %s", (_name, input) => {
    expect(measuredH1(input, (bytes) => [bytes])).toBeLessThanOrEqual(EXPONENT_MAX);
  });

  test.each(TITLED_H2)("HTTP/2: %s", (_name, input) => {
    expect(measuredH2(input, false)).toBeLessThanOrEqual(EXPONENT_MAX);
  });

  test.each(TITLED_H3)("HTTP/3: %s", (_name, input) => {
    expect(measuredH3(input, false)).toBeLessThanOrEqual(EXPONENT_MAX);
  });

  test.each(TITLED_QPACK)("QPACK: %s", (_name, input) => {
    expect(measuredQpack(input, false)).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

describe("the cost of one byte at a time is linear", () => {
  test.each(TITLED)("HTTP/1.1: %s", (_name, input) => {
    expect(measuredH1(input, byteByByte)).toBeLessThanOrEqual(EXPONENT_MAX);
  });

  test.each(TITLED_H2)("HTTP/2: %s", (_name, input) => {
    expect(measuredH2(input, true)).toBeLessThanOrEqual(EXPONENT_MAX);
  });

  test.each(TITLED_H3)("HTTP/3: %s", (_name, input) => {
    expect(measuredH3(input, true)).toBeLessThanOrEqual(EXPONENT_MAX);
  });

  test.each(TITLED_QPACK)("QPACK: %s", (_name, input) => {
    expect(measuredQpack(input, true)).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

describe("the cost of QUIC is linear", () => {
  test.each(LINEAR_QUIC)("%s", (_name, make, read) => {
    const inputs = SIZES.map((size) => make(size));
    const exponent = bestExponent(SIZES, (at) => costOfQuic(read, inputs[at]));
    expect(exponent).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

describe("the cost of QPACK dialogues is linear", () => {
  test.each(LINEAR_DIALOGUES)("%s", (_name, make) => {
    const runs = SIZES.map((size) => make(size));
    const exponent = bestExponent(SIZES, (at) => {
      const start = performance.now();
      runs[at]();
      return performance.now() - start;
    });
    expect(exponent).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

describe("the cost of putting pieces in order is linear", () => {
  test.each(LINEAR_REASSEMBLY)("%s", (_name, order) => {
    const orders = SIZES.map(order);
    const bytes = new Uint8Array(2 * SIZES[SIZES.length - 1] + 64);
    for (const detectsChanges of [false, true]) {
      const exponent = bestExponent(SIZES, (at) =>
        costOfReassembly(orders[at], bytes, detectsChanges),
      );
      expect(exponent).toBeLessThanOrEqual(EXPONENT_MAX);
    }
  });
});

describe("the cost of captures is linear", () => {
  test.each(LINEAR_CAPTURES)("%s", (_name, capture, isBytewise) => {
    const inputs = SIZES.map((size) => {
      const bytes = capture(size);
      return isBytewise ? byteByByte(bytes) : [bytes];
    });
    const exponent = bestExponent(SIZES, (at) => costOfCapture(inputs[at]));
    expect(exponent).toBeLessThanOrEqual(EXPONENT_MAX);
  });
});

test("the measure tells linear from quadratic", () => {
  const of = (power: number) =>
    exponentOf(SIZES.map((size) => [size, size ** power / 1e4] as const));
  expect(of(1)).toBeCloseTo(1);
  expect(of(2)).toBeCloseTo(2);
  expect(of(1.5)).toBeGreaterThan(EXPONENT_MAX);
});
