// hpack-dev.json.gz: blocks that eleven encoders wrote, read back as the lists they were made from: every block, story by story. The
// raw lists through our own encoder are in test/hpack/encoder-readers.test.ts.

import { gunzipSync } from "node:zlib";
import { HpackDecoder } from "tercet/hpack";
import { expect, test } from "vitest";
import { NaiveHpack } from "../helpers/naive/hpack.js";
import { dataBytes, describeData } from "./data-folder.js";

interface Story {
  set: string;
  story: number | string;
  /** Table size that the settings allow from here on, the block in hexadecimal, the list. */
  cases: { t?: number | null; w?: string | null; h: [string, string][] }[];
}

const DEFAULT_TABLE_SIZE = 4_096;

describeData("hpack-dev", () => {
  const stories: Story[] = JSON.parse(gunzipSync(dataBytes("hpack-dev.json.gz")).toString("utf8"));
  const withWire = stories.filter((story) => story.cases.some(({ w }) => typeof w === "string"));
  const sets = [...new Set(withWire.map(({ set }) => set))];

  test("has 22,904 blocks", () => {
    expect(
      withWire.flatMap(({ cases }) => cases).filter(({ w }) => typeof w === "string"),
    ).toHaveLength(22_904);
  });

  test.each(sets)("HP-001 HP-002 HP-009 %s", (set) => {
    for (const { story, cases } of withWire.filter((one) => one.set === set)) {
      const sizes = cases.map(({ t }) => t ?? DEFAULT_TABLE_SIZE);
      const maxTableSize = Math.max(...sizes, DEFAULT_TABLE_SIZE);
      const decoder = new HpackDecoder({ maxTableSize });
      const naive = new NaiveHpack(maxTableSize);
      cases.forEach(({ w, h }, i) => {
        const block = new Uint8Array(Buffer.from(w ?? "", "hex"));
        const fields = decoder.decodeFields(block);
        const list = fields.flatMap(({ name, value }) => [name, value]);
        const expected = h.flat();
        if (list.join("\0") !== expected.join("\0"))
          expect([story, i, list]).toEqual([story, i, expected]);
        if (i % 10 !== 0) {
          naive.decode(block);
          return;
        }
        expect(naive.decode(block)).toEqual({ fields });
        expect(decoder.tableSize).toBe(naive.tableSize);
      });
      decoder.release();
    }
  });
});
