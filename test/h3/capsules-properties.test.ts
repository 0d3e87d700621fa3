// Capsules, whatever they are: CapsuleParser says what the naive parser says, at every cut; nothing throws; what the writer makes, the
// parser gives back; and what the writer refuses. Long runs are the fuzzers'.

import fc from "fast-check";
import { byteByByte, randomPieces } from "tercet/fuzz";
import { CapsuleParser, CapsuleWriter } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../../src/codec/byte-writer.js";
import { CapsuleReader, putCapsule } from "../../src/codec/capsule-reader.js";
import { readCapsules } from "../helpers/h3-frame-log.js";
import { bytesOf, capsule, concat, MAX_VARINT, varint } from "../helpers/h3-frames.js";
import { naiveCapsules } from "../helpers/naive/capsules.js";

const RUNS = 500;
const MAX = 32;
const WT = Array.from({ length: 14 }, (_, at) => 0x190b4d38 + at);

const number = fc.oneof(fc.nat(70), fc.nat(0x4001), fc.bigInt(0n, MAX_VARINT));
const value = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.array(number, { maxLength: 4 }).map((list) => concat(...list.map((one) => varint(one)))),
  fc
    .string({ unit: "grapheme", maxLength: 8 })
    .map((text) => concat(bytesOf("\0\0\0\x01"), new TextEncoder().encode(text))),
);
const type = fc.oneof(
  fc.constantFrom<number | bigint>(0, 0x2843, 0x78ae, ...WT),
  fc.constantFrom<number | bigint>(0x17, MAX_VARINT),
);
const anyCapsule = fc
  .tuple(type, value, fc.option(number, { freq: 12, nil: undefined }))
  .map(([kind, bytes, length]) => capsule(kind, bytes, length === undefined ? {} : { length }));
const contents = fc
  .tuple(
    fc.array(anyCapsule, { maxLength: 6 }),
    fc.option(fc.tuple(fc.nat(60), fc.nat(255)), { nil: undefined }),
  )
  .map(([list, flip]) => {
    const bytes = concat(...list);
    if (flip !== undefined && flip[0] < bytes.length) bytes[flip[0]] = flip[1];
    return bytes;
  });

