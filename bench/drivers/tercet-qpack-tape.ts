// Our own QPACK engine alone: instructions and sections are copied in and read to records, and these are walked without making a
// string. What QpackDecoder adds is strings, blocked sections and the decoder stream.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../harness/project.js";
import { blockOf } from "../inputs/qpack-inputs.js";
import { blockPeer } from "./blocks.js";
import type { Peer } from "./driver.js";

interface Instance {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly exports: {
    instructions(block: number, from: number, length: number): number;
    section(block: number, at: number, length: number): number;
  };
  release(block: number): void;
}

/** The engine below the public interface, bundled as the package is. */
interface Codec {
  readonly FIELD_WINDOW: number;
  readonly FIELD_STAGE: number;
  readonly FIELD_TAPE: number;
  leaseH3Block(
    owner: object,
    config: Uint32Array,
    tableSize: number,
  ): { readonly instance: Instance; readonly block: number };
}

/** Words of a connection's block: bytes of instructions read, and how many may be read in a call. */
const [CONSUMED, MOST] = [1, 21];
/** Words of a section record: fields, words of the records behind it, and its own size. */
const [FIELD_COUNT, WORDS, SECTION_SIZE] = [3, 4, 10];
/** Form of a field record in its lowest bits: a literal has four words, others one. */
const [FORM_MASK, LITERAL, LITERAL_SIZE] = [3, 2, 4];
/** Any octets, lists of 64 KiB, 200 fields: the defaults of QpackDecoder. */
const CONFIG = Uint32Array.from({ length: 16, 0: 4, 1: 65_536, 2: 200 });
const CAPACITY = 4096;
const UNLIMITED = 10_000;

export async function createPeer(): Promise<Peer> {
  const file = pathToFileURL(path.join(ROOT, "build/codec.js"));
  const codec = (await import(file.href)) as Codec;
  const { FIELD_WINDOW: window, FIELD_STAGE: stage } = codec;
  const tape = codec.FIELD_TAPE >> 2;
  let last: { instance: Instance; block: number } | null = null;
  return blockPeer(
    () => {
      last?.instance.release(last.block);
      const { instance, block } = codec.leaseH3Block({}, CONFIG, CAPACITY);
      last = { instance, block };
      const words = block >> 2;
      return ({ instructions, section }) => {
        const { u8, i32, exports } = instance;
        if (instructions.length > 0) {
          u8.set(instructions, window);
          i32[words + MOST] = UNLIMITED;
          exports.instructions(block, 0, instructions.length);
          if (i32[words + CONSUMED] !== instructions.length) throw new Error("input refused");
        }
        u8.set(section, stage);
        exports.section(block, stage, section.length);
        return walk(i32, tape);
      };
    },
    (fields) => fields,
    blockOf,
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
