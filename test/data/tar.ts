// The plain files of a tar archive of seeds: names of up to 100 octets and a prefix, which is all that these have.

import { gunzipSync } from "node:zlib";
import { dataBytes } from "./data-folder.js";

export interface Seed {
  name: string;
  bytes: Uint8Array;
}

const BLOCK = 512;

function* untar(tar: Buffer): Generator<Seed> {
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const text = (from: number, length: number) =>
      tar.toString("latin1", at + from, at + from + length).replace(/\0.*$/s, "");
    const name = text(0, 100);
    if (name === "") return;
    const length = Number.parseInt(text(124, 12), 8);
    const from = at + BLOCK;
    if (text(156, 1) === "0" || text(156, 1) === "") {
      yield {
        name: `${text(345, 155)}${name}`,
        bytes: new Uint8Array(tar.subarray(from, from + length)),
      };
    }
    at = from + Math.ceil(length / BLOCK) * BLOCK;
  }
}

/** The seeds of one archive of corpora/. */
export function seedsOf(archive: string): Seed[] {
  return [...untar(gunzipSync(dataBytes(`corpora/${archive}`)))];
}
