// Key logs: every label, every way to end a line, lines that are none, cuts, bounds.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyLog } from "../../src/inspect/tls/key-log.js";

const random = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);
const hex = (octet: number, count = 32): string =>
  octet.toString(16).padStart(2, "0").repeat(count);
const line = (label: string, octet: number, secret: string): string =>
  `${label} ${hex(octet)} ${secret}\n`;

function read(...texts: (string | Uint8Array)[]): KeyLog {
  const log = new KeyLog();
  for (const text of texts) log.push(text);
  log.end();
  return log;
}

/** Secrets of a random, in hex. */
function found(log: KeyLog, octet: number): Record<string, string> | null {
  const secrets = log.find(random(octet));
  if (secrets === null) return null;
  return Object.fromEntries(
    [...secrets].map(([label, secret]) => [label, Buffer.from(secret).toString("hex")]),
  );
}

const LABELS = [
  "CLIENT_RANDOM",
  "CLIENT_EARLY_TRAFFIC_SECRET",
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
  "CLIENT_TRAFFIC_SECRET_1",
  "EARLY_EXPORTER_SECRET",
  "EXPORTER_SECRET",
  "ECH_SECRET",
  "ECH_CONFIG",
  "PMS_CLIENT_RANDOM",
  "QUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "QUIC_SERVER_TRAFFIC_SECRET_0",
];

describe("lines", () => {
  test("every label", () => {
    const log = read(LABELS.map((label, at) => line(label, 1, hex(at))).join(""));
    const expected = Object.fromEntries(LABELS.map((label, at) => [label, hex(at)]));
    expect(found(log, 1)).toEqual(expected);
    expect(log.errors).toEqual([]);
    expect(log.size).toBe(LABELS.length);
  });

  test.each([
    ["LF", "A", "\n"],
    ["CRLF", "A", "\r\n"],
    ["no end", "A", ""],
    ["blanks behind it", "A", " \t\r\n"],
    ["blanks before it", " \tA", "\n"],
    ["a byte order mark", "\ufeffA", "\n"],
  ])("with %s", (_name, label, end) => {
    const log = read(`${label} ${hex(1)} ${hex(2)}${end}`);
    expect(found(log, 1)).toEqual({ A: hex(2) });
    expect(log.errors).toEqual([]);
  });

  test("comments, empty lines, RSA lines of old libraries are passed over", () => {
    const rest = `# SSL/TLS secrets log file\n\n \r\n#\nRSA 0123456789abcdef ${hex(1, 48)}\n`;
    const session = `RSA Session-ID:00 Master-Key:11\n`;
    const log = read(rest, session, line("A", 3, "00"));
    expect(log.errors).toEqual([]);
    expect(found(log, 3)).toEqual({ A: "00" });
  });

  test("capital and small digits, several blanks", () => {
    const log = read(`A  ${"aB".repeat(32)}\t${"Cd".repeat(48)}\n`);
    expect(found(log, 0xab)).toEqual({ A: "cd".repeat(48) });
  });

  test.each([
    ["one word", "CLIENT_RANDOM"],
    ["two words", `CLIENT_RANDOM ${hex(1)}`],
    ["a blank for the secret", `CLIENT_RANDOM ${hex(1)} `],
    ["four words", `CLIENT_RANDOM ${hex(1)} ${hex(1)} ${hex(1)}`],
    ["a short random", `CLIENT_RANDOM ${hex(1, 31)} ${hex(1)}`],
    ["a long random", `CLIENT_RANDOM ${hex(1, 33)} ${hex(1)}`],
    ["no hex in the random", `CLIENT_RANDOM ${hex(1, 31)}0g ${hex(1)}`],
    ["no hex in the secret", `CLIENT_RANDOM ${hex(1)} 0x`],
    ["half an octet", `CLIENT_RANDOM ${hex(1)} 123`],
    ["a label in small letters", `client_random ${hex(1)} ${hex(1)}`],
    ["a label of 65 letters", `${"A".repeat(65)} ${hex(1)} ${hex(1)}`],
    ["zeros", "\0\0\0"],
    ["RSA alone", "RSA 0011"],
    ["a very long line", `CLIENT_RANDOM ${hex(1)} ${"00".repeat(3_000)}`],
  ])("CAP-8: %s is no line: told with its place, and reading goes on", (_name, wrong) => {
    const first = line("A", 1, "00");
    const log = read(`${first}${wrong}\n${line("A", 2, "11")}`);
    expect(log.errors).toEqual([{ code: "KEY_LOG_LINE_INVALID", offset: first.length }]);
    expect([found(log, 1), found(log, 2)]).toEqual([{ A: "00" }, { A: "11" }]);
  });

  test("the same twice counts once; the later of two different ones counts", () => {
    const log = read(line("A", 1, "00"), line("A", 1, "00"), line("B", 1, "22"));
    expect(log.size).toBe(2);
    log.push(line("A", 1, "11"));
    expect(found(log, 1)).toEqual({ A: "11", B: "22" });
  });
});

