// Captures whose cost must grow with their length, not faster: long records in pieces of one octet, and packets that make
// a careless table of fragments or connections quadratic.

import { CaptureReader } from "../../src/inspect/capture/capture-reader.js";
import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import { TCP_LIMITS, TcpTracker } from "../../src/inspect/tcp-tracker.js";
import { PcapngBlocks, pcap } from "./capture-file.js";
import { concat } from "./capture-octets.js";
import { FLAGS, ipv4, LINK, tcp, udp } from "./capture-packet.js";

/** A capture of about so many octets, and whether it comes octet by octet. */
export type LinearCapture = readonly [
  name: string,
  capture: (size: number) => Uint8Array,
  isBytewise: boolean,
];

/** About the length of a packet with one octet of payload, in a file. */
const PACKET = 60;
const LIMITS = { ...TCP_LIMITS, connections: 100 };

const packets = (size: number, packet: (index: number) => Uint8Array): Uint8Array =>
  pcap(
    Array.from({ length: size / PACKET }, (_, index) => packet(index)),
    { linkType: LINK.raw },
  );
const segment = (sequence: number, flags: number, from = 0, acknowledgement = 0) =>
  ipv4(tcp([1], { sequence, flags, acknowledgement }), {
    protocol: "tcp",
    source: `10.0.${(from >> 8) & 255}.${from & 255}`,
  });
const blocks = new PcapngBlocks();

export const LINEAR_CAPTURES: readonly LinearCapture[] = [
  ["a long packet", (size) => pcap([new Uint8Array(size)]), true],
  ["small packets", (size) => packets(size, () => ipv4(udp([1]))), true],
  [
    "an interface with long options",
    (size) =>
      concat(
        blocks.section(),
        blocks.interface({ options: [[1, new Uint8Array(Math.min(size, 60_000))]] }),
      ),
    true,
  ],
  [
    "an unknown block",
    (size) => concat(blocks.section(), blocks.block(77, new Uint8Array(size))),
    true,
  ],
  ["secrets", (size) => concat(blocks.section(), blocks.secrets(new Uint8Array(size))), true],
  [
    "fragments of packets that are never complete",
    (size) =>
      packets(size, (index) =>
        ipv4([1, 2, 3, 4, 5, 6, 7, 8], { identification: index & 0xffff, hasMore: true }),
      ),
    false,
  ],
  [
    "fragments of one packet, every second one",
    (size) =>
      packets(size, (index) =>
        ipv4([1, 2, 3, 4, 5, 6, 7, 8], { fragmentOffset: 16 * (index % 120), hasMore: true }),
      ),
    false,
  ],
  ["a flood of SYN", (size) => packets(size, (index) => segment(index, FLAGS.syn, index)), false],
  [
    "a flood of SYN between the same ends",
    (size) => packets(size, (index) => segment(7 * index, FLAGS.syn)),
    false,
  ],
  [
    "segments in reverse",
    (size) => packets(size, (index) => segment(200_000 - index, FLAGS.ack, index === 0 ? 1 : 0)),
    false,
  ],
  [
    "every second segment",
    (size) => packets(size, (index) => segment(2 * index + (index > 0 ? 2 : 0), FLAGS.ack)),
    false,
  ],
  [
    "acknowledgements of what nobody saw",
    (size) => packets(size, (index) => segment(index, FLAGS.ack, 0, 5 * index)),
    false,
  ],
];

/** Reads a capture through to the bytes of connections; gives the time in milliseconds. */
export function costOfCapture(pieces: readonly Uint8Array[]): number {
  const reader = new CaptureReader();
  const decoder = new PacketDecoder();
  const tracker = new TcpTracker(LIMITS);
  const start = performance.now();
  for (const piece of pieces) {
    for (const item of reader.push(piece)) {
      if (item.kind === "error") throw new Error(item.code);
      const found = item.kind === "packet" ? decoder.decode(item) : null;
      if (found?.kind === "tcp") tracker.receive(found);
    }
  }
  tracker.end();
  return performance.now() - start;
}