describe("CapsuleParser", () => {
  test("H3-CAP-1 H3-CAP-3 says what the naive parser says, at any cut", () => {
    const draft = fc.constantFrom(14, 15);
    fc.assert(
      fc.property(contents, fc.nat(), draft, fc.boolean(), (bytes, seed, number, isEnded) => {
        const options = { maxLength: MAX, draft: number };
        const expected = naiveCapsules(bytes, { max: MAX, draft: number }, isEnded);
        expect(readCapsules([bytes], options, isEnded)).toEqual(expected);
        expect(readCapsules(byteByByte(bytes), options, isEnded)).toEqual(expected);
        expect(readCapsules(randomPieces(bytes, seed, 16), options, isEnded)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  test("does not throw, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const expected = naiveCapsules(bytes, { max: 65_536, draft: 14 }, true);
        expect(readCapsules([bytes], {}, true)).toEqual(expected);
        expect(readCapsules(byteByByte(bytes), {}, true)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });
});

const bytes = fc.uint8Array({ maxLength: 60 });
const streams = fc.oneof(fc.nat(), fc.constant(2n ** 60n));
const plain = (one: number | bigint) => (one < 2n ** 53n ? Number(one) : one);
type Call = readonly [(writer: CapsuleWriter) => Uint8Array, object];

const calls: fc.Arbitrary<Call> = fc.oneof(
  bytes.map((payload): Call => [(w) => w.datagram(payload), { name: "DATAGRAM", value: payload }]),
  fc
    .tuple(fc.nat(0xffff_ffff), fc.string({ unit: "grapheme", maxLength: 100 }))
    .map(
      ([code, message]): Call => [
        (w) => w.closeSession(code, message),
        { applicationErrorCode: code, applicationErrorMessage: message },
      ],
    ),
  fc.constant<Call>([(w) => w.drainSession(), { name: "WT_DRAIN_SESSION", length: 0 }]),
  fc.nat(200).map((length): Call => [(w) => w.padding(length), { name: "PADDING", length }]),
  fc.tuple(number, number, fc.option(number, { nil: undefined })).map(
    ([id, code, size]): Call => [
      (w) => w.resetStream(id, code, size),
      {
        name: "WT_RESET_STREAM",
        streamId: plain(id),
        applicationErrorCode: plain(code),
        ...(size === undefined ? {} : { reliableSize: plain(size) }),
      },
    ],
  ),
  fc
    .tuple(number, number)
    .map(
      ([id, code]): Call => [
        (w) => w.stopSending(id, code),
        { name: "WT_STOP_SENDING", streamId: plain(id), applicationErrorCode: plain(code) },
      ],
    ),
  fc
    .tuple(number, bytes, fc.boolean())
    .map(
      ([id, streamData, fin]): Call => [
        (w) => w.stream(id, streamData, { fin }),
        { name: "WT_STREAM", streamId: plain(id), streamData, fin },
      ],
    ),
  number.map(
    (most): Call => [(w) => w.maxData(most), { name: "WT_MAX_DATA", maximumData: plain(most) }],
  ),
  number.map(
    (most): Call => [
      (w) => w.dataBlocked(most),
      { name: "WT_DATA_BLOCKED", maximumData: plain(most) },
    ],
  ),
  fc
    .tuple(number, number)
    .map(
      ([id, most]): Call => [
        (w) => w.maxStreamData(id, most),
        { name: "WT_MAX_STREAM_DATA", streamId: plain(id), maximumStreamData: plain(most) },
      ],
    ),
  fc
    .tuple(number, number)
    .map(
      ([id, most]): Call => [
        (w) => w.streamDataBlocked(id, most),
        { name: "WT_STREAM_DATA_BLOCKED", streamId: plain(id), maximumStreamData: plain(most) },
      ],
    ),
  fc
    .tuple(streams, fc.boolean())
    .map(
      ([most, unidirectional]): Call => [
        (w) => w.maxStreams(most, { unidirectional }),
        { name: "WT_MAX_STREAMS", maximumStreams: plain(most), unidirectional },
      ],
    ),
  fc
    .tuple(streams, fc.boolean())
    .map(
      ([most, unidirectional]): Call => [
        (w) => w.streamsBlocked(most, { unidirectional }),
        { name: "WT_STREAMS_BLOCKED", maximumStreams: plain(most), unidirectional },
      ],
    ),
  bytes.map(
    (content): Call => [(w) => w.capsule(0x17, content), { name: "UNKNOWN", value: content }],
  ),
);

describe("CapsuleWriter", () => {
  test("H3-CAP-3 and the parser give each other's capsules", () => {
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 5 }), fc.nat(), (list, seed) => {
        const writer = new CapsuleWriter();
        const wire = concat(...list.map(([write]) => write(writer)));
        const parser = new CapsuleParser();
        const events = randomPieces(wire, seed, 12).flatMap((piece) => parser.receive(piece));
        expect(events).toEqual(list.map(([, expected]) => expect.objectContaining(expected)));
        expect(parser.receiveEnd()).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  const writer = new CapsuleWriter();
  test("WT_STREAM of draft 15", () => {
    const none = new Uint8Array(0);
    expect(writer.stream(0, none, { fin: true, draft: 15 })).toEqual(capsule(0x190b4d3b, "\0"));
    expect(writer.stream(0, none, { draft: 15 })).toEqual(capsule(0x190b4d3c, "\0"));
    expect(writer.stream(0, none, { fin: true })).toEqual(capsule(0x190b4d3c, "\0"));
    expect(writer.stream(0, none)).toEqual(capsule(0x190b4d3b, "\0"));
  });

  test.each<[string, () => Uint8Array]>([
    ["a datagram that is no bytes", () => writer.datagram("x" as never)],
    ["a code above 2^32 - 1", () => writer.closeSession(2 ** 32)],
    ["a code below 0", () => writer.closeSession(-1)],
    ["H3-WT-9 a message of 1,025 bytes", () => writer.closeSession(0, "x".repeat(1025))],
    [
      "H3-WT-9 of 342 characters of three bytes",
      () => writer.closeSession(0, "\u20ac".repeat(342)),
    ],
    ["H3-WT-9 half of a character", () => writer.closeSession(0, "a\ud800")],
    ["a message that is no string", () => writer.closeSession(0, 1 as never)],
    ["less than no padding", () => writer.padding(-1)],
    ["a stream above 2^62 - 1", () => writer.resetStream(2n ** 62n, 0)],
    ["a size that is not whole", () => writer.resetStream(0, 0, 0.5)],
    ["no code", () => writer.stopSending(0, undefined as never)],
    ["stream data that is no bytes", () => writer.stream(0, [] as never)],
    ["a limit that is not exact", () => writer.maxData(2 ** 53)],
    ["H3-WT-7 more than 2^60 streams", () => writer.maxStreams(2n ** 60n + 1n)],
    [
      "H3-WT-7 blocked beyond them",
      () => writer.streamsBlocked(2n ** 61n, { unidirectional: true }),
    ],
    ["a type below 0", () => writer.capsule(-1)],
    ["a value that is no bytes", () => writer.capsule(0x17, "x" as never)],
  ])("refuses %s", (_name, act) => {
    expect(act).toThrow(expect.objectContaining({ name: "UsageError", code: "CAPSULE_INVALID" }));
    expect(writer.drainSession()).toEqual(capsule("WT_DRAIN_SESSION"));
  });

  test("H3-WT-9 a message of 1,024 bytes", () => {
    const [event] = new CapsuleParser().receive(writer.closeSession(1, "\u00e4".repeat(512)));
    expect(event).toMatchObject({ length: 1028, applicationErrorMessage: "\u00e4".repeat(512) });
  });
});

describe("CapsuleReader, which connections use", () => {
  const read = (pieces: readonly Uint8Array[], maxLength = 16) => {
    const said: unknown[] = [];
    const reader = new CapsuleReader(maxLength);
    const codes = pieces.map((piece) =>
      reader.read(piece, {
        onCapsule: (kind, content, offset) =>
          void said.push([kind, Buffer.from(content).toString(), offset]),
      }),
    );
    return { said, codes, reader };
  };

  test("H3-CAP-2 it passes over long capsules of unknown types without a word", () => {
    const wire = concat(capsule(MAX_VARINT, "a"), capsule(0x17, "x".repeat(17)), capsule(0, "b"));
    const { said, codes, reader } = read([wire]);
    expect(said).toEqual([
      [MAX_VARINT, "a", 0],
      [0, "b", 29],
    ]);
    expect(codes).toEqual([0]);
    expect(reader.isBetweenCapsules).toBe(true);
    expect(reader.offset).toBe(wire.length);
  });

  test("its error stays, and nothing follows it", () => {
    const { said, codes, reader } = read([
      concat(capsule(0, "a"), capsule(0x2843, "", { length: 17 })),
      capsule(0, "b"),
    ]);
    expect(said).toEqual([[0, "a", 0]]);
    expect(codes[0]).not.toBe(0);
    expect(codes[1]).toBe(codes[0]);
    expect(reader.start).toBe(3);
  });

  test("H3-CAP-4 it knows what is unfinished", () => {
    const { reader } = read([bytesOf("\0\x05abc")]);
    expect(reader.isBetweenCapsules).toBe(false);
    expect(reader.heldBytes).toBe(3);
    reader.drop();
    expect(reader.heldBytes).toBe(0);
  });

  test("putCapsule appends", () => {
    const out = new ByteWriter();
    putCapsule(out, 0, bytesOf("a"));
    putCapsule(out, MAX_VARINT, new Uint8Array(100));
    expect(out.take()).toEqual(concat(capsule(0, "a"), capsule(MAX_VARINT, new Uint8Array(100))));
  });
});
