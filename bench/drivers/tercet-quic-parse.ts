// Our own QUIC parsers: frames of payloads, by the reader that makes no objects or as objects, and packets of datagrams.

import { parseDatagram, parseFrames } from "tercet/quic";
import { ID_LENGTH } from "../inputs/quic-wire.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";
import type { FrameReader } from "./quic-frame-reader.js";
import { countFrames, frameReader, ONE_RTT } from "./quic-frame-reader.js";

/** Reads one piece; with counts, adds what it finds. */
type Read = (piece: Uint8Array, counts: Counts | null) => void;

/** CRYPTO, and STREAM with any bits. */
const isData = (type: number): boolean => type === 6 || (type >= 8 && type <= 15);

const OPTIONS = { connectionIdLength: ID_LENGTH };

/** @param mode "reader", "frames" or "datagrams" */
export async function createPeer(mode: string): Promise<Peer> {
  const read = mode === "reader" ? withReader(await frameReader()) : MODES[mode];
  if (read === undefined) throw new Error(`there is no mode ${mode}`);
  let pieces: Uint8Array[] = [];
  return {
    load(input) {
      // As a socket or openBatch gives them: plain views.
      pieces = input.pieces.map((piece) => Uint8Array.from(piece));
    },
    check() {
      const found = noCounts();
      for (const piece of pieces) read(piece, found);
      return found;
    },
    pass() {
      for (const piece of pieces) read(piece, null);
    },
  };
}

function withReader(reader: FrameReader): Read {
  return (piece, counts) => {
    if (counts === null) {
      countFrames(reader, piece);
      return;
    }
    counts.bodyBytes += piece.length;
    reader.read(piece, ONE_RTT);
    while (reader.next()) {
      counts.messages++;
      if (isData(reader.type)) counts.fields += reader.end - reader.at;
    }
  };
}

const MODES: Readonly<Record<string, Read>> = {
  frames(piece, counts) {
    const frames = parseFrames(piece, "1-RTT");
    if (counts === null) return;
    counts.bodyBytes += piece.length;
    for (const frame of frames) {
      if (!("size" in frame)) throw new Error("not parsed");
      counts.messages++;
      if (isData(Number(frame.type))) counts.fields += frame.size;
    }
  },
  datagrams(piece, counts) {
    const packets = parseDatagram(piece, OPTIONS);
    if (counts === null) return;
    for (const { destinationConnectionId, length } of packets) {
      counts.messages++;
      counts.fields += destinationConnectionId.length;
      counts.bodyBytes += length;
    }
  },
};
