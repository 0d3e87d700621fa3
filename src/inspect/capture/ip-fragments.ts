// Fragments of IP packets to whole ones (RFC 791 section 3.2, RFC 8200 section 4.5). Bounded: so many packets are put
// together at a time, each at most 64 KiB, and none of them for ever. Where fragments overlap, what came first stays.

import { Reassembler, ReassemblyFault } from "../../quic.js";
import type { IpPacket } from "./ip.js";
import { viewOf } from "./octets.js";

/** Packets that are put together at a time: with one more, the oldest is given up. */
const DATAGRAMS_MAX = 64;
/** Octets of what IP carries at most. */
const DATAGRAM_LENGTH_MAX = 65_535;
/** Fragments of one packet ahead of gaps. */
const FRAGMENTS_MAX = 128;
/** After so many packets of the capture, a packet that is not complete is given up. */
const AGE_MAX = 10_000;

interface Datagram {
  /** What came in order, and room for more. */
  buffer: Uint8Array;
  length: number;
  readonly reassembler: Reassembler;
  /** What stands behind the header: the first fragment says it. */
  protocol: number;
  readonly begun: number;
}

/** Puts IP packets together. */
export class IpFragments {
  /** By who sent it, to whom, and its number; the oldest first. */
  readonly #datagrams = new Map<string, Datagram>();
  #clock = 0;
  #lost = 0;

  /** Packets that were given up, or wait for fragments. */
  get incomplete(): number {
    return this.#lost + this.#datagrams.size;
  }

  /** Another packet of the capture goes by. */
  tick(): void {
    this.#clock++;
    if (this.#datagrams.size > 0) this.#giveUpOld();
  }

  /** Takes a fragment. Gives what the packet carries once it is complete, with `ip.protocol` as its first fragment has it. */
  add(bytes: Uint8Array, ip: IpPacket): Uint8Array | null {
    const key = keyOf(bytes, ip);
    const datagram = this.#datagrams.get(key) ?? this.#begin(key, ip);
    const fragment = viewOf(bytes, ip.at, ip.end);
    const end = ip.fragmentOffset + fragment.length;
    const { reassembler } = datagram;
    if (ip.fragmentOffset === 0) datagram.protocol = ip.protocol;
    // All but the last are multiples of 8 octets long; an empty one brings nothing.
    const isWrong = end > DATAGRAM_LENGTH_MAX || (ip.hasMore && (end % 8 !== 0 || end === 0));
    if (
      isWrong ||
      reassembler.insert(ip.fragmentOffset, fragment, !ip.hasMore) !== ReassemblyFault.None
    ) {
      this.#datagrams.delete(key);
      this.#lost++;
      return null;
    }
    for (const piece of reassembler.take()) append(datagram, piece);
    if (!reassembler.isDone) return null;
    this.#datagrams.delete(key);
    ip.protocol = datagram.protocol;
    return viewOf(datagram.buffer, 0, datagram.length);
  }

  #begin(key: string, ip: IpPacket): Datagram {
    if (this.#datagrams.size >= DATAGRAMS_MAX) this.#giveUpFirst();
    const datagram: Datagram = {
      buffer: new Uint8Array(0),
      length: 0,
      reassembler: new Reassembler({ bytes: DATAGRAM_LENGTH_MAX, fragments: FRAGMENTS_MAX }),
      protocol: ip.protocol,
      begun: this.#clock,
    };
    this.#datagrams.set(key, datagram);
    return datagram;
  }

  #giveUpOld(): void {
    for (const [, datagram] of this.#datagrams) {
      if (this.#clock - datagram.begun < AGE_MAX) return;
      this.#giveUpFirst();
    }
  }

  #giveUpFirst(): void {
    for (const [key] of this.#datagrams) {
      this.#datagrams.delete(key);
      this.#lost++;
      return;
    }
  }
}

/** IPv4: the protocol counts as well (RFC 791); IPv6: it may differ between fragments. */
function keyOf(bytes: Uint8Array, ip: IpPacket): string {
  const addressLength = ip.version === 4 ? 4 : 16;
  const addresses = viewOf(bytes, ip.sourceAt, ip.destinationAt + addressLength);
  const protocol = ip.version === 4 ? ip.protocol : -1;
  return `${protocol} ${ip.identification} ${String.fromCharCode(...addresses)}`;
}

function append(datagram: Datagram, piece: Uint8Array): void {
  const { buffer, length } = datagram;
  if (length + piece.length > buffer.length) {
    datagram.buffer = new Uint8Array(Math.max(2 * buffer.length, length + piece.length));
    datagram.buffer.set(viewOf(buffer, 0, length));
  }
  datagram.buffer.set(piece, length);
  datagram.length += piece.length;
}
