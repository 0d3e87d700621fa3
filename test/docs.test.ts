// The pages against the code: every limit, leniency and error code is described with its true figures, every
// class of attack has its row, links lead somewhere, ARCHITECTURE.md names every file in which rules live, and
// the examples of the README and the tape of docs/tape.md are what really comes out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import * as tercet from "tercet";
import { attacks, injections } from "tercet/fuzz";
import * as h1 from "tercet/h1";
import * as node from "tercet/node";
import { describe, expect, test } from "vitest";
import { BlockField, TAPE, WINDOW } from "../src/abi/memory.js";
import { H1_USAGE_RULES } from "../src/codec/h1-usage.js";
import { h1Settings } from "../src/connection/h1-options.js";
import { H1Instance } from "../src/engine/h1-instance.js";
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

describe("docs/limits.md", () => {
  const text = page("docs/limits.md");

  test.each(Object.entries(tercet.H1_LIMITS))("%s", (name, limit) => {
    const [, value, unit, , , error] = rowOf(text, name);
    expect(value).toBe(
      Number.isFinite(limit.default) ? limit.default.toLocaleString("en-US") : "none",
    );
    expect(unit).toBe(limit.unit);
    const code = limit.error;
    const status = code === null ? null : tercet.ERRORS[code].status;
    if (code === null) expect(error).toMatch(/^none: /);
    else expect(error).toBe(status === null ? `\`${code}\`, no answer` : `\`${code}\` ${status}`);
  });

  test.each(Object.entries(tercet.LENIENCIES))("leniency %s", (name, info) => {
    const [, direction, rule] = rowOf(text, name);
    const both = [info.requests && "requests", info.responses && "responses"];
    expect(direction).toBe(both.filter(Boolean).join(", "));
    expect(rule).toBe(info.rule);
  });

  test("has no row for a limit or leniency that is gone", () => {
    expect(namesUnder(text, "limit")).toEqual(Object.keys(tercet.H1_LIMITS));
    expect(namesUnder(text, "leniency")).toEqual(Object.keys(tercet.LENIENCIES));
  });

  test("lists the profile browser", () => {
    const paragraph = text.slice(text.indexOf('`"browser"` is a profile'));
    const listed = paragraph.slice(0, paragraph.indexOf(": what")).matchAll(/`(\w+)`/g);
    expect([...listed].map((match) => match[1])).toEqual(BROWSER_RESPONSES);
  });
});

