// What costs on QUIC must grow with the octets alone: payloads to frame objects, datagrams to packets, pieces of a stream to its
// octets. One piece of the input is a payload, a datagram, or offset (u32) and octets.

import { parseDatagram, parseFrames, Reassembler } from "tercet/quic";
import { ID_LENGTH } from "../inputs/quic-wire.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

type Run = (pieces: readonly Piece[], counts: Counts) => void;

/** Octets of the offset. */
const OFFSET_LENGTH = 4;
/** The default limits of a stream. */
const LIMITS = { bytes: 1 << 20, fragments: 1024 };
const OPTIONS = { connectionIdLength: ID_LENGTH };

/** @param mode "frames", "datagrams" or "reassembly" */
export function createPeer(mode: string): Peer {
  const run = RUNS[mode];
  if (run === undefined) throw new Error(`there is no mode ${mode}`);
  let pieces: Piece[] = [];
  return {
    load(input) {
      const start = mode === "reassembly" ? OFFSET_LENGTH : 0;
      pieces = input.pieces.map((piece) => ({
        offset: start === 0 ? 0 : piece.readUInt32LE(),
        bytes: Uint8Array.from(piece.subarray(start)),
      }));
    },
    check() {
      const found = noCounts();
      run(pieces, found);
      return found;
    },
    pass() {
      run(pieces, noCounts());
    },
  };
}

const RUNS: Readonly<Record<string, Run>> = {
  frames(pieces, counts) {
    for (const { bytes } of pieces) {
      const frames = parseFrames(bytes, "1-RTT");
      if (!frames.every((frame) => "size" in frame)) throw new Error("not parsed");
      counts.messages += frames.length;
      counts.bodyBytes += bytes.length;
    }
  },
  datagrams(pieces, counts) {
    for (const { bytes } of pieces) {
      counts.messages += parseDatagram(bytes, OPTIONS).length;
      counts.bodyBytes += bytes.length;
    }
  },
  reassembly(pieces, counts) {
    const stream = new Reassembler(LIMITS);
    for (const { offset, bytes } of pieces) {
      if (stream.insert(offset, bytes, false) !== 0) throw new Error("not taken");
      for (const part of stream.take()) counts.bodyBytes += part.length;
      counts.messages++;
    }
  },
};
