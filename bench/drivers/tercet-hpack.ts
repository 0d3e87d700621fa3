// Our own HPACK through the public interface: HpackDecoder.decode and HpackEncoder.encode, one object a connection.

import { HpackDecoder, HpackEncoder } from "tercet/hpack";
import { decodingPeer, encodingPeer } from "./blocks.js";
import type { Peer } from "./driver.js";

/** The last decoder: it is given back when the next connection begins, as a server does at the end of one. */
let decoder: HpackDecoder | null = null;

/** @param mode "decode" or "encode" */
export function createPeer(mode: string): Peer {
  if (mode === "decode") return decodingPeer(newDecoder, (fields) => fields.length / 2);
  return encodingPeer(
    () => {
      const encoder = new HpackEncoder();
      return (fields: string[]) => encoder.encode(fields);
    },
    (fields) => fields,
    newDecoder,
  );
}

function newDecoder(): (block: Buffer) => string[] {
  decoder?.release();
  const next = new HpackDecoder();
  decoder = next;
  return (block) => next.decode(block);
}
