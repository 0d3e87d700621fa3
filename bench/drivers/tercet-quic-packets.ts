// Our own way from protected packets to frames: datagrams parsed, opened in batches of 32, and their frames read. With one packet at a
// time, unprotect in place of openBatch.

import { nodeAead } from "tercet/node";
import {
  deriveKeys,
  openBatch,
  type PacketKeys,
  parseDatagram,
  QUIC_V1,
  type QuicPacket,
  unprotect,
  wasmAead,
} from "tercet/quic";
import { BATCH, keysOf } from "../inputs/quic-inputs.js";
import { ID_LENGTH } from "../inputs/quic-wire.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";
import type { FrameReader } from "./quic-frame-reader.js";
import { countFrames, frameReader } from "./quic-frame-reader.js";

const OPTIONS = { connectionIdLength: ID_LENGTH };

/** @param mode "batch" or "each", and a provider: "batch-wasm" */
export async function createPeer(mode: string): Promise<Peer> {
  const [work, name] = mode.split("-");
  const aead = name === "node" ? nodeAead : wasmAead;
  const batch = work === "each" ? 1 : BATCH;
  const reader = await frameReader();
  let keys: PacketKeys;
  let datagrams: Uint8Array[] = [];
  const run = (counts: Counts | null): void => {
    for (let at = 0; at < datagrams.length; at += batch)
      openSome(datagrams, at, at + batch, keys, reader, counts);
  };
  return {
    load(input) {
      const [first, ...rest] = input.pieces;
      const { cipher, secret } = keysOf(first as Buffer);
      keys = deriveKeys(QUIC_V1, cipher.name, secret, { aead });
      datagrams = rest.map((piece) => Uint8Array.from(piece));
    },
    check() {
      const found = noCounts();
      run(found);
      return found;
    },
    pass() {
      run(null);
    },
  };
}

function openSome(
  datagrams: readonly Uint8Array[],
  from: number,
  to: number,
  keys: PacketKeys,
  reader: FrameReader,
  counts: Counts | null,
): void {
  const packets: QuicPacket[] = [];
  for (let i = from; i < to; i++)
    packets.push(...parseDatagram(datagrams[i] as Uint8Array, OPTIONS));
  const largest = from - 1;
  const opened =
    packets.length === 1
      ? [unprotect(packets[0] as QuicPacket, keys, largest)]
      : openBatch(packets, keys, largest);
  for (const one of opened) {
    if (one === null) throw new Error("does not open");
    const frames = countFrames(reader, one.payload);
    if (counts === null) continue;
    counts.messages++;
    counts.fields += frames;
    counts.bodyBytes += one.payload.length;
  }
}
