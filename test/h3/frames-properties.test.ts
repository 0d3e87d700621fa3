// Frames, whatever they are: H3FrameParser says what the naive parser says, at every cut; what the writer makes, the parser gives
// back; nothing throws, whatever the bytes. Long runs are the fuzzers'.

import fc from "fast-check";
import { byteByByte, randomPieces } from "tercet/fuzz";
import { type H3Frame, H3FrameParser, H3FrameWriter } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { readFrames } from "../helpers/h3-frame-log.js";
import { concat, frame, MAX_VARINT, settings, varint } from "../helpers/h3-frames.js";
import { grease, TYPE } from "../helpers/h3-names.js";
import { type Kind, naiveParse, type Role } from "../helpers/naive/h3-frames.js";

const RUNS = 500;
const MAX = 64;

const number = fc.oneof(
  fc.nat(70),
  fc.nat(0x4001),
  fc.bigInt(0n, 2n ** 31n),
  fc.bigInt(2n ** 53n - 2n, 2n ** 53n + 2n),
  fc.bigInt(0n, MAX_VARINT),
);
const width = fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8);

/** A number, also in a form longer than needed. */
const anyVarint = fc.tuple(number, width).map(([value, wide]) => {
  const least = varint(value).length;
  return varint(value, wide < least ? undefined : wide);
});

const settingId = fc.oneof(
  fc.constantFrom(0, 1, 6, 7, 8, 0x33, 0x21),
  fc.constantFrom(2, 5),
  number,
);
const settingsPayload = fc
  .array(fc.tuple(settingId, fc.oneof(fc.nat(1), number)), { maxLength: 4 })
  .map((pairs) => concat(...pairs.flatMap(([id, value]) => [varint(id), varint(value)])));

/** A payload that its type likes, or nearly. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc.uint8Array({ minLength: 60, maxLength: 200 }),
  anyVarint,
  fc.tuple(anyVarint, fc.uint8Array({ maxLength: 12 })).map((both) => concat(...both)),
  settingsPayload,
  fc.constant(new Uint8Array([0, 1, 0x61, 0, 0])),
);

const type = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<number | bigint>(0, 0, 1, 1, 3, 4, 5, 7, 0xc, 0xd) },
  { weight: 2, arbitrary: fc.constantFrom<number | bigint>(...Object.values(TYPE), grease(0)) },
  { weight: 1, arbitrary: fc.constantFrom<number | bigint>(2, 6, 8, 9, MAX_VARINT) },
  { weight: 1, arbitrary: number },
);

const anyFrame = fc
  .tuple(type, payload, fc.option(number, { freq: 12, nil: undefined }))
  .map(([kind, bytes, length]) => frame(kind, bytes, length === undefined ? {} : { length }));

/** Frames, often with a beginning that their kind needs, now and then with an octet changed. */
const streams = fc
  .record({
    kind: fc.constantFrom<Kind>("request", "control", "push"),
    role: fc.constantFrom<Role>("server", "client", undefined),
    begins: fc.boolean(),
    list: fc.array(anyFrame, { maxLength: 6 }),
    flip: fc.option(fc.tuple(fc.nat(60), fc.nat(255)), { nil: undefined }),
  })
  .map(({ kind, role, begins, list, flip }) => {
    const first = kind === "control" ? settings() : frame(TYPE.HEADERS, "\0\0");
    const bytes = concat(...(begins ? [first] : []), ...list);
    if (flip !== undefined && flip[0] < bytes.length) bytes[flip[0]] = flip[1];
    return { kind, role, bytes };
  });

describe("H3FrameParser", () => {
  test("H3-FRM-1 H3-FRM-2 says what the naive parser says, at any cut", () => {
    fc.assert(
      fc.property(streams, fc.nat(), fc.boolean(), ({ kind, role, bytes }, seed, isEnded) => {
        const options = { kind, maxFrameSize: MAX, ...(role === undefined ? {} : { role }) };
        const expected = naiveParse(bytes, { kind, role, max: MAX }, isEnded);
        expect(readFrames([bytes], options, isEnded)).toEqual(expected);
        expect(readFrames(byteByByte(bytes), options, isEnded)).toEqual(expected);
        expect(readFrames(randomPieces(bytes, seed, 16), options, isEnded)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  test("does not throw, whatever the bytes", () => {
    const kinds = fc.constantFrom<Kind>("request", "control", "push");
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 200 }), (kind, bytes) => {
        const said = readFrames([bytes], { kind }, true);
        expect(readFrames(byteByByte(bytes), { kind }, true)).toEqual(said);
        expect(said).toEqual(naiveParse(bytes, { kind, role: undefined, max: 2 ** 20 }, true));
      }),
      { numRuns: RUNS },
    );
  });
});

const bytes = fc.uint8Array({ maxLength: 80 });
const ascii = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((one) => String.fromCharCode(one)),
  maxLength: 20,
});
const plain = (value: number | bigint) => (value < 2n ** 53n ? Number(value) : value);
/** Settings that may be sent: each once, none of HTTP/2, flags that are flags. */
const goodSettings = fc.uniqueArray(
  fc.tuple(number, number).map(([id, value]): [number | bigint, number | bigint] => {
    const isForbidden = id >= 2 && id <= 5;
    return [isForbidden ? 6 : id, BigInt(id) === 8n || BigInt(id) === 0x33n ? 1 : value];
  }),
  { selector: ([id]) => String(id), maxLength: 6 },
);

