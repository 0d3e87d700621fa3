// The pages against the code: every limit, leniency and error code is described with its true figures, every
// class of attack has its row, links lead somewhere. ARCHITECTURE.md and the tapes are the matter of
// docs-engines.test.ts; the examples are run by docs-examples.test.ts.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import * as tercet from "tercet";
import {
  attacks,
  H3_ATTACK_CLASSES,
  h2Attacks,
  h2Injections,
  h3Attacks,
  h3Injections,
  INSPECT_ATTACK_CLASSES,
  injections,
  inspectAttacks,
  QUIC_ATTACK_CLASSES,
  quicAttacks,
} from "tercet/fuzz";
import { describe, expect, test } from "vitest";
import { ErrorCode } from "../src/abi/error-code.js";
import { H1_USAGE_RULES } from "../src/codec/h1-usage.js";
import { HPACK_USAGE_RULES } from "../src/codec/hpack-usage.js";
import { H2_USAGE_RULES, H3_USAGE_RULES } from "../src/codec/message-usage.js";
import { QPACK_USAGE_RULES } from "../src/codec/qpack-usage.js";
import { h2Config } from "../src/connection/h2-options.js";
import { h3Config } from "../src/connection/h3-options.js";
import { BROWSER_RESPONSES } from "../src/leniency.js";
import { page, part } from "./helpers/pages.js";
import { ROOT, sourceFiles } from "./helpers/source-files.js";

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
  const [h1, h2, h3] = [part(text, "HTTP/1.1"), part(text, "HTTP/2"), part(text, "HTTP/3")];
  const quic = part(text, "QUIC");
  const inForce = h2Config({ role: "server" }).limits;
  const inForceH3 = h3Config({ role: "server" }).limits;
  /** The table of limits, without that of derived ones. */
  const limitsOf = (text: string) => text.slice(0, text.indexOf("| derived |"));

  test.each(Object.entries(tercet.H1_LIMITS))("HTTP/1.1 %s", (name, limit) => {
    checkLimit(h1, name, limit, limit.default);
  });

  test.each(Object.entries(tercet.H2_LIMITS))("HTTP/2 %s", (name, limit) => {
    checkLimit(limitsOf(h2), name, limit, inForce[name as tercet.H2LimitName]);
  });

  test.each(Object.entries(tercet.H3_LIMITS))("HTTP/3 %s", (name, limit) => {
    checkLimit(limitsOf(h3), name, limit, inForceH3[name as tercet.H3LimitName]);
  });

  test.each(Object.entries(tercet.QUIC_LIMITS))("QUIC %s", (name, limit) => {
    checkLimit(quic, name, limit, limit.default);
  });

  test.each([
    ["HTTP/2", tercet.H2_LIMITS, h2],
    ["HTTP/3", tercet.H3_LIMITS, h3],
  ] as const)("says of every derived limit of %s what it follows from", (_name, table, rows) => {
    const derived = Object.entries<tercet.LimitInfo>(table)
      .filter(([, limit]) => limit.derived !== undefined)
      .map(([name]) => name);
    expect(namesUnder(rows, "derived")).toEqual(derived);
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
    expect(namesUnder(h3, "limit")).toEqual(Object.keys(tercet.H3_LIMITS));
    expect(namesUnder(quic, "limit")).toEqual(Object.keys(tercet.QUIC_LIMITS));
    expect(namesUnder(text, "leniency")).toEqual(Object.keys(tercet.LENIENCIES));
  });

  test("lists the profile browser", () => {
    const paragraph = text.slice(text.indexOf('`"browser"` is a profile'));
    const listed = paragraph.slice(0, paragraph.indexOf(": what")).matchAll(/`(\w+)`/g);
    expect([...listed].map((match) => match[1])).toEqual(BROWSER_RESPONSES);
  });
});

const USAGE_RULES = {
  ...H1_USAGE_RULES,
  ...H2_USAGE_RULES,
  ...HPACK_USAGE_RULES,
  ...H3_USAGE_RULES,
  ...QPACK_USAGE_RULES,
};

/** Codes as RFC 9113 section 7 calls them, in their order. */
const WIRE_NAMES = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

/** The registry of HTTP/3, which maps both ways: a const enumeration is an object here only when it is imported so. */
const registries: Record<string, Record<number, string>> = await import(
  path.join(ROOT, "src/abi/h3-wire.ts")
);

/** The same of QUIC: transport error codes, and the alerts of TLS behind CRYPTO_ERROR. */
const quicRegistries: Record<string, Record<number, string>> = await import(
  path.join(ROOT, "src/abi/quic-wire.ts")
);

function quicWireName(code: number): string {
  const isAlert = code > 0x100;
  const name = quicRegistries.QuicWireCode[isAlert ? 0x100 : code];
  const words = name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  return isAlert ? `${words} + ${code - 0x100}` : words;
}

