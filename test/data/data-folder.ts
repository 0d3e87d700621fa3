// Where the shared test data is: the folder that TERCET_DATA names, read in place. Without it the suites here say so
// and pass, as in a clone that has none; in CI they fail if the data lies where it usually does.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const FOLDER = process.env.TERCET_DATA;
const USUAL_FOLDER = fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** The bytes of one file of the data. */
export function dataBytes(name: string): Buffer {
  if (FOLDER === undefined) throw new Error("no TERCET_DATA");
  return readFileSync(join(FOLDER, name));
}

/** A JSON file of the data. */
export function dataJson<T>(name: string): T {
  return JSON.parse(dataBytes(name).toString("utf8"));
}

/** Path of a file or folder of the data. */
export function dataPath(name: string): string {
  return join(FOLDER ?? "", name);
}

/** A suite over the data; the body runs only where the data is. */
export function describeData(name: string, body: () => void): void {
  if (FOLDER !== undefined) {
    describe(name, body);
    return;
  }
  console.log(`${name}: skipped: no TERCET_DATA`);
  describe(name, () => {
    if (process.env.CI === "true" && existsSync(USUAL_FOLDER)) {
      test("the data is there, so TERCET_DATA must name it in CI", () => {
        expect(FOLDER).toBeDefined();
      });
    } else {
      test.skip("skipped: no TERCET_DATA", () => {});
    }
  });
}
