// What others make of the encoder's output: the npm package hpack.js and Python's hpack read it back,
// block by block. With TERCET_DATA the lists are the raw ones of the public stories, else some of our
// own; the size of the stories is a test as well.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { HpackEncoder, type HpackEncoderOptions } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { dataBytes, describeData } from "../data/data-folder.js";
import { NaiveBlockReader } from "../helpers/naive/hpack-block.js";

/** One connection: lists, and the table sizes that are set before some of them. */
interface Story {
  readonly lists: readonly (readonly string[])[];
  /** Number of the list -> table size that is set before it. */
  readonly sizes: Readonly<Record<number, number>>;
}

interface Block {
  readonly wire: string;
  readonly headers: readonly string[];
}

const OPTIONS: HpackEncoderOptions[] = [{}, { huffman: false }, { huffman: true }];

/** Table sizes that no reader has to be told of: below the 4,096 it begins with. */
const SIZES = { 3: 300, 5: 0, 7: 4096 };

function ownStories(): Story[] {
  const lists = Array.from({ length: 40 }, (_, i) => [
    ...[":method", i % 3 === 0 ? "POST" : "GET", ":scheme", "https", ":path", `/item/${i}?q=~{|}`],
    ...[":authority", "example.org", "user-agent", "Mozilla/5.0 (X11; Linux x86_64)"],
    ...["accept", "text/html;q=0.9, */*;q=0.8", "cookie", `session=${"ab".repeat(i)}`],
    ...["authorization", `Bearer ${i}`, "x-empty", "", "x-\x7f", `text \x01 ${"z".repeat(i * 9)}`],
  ]);
  return [
    { lists, sizes: {} },
    { lists, sizes: SIZES },
  ];
}

function encode(stories: readonly Story[], options: HpackEncoderOptions): Block[][] {
  return stories.map(({ lists, sizes }) => {
    const encoder = new HpackEncoder(options);
    return lists.map((headers, i) => {
      if (sizes[i] !== undefined) encoder.setMaxTableSize(sizes[i]);
      return { wire: Buffer.from(encoder.encode(headers)).toString("hex"), headers };
    });
  });
}

interface RawStory {
  set: string;
  story: string;
  cases: { h: [string, string][] }[];
}

function publicLists(): string[][][] {
  const stories: RawStory[] = JSON.parse(gunzipSync(dataBytes("hpack-dev.json.gz")).toString());
  return stories
    .filter(({ set }) => set === "raw-data")
    .map(({ cases }) => cases.map(({ h }) => h.flat()));
}

/** What hpack.js gives. Its types are the few words that are used here. */
interface Decompressor {
  write(bytes: Uint8Array): void;
  execute(): void;
  read(): { name: string; value: string } | null;
}

function readByHpackJs(blocks: readonly Block[]): string[][] {
  const { decompressor } = createRequire(import.meta.url)("hpack.js") as {
    decompressor: { create(options: object): Decompressor };
  };
  const reader = decompressor.create({ table: { maxSize: 4096 } });
  return blocks.map(({ wire }) => {
    if (wire !== "") reader.write(Buffer.from(wire, "hex"));
    reader.execute();
    const flat: string[] = [];
    for (let field = reader.read(); field !== null; field = reader.read())
      flat.push(field.name, field.value);
    return flat;
  });
}

const PYTHON = [
  process.env.TERCET_PYTHON ?? "",
  fileURLToPath(new URL("../../build/python/bin/python", import.meta.url)),
  "python3",
].find((program) => program !== "" && spawnSync(program, ["-c", "import hpack"]).status === 0);

/** Reads lists of blocks in hex from its input, one decoder each, and writes the fields as JSON. */
const PROGRAM = `
import json, sys
from hpack import Decoder
out = []
for blocks in json.load(sys.stdin):
    decoder = Decoder(max_header_list_size=1 << 24)
    out.append([[text.decode("latin1") for field in decoder.decode(bytes.fromhex(block), raw=True) for text in field[:2]] for block in blocks])
json.dump(out, sys.stdout)
`;

function readByPython(connections: readonly (readonly Block[])[]): string[][][] {
  const input = JSON.stringify(connections.map((blocks) => blocks.map(({ wire }) => wire)));
  const { status, stdout, stderr } = spawnSync(PYTHON as string, ["-c", PROGRAM], {
    input,
    maxBuffer: 2 ** 28,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const headersOf = (connections: readonly (readonly Block[])[]) =>
  connections.map((blocks) => blocks.map(({ headers }) => headers));

/** A suite over Python's hpack; in CI it must be there. */
function testPython(name: string, body: () => void): void {
  if (PYTHON !== undefined) {
    test(name, body);
  } else if (process.env.CI === "true") {
    test(name, () => {
      throw new Error("python hpack not installed");
    });
  } else {
    console.log(`${name}: skipped: python hpack not installed`);
    test.skip(`${name}: skipped: python hpack not installed`, () => {});
  }
}

describe("lists of our own", () => {
  test.each(OPTIONS)("hpack.js reads them, %o", (options) => {
    const connections = encode(ownStories(), options);
    expect(connections.map(readByHpackJs)).toEqual(headersOf(connections));
  });

  testPython("Python's hpack reads them", () => {
    for (const options of OPTIONS) {
      const connections = encode(ownStories(), options);
      expect(readByPython(connections)).toEqual(headersOf(connections));
    }
  });
});

describeData("the raw lists of the public stories", () => {
  const stories = () =>
    publicLists().flatMap((lists): Story[] => [
      { lists, sizes: {} },
      { lists, sizes: SIZES },
    ]);

  test("HP-012 H2-028 a naive reader reads them, with table sizes that change", () => {
    const connections = encode(stories(), {});
    expect(connections.flat().length).toBe(2 * 1636);
    for (const blocks of connections) {
      const reader = new NaiveBlockReader();
      for (const { wire, headers } of blocks) {
        const { fields } = reader.read(Buffer.from(wire, "hex"));
        expect(fields.flatMap(({ name, value }) => [name, value])).toEqual(headers);
      }
    }
  });

  test("hpack.js reads them", () => {
    const connections = encode(stories(), {});
    expect(connections.map(readByHpackJs)).toEqual(headersOf(connections));
  });

  testPython("Python's hpack reads them", () => {
    const connections = encode(stories(), {});
    expect(readByPython(connections)).toEqual(headersOf(connections));
  });

  test("they take at most 0.310 of their names and values", () => {
    let raw = 0;
    let coded = 0;
    for (const lists of publicLists()) {
      for (const { wire, headers } of encode([{ lists, sizes: {} }], {}).flat()) {
        coded += wire.length / 2;
        raw += headers.reduce((sum, text) => sum + text.length, 0);
      }
    }
    expect(raw).toBe(517_476);
    expect(coded / raw).toBeLessThanOrEqual(0.31);
  });
});
