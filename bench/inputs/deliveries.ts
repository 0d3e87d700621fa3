// How the bytes of a workload arrive: some whole messages a buffer, or cut without regard to messages as TCP does.

import type { Workload } from "./h1-messages.js";
import { Random } from "./random.js";

/** One way of delivering a workload. */
export interface Delivery {
  readonly name: string;
  /** The lengths of the pieces of a stream that holds `count` messages of `size` bytes. */
  pieces(size: number, count: number): number[];
}

/** `perBuffer` whole messages in each buffer. */
export function whole(perBuffer: number): Delivery {
  return {
    name: `x${perBuffer}`,
    pieces: (size, count) => everyBytes(size * Math.min(perBuffer, count), size * count),
  };
}

/** Pieces of `bytes` bytes each: 1,460 is what one TCP segment on Ethernet carries. */
export function cut(bytes: number): Delivery {
  return {
    name: bytes === 1 ? "1 B pieces" : `${bytes} B pieces`,
    pieces: (size, count) => everyBytes(bytes, size * count),
  };
}

/** Pieces of 1 to `atMost` bytes, always the same ones. */
export function randomCuts(atMost: number): Delivery {
  return {
    name: `1-${atMost} B pieces`,
    pieces(size, count) {
      const random = new Random(0x5eed);
      const pieces: number[] = [];
      for (let left = size * count; left > 0; ) {
        const piece = Math.min(left, 1 + random.below(atMost));
        pieces.push(piece);
        left -= piece;
      }
      return pieces;
    },
  };
}

/** The bytes of all messages of a workload, one behind the other. */
export function streamOf(workload: Workload): Uint8Array {
  const stream = new Uint8Array(workload.size * workload.messages.length);
  workload.messages.forEach((message, i) => {
    stream.set(message, i * workload.size);
  });
  return stream;
}

function everyBytes(bytes: number, total: number): number[] {
  const pieces: number[] = [];
  for (let left = total; left > 0; left -= bytes) pieces.push(Math.min(left, bytes));
  return pieces;
}
