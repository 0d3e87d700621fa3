// The value of Capsule-Protocol: a boolean item (RFC 9297 section 3.4, RFC 8941 section 3.3.6).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBoolean } from "../../src/codec/sf-boolean.js";

describe("H3-CAP-6 Capsule-Protocol", () => {
  test.each(["?1", " ?1", "?1  ", "?1;a", "?1;a=1;b=?0", '?1; x="y;z"', "?1;*=:YQ==:", "?1;a=1.5"])(
    "%j is true",
    (value) => expect(parseBoolean(value)).toBe(true),
  );

  test.each(["?0", "  ?0 ", "?0;a=?1"])("%j is false", (value) =>
    expect(parseBoolean(value)).toBe(false),
  );

  test.each([
    ...[
      "",
      " ",
      "1",
      "0",
      "true",
      "?",
      "?2",
      "?10",
      "? 1",
      "?1 ?1",
      "?1, ?1",
      "?1,",
      '"?1"',
      ":?1:",
    ],
    ...["(?1)", "?1;", "?1;A", "?1 ;a", "?1;a=", "?T", "\t?1", "?1\t", "?1;a=(1)", "a=?1"],
  ])("%j says nothing", (value) => expect(parseBoolean(value)).toBeNull());

  test("does not throw, and knows no fourth answer", () => {
    const unit = fc.constantFrom(...'?01;=" ,ab*:()-.\\\t');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (value) => {
        const answer = parseBoolean(value);
        expect([true, false, null]).toContain(answer);
        if (answer !== null) expect(value.trimStart().startsWith(answer ? "?1" : "?0")).toBe(true);
      }),
    );
  });
});
