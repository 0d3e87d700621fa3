// Valid messages, generated: our parser, Node's, undici's and http-parser-js must all say what was meant, for single
// messages and for pipelines, whole and in pieces.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascii } from "../helpers/h1-log.js";
import { randomPieces } from "../helpers/pieces.js";
import { type Made, madeRequest, madeResponse } from "./generated.js";
import { httpParserJs } from "./http-parser-js.js";
import { nodeParser } from "./node-parser.js";
import type { Parser } from "./outcome.js";
import { tercet } from "./tercet-parser.js";
import { undici } from "./undici-parser.js";

const native = nodeParser();
const parsers: Parser[] = [tercet, undici, httpParserJs, ...(native ? [native] : [])];

function agree(
  role: "request" | "response",
  made: readonly Made[],
  seed: number,
  longest: number,
): void {
  const bytes = ascii(made.map((one) => one.wire).join(""));
  const meant = made.map(({ meaning }) => meaning);
  for (const parser of parsers) {
    for (const pieces of [[bytes], randomPieces(bytes, seed, longest)]) {
      const { verdict, messages } = parser.parse(role, pieces);
      expect([verdict, messages], parser.name).toEqual(["accept", meant]);
    }
  }
}

const pipeline = (one: fc.Arbitrary<Made>) => fc.array(one, { minLength: 1, maxLength: 4 });
const cut = fc.tuple(fc.integer({ min: 1, max: 2 ** 31 }), fc.constantFrom(1, 7, 100));

describe("all parsers agree on generated messages", () => {
  test("requests", () => {
    fc.assert(
      fc.property(pipeline(madeRequest), cut, (made, [seed, longest]) => {
        agree("request", made, seed, longest);
      }),
      { numRuns: 300 },
    );
  });

  test("responses", () => {
    fc.assert(
      fc.property(pipeline(madeResponse), cut, (made, [seed, longest]) => {
        agree("response", made, seed, longest);
      }),
      { numRuns: 300 },
    );
  });

  test("Node's own parser is here", () => {
    if (native === undefined) console.log("skipped: node:_http_common not available");
    expect(native !== undefined || process.env.CI !== "true").toBe(true);
  });
});
