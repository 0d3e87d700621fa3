// Input that is bytes as hex text: what it says, and what becomes of text that stops being hex.
import { type InspectEvent, inspect } from "tercet/inspect";
import { expect, test } from "vitest";

const text = (lines: string) => new TextEncoder().encode(lines);
const REQUEST = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${"a".repeat(900)}\r\n\r\n`);

const told = (events: readonly InspectEvent[]) =>
  events.flatMap((one) => (one.event === "error" ? [`${one.code} at ${one.offset}`] : one.event));

test("bytes as hex text are read as the bytes", () => {
  const events = inspect(text(`${REQUEST.toString("hex")}\n`));
  expect(told(events)).toEqual(told(inspect(REQUEST)));
  expect(events.find(({ event }) => event === "head")).toMatchObject({
    startLine: "GET / HTTP/1.1",
  });
});

test("CAP-9: text that stops being hex: what was readable is told, then where it stops", () => {
  const lines = `${REQUEST.toString("hex")}\n`;
  const events = inspect(text(`${lines}4745zz\n`));
  expect(told(events)).toContain("head");
  expect(told(events).at(-2)).toMatch(/^HEX_TEXT_INVALID at \d+$/);
  const at = Number(/\d+$/.exec(told(events).at(-2) ?? "")?.[0]);
  expect(at).toBeGreaterThanOrEqual(lines.length);
  expect(at).toBeLessThan(lines.length + 7);
});