describe("docs/errors.md", () => {
  const text = page("docs/errors.md");
  const peers = text.slice(0, text.indexOf("## UsageError"));
  const usage = text.slice(text.indexOf("## UsageError"));

  test.each(Object.entries(tercet.ERRORS))("%s", (name, info) => {
    const [, , status, rule, section] = rowOf(peers, name);
    expect(status).toBe(info.status === null ? "–" : String(info.status));
    expect(rule).toBe(info.rule);
    expect(section).toBe(info.rfc.replace("RFC ", "").replace("section ", ""));
  });

  test("has no row for a code that is gone", () => {
    expect(namesUnder(peers, "code")).toEqual(Object.keys(tercet.ERRORS));
  });

  test.each(Object.entries(H1_USAGE_RULES))("UsageError %s", (name, rules) => {
    expect(rowOf(usage, name)[1]).toBe(rules.replaceAll(" ", ", "));
  });

  test("has every UsageError of the sources, and no other", () => {
    const thrown = new Set<string>(Object.keys(H1_USAGE_RULES));
    for (const code of sourceFiles(["src"]).values())
      for (const match of code.matchAll(/new UsageError\(\s*"(\w+)"/g)) thrown.add(match[1]);
    expect([...new Set(namesUnder(usage, "code"))].sort()).toEqual([...thrown].sort());
  });
});

test("docs/vulnerabilities.md has each class of attack, and the file its rows are in", () => {
  const lines = page("docs/vulnerabilities.md").split("\n");
  const found = lines.filter((line) => /^\| S\d+ \|/.test(line)).map((line) => line.split(" ")[1]);
  expect(found).toEqual(Array.from({ length: 30 }, (_, at) => `S${at + 1}`));
  expect(new Set([...attacks, ...injections].map(({ id }) => id))).toEqual(new Set(found));
  for (const line of lines.filter((text) => /^\| S\d+ \|/.test(text))) {
    const [, id, , , file] = line.split("|").map((cell) => cell.trim());
    expect(page(`src/fuzz/attacks/${file.replaceAll("`", "")}`), id).toContain(`"${id}"`);
  }
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
    const built = /^src\/engine\/h1(?:-wasm\.ts|\.wasm)$/;
    const missing = named
      .map((match) => match[1])
      .filter((file) => !built.test(file) && !existsSync(path.join(ROOT, file)));
    expect(missing).toEqual([]);
  });

  test("says of every file of the engine, the codec and the connection what lives there", () => {
    const folders = ["assembly/common", "assembly/h1", "src/codec", "src/connection"];
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

test("docs/tape.md shows the tape of its input", () => {
  const text = page("docs/tape.md");
  const block = (mark: string) =>
    text
      .slice(text.indexOf(`<!-- tape:${mark} -->`))
      .split("```")[1]
      .replace(/^text\n/, "");
  const input = Buffer.from(block("input").replace(/\n/g, "").replaceAll("␍␊", "\r\n"), "latin1");
  const rows = block("words").trimEnd().split("\n");
  const words = rows.flatMap((row) => row.slice(21).split(" ").map(Number));
  expect(text).toContain(`The input, ${input.length} bytes`);
  expect(text).toContain(`${words.length} words`);

  const engine = new H1Instance();
  const at = engine.lease({}, h1Settings({ role: "server" }).config);
  engine.u8.set(input, WINDOW);
  engine.i32[(at >> 2) + BlockField.MessageBudget] = 64;
  const count = engine.exports.exec(at, 0, input.length);
  expect([...engine.i32.subarray(TAPE >> 2, (TAPE >> 2) + count)]).toEqual(words);
  let next = 0;
  for (const row of rows) {
    expect(Number(row.slice(0, 2))).toBe(next);
    next += row.slice(21).split(" ").length;
  }
});

/** Blocks of one language of the README, each with the language of the block behind it. */
function blocks(language: string): string[] {
  const found = page("README.md").matchAll(
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"),
  );
  return [...found].map((match) => match[1]);
}

/** Runs a module of the README: its imports are those of the project, its console is a list of lines. */
async function run(code: string, modules: Record<string, object>): Promise<[object, string[]]> {
  const lines: string[] = [];
  const print = (...values: unknown[]) => void lines.push(values.join(" "));
  const names: Record<string, unknown> = { console: { log: print } };
  const body = code.replace(/^import (\w+|\{[^}]*\}) from "([^"]+)";$/gm, (_all, what, from) => {
    const module = modules[from] as Record<string, unknown>;
    expect(module, from).toBeDefined();
    if (!what.startsWith("{")) names[what] = module.default;
    for (const name of what.match(/\w+/g).filter(() => what.startsWith("{"))) {
      expect(module[name], name).toBeDefined();
      names[name] = module[name];
    }
    return "";
  });
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...values: unknown[]) => Promise<object>;
  const made = new AsyncFunction(
    ...Object.keys(names),
    `${body}\nreturn typeof server === "undefined" ? {} : server;`,
  );
  return [await made(...Object.values(names)), lines];
}

describe("README.md", () => {
  const [example, smallest, withServe] = blocks("js");

  test("the message in two pieces prints what the page says", async () => {
    const [, lines] = await run(example, { "tercet/h1": h1 });
    const said = blocks("text")[0].trimEnd().split("\n");
    expect(lines.map((line) => line.trimEnd())).toEqual(said);
  });

  test("the smallest server answers", async () => {
    // The page listens on a fixed port; here the system picks one.
    const anyPort = smallest.replace("server.listen(8080);", "");
    expect(anyPort).not.toBe(smallest);
    const [made] = await run(anyPort, { "node:net": { default: net }, "tercet/h1": h1 });
    const server = made as net.Server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    expect(response.headers.get("content-type")).toBe("text/plain");
    expect(await response.text()).toBe("hello\n");
    await new Promise((resolve) => server.close(resolve));
  });

  test("the server with a fetch handler answers", async () => {
    const [made, lines] = await run(withServe, { "tercet/node": node });
    const server = made as node.Server;
    expect(lines).toEqual([server.url]);
    const response = await fetch(server.url, { method: "POST", body: "hello" });
    expect(await response.text()).toBe("5 characters\n");
    await server.close();
  });

  test("has no other code that nobody runs", () => {
    expect(blocks("js")).toHaveLength(3);
  });
});
