// Packet numbers of one direction and space (RFC 9000 section 12.3), as a receiver knows them: the largest, and which of
// the last ones came already.
// Rules: Q-PN-2, Q-PN-4, Q-PN-5.

import { QuicPacketKind } from "../abi/quic-wire.js";
import type { QuicSender } from "./quic-observation.js";

/** How far behind the largest a packet is recognised when it comes again. Older ones are taken as new. */
const WINDOW = 2_048n;

/** One space. Takes its memory with the first packet. */
export class PacketSpace {
  /** -1: none came. */
  largest = -1n;
  #bits: Uint32Array | null = null;

  /** Notes a packet that was opened. Gives whether it came before. */
  note(packetNumber: bigint): boolean {
    const { largest } = this;
    this.#bits ??= new Uint32Array(Number(WINDOW) / 32);
    if (packetNumber > largest) {
      this.#clear(largest, packetNumber);
      this.largest = packetNumber;
    } else if (largest - packetNumber >= WINDOW) return false;
    const index = Number(packetNumber % WINDOW);
    const bit = 1 << (index & 31);
    const word = this.#bits[index >> 5] as number;
    this.#bits[index >> 5] = word | bit;
    return (word & bit) !== 0;
  }

  /** The numbers behind `from` up to `to` have not come. */
  #clear(from: bigint, to: bigint): void {
    const bits = this.#bits as Uint32Array;
    if (to - from >= WINDOW) {
      bits.fill(0);
      return;
    }
    for (let number = from + 1n; number <= to; number++) {
      const index = Number(number % WINDOW);
      bits[index >> 5] = (bits[index >> 5] as number) & ~(1 << (index & 31));
    }
  }
}

/** All spaces of one connection, of both directions. */
export class PacketSpaces {
  readonly #spaces = new Map<string, PacketSpace>();

  /** That of packets of this kind: 0-RTT and 1-RTT packets share one. */
  of(kind: QuicPacketKind, direction: QuicSender): PacketSpace {
    const name = `${direction} ${kind === QuicPacketKind.ZeroRtt ? QuicPacketKind.OneRtt : kind}`;
    let space = this.#spaces.get(name);
    if (space === undefined) {
      space = new PacketSpace();
      this.#spaces.set(name, space);
    }
    return space;
  }
}
