// Peer: the npm package hpack.js, a codec in plain JavaScript behind stream objects, used as spdy-transport uses it: write, execute,
// read.
//
// The streams leave a callback in the event loop for each write, so that a pass ends with one turn of it.

import { setImmediate } from "node:timers/promises";
import { peerRequire } from "../harness/project.js";
import type { Decode, Encode } from "./blocks.js";
import { decodingPeer, encodingPeer } from "./blocks.js";
import type { Peer } from "./driver.js";

interface Field {
  readonly name: string;
  readonly value: string;
}

interface Stream {
  write(chunk: unknown): boolean;
  read(): unknown;
}

interface Decompressor extends Stream {
  execute(): void;
}

interface Package {
  readonly compressor: { create(options: object): Stream };
  readonly decompressor: { create(options: object): Decompressor };
}

const hpack = peerRequire("hpack.js") as Package;
const OPTIONS = { table: { size: 4096, maxSize: 4096 } };

/** @param mode "decode" or "encode" */
export function createPeer(mode: string): Peer {
  const peer =
    mode === "decode"
      ? decodingPeer(newDecoder, (fields) => fields.length)
      : encodingPeer(newEncoder, pairsOf, newFlatDecoder);
  return {
    ...peer,
    async pass() {
      peer.pass();
      await setImmediate();
    },
  };
}

function newDecoder(): Decode<Field[]> {
  const decompressor = hpack.decompressor.create(OPTIONS);
  return (block) => {
    decompressor.write(block);
    decompressor.execute();
    const fields: Field[] = [];
    for (;;) {
      const field = decompressor.read() as Field | null;
      if (field === null) return fields;
      fields.push(field);
    }
  };
}

/** A decoder that gives flat lists, for checks. */
export function newFlatDecoder(): Decode<string[]> {
  const decode = newDecoder();
  return (block) => decode(block).flatMap(({ name, value }) => [name, value]);
}

function newEncoder(): Encode<Field[]> {
  const compressor = hpack.compressor.create(OPTIONS);
  return (list) => {
    compressor.write(list);
    return compressor.read() as Buffer;
  };
}

function pairsOf(fields: string[]): Field[] {
  const list: Field[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    list.push({ name: fields[i] as string, value: fields[i + 1] as string });
  }
  return list;
}
