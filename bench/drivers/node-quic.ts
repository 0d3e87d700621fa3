// What one writes with node:crypto alone: a cipher object a mask and a decipher object a text, as QUIC in JavaScript does. Its keys are
// KeyObjects, or octets where the mode says so; its frames are read by our own reader, so that only protection differs.

import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
} from "node:crypto";
import type { QuicInputKeys } from "../inputs/quic-inputs.js";
import { ASSOCIATED_LENGTH, keysOf } from "../inputs/quic-inputs.js";
import { ID_LENGTH, NONCE_LENGTH, SAMPLE_LENGTH, TAG_LENGTH } from "../inputs/quic-wire.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";
import type { FrameReader } from "./quic-frame-reader.js";
import { countFrames, frameReader } from "./quic-frame-reader.js";

type Key = KeyObject | Uint8Array;

/** Keys as node:crypto takes them. */
interface Keys extends Omit<QuicInputKeys, "key" | "hp"> {
  readonly key: Key;
  readonly hp: Key;
}

const MASK_LENGTH = 5;
const ZEROS = new Uint8Array(MASK_LENGTH);
const NUMBER_AT = 1 + ID_LENGTH;
const SAMPLE_AT = NUMBER_AT + 4;
const OPTIONS = { authTagLength: TAG_LENGTH };

/** @param mode "masks", "open", "open-raw" or "packets" */
export async function createPeer(mode: string): Promise<Peer> {
  const run = RUNS[mode.split("-")[0] as string];
  if (run === undefined) throw new Error(`there is no mode ${mode}`);
  const reader = await frameReader();
  let keys: Keys;
  let pieces: Buffer[] = [];
  return {
    load(input) {
      const [first, ...rest] = input.pieces;
      const found = keysOf(first as Buffer);
      const made = (octets: Uint8Array): Key =>
        mode === "open-raw" ? octets : createSecretKey(octets);
      keys = { ...found, key: made(found.key), hp: made(found.hp) };
      pieces = rest;
    },
    check() {
      const found = noCounts();
      run(pieces, keys, reader, found);
      return found;
    },
    pass() {
      run(pieces, keys, reader, null);
    },
  };
}

type Run = (
  pieces: readonly Buffer[],
  keys: Keys,
  reader: FrameReader,
  counts: Counts | null,
) => void;

const RUNS: Readonly<Record<string, Run>> = {
  masks(pieces, keys, _, counts) {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += SAMPLE_LENGTH) {
        const mask = maskOf(keys, piece.subarray(at, at + SAMPLE_LENGTH));
        if (counts === null) continue;
        counts.messages++;
        for (let i = 0; i < MASK_LENGTH; i++) counts.fields += mask[i] as number;
      }
    }
  },
  open(pieces, keys, _, counts) {
    const at = NONCE_LENGTH + ASSOCIATED_LENGTH;
    for (const piece of pieces) {
      const associated = piece.subarray(NONCE_LENGTH, at);
      const text = opened(keys, piece.subarray(0, NONCE_LENGTH), associated, piece.subarray(at));
      if (counts === null) continue;
      counts.messages++;
      counts.fields += text[0] as number;
      counts.bodyBytes += text.length;
    }
  },
  packets(pieces, keys, reader, counts) {
    let next = 0;
    for (const packet of pieces) {
      const header = bareHeader(packet, maskOf(keys, packet.subarray(SAMPLE_AT, SAMPLE_AT + 16)));
      next = fullNumber(next, header) + 1;
      const nonce = Buffer.from(keys.iv);
      nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ (next - 1)) >>> 0, 8);
      const payload = opened(keys, nonce, header, packet.subarray(header.length));
      const frames = countFrames(reader, payload);
      if (counts === null) continue;
      counts.messages++;
      counts.fields += frames;
      counts.bodyBytes += payload.length;
    }
  },
};

function maskOf({ cipher, hp }: Keys, sample: Uint8Array): Uint8Array {
  if (cipher.header === "chacha20") return createCipheriv("chacha20", hp, sample).update(ZEROS);
  return createCipheriv(cipher.header, hp, null).update(sample);
}

function opened(
  { cipher, key }: Keys,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Buffer {
  const end = sealed.length - TAG_LENGTH;
  const decipher = createDecipheriv(cipher.aead as CipherGCMTypes, key, nonce, OPTIONS);
  decipher.setAAD(associated, { plaintextLength: end });
  decipher.setAuthTag(sealed.subarray(end));
  const text = decipher.update(sealed.subarray(0, end));
  decipher.final();
  return text;
}

/** The header without its protection. */
function bareHeader(packet: Uint8Array, mask: Uint8Array): Uint8Array {
  const first = (packet[0] as number) ^ ((mask[0] as number) & 0x1f);
  const header = Uint8Array.from(packet.subarray(0, NUMBER_AT + (first & 3) + 1));
  header[0] = first;
  for (let i = 0; i <= (first & 3); i++)
    header[NUMBER_AT + i] = (header[NUMBER_AT + i] as number) ^ (mask[1 + i] as number);
  return header;
}

/** RFC 9000 appendix A.3, for numbers below 2^32. */
function fullNumber(next: number, header: Uint8Array): number {
  let number = 0;
  for (let at = NUMBER_AT; at < header.length; at++) number = number * 256 + (header[at] as number);
  const window = 2 ** (8 * (header.length - NUMBER_AT));
  const candidate = next - (next % window) + number;
  if (candidate + window / 2 <= next) return candidate + window;
  return candidate > next + window / 2 && candidate >= window ? candidate - window : candidate;
}
