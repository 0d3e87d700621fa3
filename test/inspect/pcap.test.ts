// Classic capture files, written by hand: byte orders, resolutions, variants; what is broken or cut; every cut.

import { describe, expect, test } from "vitest";
import { CaptureReader, captureFormat } from "../../src/inspect/capture/capture-reader.js";
import { MAGIC, ORDERS, pcap, pcapHeader, pcapRecord } from "../helpers/capture-file.js";
import { ascii, BIG, concat, LITTLE } from "../helpers/capture-octets.js";
import { LINK } from "../helpers/capture-packet.js";
import { hex, itemsOf } from "../helpers/capture-read.js";
import { byteWise } from "../helpers/pieces.js";

const one = { bytes: ascii("abc"), seconds: 1_700_000_000, fraction: 123_456 };
const two = { bytes: ascii("defgh"), seconds: 1_700_000_001, fraction: 5, originalLength: 99 };

describe.each(ORDERS)("%s", (_name, order) => {
  test.each([
    ["microseconds", MAGIC.micro, "1700000000.123456", "1700000001.000005", 0],
    ["nanoseconds", MAGIC.nano, "1700000000.0001235", "1700000001", 0],
    [
      "with more in each packet's header",
      MAGIC.modified,
      "1700000000.123456",
      "1700000001.000005",
      8,
    ],
  ])("%s", (_kind, magic, firstTime, secondTime, more) => {
    const file = pcap([one, two], { order, magic, linkType: LINK.raw });
    expect(itemsOf([file])).toEqual([
      `packet ${firstTime} if 0 link 101 at ${40 + more} of 3 616263`,
      `packet ${secondTime} if 0 link 101 at ${59 + 2 * more} of 99 6465666768`,
    ]);
    expect(itemsOf(byteWise(file))).toEqual(itemsOf([file]));
    expect(captureFormat(file)).toBe("pcap");
  });

  test("what stands above the link type does not count", () => {
    const file = pcap([one], { order, linkType: 0x5400_0001 });
    expect(itemsOf([file])[0]).toContain("link 1 ");
  });
});

test("an empty capture has nothing in it", () => {
  expect(itemsOf([pcapHeader()])).toEqual([]);
  expect(itemsOf([pcap([{ bytes: [] }])])).toEqual(["packet 1 if 0 link 1 at 40 of 0 "]);
});

describe("what is broken", () => {
  const good = itemsOf([pcap([one])]);
  const header = pcapHeader();
  const wrong = (at: number, ...octets: number[]) => {
    const file = pcap([one, two]);
    file.set(octets, at);
    return file;
  };
  test.each<[string, Uint8Array, string[]]>([
    ["CAP-1: nothing", concat(), ["error CAPTURE_UNKNOWN at 0"]],
    ["CAP-1: too little", header.slice(0, 3), ["error CAPTURE_UNKNOWN at 0"]],
    ["CAP-1: something else", ascii("GET / HTTP/1.1\r\n\r\n"), ["error CAPTURE_UNKNOWN at 0"]],
    ["CAP-2: a cut header", header.slice(0, 23), ["error CAPTURE_TRUNCATED at 0"]],
    [
      "CAP-2: a cut packet header",
      pcap([one, two]).slice(0, 58),
      [...good, "error CAPTURE_TRUNCATED at 43"],
    ],
    [
      "CAP-2: a cut packet",
      pcap([one, two]).slice(0, 63),
      [...good, "error CAPTURE_TRUNCATED at 43"],
    ],
    ["CAP-3: another major version", wrong(4, 3), ["error CAPTURE_HEADER_INVALID at 0"]],
    ["CAP-3: another minor version", wrong(6, 9), ["error CAPTURE_HEADER_INVALID at 0"]],
    [
      "CAP-4: a packet that is too long",
      wrong(51, 1, 0, 4, 0),
      [...good, "error CAPTURE_PACKET_TOO_LONG at 43"],
    ],
    [
      "CAP-4: a packet of 4 GiB",
      wrong(51, 0xff, 0xff, 0xff, 0xff),
      [...good, "error CAPTURE_PACKET_TOO_LONG at 43"],
    ],
  ])("%s", (_name, file, expected) => {
    expect(itemsOf([file])).toEqual(expected);
    expect(itemsOf(byteWise(file))).toEqual(expected);
  });

  test("CAP-4: the longest packet is one", () => {
    const bytes = new Uint8Array(100);
    expect(itemsOf([pcap([bytes])], 100)).toHaveLength(1);
    expect(itemsOf([pcap([bytes])], 99)).toEqual(["error CAPTURE_PACKET_TOO_LONG at 24"]);
    const longest = pcapRecord({ bytes: new Uint8Array(256 * 1024) });
    expect(itemsOf([header, longest])).toHaveLength(1);
  });

  test("after an error nothing more is read", () => {
    const pieces = [wrong(4, 3), pcap([one])];
    expect(itemsOf(pieces)).toEqual(["error CAPTURE_HEADER_INVALID at 0"]);
  });

  test("cut at every octet: the packets before it, and where the rest begins", () => {
    for (const order of [LITTLE, BIG]) {
      const packets = [one, two, one];
      const file = pcap(packets, { order });
      const all = itemsOf([file]);
      const ends = [24, 43, 64, 83];
      for (let length = 4; length <= file.length; length++) {
        const whole = ends.filter((end) => end <= length).length - 1;
        const isCut = !ends.includes(length);
        const at = length < 24 ? 0 : ends[whole];
        const error = isCut ? [`error CAPTURE_TRUNCATED at ${at}`] : [];
        const expected = [...all.slice(0, Math.max(whole, 0)), ...error];
        expect(itemsOf([file.slice(0, length)])).toEqual(expected);
        expect(itemsOf(byteWise(file.slice(0, length)))).toEqual(expected);
      }
    }
  });
});

test("views of one call do not write over each other", () => {
  // A record that was begun before, and one that is begun behind it: each is held in a buffer of its own.
  const file = pcap([one, two, one]);
  for (let first = 1; first < file.length; first++) {
    for (let second = first + 1; second < file.length; second += 3) {
      const pieces = [file.slice(0, first), file.slice(first, second), file.slice(second)];
      expect(itemsOf(pieces)).toEqual(itemsOf([file]));
    }
  }
  expect(hex(file.slice(40, 43))).toBe("616263");
});

test("wrong use throws, and changes nothing", () => {
  const usage = expect.objectContaining({ name: "UsageError" });
  for (const limit of [0, -1, 1.5, Number.NaN])
    expect(() => new CaptureReader(limit)).toThrow(usage);
  const reader = new CaptureReader();
  const file = pcap([one]);
  expect(reader.push(file.slice(0, 30))).toEqual([]);
  expect(() => reader.push("text" as never)).toThrow(usage);
  expect(reader.push(file.slice(30))).toHaveLength(1);
  expect([reader.end(), reader.end(), reader.push(file)]).toEqual([[], [], []]);
});
