// The pages against the code: every limit, leniency and error code is described with its true figures, every
// class of attack has its row, links lead somewhere, ARCHITECTURE.md names every file in which rules live, and
// the tapes of docs/tape.md are what really comes out. The examples are run by docs-examples.test.ts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as tercet from "tercet";
import {
  attacks,
  H3_ATTACK_CLASSES,
  h2Attacks,
  h2Injections,
  h3Attacks,
  h3Injections,
  injections,
} from "tercet/fuzz";
import { describe, expect, test } from "vitest";
import { ErrorCode } from "../src/abi/error-code.js";
import * as h2Map from "../src/abi/field-memory.js";
import { FIELD_STAGE, FIELD_TAPE, FIELD_WINDOW } from "../src/abi/field-memory.js";
import { H2Block, H2Phase } from "../src/abi/h2-memory.js";
import { H3Block } from "../src/abi/h3-memory.js";
import * as h1Map from "../src/abi/memory.js";
import { BlockField, TAPE, WINDOW } from "../src/abi/memory.js";
import { engineConfig } from "../src/codec/engine-config.js";
import { H1_USAGE_RULES } from "../src/codec/h1-usage.js";
import { HPACK_USAGE_RULES } from "../src/codec/hpack-usage.js";
import { H2_USAGE_RULES } from "../src/codec/message-usage.js";
import { h1Settings } from "../src/connection/h1-options.js";
import { h2Config } from "../src/connection/h2-options.js";
import { H1Instance } from "../src/engine/h1-instance.js";
import { H2Instance } from "../src/engine/h2-instance.js";
import { H3Instance } from "../src/engine/h3-instance.js";
import { BROWSER_RESPONSES } from "../src/leniency.js";
import { ROOT, sourceFiles } from "./helpers/source-files.js";

/** A page; cells of tables without the blanks that line them up. */
const page = (file: string) =>
  readFileSync(path.join(ROOT, file), "utf8").replace(/^\|.*/gm, (row) => row.replace(/ +/g, " "));
const PAGES = [
  ...readdirSync(ROOT),
  ...readdirSync(path.join(ROOT, "docs")).map((f) => `docs/${f}`),
]
  .filter((file) => file.endsWith(".md"))
  .sort();

/** Cells of the rows whose first cell is `name`, of all tables of a page. */
function rowsOf(text: string, name: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`| \`${name}\` |`))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

/** The one row of `name`. */
function rowOf(text: string, name: string): string[] {
  const rows = rowsOf(text, name);
  expect(rows, name).toHaveLength(1);
  return rows[0];
}

/** Names in the first cells of the tables with this heading. */
function namesUnder(text: string, heading: string): string[] {
  const names: string[] = [];
  for (const table of text.split(`| ${heading} |`).slice(1)) {
    const end = table.indexOf("\n\n");
    for (const line of table.slice(0, end < 0 ? undefined : end).split("\n")) {
      const first = line.startsWith("| `") ? line.split("|")[1] : "";
      names.push(...[...first.matchAll(/`(\w+)`/g)].map((match) => match[1]));
    }
  }
  return names;
}

/** One part of a page: from its heading to the next one of the same depth. */
function part(text: string, heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const end = text.indexOf("\n## ", start + 1);
  return text.slice(start, end < 0 ? undefined : end);
}

/** The cells of a limit's row against its entry in the table of the code. */
function checkLimit(text: string, name: string, limit: tercet.LimitInfo, value: number): void {
  const [, figure, unit, , , error] = rowOf(text, name);
  expect(figure).toBe(Number.isFinite(value) ? value.toLocaleString("en-US") : "none");
  expect(unit).toBe(limit.unit);
  const code = limit.error;
  const status = code === null ? null : tercet.ERRORS[code].status;
  if (code === null) expect(error).toMatch(/^none: /);
  else if (status !== null) expect(error).toBe(`\`${code}\` ${status}`);
  else expect([`\`${code}\`, no answer`, `\`${code}\``]).toContain(error);
}

