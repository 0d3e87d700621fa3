// Golden cases: every heading of test/cases/*.md is one conversation with a connection, and its log.
// They are read as documentation and run as tests: whole, in two pieces at every cut of every input
// block, one byte at a time, and through a handler. How a case is written: test/cases/README.md.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GoldenCase, parseCases } from "./helpers/golden-case.js";
import { playH2Case } from "./helpers/golden-h2-play.js";
import { parseH3Cases } from "./helpers/golden-h3-play.js";
import { playCase, type Variant } from "./helpers/golden-play.js";
import { cutPositions } from "./helpers/pieces.js";

const folder = new URL("./cases/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md");

/** All ways to cut the inputs of a case, but whole. */
function* variants(golden: GoldenCase): Generator<Variant> {
  yield { name: "handler", handler: true };
  yield { name: "byte by byte", byteWise: true };
  yield { name: "byte by byte, handler", byteWise: true, handler: true };
  for (const [step, block] of golden.steps.entries()) {
    if (block.kind !== "input") continue;
    for (const at of cutPositions(block.bytes.length)) {
      yield { name: `input block ${step} cut at ${at}`, cut: { step, at } };
    }
  }
}

let count = 0;
for (const file of files) {
  describe(file, () => {
    const play = file.startsWith("h2-") ? playH2Case : playCase;
    const cases = parseCases(readFileSync(new URL(file, folder), "utf8"));
    count += cases.length;
    for (const golden of cases) {
      test(golden.name, () => {
        expect(play(golden, { name: "whole" })).toEqual(golden.expected);
        for (const variant of variants(golden)) {
          const played = play(golden, variant);
          if (JSON.stringify(played) !== JSON.stringify(golden.expected)) {
            expect(played, variant.name).toEqual(golden.expected);
          }
        }
      });
    }
  });
}

test("there are at least 100 golden cases, and no two of one name", () => {
  expect(count).toBeGreaterThanOrEqual(100);
  const names = files.flatMap((file) =>
    parseCases(readFileSync(new URL(file, folder), "utf8")).map((golden) => golden.name),
  );
  expect(new Set(names).size).toBe(names.length);
});

// Cases of HTTP/3 and QPACK play themselves in every way: cuts, FIN alone, handlers, other orders of independent streams.
const h3Names: string[] = [];
for (const part of ["h3", "qpack"]) {
  const inside = new URL(`${part}/`, folder);
  for (const file of readdirSync(inside).filter((name) => name.endsWith(".md"))) {
    describe(`${part}/${file}`, () => {
      const cases = parseH3Cases(readFileSync(new URL(file, inside), "utf8"), part === "qpack");
      h3Names.push(...cases.map(({ name }) => name));
      test.each(cases.map((golden) => [golden.name, golden] as const))("%s", (_name, golden) => {
        expect(golden.play()).toEqual(golden.expected);
      });
    });
  }
}

test("there are at least 50 golden cases of HTTP/3 and QPACK, and no two of one name", () => {
  expect(h3Names.length).toBeGreaterThanOrEqual(50);
  expect(new Set(h3Names).size).toBe(h3Names.length);
});

describe("the format refuses", () => {
  test.each([
    ["a stream without an id", "## a\n\n```streams\nHEADERS\n```\n\n```events\n```\n", /no stream/],
    [
      "an unknown frame of HTTP/3",
      "## a\n\n```streams\n0 HEADER\n```\n\n```events\n```\n",
      /no frame/,
    ],
    [
      "an unknown setting",
      "## a\n\n```streams\n2 control SETTINGS X=1\n```\n\n```events\n```\n",
      /no setting/,
    ],
    [
      "bytes behind FIN",
      '## a\n\n```streams\n0 fin\n0 DATA "x"\n```\n\n```events\n```\n',
      /behind FIN/,
    ],
    ["a case of HTTP/3 without input", "## a\n\n```events\n```\n", /no input/],
  ])("%s", (_name, text, message) => {
    expect(() => parseH3Cases(text, false)).toThrow(message);
  });

  test.each([
    ["a case without input", "## a\n\n```events\nend 1\n```\n", /no input/],
    ["a case that expects nothing", "## a\n\n```input\nx\n```\n", /expects nothing/],
    ["an unknown block", "## a\n\n```inputs\nx\n```\n", /unknown block/],
    ["an unknown escape", "## a\n\n```input\n\\q\n```\n\n```events\n```\n", /escape/],
    ["an unknown frame", "## a\n\n```frames\nHEADER 1\n```\n", /no frame HEADER/],
    ["an unknown command", "## a\n\n```input\nx\n```\n\n```send\nshout 1\n```\n", /command/],
    ["a block without an end", "## a\n\n```input\nx\n", /not closed/],
  ])("%s", (_name, text, message) => {
    expect(() => parseCases(text)).toThrow(message);
  });
});
