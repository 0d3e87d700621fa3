// Peer: the npm package hpack, a codec in plain JavaScript.

import { peerRequire } from "../harness/project.js";
import type { Decode } from "./blocks.js";
import { decodingPeer, encodingPeer } from "./blocks.js";
import type { Peer } from "./driver.js";

type Pair = [name: string, value: string];

interface Codec {
  encode(list: Pair[]): Buffer;
  decode(block: Buffer): Pair[];
}

const HPACK = peerRequire("hpack") as new () => Codec;

/** @param mode "decode" or "encode" */
export function createPeer(mode: string): Peer {
  if (mode === "decode") return decodingPeer(newDecoder, (fields) => fields.length);
  return encodingPeer(
    () => {
      const codec = new HPACK();
      return (list: Pair[]) => codec.encode(list);
    },
    pairsOf,
    () => {
      const decode = newDecoder();
      return (block) => decode(block).flat();
    },
  );
}

function newDecoder(): Decode<Pair[]> {
  const codec = new HPACK();
  return (block) => codec.decode(block);
}

function pairsOf(fields: string[]): Pair[] {
  const list: Pair[] = [];
  for (let i = 0; i < fields.length; i += 2)
    list.push([fields[i] as string, fields[i + 1] as string]);
  return list;
}
