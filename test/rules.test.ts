// docs/rules.md against the project: every row of the rule list has code and a test that name it, or a reason why it
// belongs to the application; and what the table names is there.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERRORS } from "tercet";
import { describe, expect, test } from "vitest";
import { describeData } from "./data/data-folder.js";

interface Rule {
  id: string;
  level: string;
  section: string;
}

/** A row of the list of HTTP/2: how far an error reaches, and its name on the wire. */
interface H2Rule {
  id: string;
  section: string;
  scope: string;
  error: string;
}

/** A row of the list of HTTP/3 and QPACK: codes for the wire that its action names. */
interface H3Rule {
  id: string;
  section: string;
  error: string;
}

interface Row {
  id: string;
  /** What the list says, in its order. */
  facts: string[];
  code: string[];
  tests: string[];
  reason: string;
}

const ROOT = new URL("../", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), "utf8");

const ID = "(?:(?:H1|H2|HP|PU|XC|OR)-\\d{3}|(?:H3|QP|Q|TLS)-[A-Z0-9]+-\\d+|CAP-\\d+)";

/** Transport error codes that the list names (RFC 9000 section 20.1, RFC 9368 section 10.2). */
const QUIC_CODES: ReadonlySet<string> = new Set([
  ...["NO_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "STREAM_LIMIT_ERROR"],
  ...[
    "STREAM_STATE_ERROR",
    "FINAL_SIZE_ERROR",
    "FRAME_ENCODING_ERROR",
    "TRANSPORT_PARAMETER_ERROR",
  ],
  ...[
    "CONNECTION_ID_LIMIT_ERROR",
    "PROTOCOL_VIOLATION",
    "CRYPTO_BUFFER_EXCEEDED",
    "KEY_UPDATE_ERROR",
  ],
  ...["AEAD_LIMIT_REACHED", "VERSION_NEGOTIATION_ERROR"],
]);

/** The rows of a table whose ids begin so: cells between bars, `facts` of them from the list, file names in back quotes. */
function parseRows(markdown: string, ids: string, facts: number): Row[] {
  const files = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  return markdown
    .split("\n")
    .filter((line) => new RegExp(`^\\| (?:${ids})-(?:\\d+|[A-Z0-9]+-\\d+) `).test(line))
    .map((line) => {
      const [id = "", ...cells] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      const [code, tests, reason = ""] = cells.slice(facts);
      return { id, facts: cells.slice(0, facts), code: files(code), tests: files(tests), reason };
    });
}

/** Whether a test file has the id in a title: a heading of a golden case, or a string that begins with ids. */
function namesInTitle(file: string, text: string, id: string): boolean {
  if (file.endsWith(".md")) return new RegExp(`^## .*\\b${id}\\b`, "m").test(text);
  return new RegExp(`["\`](?:${ID}[ ,:]+)*${id}\\b`).test(text);
}

/** What is wrong with a row: empty where nothing is. `open` reads a file of the project, undefined where there is none. */
function faultsOf(row: Row, open: (file: string) => string | undefined): string[] {
  const faults: string[] = [];
  if (row.code.length === 0 && row.reason === "")
    faults.push(`${row.id}: neither code nor a reason`);
  if (row.tests.length === 0 && row.reason === "")
    faults.push(`${row.id}: neither a test nor a reason`);
  for (const file of row.code) {
    const text = open(file);
    if (text === undefined) faults.push(`${row.id}: ${file} does not exist`);
    else if (!new RegExp(`\\b${row.id}\\b`).test(text))
      faults.push(`${row.id}: ${file} does not name it`);
  }
  for (const file of row.tests) {
    const text = open(file);
    if (text === undefined) faults.push(`${row.id}: ${file} does not exist`);
    else if (!namesInTitle(file, text, row.id))
      faults.push(`${row.id}: no title of ${file} names it`);
  }
  return faults;
}

function open(file: string): string | undefined {
  return existsSync(new URL(file, ROOT)) ? read(file) : undefined;
}

const rules: Rule[] = JSON.parse(read("test/vectors/h1-rules.json"));
const rows = parseRows(read("docs/rules.md"), "H1", 2);
const h2Rules: H2Rule[] = JSON.parse(read("test/vectors/h2-rules.json"));
const h2Rows = parseRows(read("docs/rules.md"), "H2|HP|PU|XC|OR", 3);
const h3Rules: H3Rule[] = JSON.parse(read("test/vectors/h3-rules.json"));
const h3Rows = parseRows(read("docs/rules.md"), "H3|QP", 2);
const quicRules: H3Rule[] = JSON.parse(read("test/vectors/quic-rules.json"));
const quicRows = parseRows(read("docs/rules.md"), "Q", 2);
/** Rules of TLS records and captures: the ids are ours, so that the codes are the list. */
const ownRows = parseRows(read("docs/rules.md"), "TLS|CAP", 2);
const allRows = [...rows, ...h2Rows, ...h3Rows, ...quicRows, ...ownRows];

describe("docs/rules.md", () => {
  test("has the 150 rows of the list, in order, with their levels and sections", () => {
    expect(rules).toHaveLength(150);
    expect(rows.map(({ id, facts }) => [id, ...facts])).toEqual(
      rules.map(({ id, level, section }) => [id, level, section]),
    );
  });

  test("has the 273 rows of the list of HTTP/2 and HPACK, in order", () => {
    expect(h2Rules).toHaveLength(273);
    expect(h2Rows.map(({ id, facts }) => [id, ...facts])).toEqual(
      h2Rules.map(({ id, section, scope, error }) => [id, section, scope, error]),
    );
  });

  test("has the 168 rows of the list of HTTP/3 and QPACK, in order", () => {
    expect(h3Rules).toHaveLength(168);
    expect(h3Rows.map(({ id, facts }) => [id, ...facts])).toEqual(
      h3Rules.map(({ id, section, error }) => [id, section, error]),
    );
  });

  test("has the 176 rows of the list of QUIC, in order", () => {
    expect(quicRules).toHaveLength(176);
    expect(quicRows.map(({ id, facts }) => [id, ...facts])).toEqual(
      quicRules.map(({ id, section, error }) => [id, section, error]),
    );
  });

  test("has a row for the rule of every error code, and no other rows of TLS and captures", () => {
    const rulesOf = Object.values(ERRORS).flatMap(({ rule }) => rule.split(/[ ,]+/));
    const ids = new Set(allRows.map(({ id }) => id));
    expect(rulesOf.filter((rule) => /^[A-Z]/.test(rule) && !ids.has(rule))).toEqual([]);
    for (const { id, facts } of ownRows) {
      const codes = Object.entries(ERRORS).filter(([, { rule }]) => rule === id);
      expect(codes.map(([name]) => `\`${name}\``).join(" "), id).toBe(facts[1]);
    }
  });

  test.each(allRows.map((row) => [row.id, row] as const))(
    "%s has code and a test that name it, or a reason",
    (_id, row) => {
      expect(faultsOf(row, open)).toEqual([]);
    },
  );
});

describe("a planted fault is found", () => {
  const good: Row = {
    id: "H1-001",
    facts: [],
    code: ["a.ts"],
    tests: ["b.test.ts"],
    reason: "",
  };
  const project: Record<string, string> = {
    "a.ts": "// H1-001",
    "b.test.ts": '["H1-002 H1-001 octets", 1]',
    "c.md": "## H1-001 octets",
    "empty.ts": "",
  };
  const from = (file: string) => project[file];

  test("none in a good row", () => {
    expect(faultsOf(good, from)).toEqual([]);
    expect(faultsOf({ ...good, tests: ["c.md"] }, from)).toEqual([]);
    expect(faultsOf({ ...good, code: [], tests: [], reason: "the application's" }, from)).toEqual(
      [],
    );
  });

  test.each<[string, Partial<Row>]>([
    ["no code", { code: [] }],
    ["no test", { tests: [] }],
    ["a file that is gone", { code: ["gone.ts"] }],
    ["code that does not name the row", { code: ["empty.ts"] }],
    ["a test that does not name the row", { tests: ["empty.ts"] }],
    ["a test that names it in a comment only", { tests: ["a.ts"] }],
  ])("%s", (_name, more) => {
    expect(faultsOf({ ...good, ...more }, from)).toHaveLength(1);
  });
});

describeData("rules beside the data", () => {
  test("the ids are those of the shared rule list", () => {
    const list = join(process.env.TERCET_DATA ?? "", "..", "rules", "h1.tsv");
    const lines = readFileSync(list, "utf8").trimEnd().split("\n").slice(1);
    const shared = lines.map((line) => {
      const [id, level, , section] = line.split("\t");
      return { id, level, section };
    });
    expect(rules).toEqual(shared);
  });

  test("the ids of HTTP/2 and HPACK are those of the shared rule list", () => {
    const list = join(process.env.TERCET_DATA ?? "", "..", "rules", "h2-hpack.tsv");
    const lines = readFileSync(list, "utf8").trimEnd().split("\n").slice(1);
    const shared = lines.map((line) => {
      const [id, section = "", , scope = "", error = ""] = line
        .split("\t")
        .map((cell) => cell.replaceAll("|", " or ").replaceAll('"', ""));
      return { id, section, scope, error };
    });
    expect(h2Rules).toEqual(shared);
  });

  test("the ids of HTTP/3 and QPACK are those of the shared rule list, with the codes that it names", () => {
    const list = join(process.env.TERCET_DATA ?? "", "..", "rules", "h3-qpack-quic.tsv");
    const lines = readFileSync(list, "utf8").trimEnd().split("\n").slice(1);
    const shared = lines
      .map((line) => line.split("\t"))
      .filter(([id = ""]) => /^(H3|QP)-/.test(id))
      .map(([id, section = "", , action = ""]) => ({ id, section, error: codesOf(action) }));
    expect(h3Rules).toEqual(shared);
  });

  test("the ids of QUIC are those of the shared rule list, with the codes that it names", () => {
    const list = join(process.env.TERCET_DATA ?? "", "..", "rules", "h3-qpack-quic.tsv");
    const lines = readFileSync(list, "utf8").trimEnd().split("\n").slice(1);
    const shared = lines
      .map((line) => line.split("\t"))
      .filter(([id = ""]) => /^Q-/.test(id))
      .map(([id, section = "", , action = ""]) => ({ id, section, error: quicCodesOf(action) }));
    expect(quicRules).toEqual(shared);
  });
});

/** The codes for the wire that an action names, each once. */
function codesOf(action: string): string {
  const names = action.match(/\b(?:H3|QPACK|WT)_[A-Z_]+\b|\b(?:DE|EN)CODER_STREAM_ERROR\b/g) ?? [];
  const whole = names.map((name) => (/^(DE|EN)CODER/.test(name) ? `QPACK_${name}` : name));
  return [...new Set(whole)].join(" ") || "-";
}

/** The same of QUIC. What looks like a code and is none is in no registry. */
function quicCodesOf(action: string): string {
  const names = action.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
  return [...new Set(names.filter((name) => QUIC_CODES.has(name)))].join(" ") || "-";
}
