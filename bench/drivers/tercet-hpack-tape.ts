// Our own HPACK engine alone: each block is copied in and decoded to records, and these are walked without making a string. What
// HpackDecoder adds is strings.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../harness/project.js";
import { decodingPeer } from "./blocks.js";
import type { Peer } from "./driver.js";

interface Instance {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly exports: { decode(block: number, at: number, length: number): number };
  release(block: number): void;
}

/** The engine below the public interface, bundled as the package is. */
interface Codec {
  readonly FIELD_STAGE: number;
  readonly FIELD_TAPE: number;
  leaseH2Block(
    owner: object,
    config: Uint32Array,
    tableSize: number,
  ): { readonly instance: Instance; readonly block: number };
}

/** Words of a section record: fields, words of the records behind it, and its own size. */
const [FIELD_COUNT, WORDS, SECTION_SIZE] = [3, 4, 10];
/** Form of a field record in its lowest bits: a literal has four words, others one. */
const [FORM_MASK, LITERAL, LITERAL_SIZE] = [3, 2, 4];
/** Any octets, lists of 64 KiB, 200 fields: the defaults of HpackDecoder. */
const CONFIG = Uint32Array.from({ length: 16, 0: 4, 1: 65_536, 2: 200 });
const TABLE_SIZE = 4096;

export async function createPeer(): Promise<Peer> {
  const file = pathToFileURL(path.join(ROOT, "build/codec.js"));
  const codec = (await import(file.href)) as Codec;
  const stage = codec.FIELD_STAGE;
  const tape = codec.FIELD_TAPE >> 2;
  let last: { instance: Instance; block: number } | null = null;
  return decodingPeer(
    () => {
      last?.instance.release(last.block);
      const place = codec.leaseH2Block({}, CONFIG, TABLE_SIZE);
      last = place;
      const { instance, block } = place;
      return (bytes) => {
        instance.u8.set(bytes, stage);
        instance.exports.decode(block, stage, bytes.length);
        return walk(instance.i32, tape);
      };
    },
    (fields) => fields,
  );
}

/** Reads every record; gives the number of fields. @throws Error where the engine says another number */
function walk(i32: Int32Array, tape: number): number {
  let fields = 0;
  const end = tape + SECTION_SIZE + (i32[tape + WORDS] as number);
  for (let word = tape + SECTION_SIZE; word < end; fields++) {
    const form = (i32[word] as number) & FORM_MASK;
    word += form === LITERAL ? LITERAL_SIZE : 1;
  }
  if (fields !== i32[tape + FIELD_COUNT]) throw new Error("input refused");
  return fields;
}
