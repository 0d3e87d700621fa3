// Captures of any bytes: nothing is thrown, the same items at every cut, what stood before a fault is there, memory is
// bounded by what is needed and not by what is announced.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureReader } from "../../src/inspect/capture/capture-reader.js";
import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import { TcpTracker } from "../../src/inspect/tcp-tracker.js";
import { Conversation } from "../helpers/capture-conversation.js";
import { MAGIC, PcapngBlocks, pcap, pcapHeader, pcapng } from "../helpers/capture-file.js";
import { ascii, BIG, concat, LITTLE } from "../helpers/capture-octets.js";
import { EXTENSIONS, ethernet, ipv4, ipv6, LINK, linked, udp } from "../helpers/capture-packet.js";
import { itemsOf, segmentsOf } from "../helpers/capture-read.js";
import { byteWise, everyCut } from "../helpers/pieces.js";

const talk = new Conversation({ segmentSize: 9 })
  .open()
  .say("client", ascii("GET / HTTP/1.1\r\n\r\n"))
  .close();
const packets = [
  ...talk.packets,
  ethernet(ipv6(udp(ascii("datagram")), { extensions: [EXTENSIONS.hopByHop] }), [0x8100]),
  ethernet(ipv4(udp(new Uint8Array(40)).slice(0, 24), { hasMore: true })),
  ethernet(ipv4(udp(new Uint8Array(40)).slice(24), { fragmentOffset: 24 })),
  ethernet(new Uint8Array(28), [], 0x0806),
];
const FILES: readonly (readonly [string, Uint8Array])[] = [
  ["pcap, little-endian", pcap(packets)],
  ["pcap, big-endian, nanoseconds", pcap(packets, { order: BIG, magic: MAGIC.nano })],
  ["pcap, modified", pcap(packets, { magic: MAGIC.modified })],
  ["pcapng, little-endian", pcapng(packets, { secrets: ascii("CLIENT_RANDOM 0 1\n") })],
  ["pcapng, big-endian", pcapng(packets, { order: BIG })],
];

/** All that a capture says, through to the bytes of connections. */
function read(pieces: readonly Uint8Array[]): number {
  const reader = new CaptureReader();
  const decoder = new PacketDecoder();
  const tracker = new TcpTracker();
  let count = 0;
  for (const items of [...pieces.map((piece) => () => reader.push(piece)), () => reader.end()]) {
    for (const item of items()) {
      count++;
      const segment = item.kind === "packet" ? decoder.decode(item) : null;
      if (segment?.kind === "tcp") count += tracker.receive(segment).length;
    }
  }
  return count + tracker.end().length;
}

describe("every cut gives the same items", () => {
  test.each(FILES)("%s", (_name, file) => {
    const whole = itemsOf([file]);
    expect(whole.at(-1)).not.toContain("error");
    for (const { name, pieces } of everyCut(file)) {
      const items = itemsOf(pieces);
      if (items.join("\n") !== whole.join("\n")) expect(items, name).toEqual(whole);
    }
    expect(read([file])).toBe(read(byteWise(file)));
  });
});

test("any bytes behind any beginning: the same at any cut, an error at most, and last", () => {
  const begin = fc.constantFrom(
    new Uint8Array(0),
    pcapHeader(),
    pcapHeader({ order: BIG, linkType: LINK.null }),
    new PcapngBlocks(LITTLE).section(),
    concat(new PcapngBlocks(BIG).section(), new PcapngBlocks(BIG).interface()),
  );
  fc.assert(
    fc.property(begin, fc.uint8Array({ maxLength: 400 }), fc.nat(400), (begin, rest, cut) => {
      const file = concat(begin, rest);
      const whole = itemsOf([file]);
      expect(itemsOf([file.slice(0, cut), file.slice(cut)])).toEqual(whole);
      expect(itemsOf(byteWise(file))).toEqual(whole);
      expect(whole.slice(0, -1).filter((line) => line.startsWith("error"))).toEqual([]);
      read([file]);
    }),
    { numRuns: 1_000 },
  );
});

