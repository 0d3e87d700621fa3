// The house rules that a machine can check on the text of the project: length and names of files, the
// comment at their head, no notes for later, no path of somebody's machine; and the one trap of the
// constants that two compilers share.
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, sourceFiles, stripped } from "./helpers/source-files.js";

/** Files that are one table each: a long list is easier to read in one place than in two. */
const TABLES = [/^src\/errors\.ts$/, /^src\/limits\.ts$/, /^src\/abi\/error-code\.ts$/];

const MAX_LINES = 400;

const CODE = ["src", "assembly", "test", "fuzz", "bench", "scripts"];
const code = sourceFiles(CODE, [".ts", ".mjs", ".cjs"]);
const prose = sourceFiles(["."], [".md"]);

describe("files", () => {
  test("are at most 400 lines long, tables excepted", () => {
    const long = [...code]
      .filter(([file]) => !TABLES.some((table) => table.test(file)))
      .map(([file, text]) => [file, text.split("\n").length - 1] as const)
      .filter(([, lines]) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test("begin with a comment that says what they are", () => {
    const bare = [...code].filter(([, text]) => !/^(?:#![^\n]*\n)?\/[/*]/.test(text));
    expect(bare.map(([file]) => file)).toEqual([]);
  });

  test("are named in kebab-case", () => {
    const odd = [...code.keys()].filter((file) => !/^(?:[a-z0-9]+[-./])*[a-z0-9]+$/.test(file));
    expect(odd).toEqual([]);
  });

  test("hold no notes for later: those are issues", () => {
    const note = new RegExp(
      `\\b(?:${["TO", "FIX", "XX"].map((a, i) => a + ["DO", "ME", "X"][i]).join("|")})\\b`,
    );
    expect([...code, ...prose].filter(([, text]) => note.test(text)).map(([file]) => file)).toEqual(
      [],
    );
  });

  test("name no path of one machine", () => {
    const home = new RegExp(`(?<![\\w.])/(?:${["work", "root"].join("|")})/\\w`);
    expect([...code, ...prose].filter(([, text]) => home.test(text)).map(([file]) => file)).toEqual(
      [],
    );
  });

  test("have no decorators on functions and constants, which only asc can read", () => {
    const decorated = /^@\w+(?:\([^)]*\))?\s+(?:export\s+)?(?:function|const|let)\b/m;
    const bad = [...sourceFiles(["assembly"])].filter(([, text]) => decorated.test(text));
    expect(bad.map(([file]) => file)).toEqual([]);
  });
});

describe("enum members of src/abi", () => {
  // From 2^31 on asc sign-extends a member in a comparison with a u64: never true, and no diagnostic.
  test("are below 2^31 and not negative", async () => {
    const values = await enumMembers();
    expect(values.length).toBeGreaterThan(100);
    expect(values.filter(([, value]) => !(value >= 0 && value < 2 ** 31))).toEqual([]);
  });

  test("are all seen by this scan", async () => {
    const declared = [...sourceFiles(["src/abi"]).values()]
      .flatMap((text) => stripped(text, false).match(/\benum\s+\w+\s*\{[^}]*\}/g) ?? [])
      .flatMap((block) => block.slice(block.indexOf("{") + 1).match(/^\s*\w+/gm) ?? []);
    expect((await enumMembers()).length).toBe(declared.length);
  });

  test("of 2^31 would be found", () => {
    enum Planted {
      Fine = 1,
      TooLarge = 0x8000_0000,
    }
    expect(membersOf("Planted", Planted).filter(([, value]) => value >= 2 ** 31)).toHaveLength(1);
  });
});

type Member = readonly [name: string, value: number];

async function enumMembers(): Promise<Member[]> {
  const members: Member[] = [];
  for (const file of sourceFiles(["src/abi"]).keys()) {
    const module: Record<string, unknown> = await import(path.join(ROOT, file));
    for (const [name, value] of Object.entries(module))
      if (typeof value === "object" && value !== null) members.push(...membersOf(name, value));
  }
  return members;
}

/** An enum's object also maps values back to names; those keys are numbers. */
function membersOf(name: string, members: object): Member[] {
  return Object.entries(members)
    .filter(([key]) => !/^-?\d/.test(key))
    .map(([key, value]) => [`${name}.${key}`, value as number]);
}
