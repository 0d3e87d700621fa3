// parseDatagram and splitDatagram: any datagram, ids of any length; packets lie one behind the other and are the same alone.

import { QUIC_PACKET_TOKENS, quicArbitraries } from "tercet/fuzz";
import { parseDatagram, type QuicPacket, splitDatagram } from "tercet/quic";
import { archived } from "../files.js";
import { fault, seedOf, type Target } from "./target.js";

/** The target. */
export const quicDatagram: Target = {
  name: "quic-datagram",
  about: "parseDatagram: packets one behind the other, the same alone as among others",
  corpus: "quic-datagrams",
  tokens: QUIC_PACKET_TOKENS,
  seeds: () => [
    ...archived(["quiche-dev.tar.gz"]),
    ...archived(["neqo-dev.tar.gz"], "packet"),
    ...archived(["neqo-dev.tar.gz"], "client_initial"),
    ...archived(["quicly-dev.tar.gz"]),
  ],
  arbitrary: (fc) => quicArbitraries(fc).datagram,
  check(input) {
    const length = seedOf(input) % 21;
    const connectionIdLength = seedOf(input) % 2 === 0 ? length : () => length;
    const options = { connectionIdLength, greaseQuicBit: seedOf(input) % 3 === 0 };
    const { packets, leftOut, rest } = splitDatagram(input, options);
    let end = 0;
    for (const { offset, length: size } of sorted([...packets, ...leftOut])) {
      if (offset !== end || size <= 0) fault(`a packet at ${offset} behind ${end}`);
      end = offset + size;
    }
    const all = rest === null ? end : rest.offset + rest.length;
    if (rest !== null && (rest.offset !== end || rest.length <= 0))
      fault(`a rest at ${rest.offset}`);
    if (all !== input.length) fault(`${all} octets of ${input.length}`);
    for (const packet of packets) samePacketAlone(packet, input, length);
    const names = packets.map((packet) => `${packet.type}${packet.version}${packet.fixedBit}`);
    return `${names.slice(0, 6).join(" ")} ${leftOut.length > 0} ${rest?.reason}`;
  },
};

function sorted<T extends { readonly offset: number }>(parts: T[]): T[] {
  return parts.sort((a, b) => a.offset - b.offset);
}

/** A packet is a view of its octets, its fields lie in it, and alone it is read as it was among others. */
function samePacketAlone(packet: QuicPacket, input: Uint8Array, connectionIdLength: number): void {
  const { offset, length, bytes } = packet;
  if (bytes.length !== length) fault(`${bytes.length} octets of ${length}`);
  if (bytes.buffer !== input.buffer || bytes.byteOffset !== input.byteOffset + offset) {
    fault("the bytes are no view of the packet");
  }
  if (packet.packetNumberOffset > length) fault("a packet number behind the packet");
  const [alone] = parseDatagram(bytes, { connectionIdLength, greaseQuicBit: true });
  if (alone === undefined) fault(`${packet.type} is none alone`);
  const text = (one: QuicPacket | undefined) => JSON.stringify({ ...one, offset: 0, bytes: null });
  if (text(alone) !== text(packet)) fault(`alone it is ${text(alone)}, not ${text(packet)}`);
}
