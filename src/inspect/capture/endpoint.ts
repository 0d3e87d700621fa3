// Addresses and ports as text: "127.0.0.1:443", "[2001:db8::1]:443" (RFC 5952). Most packets belong to few endpoints:
// their texts are kept in a table of one size, so that a packet costs a look and no text.

import { uint16, uint32 } from "./octets.js";

const SLOTS_BITS = 12;
/** 2^32 divided by the golden ratio: spreads what differs in few bits. */
const SPREAD = 0x9e3779b1;

interface Slot {
  readonly version: number;
  readonly port: number;
  readonly words: readonly [number, number, number, number];
  readonly text: string;
}

/** Gives texts of endpoints. */
export class EndpointTexts {
  #slots: (Slot | undefined)[] = [];

  /** The text of an address of version 4 or 6 at `at`, and a port. */
  textOf(bytes: Uint8Array, at: number, version: number, port: number): string {
    const isIpv6 = version === 6;
    const first = uint32(bytes, at);
    const second = isIpv6 ? uint32(bytes, at + 4) : 0;
    const third = isIpv6 ? uint32(bytes, at + 8) : 0;
    const last = isIpv6 ? uint32(bytes, at + 12) : 0;
    const mixed = first ^ Math.imul(second, 31) ^ Math.imul(third, 37) ^ Math.imul(last, 41);
    const index = Math.imul(mixed ^ (port << 8), SPREAD) >>> (32 - SLOTS_BITS);
    const slot = this.#slots[index];
    if (slot !== undefined && slot.port === port && slot.version === version) {
      const { words } = slot;
      const isSame =
        words[0] === first && words[1] === second && words[2] === third && words[3] === last;
      if (isSame) return slot.text;
    }
    const text = isIpv6 ? `[${ipv6Text(bytes, at)}]:${port}` : `${ipv4Text(bytes, at)}:${port}`;
    this.#slots[index] = { version, port, words: [first, second, third, last], text };
    return text;
  }
}

function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of zeros (two groups or more) left out. */
function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => uint16(bytes, at + 2 * index));
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return `::ffff:${ipv4Text(bytes, at + 12)}`;
  let from = 0;
  let longest = 0;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > longest) [from, longest] = [start, end - start];
  }
  const texts = groups.map((group) => group.toString(16));
  if (longest < 2) return texts.join(":");
  return `${texts.slice(0, from).join(":")}::${texts.slice(from + longest).join(":")}`;
}
