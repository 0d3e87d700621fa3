// The captures that the benchmark measures `inspect` with: every copy is connections of its own, and every request has its answer.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { inspect } from "tercet/inspect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CaptureName, writeCapture } from "../../bench/inputs/captures.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "captures-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each<CaptureName>(["HTTP/1.1", "HTTP/2"])("%s", (name) => {
  test("two copies of the template", () => {
    const file = path.join(folder, "written.pcap");
    const one = writeCapture(file, name, 1);
    const two = writeCapture(file, name, one.size + 1);
    expect(two.requests).toBe(2 * one.requests);
    const bytes = readFileSync(file);
    expect(bytes.length).toBe(two.size);
    const events = inspect(new Uint8Array(bytes));
    const count = (event: string, direction: string) =>
      events.filter((each) => each.event === event && each.direction === direction).length;
    expect(events.filter(({ event }) => event === "error")).toEqual([]);
    expect(new Set(events.map(({ connection }) => connection)).size).toBeGreaterThanOrEqual(8);
    expect(count("head", "client")).toBe(two.requests);
    expect(count("head", "server")).toBe(two.requests);
    expect(count("end", "server")).toBe(two.requests);
  });
});