describe("docs/limits.md", () => {
  const text = page("docs/limits.md");
  const [h1, h2] = [part(text, "HTTP/1.1"), part(text, "HTTP/2")];
  const inForce = h2Config({ role: "server" }).limits;

  test.each(Object.entries(tercet.H1_LIMITS))("HTTP/1.1 %s", (name, limit) => {
    checkLimit(h1, name, limit, limit.default);
  });

  test.each(Object.entries(tercet.H2_LIMITS))("HTTP/2 %s", (name, limit) => {
    const table = h2.slice(0, h2.indexOf("| derived |"));
    checkLimit(table, name, limit, inForce[name as tercet.H2LimitName]);
  });

  test("says of every derived limit what it follows from", () => {
    const derived = Object.entries<tercet.LimitInfo>(tercet.H2_LIMITS)
      .filter(([, limit]) => limit.derived !== undefined)
      .map(([name]) => name);
    expect(namesUnder(h2, "derived")).toEqual(derived);
  });

  test.each(Object.entries(tercet.LENIENCIES))("leniency %s", (name, info) => {
    const [, direction, rule] = rowOf(text, name);
    const both = [info.requests && "requests", info.responses && "responses"];
    expect(direction).toBe(both.filter(Boolean).join(", "));
    expect(rule).toBe(info.rule);
  });

  test("has no row for a limit or leniency that is gone", () => {
    expect(namesUnder(h1, "limit")).toEqual(Object.keys(tercet.H1_LIMITS));
    expect(namesUnder(h2, "limit")).toEqual(Object.keys(tercet.H2_LIMITS));
    expect(namesUnder(text, "leniency")).toEqual(Object.keys(tercet.LENIENCIES));
  });

  test("lists the profile browser", () => {
    const paragraph = text.slice(text.indexOf('`"browser"` is a profile'));
    const listed = paragraph.slice(0, paragraph.indexOf(": what")).matchAll(/`(\w+)`/g);
    expect([...listed].map((match) => match[1])).toEqual(BROWSER_RESPONSES);
  });
});

const USAGE_RULES = { ...H1_USAGE_RULES, ...H2_USAGE_RULES, ...HPACK_USAGE_RULES };

/** Codes as RFC 9113 section 7 calls them, in their order. */
const WIRE_NAMES = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

const wireName = (code: number | null) => (code === null ? "–" : WIRE_NAMES[code]);

describe("docs/errors.md", () => {
  const text = page("docs/errors.md");
  const peers = text.slice(0, text.indexOf("## UsageError"));
  const usage = text.slice(text.indexOf("## UsageError"));

  test.each(Object.entries(tercet.ERRORS))("%s", (name, info) => {
    const [, number, status, rule, section, ...more] = rowOf(peers, name);
    expect(Number(number)).toBe(ErrorCode[name as tercet.ErrorName]);
    expect(status).toBe(info.status === null ? "–" : String(info.status));
    expect(rule).toBe(info.rule);
    expect(section).toBe(info.rfc.replace("RFC ", "").replace("section ", ""));
    expect(more.at(-1)).toBe(info.text);
    if (name.startsWith("H1_")) expect(more).toHaveLength(1);
    else expect(more.slice(0, 2)).toEqual([info.scope, wireName(info.wireCode)]);
  });

  test("has no row for a code that is gone", () => {
    expect(namesUnder(peers, "code")).toEqual(Object.keys(tercet.ERRORS));
  });

  test.each(Object.entries(USAGE_RULES))("UsageError %s", (name, rules) => {
    expect(rowOf(usage, name)[1]).toBe(rules.replaceAll(" ", ", "));
  });

  test("has every UsageError of the sources, and no other", () => {
    const thrown = new Set<string>(Object.keys(USAGE_RULES));
    for (const code of sourceFiles(["src"]).values())
      for (const match of code.matchAll(/new UsageError\(\s*"(\w+)"/g)) thrown.add(match[1]);
    expect([...new Set(namesUnder(usage, "code"))].sort()).toEqual([...thrown].sort());
  });
});

describe("docs/vulnerabilities.md", () => {
  const rows = page("docs/vulnerabilities.md")
    .split("\n")
    .filter((line) => /^\| (?:H[23]-)?[SR]\d+ \|/.test(line))
    .map((line) => line.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim()));
  const idsOf = (kind: RegExp) => rows.map(([id]) => id).filter((id) => kind.test(id));
  const numbered = (prefix: string, count: number, width: number) =>
    Array.from({ length: count }, (_, at) => prefix + String(at + 1).padStart(width, "0"));
  const fileOf = (cells: readonly string[]) => cells[cells.length - 1].replaceAll("`", "");

  test("has each class of attack on HTTP/1.1, and the file its rows are in", () => {
    const found = idsOf(/^S/);
    expect(found).toEqual(numbered("S", 30, 1));
    expect(new Set([...attacks, ...injections].map(({ id }) => id))).toEqual(new Set(found));
    for (const cells of rows.filter(([id]) => /^S/.test(id)))
      expect(page(`src/fuzz/attacks/${fileOf(cells)}`), cells[0]).toContain(`"${cells[0]}"`);
  });

  test("has each class of attack on HTTP/2, and the file its rows are in", () => {
    const found = idsOf(/^H2-S/);
    expect(found).toEqual(numbered("H2-S", 38, 2));
    const inRows = new Set<string>([...h2Attacks, ...h2Injections].map(({ id }) => id));
    const guard = page("test/vulnerabilities-h2.test.ts");
    for (const cells of rows.filter(([id]) => /^H2-S/.test(id))) {
      const [id] = cells;
      expect(guard, id).toContain(id);
      if (inRows.has(id)) expect(page(`src/fuzz/h2/attacks/${fileOf(cells)}`), id).toContain(id);
      else expect(fileOf(cells), id).toBe("the test itself");
    }
  });

  test("has each class of attack on HTTP/3 and QPACK, and the file its rows are in", () => {
    const found = idsOf(/^H3-S/);
    const inRows = new Set<string>([...h3Attacks, ...h3Injections].map(({ id }) => id));
    expect(found.filter((id) => inRows.has(id))).toEqual(Object.keys(H3_ATTACK_CLASSES));
    const guard = page("test/vulnerabilities-h3.test.ts");
    for (const cells of rows.filter(([id]) => /^H3-S/.test(id))) {
      const [id] = cells;
      expect(guard, id).toContain(id);
      if (inRows.has(id)) expect(page(`src/fuzz/h3/attacks/${fileOf(cells)}`), id).toContain(id);
      else expect(fileOf(cells), id).toBe("the test itself");
    }
  });

  test("has each mistake of others on HTTP/2", () => {
    const found = idsOf(/^H2-R/);
    const inRows = h2Attacks.map(({ id }) => id).filter((id) => id.startsWith("H2-R"));
    expect(found).toEqual([...new Set(inRows)].sort());
    for (const cells of rows.filter(([id]) => /^H2-R/.test(id)))
      expect(existsSync(path.join(ROOT, "src/fuzz/h2/attacks", fileOf(cells))), cells[0]).toBe(
        true,
      );
  });
});

