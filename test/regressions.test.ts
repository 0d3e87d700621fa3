// Replays the fuzzers' targets on the committed corpus and on everything they have ever found.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { corpus, regressions } from "../fuzz/files.js";
import { operationTargets } from "../fuzz/operations/index.js";
import { targets } from "../fuzz/targets/index.js";

/** Seeds that may be given to each other's targets: they are inputs of one protocol. */
const FOLDERS = [
  ["requests", "responses", "chunked"],
  ["h2-requests", "h2-responses"],
  ["hpack", "header-lists"],
  ["h3-requests", "h3-responses", "h3-sessions"],
  ["h3-frames", "capsules"],
  ["qpack", "qpack-links"],
  ["quic-datagrams", "quic-frames", "quic-parameters"],
  ["quic-scripts"],
  ["captures"],
  ["key-logs"],
  ["tls-scripts"],
] as const;

describe.each(targets.map((target) => [target.name, target] as const))("%s", (name, target) => {
  const folders = FOLDERS.find((names) => names.some((folder) => folder === target.corpus)) ?? [];
  const cases = folders.flatMap((folder) => corpus(folder));

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

describe.each(operationTargets.map((target) => [target.name, target] as const))(
  "%s",
  (name, target) => {
    test("regressions", () => {
      for (const { file, bytes } of regressions(name)) {
        expect(() => target.replay(new TextDecoder("latin1").decode(bytes)), file).not.toThrow();
      }
    });

    test("arbitrary commands on two connected ends", () => {
      fc.assert(
        fc.property(target.commands(fc), (list) => {
          target.run(fc, list);
        }),
        { numRuns: 200 },
      );
    });
  },
);