test("files with changed octets: the same at any cut, and what stands before the change is there", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FILES),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.nat(),
      ([, file], changes, cut) => {
        const copy = file.slice();
        for (const [at, octet] of changes) copy[at % copy.length] = octet;
        const items = itemsOf([copy]);
        const at = cut % copy.length;
        expect(itemsOf([copy.slice(0, at), copy.slice(at)])).toEqual(items);
        expect(itemsOf(byteWise(copy))).toEqual(items);
        const first = copy.findIndex((octet, index) => octet !== file[index]);
        const before = first < 0 ? file.length : first;
        // Items whose octets end before the change, with the lengths in front of them.
        const whole = itemsOf([file.slice(0, before)]).filter((line) => !line.startsWith("error"));
        expect(items.slice(0, whole.length)).toEqual(whole);
        read([copy]);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("packets of any bytes on any link: nothing is thrown, payloads lie within the packet", () => {
  const linkType = fc.constantFrom(0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 105);
  const start = fc.constantFrom(...packets.map((packet) => packet.slice(14)), new Uint8Array(0));
  fc.assert(
    fc.property(
      linkType,
      start,
      fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 0, max: 255 })), { maxLength: 5 }),
      fc.nat(120),
      (linkType, start, changes, length) => {
        const packet = linked(linkType, start);
        for (const [at, octet] of changes) if (at < packet.length) packet[at] = octet;
        const bytes = packet.slice(0, length);
        const decoder = new PacketDecoder();
        const result = decoder.decode({
          kind: "packet",
          time: null,
          interfaceId: 0,
          linkType,
          offset: 0,
          bytes,
          originalLength: packet.length,
        });
        if (result === null || result.kind === "other") return;
        expect(result.bytes.buffer).toBe(bytes.buffer);
        expect(result.offset + result.bytes.length).toBeLessThanOrEqual(bytes.length);
      },
    ),
    { numRuns: 5_000 },
  );
});

describe("memory", () => {
  const heap = () => {
    globalThis.gc?.();
    return process.memoryUsage().arrayBuffers;
  };

  test("a record of 256 KiB that never comes costs what came of it", () => {
    const header = concat(
      pcapHeader(),
      LITTLE.u32(1),
      LITTLE.u32(0),
      LITTLE.u32(262_144),
      LITTLE.u32(262_144),
    );
    const readers = Array.from({ length: 400 }, () => new CaptureReader());
    const before = heap();
    for (const reader of readers) for (const piece of byteWise(header)) reader.push(piece);
    expect(readers.map((reader) => reader.end().length)).toEqual(readers.map(() => 1));
    // 100 MiB were announced.
    expect(heap() - before).toBeLessThan(8 * 2 ** 20);
  });

  test("blocks of gigabytes and interfaces without number are passed over", () => {
    const blocks = new PcapngBlocks(LITTLE);
    const reader = new CaptureReader();
    const begin = concat(blocks.section(), blocks.block(77, [], 2 ** 31, 0).slice(0, 8));
    expect(reader.push(begin)).toEqual([]);
    const zeros = new Uint8Array(2 ** 20);
    const before = heap();
    for (let megabyte = 0; megabyte < 1_024; megabyte++) expect(reader.push(zeros)).toEqual([]);
    expect(reader.offset).toBe(begin.length + 2 ** 30);
    expect(heap() - before).toBeLessThan(8 * 2 ** 20);
  });

  test("65,536 interfaces are remembered; a packet of the next is an error", () => {
    const blocks = new PcapngBlocks(LITTLE);
    const one = blocks.interface({ linkType: LINK.raw });
    const many = new Uint8Array(one.length * 65_537);
    for (let index = 0; index < 65_537; index++) many.set(one, index * one.length);
    const reader = new CaptureReader();
    reader.push(concat(blocks.section()));
    expect(reader.push(many)).toEqual([]);
    const [good] = reader.push(blocks.packet([], { id: 65_535 }));
    expect(good).toMatchObject({ kind: "packet", interfaceId: 65_535 });
    const [bad] = reader.push(blocks.packet([], { id: 65_536 }));
    expect(bad).toMatchObject({ kind: "error", code: "CAPTURE_INTERFACE_UNKNOWN" });
  });
});

test("the files say what was put into them", () => {
  for (const [, file] of FILES) {
    const kinds = segmentsOf(file).map((segment) => segment?.kind ?? "waits");
    expect(kinds).toEqual([...talk.packets.map(() => "tcp"), "udp", "waits", "udp", "other"]);
  }
});