test("docs/observe.md has every member of a frame event", () => {
  const events = page("src/events.ts");
  const start = events.indexOf("export interface FrameEvent {");
  const declared = events.slice(start, events.indexOf("\n}", start));
  const members = [...declared.matchAll(/^ {2}(?: {2})?readonly (\w+)/gm)].map((m) => m[1]);
  expect(members).toContain("pseudoOrder");
  const table = page("docs/observe.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  const named = table.flatMap((line) => [...line.split("|")[1].matchAll(/`(\w+)`/g)]);
  expect(named.map((m) => m[1]).sort()).toEqual(expect.arrayContaining(members));
});

describe("links", () => {
  test.each(PAGES)("of %s lead to files", (file) => {
    const targets = [...page(file).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1]);
    const dead = targets
      .filter((target) => !target.includes("://"))
      .filter((target) => !existsSync(path.join(ROOT, path.dirname(file), target)));
    expect(dead).toEqual([]);
  });
});

describe("ARCHITECTURE.md", () => {
  const text = page("ARCHITECTURE.md");

  test("names files that exist", () => {
    const named = [...text.matchAll(/`((?:assembly|src|test|docs|fuzz|bench|scripts)\/[^`*]+)`/g)];
    const built = /^src\/engine\/h[12](?:-wasm\.ts|\.wasm)$/;
    const missing = named
      .map((match) => match[1])
      .filter((file) => !built.test(file) && !existsSync(path.join(ROOT, file)));
    expect(missing).toEqual([]);
  });

  test("has the memory maps of the engines", () => {
    const maps = part(text, "Memory of the engines").split("| from |").slice(1);
    const starts = maps.map((map) =>
      [...map.matchAll(/^\| ([\d,]+) \|/gm)].map((match) => Number(match[1].replaceAll(",", ""))),
    );
    const { WINDOW, TAPE, CONFIGS, NAMES, BLOCKS, CARRIES } = h1Map;
    const { FIELD_STAGE, FIELD_SCRATCH, FIELD_CONFIGS, FIELD_NAMES, FIELD_BLOCKS, FIELD_RINGS } =
      h2Map;
    expect(starts).toEqual([
      [0, WINDOW, TAPE, CONFIGS, NAMES, BLOCKS, CARRIES],
      [
        0,
        FIELD_WINDOW,
        FIELD_STAGE,
        FIELD_SCRATCH,
        FIELD_TAPE,
        FIELD_CONFIGS,
        FIELD_NAMES,
        FIELD_BLOCKS,
        FIELD_RINGS,
      ],
    ]);
    expect(text).toContain(`h1.wasm has ${h1Map.MEMORY_PAGES} pages`);
    expect(text).toContain(`h2.wasm has ${h2Map.MEMORY_PAGES} pages`);
  });

  test("says of every file of the engine, the codec and the connection what lives there", () => {
    const folders = ["assembly", "src/codec", "src/connection"];
    const files = [...sourceFiles(folders).keys()];
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((file) => !text.includes(`\`${file}\``))).toEqual([]);
  });
});