/** The name of a code on the wire; those of HTTP/3 stand in the registry without what all have in front. */
function wireName(code: number | null, name: string): string | undefined {
  if (code === null) return "–";
  if (name.startsWith("QUIC_")) return quicWireName(code);
  if (code < WIRE_NAMES.length) return WIRE_NAMES[code];
  const words = registries.H3WireCode[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  return /^(?:QPACK|WT)_/.test(words) ? words : `H3_${words}`;
}

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
    else expect(more.slice(0, 2)).toEqual([info.scope, wireName(info.wireCode, name)]);
  });

  test("has no row for a code that is gone", () => {
    expect(namesUnder(peers, "code")).toEqual(Object.keys(tercet.ERRORS));
  });

  test.each(Object.entries(USAGE_RULES))("UsageError %s", (name, rules) => {
    expect(rowOf(usage, name)[1]).toBe(rules.replaceAll(" ", ", "));
  });

  test("has every UsageError of the sources, and no other", () => {
    const thrown = new Set<string>(Object.keys(USAGE_RULES));
    for (const code of sourceFiles(["src"]).values()) {
      for (const match of code.matchAll(/new UsageError\(\s*"(\w+)"/g)) thrown.add(match[1]);
      for (const match of code.matchAll(/new UsageError\(\s*`\$\{protocol\}(_\w+)`/g))
        for (const protocol of ["H2", "H3"]) thrown.add(protocol + match[1]);
    }
    expect([...new Set(namesUnder(usage, "code"))].sort()).toEqual([...thrown].sort());
  });
});

describe("docs/vulnerabilities.md", () => {
  const rows = page("docs/vulnerabilities.md")
    .split("\n")
    .filter((line) => /^\| (?:H[23]-|Q-|CAP-)?[SR]\d+ \|/.test(line))
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

  test.each([
    ["QUIC", "Q", "quic", "quic", QUIC_ATTACK_CLASSES, quicAttacks],
    ["captures", "CAP", "captures", "inspect", INSPECT_ATTACK_CLASSES, inspectAttacks],
  ] as const)("has each class of attack on %s, and the file its rows are in", (...row) => {
    const [, prefix, guardName, folder, classes, attackRows] = row;
    const kind = new RegExp(`^${prefix}-S`);
    const inRows = new Set<string>(attackRows.map(({ id }) => id));
    expect(idsOf(kind).filter((id) => inRows.has(id))).toEqual(Object.keys(classes));
    const guard = page(`test/vulnerabilities-${guardName}.test.ts`);
    for (const cells of rows.filter(([id]) => kind.test(id))) {
      const [id] = cells;
      expect(guard, id).toContain(id);
      if (inRows.has(id))
        expect(page(`src/fuzz/${folder}/attacks/${fileOf(cells)}`), id).toContain(id);
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

describe("docs/inspect.md", () => {
  const text = page("docs/inspect.md");
  const source = page("src/inspect/events.ts");
  /** Rows of the table of events, not of the members that all have. */
  const table = text
    .slice(text.search(/^\| event +\| members/m))
    .split("\n\n")[0]
    .split("\n");
  const bodyOf = (name: string) => {
    const start = source.indexOf(`interface ${name} `);
    return source.slice(start, source.indexOf("\n}", start));
  };
  const membersOf = (name: string) =>
    [...bodyOf(name).matchAll(/^ {2}readonly (\w+)\??:/gm)].map((match) => match[1]);
  const interfaces = [...source.matchAll(/^(?:export )?interface (Inspect\w+|OfProtocol)\b/gm)];
  const kindsOf = (name: string) =>
    [...(/readonly event: ([^;]+);/.exec(bodyOf(name))?.[1] ?? "").matchAll(/"(\w+)"/g)].map(
      (match) => match[1],
    );

  test("has every member that all events have", () => {
    const common = [...membersOf("InspectBase"), ...membersOf("OfProtocol")];
    expect(common).toContain("offset");
    expect(namesUnder(text, "member").sort()).toEqual(["event", ...common].sort());
  });

  test.each(interfaces.map((match) => match[1]).filter((name) => kindsOf(name).length > 0))(
    "has the members of %s",
    (name) => {
      for (const kind of kindsOf(name)) {
        const row = table.find((line) => (line.split("|")[1] ?? "").includes(`\`${kind}\``));
        for (const member of membersOf(name).filter((each) => each !== "event"))
          expect(row, `${kind} ${member}`).toContain(`\`${member}\``);
      }
    },
  );

  test("has every reason for which a packet stays closed, and no other", () => {
    const start = source.indexOf("export type ClosedReason");
    const reasons = source.slice(start, source.indexOf(";", start)).matchAll(/\| "([^"]+)"/g);
    const rows = part(text, "What stays closed, and why")
      .split("\n")
      .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)]);
    expect(rows.map((match) => match[1])).toEqual([...reasons].map((match) => match[1]));
  });

  test("has every option of the command, and of inspect()", () => {
    const help = page("src/cli/inspect-help.ts");
    for (const [, option] of help.matchAll(/^ {2}--([a-z]+)/gm))
      if (option !== "help") expect(text, option).toContain(`\`--${option}`);
    for (const [, option] of page("src/inspect/inspector-options.ts").matchAll(
      /^ {2}readonly (\w+)\?:/gm,
    ))
      expect(text, option).toContain(`\`${option}\``);
  });
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
