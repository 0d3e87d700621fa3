// What the targets of HPACK share: how one input holds several blocks or lists, and seeds.

import { concat, h2Frames } from "tercet/fuzz";
import { unzippedData } from "../files.js";

/** Table sizes by the first octet of an input, modulo their number. */
export const TABLE_SIZES = [4_096, 0, 64, 100, 256, 65_536, 33] as const;

/** Stories of others that become seeds, and blocks of each. */
const STORY_COUNT = 120;
const BLOCK_COUNT = 6;

/** The table size that an input asks for. */
export function tableSizeOf(input: Uint8Array): number {
  return TABLE_SIZES[(input[0] ?? 0) % TABLE_SIZES.length] ?? 4_096;
}

/** The parts of an input: two octets of length before each. A length beyond the end takes what is there. */
export function partsOf(input: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 1; at + 2 <= input.length; ) {
    const length = (input[at] ?? 0) * 256 + (input[at + 1] ?? 0);
    parts.push(input.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return parts;
}

/** An input of these parts. */
export function inputOf(tableSize: number, parts: readonly Uint8Array[]): Uint8Array {
  const choice = Math.max(0, TABLE_SIZES.indexOf(tableSize as 4_096));
  const framed = parts.map((part) => concat([h2Frames.uint(part.length, 2), part]));
  return concat([Uint8Array.of(choice), ...framed]);
}

interface Story {
  readonly cases: readonly { readonly t?: number | null; readonly w?: string | null }[];
}

/** Blocks that encoders of others wrote. */
export function hpackSeeds(): Uint8Array[] {
  const data = unzippedData("hpack-dev.json.gz");
  if (data === null) return [];
  const stories = JSON.parse(new TextDecoder().decode(data)) as readonly Story[];
  const withWire = stories.filter((story) => typeof story.cases[0]?.w === "string");
  const step = Math.max(1, Math.floor(withWire.length / STORY_COUNT));
  return withWire
    .filter((_story, at) => at % step === 0)
    .map((story) => {
      const blocks = story.cases.slice(0, BLOCK_COUNT).map(({ w }) => octetsOf(w ?? ""));
      return inputOf(story.cases[0]?.t ?? 4_096, blocks);
    });
}

function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  );
}
