// One test for each known attack on readers of captures, key logs and TLS over TCP, CAP-S01 on, named after it. The rows are
// data of tercet/fuzz: a file, a key log, what must be said, and bounds. Each row is read as files are read and cut at random;
// whatever it says is written in every form. Memory is measured in a fresh process.

import {
  captures,
  HOSTILE_TEXT,
  INSPECT_ATTACK_CLASSES,
  type InspectSubjects,
  inspectAttackFault,
  inspectAttacks,
  network,
  randomPieces,
  runInspectAttack,
} from "tercet/fuzz";
import * as tercet from "tercet/inspect";
import {
  HexPrinter,
  type InspectEvent,
  inspect,
  QlogWriter,
  TreePrinter,
  toJsonLine,
} from "tercet/inspect";
import { describe, expect, test } from "vitest";
import { memoryOfAttacks } from "./helpers/attack-memory.js";

/** The list of attacks. */
const CLASSES: Readonly<Record<string, string>> = {
  "CAP-S01": "lengths of 4 GiB, packets that are cut",
  "CAP-S02": "blocks of length 0, lengths that overflow or differ",
  "CAP-S03": "options of length 0, resolutions that overflow",
  "CAP-S04": "fragments that never end, overlap, lie behind 65,535",
  "CAP-S05": "tiny segments out of order, other data at the same place, gaps",
  "CAP-S06": "floods of records, of alerts, records that do not open",
  "CAP-S07": "a million lines, lines without an end",
  "CAP-S08": "control characters and escapes of terminals",
  "CAP-S09": "ICMP (CVE-2024-53259), link types and protocols that nobody knows",
  "CAP-S10": "connections without end",
  "CAP-S11": "extension headers, VLAN tags, header lengths",
  "CAP-S12": "ClientHello of 16 MiB, extensions without end",
  "CAP-S13": "hex text that stands for more than it is",
};

const subjects = tercet as unknown as InspectSubjects;
/** Longer files are read once. */
const LONG = 100_000;
const CONTROL = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;

for (const [id, title] of Object.entries(CLASSES)) {
  describe(`${id} ${title}`, () => {
    const rows = inspectAttacks.filter((attack) => attack.id === id);
    test.each(rows.map((row) => [`${row.subject}: ${row.name}`, row] as const))(
      "%s",
      (_name, row) => {
        const whole = runInspectAttack(row, subjects);
        expect(inspectAttackFault(row, whole)).toBeNull();
        if (whole.length > LONG) return;
        for (const [seed, longest] of [
          [1, 1],
          [2, 7],
          [3, 1_460],
        ] as const) {
          const { log } = runInspectAttack(row, subjects, (bytes) =>
            randomPieces(bytes, seed, longest),
          );
          expect(log.join("\n")).toBe(whole.log.join("\n"));
        }
      },
    );
  });
}

test("every class has rows, every row a class and a name of its own", () => {
  expect([...new Set(inspectAttacks.map(({ id }) => id))].sort()).toEqual(
    Object.keys(CLASSES).sort(),
  );
  expect(Object.keys(INSPECT_ATTACK_CLASSES)).toEqual(Object.keys(CLASSES));
  const names = inspectAttacks.map(({ id, subject, name }) => `${id} ${subject} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(inspectAttacks.length).toBeGreaterThan(150);
});

test("what each attack leaves behind is within its bound", async () => {
  const rows = await memoryOfAttacks("captures");
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter(({ memory, bound }) => memory > bound)).toEqual([]);
}, 120_000);

describe("CAP-S08 nothing that is written is obeyed by a terminal", () => {
  const written = (
    events: readonly InspectEvent[],
  ): { text: string; json: string; qlog: string } => {
    const tree = new TreePrinter();
    const cut = new TreePrinter({ isCut: true, width: 40 });
    const hex = new HexPrinter();
    const qlog = new QlogWriter();
    return {
      text: tree.push(events) + cut.push(events) + hex.push(events),
      json: events.map(toJsonLine).join(""),
      qlog: qlog.push(events) + qlog.end(),
    };
  };
  const rows = inspectAttacks.filter(
    (row) => row.subject === "inspect" && row.bytes().length < LONG,
  );

  test.each(rows.map((row) => [`${row.id} ${row.name}`, row] as const))("%s", (_name, row) => {
    for (const lenient of [false, true]) {
      const keyLog = row.keyLog === null ? {} : { keyLog: row.keyLog };
      const { text, json, qlog } = written(
        inspect(row.bytes(), { ...keyLog, lenient, keepBytes: true }),
      );
      expect(text).not.toMatch(CONTROL);
      // JSON escapes what is below U+0020; C1 controls must not come raw either.
      expect(json).not.toMatch(CONTROL);
      expect(qlog.replaceAll("\x1e", "")).not.toMatch(CONTROL);
      for (const line of json.split("\n")) if (line !== "") JSON.parse(line);
      for (const part of qlog.split("\x1e")) if (part.trim() !== "") JSON.parse(part);
    }
  });

  test("the hostile text is hostile, and is there", () => {
    expect(HOSTILE_TEXT).toMatch(CONTROL);
    const value = HOSTILE_TEXT.replace(/[\r\n\0]/g, "");
    const bytes = new Uint8Array(
      Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nX: ${value}\r\n\r\n`, "latin1"),
    );
    const packet = network.ipv4(network.IP.TCP, network.tcp(9_000, 80, bytes));
    const { text } = written(inspect(captures.pcap([packet]), { lenient: true }));
    expect(text).toContain("title");
  });
});
