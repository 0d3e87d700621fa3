// Our own AEADs and masks, by both providers: all in WebAssembly, and with node:crypto where that is quicker.

import { nodeAead } from "tercet/node";
import { type AeadKey, type HeaderKey, wasmAead } from "tercet/quic";
import { ASSOCIATED_LENGTH, keysOf } from "../inputs/quic-inputs.js";
import { NONCE_LENGTH, SAMPLE_LENGTH } from "../inputs/quic-wire.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

/** Does its work on one piece; with counts, adds what it finds. */
type Run = (piece: Uint8Array, counts: Counts | null) => void;

const MASK_LENGTH = 5;

/** @param mode "masks", "mask" or "open", and a provider: "masks wasm" */
export function createPeer(mode: string): Peer {
  const [work = "", name = ""] = mode.split("-");
  const provider = name === "node" ? nodeAead : wasmAead;
  let pieces: Uint8Array[] = [];
  let run: Run = () => {};
  return {
    load(input) {
      const [first, ...rest] = input.pieces;
      const { cipher, key, hp } = keysOf(first as Buffer);
      pieces = rest.map((piece) => Uint8Array.from(piece));
      if (work === "open") run = opened(provider.aead(cipher.name, key));
      else run = masked(provider.header(cipher.name, hp), work === "masks");
    },
    check() {
      const found = noCounts();
      for (const piece of pieces) run(piece, found);
      return found;
    },
    pass() {
      for (const piece of pieces) run(piece, null);
    },
  };
}

function opened(aead: AeadKey): Run {
  return (piece, counts) => {
    const nonce = part(piece, 0, NONCE_LENGTH);
    const associated = part(piece, NONCE_LENGTH, ASSOCIATED_LENGTH);
    const at = NONCE_LENGTH + ASSOCIATED_LENGTH;
    const text = aead.open(nonce, associated, part(piece, at, piece.length - at));
    if (text === null) throw new Error("does not open");
    if (counts === null) return;
    counts.messages++;
    counts.fields += text[0] as number;
    counts.bodyBytes += text.length;
  };
}

function masked(header: HeaderKey, isTogether: boolean): Run {
  return (piece, counts) => {
    if (isTogether) {
      count(header.masks(piece), counts);
      return;
    }
    for (let at = 0; at < piece.length; at += SAMPLE_LENGTH)
      count(header.mask(part(piece, at, SAMPLE_LENGTH)), counts);
  };
}

function count(masks: Uint8Array, counts: Counts | null): void {
  if (counts === null) return;
  counts.messages += masks.length / MASK_LENGTH;
  for (const octet of masks) counts.fields += octet;
}

function part(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
}
