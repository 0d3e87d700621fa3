// ARCHITECTURE.md and docs/tape.md against the engines: every file in which rules live is named, the memory maps are
// those of the code, and the tapes are what really comes out.
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import * as h2Map from "../src/abi/field-memory.js";
import { FIELD_STAGE, FIELD_TAPE, FIELD_WINDOW } from "../src/abi/field-memory.js";
import { H2Block, H2Phase } from "../src/abi/h2-memory.js";
import { H3Block } from "../src/abi/h3-memory.js";
import * as h1Map from "../src/abi/memory.js";
import { BlockField, TAPE, WINDOW } from "../src/abi/memory.js";
import { engineConfig } from "../src/codec/engine-config.js";
import { h1Settings } from "../src/connection/h1-options.js";
import { h2Config } from "../src/connection/h2-options.js";
import { H1Instance } from "../src/engine/h1-instance.js";
import { H2Instance } from "../src/engine/h2-instance.js";
import { H3Instance } from "../src/engine/h3-instance.js";
import { page, part } from "./helpers/pages.js";
import { ROOT, sourceFiles } from "./helpers/source-files.js";

describe("ARCHITECTURE.md", () => {
  const text = page("ARCHITECTURE.md");

  test("names files that exist", () => {
    const named = [...text.matchAll(/`((?:assembly|src|test|docs|fuzz|bench|scripts)\/[^`*]+)`/g)];
    const built = /^src\/engine\/(?:h[123]|quic)(?:-wasm\.ts|\.wasm)$/;
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
