// Replays the fuzzers' targets on the committed corpus and on everything they have ever found.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { corpus, regressions } from "../fuzz/files.js";
import { commandLists, replay, runCommands } from "../fuzz/operations/commands.js";
import { OPERATIONS } from "../fuzz/operations/run.js";
import { targets } from "../fuzz/targets/index.js";

describe.each(targets.map((target) => [target.name, target] as const))("%s", (name, target) => {
  const cases = ["requests", "responses", "chunked"].flatMap((folder) => corpus(folder));

  test("the corpus", () => {
    expect(corpus(target.corpus).length).toBeGreaterThan(5);
    for (const { file, bytes } of cases) {
      expect(() => target.check(bytes), file).not.toThrow();
    }
  });

  test("regressions", () => {
    for (const { file, bytes } of regressions(name)) {
      expect(() => target.check(bytes), file).not.toThrow();
    }
  });

  test("arbitrary inputs", () => {
    fc.assert(
      fc.property(target.arbitrary(fc), (bytes) => {
        target.check(bytes);
      }),
      { numRuns: 200 },
    );
  });
});

describe(OPERATIONS, () => {
  test("regressions", () => {
    for (const { file, bytes } of regressions(OPERATIONS)) {
      expect(() => replay(new TextDecoder("latin1").decode(bytes)), file).not.toThrow();
    }
  });

  test("arbitrary commands on two connected ends", () => {
    fc.assert(
      fc.property(commandLists(fc), (list) => {
        runCommands(fc, list);
      }),
      { numRuns: 200 },
    );
  });
});
