// The table of messages.ts, run through all parsers: each agrees with ours, or differs for the reason that is listed.

import { describe, expect, test } from "vitest";
import { ascii } from "../helpers/h1-log.js";
import { httpParserJs } from "./http-parser-js.js";
import { ROWS, type Row } from "./messages.js";
import { nodeParser } from "./node-parser.js";
import type { Outcome, Parser } from "./outcome.js";
import { tercet } from "./tercet-parser.js";
import { undici } from "./undici-parser.js";

const native = nodeParser();
const others: Parser[] = [undici, httpParserJs, ...(native ? [native] : [])];

/** What two parsers must agree on: of a refused input the complete messages before it, else everything. */
function compared({ verdict, messages }: Outcome): Outcome {
  return {
    verdict,
    messages: verdict === "reject" ? messages.filter(({ complete }) => complete) : messages,
  };
}

function reason(row: Row, parser: Parser): string | undefined {
  const isLlhttp = parser.name === "node" || parser.name === "undici";
  return (
    row.differs[parser.name as keyof Row["differs"]] ?? (isLlhttp ? row.differs.llhttp : undefined)
  );
}

describe("our verdict", () => {
  test.each(ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => {
    expect(outcome(tercet, row).verdict).toBe(row.verdict);
  });

  test("the names of the rows are all different", () => {
    expect(new Set(ROWS.map((row) => row.name)).size).toBe(ROWS.length);
  });
});

function outcome(parser: Parser, row: Row): Outcome {
  return parser.parse(
    row.role,
    [ascii(row.wire)],
    row.answers === undefined ? {} : { methods: [row.answers] },
  );
}

for (const parser of others) {
  describe(parser.name, () => {
    test.each(ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => {
      const ours = compared(outcome(tercet, row));
      const theirs = compared(outcome(parser, row));
      const why = reason(row, parser);
      if (why === undefined) expect(theirs).toEqual(ours);
      else expect(theirs, `listed as different: ${why}`).not.toEqual(ours);
    });
  });
}
