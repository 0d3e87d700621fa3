// Decodes packets, and says in short what they carry.

import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import { concat, type Octets } from "./capture-octets.js";
import { LINK } from "./capture-packet.js";

/** A decoder, and what it says of packets, in short. */
export function decoding(): {
  decoder: PacketDecoder;
  read: (bytes: Octets, linkType?: number, originalLength?: number) => string;
} {
  const decoder = new PacketDecoder();
  const read = (bytes: Octets, linkType: number = LINK.raw, originalLength = bytes.length) => {
    const result = decoder.decode({
      kind: "packet",
      time: 1.5,
      interfaceId: 0,
      linkType,
      offset: 1_000,
      bytes: concat(bytes),
      originalLength,
    });
    if (result === null) return "waits";
    if (result.kind === "other") return result.what;
    const { kind, source, destination, offset } = result;
    return `${kind} ${source} ${destination} at ${offset} ${Buffer.from(result.bytes).toString("latin1")}`;
  };
  return { decoder, read };
}
/** What a decoder says that has seen no other packet. */
export const read = (bytes: Octets, linkType?: number, originalLength?: number): string =>
  decoding().read(bytes, linkType, originalLength);

/** Endpoints of the packets that the helpers write. */
export const V4 = "10.0.0.1:40000 10.0.0.2:443";
export const V6 = "[2001:db8::1]:40000 [2001:db8::2]:443";
