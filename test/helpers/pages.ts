// The pages of the project as tests read them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { ROOT } from "./source-files.js";

/** A page; cells of tables without the blanks that line them up. */
export function page(file: string): string {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  return text.replace(/^\|.*/gm, (row) => row.replace(/ +/g, " "));
}

/** One part of a page: from its heading to the next one of the same depth. */
export function part(text: string, heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const end = text.indexOf("\n## ", start + 1);
  return text.slice(start, end < 0 ? undefined : end);
}
