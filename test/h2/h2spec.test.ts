// The conformance suite h2spec against a server of ours, strict, in cleartext and over TLS. The same cases stand in
// h2spec-table.test.ts for machines without Go.

import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { missing } from "../node/peers.js";
import { listen } from "./h2spec-server.js";

const SUITES = ["http2", "generic", "hpack"];
/** Cases of the three suites with -S. The last tag that `go install` finds has one less than the master branch. */
const CASES = [146, 147];

/** Where h2spec is: in PATH, or where `go install` puts it. */
function findH2spec(): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  try {
    folders.push(
      path.join(execFileSync("go", ["env", "GOPATH"], { encoding: "utf8" }).trim(), "bin"),
    );
  } catch {
    folders.push(path.join(homedir(), "go", "bin"));
  }
  return folders.map((folder) => path.join(folder, "h2spec")).find((file) => existsSync(file));
}

const h2spec = findH2spec();

interface Result {
  text: string;
  tests: number;
  passed: number;
  skipped: number;
  failed: number;
}

function run(port: number, ...more: string[]): Promise<Result> {
  const where = ["-S", "-h", "127.0.0.1", "-p", String(port), "-o", "5", ...more];
  return new Promise((resolve) => {
    execFile(
      h2spec as string,
      [...SUITES, ...where],
      { encoding: "utf8", maxBuffer: 16 * 1024 * 1024, timeout: 100_000 },
      (_error, stdout, stderr) => {
        const sum = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(stdout);
        const [tests = 0, passed = 0, skipped = 0, failed = 0] = (sum ?? []).slice(1).map(Number);
        resolve({ text: `${stdout.slice(-6_000)}${stderr}`, tests, passed, skipped, failed });
      },
    );
  });
}

describe("h2spec", () => {
  if (h2spec === undefined) {
    test("is installed where CI is set", () => {
      expect(missing("h2spec")).toBe(false);
    });
    return;
  }

  test.each([
    ["cleartext", false],
    ["TLS", true],
  ])("all cases, strict, over %s", async (_name, overTls) => {
    const server = await listen({ overTls });
    try {
      const { text, tests, passed, skipped, failed } = await run(
        server.port,
        ...(overTls ? ["-t", "-k"] : []),
      );
      expect({ passed, skipped, failed }, text).toEqual({ passed: tests, skipped: 0, failed: 0 });
      expect(CASES).toContain(tests);
    } finally {
      await server.close();
    }
  });
});