describe("docs/decisions.md", () => {
  const sections = page("docs/decisions.md").split("\n## ").slice(1);

  test.each(sections.map((section) => [section.split("\n")[0], section]))(
    "%s",
    (title, section) => {
      expect(title).toMatch(/^\d{4}-\d\d-\d\d \S/);
      const lines = section.split("\n").slice(1);
      expect(lines.filter((line) => line !== "").length).toBeLessThanOrEqual(10);
    },
  );
});

describe("docs/tape.md", () => {
  const text = page("docs/tape.md");
  const block = (mark: string) =>
    text
      .slice(text.indexOf(`<!-- tape:${mark} -->`))
      .split("```")[1]
      .replace(/^text\n/, "");

  /** The words of a block; the place at the head of each row must be right. */
  function wordsOf(mark: string, column: number): number[] {
    const words: number[] = [];
    for (const row of block(mark).trimEnd().split("\n")) {
      expect(Number(row.slice(0, 2))).toBe(words.length);
      words.push(...row.slice(column).trim().split(" ").map(Number));
    }
    return words;
  }

  test("shows the tape of its HTTP/1.1 input", () => {
    const lines = block("input").replace(/\n/g, "").replaceAll("␍␊", "\r\n");
    const input = Buffer.from(lines, "latin1");
    const words = wordsOf("words", 21);
    expect(text).toContain(`The input, ${input.length} bytes`);
    expect(text).toContain(`${words.length} words`);

    const engine = new H1Instance();
    const at = engine.lease({}, h1Settings({ role: "server" }).config);
    engine.u8.set(input, WINDOW);
    engine.i32[(at >> 2) + BlockField.MessageBudget] = 64;
    const count = engine.exports.exec(at, 0, input.length);
    expect([...engine.i32.subarray(TAPE >> 2, (TAPE >> 2) + count)]).toEqual(words);
  });

  test("shows the tape of its HTTP/2 input", () => {
    const input = Buffer.from(block("h2-input").replace(/\s/g, ""), "hex");
    const words = wordsOf("h2-words", 21);
    expect(text).toContain(`The input, ${input.length} bytes of a client`);
    expect(text).toContain(`${words.length} words`);

    const { limits } = h2Config({ role: "server" });
    const engine = new H2Instance();
    const config = engineConfig(0, limits.fieldSectionLength, limits.fieldCount);
    const at = engine.lease({}, config, 4096);
    const { i32 } = engine;
    i32[(at >> 2) + H2Block.Phase] = H2Phase.Frame;
    i32[(at >> 2) + H2Block.MaxFrameSize] = 16_384;
    i32[(at >> 2) + H2Block.FieldBlockLength] = limits.fieldBlockLength;
    i32[(at >> 2) + H2Block.ContinuationCount] = limits.continuationCount;
    engine.u8.set(input, FIELD_WINDOW);
    const count = engine.exports.exec(at, 0, input.length);
    expect([...i32.subarray(FIELD_TAPE >> 2, (FIELD_TAPE >> 2) + count)]).toEqual(words);
  });

  test("shows the tapes of its QPACK input", () => {
    const octetsOf = (mark: string) => Buffer.from(block(mark).replace(/\s/g, ""), "hex");
    const [instructions, section] = [octetsOf("qpack-instructions"), octetsOf("qpack-section")];
    const [insertions, fields] = [wordsOf("qpack-insertions", 19), wordsOf("qpack-fields", 19)];
    expect(text).toContain(`${instructions.length} bytes of an encoder stream`);
    expect(text).toContain(`${section.length} bytes of a section`);
    expect(text).toContain(`leaves, ${insertions.length} words`);
    expect(text).toContain(`leaves, ${fields.length} words`);

    const engine = new H3Instance();
    const at = engine.lease({}, engineConfig(0, 65_536, 200), 4096);
    const { i32 } = engine;
    const tape = (count: number) => [...i32.subarray(FIELD_TAPE >> 2, (FIELD_TAPE >> 2) + count)];
    i32[(at >> 2) + H3Block.Most] = 100;
    engine.u8.set(instructions, FIELD_WINDOW);
    expect(tape(engine.exports.instructions(at, 0, instructions.length))).toEqual(insertions);
    engine.u8.set(section, FIELD_STAGE);
    expect(tape(engine.exports.section(at, FIELD_STAGE, section.length))).toEqual(fields);
  });
});
