// Growing inputs of QUIC: many frames and long ones, many packets in a datagram, and streams whose pieces come in order, backwards,
// shuffled, in every second place first, and again and again. All within the default limits: 1,024 gaps at most.

import type { Growth, GrowthSeries } from "../harness/growth.js";
import { measureGrowth } from "../harness/growth.js";
import type { Effort } from "../harness/rounds.js";
import { ack, noise, payload, payloadOf, stream } from "../inputs/quic-frames.js";
import { writeQuicInput } from "../inputs/quic-inputs.js";
import { CIPHERS, longPacket, type QuicCipher, wireKeys } from "../inputs/quic-wire.js";
import { Random } from "../inputs/random.js";
import { growthPeer } from "./quic-peers.js";

/** What grows, and what it is made of at each size. */
interface Shape {
  readonly name: string;
  /** How the pieces come. */
  readonly delivery: string;
  readonly steps: readonly number[];
  /** Pieces, and how many things a peer must find in them. */
  make(step: number): { readonly pieces: readonly Uint8Array[]; readonly messages: number };
}

const SEED = 0x960;
const PIECE = 100;
/** Offset of a growing stream's piece. */
const OFFSET_LENGTH = 4;

const FRAMES: readonly Shape[] = [
  {
    name: "frames of a payload",
    delivery: "whole",
    steps: [100, 200, 400, 800, 1600],
    make: (count) => {
      const random = new Random(SEED);
      const frames = Array.from({ length: count }, () => stream(random, 30));
      return { pieces: [payload(frames).bytes], messages: count };
    },
  },
  {
    name: "ranges of an ACK",
    delivery: "whole",
    steps: [500, 1000, 2000, 4000, 8000],
    make: (count) => ({ pieces: [ack(new Random(SEED), count)], messages: 1 }),
  },
  {
    name: "padding",
    delivery: "whole",
    steps: [4000, 8000, 16_000, 32_000, 64_000],
    make: (count) => ({ pieces: [new Uint8Array(count)], messages: 1 }),
  },
];

const DATAGRAMS: readonly Shape[] = [
  {
    name: "packets of a datagram",
    delivery: "whole",
    steps: [50, 100, 200, 400, 800],
    make: (count) => {
      const random = new Random(SEED);
      const keys = wireKeys(CIPHERS[0] as QuicCipher, random);
      const ids = [noise(random, 8), noise(random, 8)] as const;
      const packets = Array.from({ length: count }, (_, i) =>
        longPacket(keys, ids, null, i, payloadOf(40, random).bytes),
      );
      return { pieces: [Buffer.concat(packets)], messages: count };
    },
  },
];

/** Numbers of pieces of a stream, in the order in which they come. */
const ORDERS: Readonly<Record<string, (count: number) => number[]>> = {
  "in order": (count) => Array.from({ length: count }, (_, i) => i),
  backwards: (count) => Array.from({ length: count }, (_, i) => count - 1 - i),
  shuffled: (count) => {
    const random = new Random(SEED);
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order;
  },
  "every second first": (count) =>
    Array.from({ length: count }, (_, i) => (i < count / 2 ? 2 * i + 1 : 2 * i - count)),
  "three times each": (count) => Array.from({ length: 3 * count }, (_, i) => Math.floor(i / 3)),
};

const REASSEMBLY: readonly Shape[] = Object.entries(ORDERS).map(([delivery, order]) => ({
  name: "pieces of a stream",
  delivery,
  steps: [120, 240, 480, 960, 1920],
  make: (count) => {
    const pieces = order(count).map((number) => {
      const piece = Buffer.alloc(OFFSET_LENGTH + PIECE, number & 255);
      piece.writeUInt32LE(number * PIECE);
      return piece;
    });
    return { pieces, messages: pieces.length };
  },
}));

const GROUPS = { frames: FRAMES, datagrams: DATAGRAMS, reassembly: REASSEMBLY } as const;

/** Measures all of them. */
export async function quicGrowth(effort: Effort, prefix: readonly string[]): Promise<Growth[]> {
  const found: Growth[] = [];
  for (const [mode, shapes] of Object.entries(GROUPS)) {
    const series = shapes.map((shape) => seriesOf(mode, shape));
    found.push(...(await measureGrowth(series, growthPeer(mode), effort, prefix)));
  }
  return found;
}

function seriesOf(mode: string, { name, delivery, steps, make }: Shape): GrowthSeries {
  return {
    shape: name,
    delivery,
    inputs: steps.map((step) => {
      const { pieces, messages } = make(step);
      const size = pieces.reduce((sum, { length }) => sum + length, 0);
      // What comes out of a stream comes once.
      const bodyBytes = mode === "reassembly" ? step * PIECE : size;
      const expected = { messages, fields: 0, bodyBytes };
      return { size, expected, write: (file) => writeQuicInput(file, { name, expected, pieces }) };
    }),
  };
}