describe("pieces", () => {
  const text = `# c\r\n${line("A", 1, "00")}bad\n${line("B", 1, hex(7, 48))}\n${line("A", 2, "11").trim()}`;

  test("any cuts", () => {
    const whole = read(text);
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size < 80; size++) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
      const log = read(...pieces);
      expect([found(log, 1), found(log, 2), log.errors]).toEqual([
        found(whole, 1),
        found(whole, 2),
        whole.errors,
      ]);
    }
  });

  test("half a line does not count yet; the end of a text makes it whole", () => {
    const log = new KeyLog();
    const [first, second] = [line("A", 1, "0011").slice(0, -3), "11\n"];
    log.push(first);
    expect(log.find(random(1))).toBeNull();
    log.push(second);
    expect(found(log, 1)).toEqual({ A: "0011" });
    log.push(line("A", 2, "22").trimEnd());
    log.end();
    log.push(line("A", 3, "33"));
    expect([found(log, 2), found(log, 3)]).toEqual([{ A: "22" }, { A: "33" }]);
  });

  test("a long line in pieces is one mistake", () => {
    const log = new KeyLog();
    for (let i = 0; i < 1_000; i++) log.push("x".repeat(50));
    log.push(`\n${line("A", 1, "00")}`);
    expect(log.errors).toEqual([{ code: "KEY_LOG_LINE_INVALID", offset: 0 }]);
    expect(found(log, 1)).toEqual({ A: "00" });
  });

  test("octets that were given may change afterwards", () => {
    const log = new KeyLog();
    const bytes = new TextEncoder().encode(line("A", 1, "0011").slice(0, -3));
    log.push(bytes);
    bytes.fill(0);
    log.push("11\n");
    const secret = log.find(random(1))?.get("A");
    secret?.fill(0);
    expect(found(log, 1)).toEqual({ A: "0011" });
  });
});

describe("bounds", () => {
  test("CAP-10: at and above the number of lines", () => {
    const log = new KeyLog({ lines: 2 });
    log.push(line("A", 1, "00") + line("A", 2, "00"));
    expect(log.errors).toEqual([]);
    log.push(line("A", 3, "00") + line("A", 4, "00") + line("A", 1, "00"));
    expect(log.errors).toMatchObject([{ code: "KEY_LOG_TOO_LARGE" }]);
    expect([1, 2, 3].map((octet) => found(log, octet) !== null)).toEqual([true, true, false]);
  });

  test("CAP-10: at and above the octets", () => {
    const log = new KeyLog({ bytes: 9 });
    log.push(line("A", 1, "00112233") + line("A", 2, "00112233"));
    expect(log.errors).toEqual([]);
    log.push(line("A", 3, "00"));
    expect(log.errors).toMatchObject([{ code: "KEY_LOG_TOO_LARGE" }]);
  });

  test("labels of one random", () => {
    const log = read(Array.from({ length: 40 }, (_, at) => line(`L${at}`, 1, "00")).join(""));
    expect(log.find(random(1))?.size).toBe(32);
    expect(log.errorCount).toBe(8);
  });

  test("errors are counted, the first hundred kept", () => {
    const log = read("?\n".repeat(1_000));
    expect([log.errors.length, log.errorCount]).toEqual([100, 1_000]);
  });

  test("many connections", () => {
    const log = new KeyLog();
    let text = "";
    for (let i = 0; i < 20_000; i++)
      text += `CLIENT_RANDOM ${i.toString(16).padStart(64, "0")} ${i.toString(16).padStart(96, "0")}\n`;
    log.push(text);
    expect(log.size).toBe(20_000);
    const key = new Uint8Array(32);
    key.set([0x4e, 0x1f], 30);
    expect(log.find(key)?.get("CLIENT_RANDOM")?.slice(-2)).toEqual(Uint8Array.of(0x4e, 0x1f));
  });
});

test("any octets: nothing is thrown, and cuts change nothing", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .constantFrom("\n", "\r\n", "#", " ", "A ", `${hex(1)} `, "00", line("B", 1, "00"))
      .map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const whole = read(Buffer.concat(pieces));
      const log = read(...pieces);
      expect([found(log, 1), log.errors, log.size]).toEqual([
        found(whole, 1),
        whole.errors,
        whole.size,
      ]);
    }),
    { numRuns: 500 },
  );
});

test("wrong use is told, and changes nothing", () => {
  const log = new KeyLog();
  expect(() => log.push(7 as never)).toThrow("KEY_LOG_TEXT_INVALID");
  expect(() => new KeyLog({ lines: 0 })).toThrow("KEY_LOG_LIMIT_INVALID");
  expect(() => new KeyLog({ bytes: 1.5 })).toThrow("KEY_LOG_LIMIT_INVALID");
  expect(log.find(new Uint8Array(31))).toBeNull();
});