/** What a call of the writer makes, and what it is. */
const calls: fc.Arbitrary<readonly [Kind, (writer: H3FrameWriter) => Uint8Array, object]> =
  fc.oneof(
    bytes.map(
      (data) => ["request", (w: H3FrameWriter) => w.data(data), { name: "DATA", data }] as const,
    ),
    bytes.map(
      (section) =>
        [
          "push",
          (w: H3FrameWriter) => w.headers(section),
          { name: "HEADERS", encodedFieldSection: section },
        ] as const,
    ),
    number.map(
      (id) =>
        [
          "control",
          (w: H3FrameWriter) => w.cancelPush(id),
          { name: "CANCEL_PUSH", pushId: plain(id) },
        ] as const,
    ),
    number.map(
      (id) =>
        ["control", (w: H3FrameWriter) => w.goaway(id), { name: "GOAWAY", id: plain(id) }] as const,
    ),
    number.map(
      (id) =>
        [
          "control",
          (w: H3FrameWriter) => w.maxPushId(id),
          { name: "MAX_PUSH_ID", pushId: plain(id) },
        ] as const,
    ),
    fc
      .tuple(number, bytes)
      .map(
        ([id, section]) =>
          [
            "request",
            (w: H3FrameWriter) => w.pushPromise(id, section),
            { name: "PUSH_PROMISE", pushId: plain(id), encodedFieldSection: section },
          ] as const,
      ),
    fc
      .array(ascii, { maxLength: 4 })
      .map(
        (origins) =>
          [
            "control",
            (w: H3FrameWriter) => w.origin(origins),
            { name: "ORIGIN", origins },
          ] as const,
      ),
    fc.tuple(number, ascii, fc.boolean()).map(
      ([id, value, push]) =>
        [
          "control",
          (w: H3FrameWriter) => w.priorityUpdate(id, value, { push }),
          {
            name: "PRIORITY_UPDATE",
            type: push ? 0xf0701 : 0xf0700,
            prioritizedElementId: plain(id),
            priorityFieldValue: value,
          },
        ] as const,
    ),
    fc
      .tuple(number, bytes)
      .map(
        ([id, content]) =>
          [
            "control",
            (w: H3FrameWriter) =>
              w.frame(BigInt(id) + 0x42n > MAX_VARINT ? 0x42 : BigInt(id) + 0x42n, content),
            {},
          ] as const,
      ),
  );

describe("the writer and the parser", () => {
  test("H3-FRM-1 give each other's frames", () => {
    fc.assert(
      fc.property(calls, fc.nat(), ([kind, write, expected], seed) => {
        const writer = new H3FrameWriter();
        const first = kind === "control" ? settings() : frame(TYPE.HEADERS);
        const wire = concat(first, write(writer));
        const parser = new H3FrameParser({ kind });
        const events = randomPieces(wire, seed, 8).flatMap((piece) => parser.receive(piece));
        const event = events[1] as H3Frame;
        if (kind === "control" && Object.keys(expected).length === 0 && "error" in event) {
          // `frame` may have hit a known type with a payload that it does not have.
          return;
        }
        expect(event).toMatchObject({ ...expected, offset: first.length });
        expect(events).toHaveLength(2);
      }),
      { numRuns: RUNS },
    );
  });

  test("H3-SET-6 and settings", () => {
    fc.assert(
      fc.property(goodSettings, (pairs) => {
        const unique = new Map(pairs.map(([id, value]) => [plain(id), plain(value)]));
        const wire = new H3FrameWriter().settings(unique);
        const [event] = new H3FrameParser({ kind: "control" }).receive(wire);
        expect(event).toMatchObject({ name: "SETTINGS", settings: [...unique] });
      }),
    );
  });
});
