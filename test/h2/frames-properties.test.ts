// Frames, whatever they are: H2FrameParser and H2Reader say what the naive readers say, at every cut; what the
// writer makes, the parser gives back; nothing throws, whatever the bytes. Long runs are the fuzzers'.
// H2-002, H2-011, H2-012, H2-019, H2-147, H2-153.

import fc from "fast-check";
import { byteByByte, randomPieces } from "tercet/fuzz";
import { type H2Frame, H2FrameParser, H2FrameWriter } from "tercet/h2";
import { HpackEncoder } from "tercet/hpack";
import { describe, expect, test } from "vitest";
import { LogSink, READER, readerLog } from "../helpers/h2-reader-log.js";
import { concat, frame, PREFACE, settings } from "../helpers/h2-wire.js";
import {
  type Fault,
  parseFrames,
  readConnection,
  type WireFrame,
} from "../helpers/naive/h2-frames.js";

const RUNS = 400;
const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 0x2a, 0xff];

/** A payload length that its type likes, or nearly. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .constantFrom(0, 1, 3, 4, 5, 6, 8, 9, 12)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  fc.uint8Array({ minLength: 4, maxLength: 4, max: 1 }),
);

/** Frames of every type with flags and identifiers that often fit. */
const anyFrame = fc
  .record({
    type: fc.constantFrom(...TYPES),
    flags: fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 0x20, 0x2d), fc.integer({ min: 0, max: 255 })),
    streamId: fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    payload,
  })
  .map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload));

/** Any frame, sometimes with a lie about its length. */
const frames = fc
  .tuple(
    fc.array(anyFrame, { maxLength: 8 }),
    fc.option(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { nil: undefined }),
  )
  .map(([list, flip]) => {
    const bytes = concat(...list);
    if (flip !== undefined && flip[0] < bytes.length) bytes[flip[0]] = flip[1];
    return bytes;
  });

/** Good field blocks, whole or in fragments with CONTINUATION, and now and then something between. */
const fieldBlocks = fc
  .record({
    fields: fc.array(fc.constantFrom(":method", "GET", "x-a", "bee", "cookie", "a=b", "Z"), {
      maxLength: 12,
    }),
    cuts: fc.array(fc.nat(60), { maxLength: 4 }),
    type: fc.constantFrom(1, 1, 1, 5),
    streamId: fc.constantFrom(1, 3, 2),
    end: fc.boolean(),
    between: fc.option(anyFrame, { nil: undefined, freq: 6 }),
  })
  .map(({ fields, cuts, type, streamId, end, between }) => ({
    fields,
    cuts,
    type,
    streamId,
    end,
    between,
  }));

type Block = typeof fieldBlocks extends fc.Arbitrary<infer T> ? T : never;

function blockFrames(encoder: HpackEncoder, block: Block): Uint8Array {
  const even = block.fields.slice(0, block.fields.length & ~1);
  const bytes = concat(
    block.type === 5 ? Uint8Array.of(0, 0, 0, 2) : new Uint8Array(0),
    encoder.encode(even),
  );
  const at = [
    0,
    ...block.cuts
      .map((cut) => Math.max(block.type === 5 ? 4 : 0, cut % (bytes.length + 1)))
      .sort((a, b) => a - b),
    bytes.length,
  ];
  const parts = at.slice(1).map((to, i) => bytes.subarray(at[i], to));
  const out: Uint8Array[] = [];
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    const flags = (isLast ? 4 : 0) | (i === 0 && block.type === 1 && block.end ? 1 : 0);
    out.push(frame(i === 0 ? block.type : 9, flags, block.streamId, part));
    if (i === 0 && block.between !== undefined) out.push(block.between);
  }
  return concat(...out);
}

const writer = new H2FrameWriter();
const id = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const u16 = fc.integer({ min: 0, max: 65_535 });
const padLength = fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined });
const bytes = fc.uint8Array({ maxLength: 60 });
const ascii = fc.string({ unit: fc.constantFrom("a", "1", ":", "=", " ", '"'), maxLength: 20 });
const padding = (pad: number | undefined) => (pad === undefined ? {} : { padLength: pad });

/** Frames that are right, and what the parser says of them. */
const made = fc.oneof(
  fc.tuple(id, bytes, padLength, fc.boolean()).map(([streamId, data, pad, endStream]) => ({
    wire: writer.data(streamId, data, { ...padding(pad), endStream }),
    expected: { name: "DATA", streamId, data, padLength: pad ?? 0 },
  })),
  fc
    .tuple(
      id,
      bytes,
      padLength,
      u32,
      fc.option(fc.integer({ min: 1, max: 256 }), { nil: undefined }),
    )
    .map(([streamId, fieldBlockFragment, pad, dependency, weight]) => {
      const streamDependency = dependency % 2 ** 31 === streamId ? 0 : dependency % 2 ** 31;
      const exclusive = dependency >= 2 ** 31;
      const priority = weight === undefined ? undefined : { streamDependency, exclusive, weight };
      return {
        wire: writer.headers(streamId, fieldBlockFragment, {
          ...padding(pad),
          ...(priority === undefined ? {} : { priority }),
        }),
        expected: { name: "HEADERS", streamId, fieldBlockFragment, ...padding(pad), ...priority },
      };
    }),
  fc.tuple(id, fc.integer({ min: 1, max: 256 })).map(([streamId, weight]) => ({
    wire: writer.priority(streamId, { streamDependency: 0, weight }),
    expected: { name: "PRIORITY", streamId, streamDependency: 0, exclusive: false, weight },
  })),
  fc.tuple(id, u32).map(([streamId, errorCode]) => ({
    wire: writer.rstStream(streamId, errorCode),
    expected: { name: "RST_STREAM", streamId, errorCode },
  })),
  fc.array(fc.tuple(u16, u32), { maxLength: 10 }).map((settings) => ({
    wire: writer.settings(settings),
    expected: { name: "SETTINGS", streamId: 0, settings },
  })),
  fc.tuple(id, id, bytes, padLength).map(([streamId, promised, fieldBlockFragment, pad]) => {
    const promisedStreamId = promised < 2 ? 2 : promised & ~1;
    return {
      wire: writer.pushPromise(streamId, promisedStreamId, fieldBlockFragment, padding(pad)),
      expected: {
        name: "PUSH_PROMISE",
        streamId,
        promisedStreamId,
        fieldBlockFragment,
        ...padding(pad),
      },
    };
  }),
  fc
    .tuple(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.boolean())
    .map(([opaqueData, ack]) => ({
      wire: writer.ping(opaqueData, { ack }),
      expected: { name: "PING", streamId: 0, opaqueData, flags: ack ? 1 : 0 },
    })),
  fc.tuple(id, u32, bytes).map(([lastStreamId, errorCode, debugData]) => ({
    wire: writer.goaway(lastStreamId, errorCode, debugData),
    expected: { name: "GOAWAY", streamId: 0, lastStreamId, errorCode, debugData },
  })),
  fc.tuple(id, id).map(([streamId, windowSizeIncrement]) => ({
    wire: writer.windowUpdate(streamId, windowSizeIncrement),
    expected: { name: "WINDOW_UPDATE", streamId, windowSizeIncrement },
  })),
  fc.tuple(id, bytes, fc.boolean()).map(([streamId, fieldBlockFragment, endHeaders]) => ({
    wire: writer.continuation(streamId, fieldBlockFragment, { endHeaders }),
    expected: { name: "CONTINUATION", streamId, fieldBlockFragment, flags: endHeaders ? 4 : 0 },
  })),
  fc.tuple(id, ascii).map(([streamId, altSvcFieldValue]) => ({
    wire: writer.altSvc(streamId, "", altSvcFieldValue),
    expected: { name: "ALTSVC", streamId, origin: "", altSvcFieldValue },
  })),
  fc.array(ascii, { maxLength: 4 }).map((origins) => ({
    wire: writer.origin(origins),
    expected: { name: "ORIGIN", streamId: 0, origins },
  })),
  fc.tuple(id, ascii).map(([prioritizedStreamId, priorityFieldValue]) => ({
    wire: writer.priorityUpdate(prioritizedStreamId, priorityFieldValue),
    expected: { name: "PRIORITY_UPDATE", streamId: 0, prioritizedStreamId, priorityFieldValue },
  })),
  fc.tuple(fc.integer({ min: 0x11, max: 255 }), id, bytes).map(([type, streamId, payload]) => ({
    wire: writer.frame(type, 0xff, streamId, payload),
    expected: { name: "UNKNOWN", type, streamId, payload, flags: 0xff },
  })),
);

/** Of these, those without a field block: theirs are noise. */
const goodFrame = made
  .filter(({ wire }) => ![1, 5, 9].includes(wire[3] ?? 0))
  .map(({ wire }) => wire);

/** A connection's bytes: preface, SETTINGS, then frames and field blocks. */
const connections = fc
  .array(
    fc.oneof(
      { arbitrary: fieldBlocks, weight: 3 },
      { arbitrary: goodFrame, weight: 3 },
      { arbitrary: anyFrame, weight: 1 },
    ),
    { maxLength: 10 },
  )
  .map((parts) => {
    const encoder = new HpackEncoder();
    return concat(
      PREFACE,
      settings(),
      ...parts.map((part) => (part instanceof Uint8Array ? part : blockFrames(encoder, part))),
    );
  });

/** Frames without what the naive reader does not have. */
function plainFrames(pieces: readonly Uint8Array[], options = {}): unknown[] {
  const parser = new H2FrameParser(options);
  return pieces
    .flatMap((piece) => parser.receive(piece))
    .map((item) => {
      if (item.type === "error") return `${item.error.code} ${item.error.scope}`;
      return plainFrame(item);
    });
}

function plainFrame({ name: _name, type, flags, streamId, length, offset, ...members }: H2Frame) {
  const bytes = Object.values(members).filter((value) => value instanceof Uint8Array);
  const values = Object.entries(members).filter(([, value]) => !(value instanceof Uint8Array));
  return {
    header: [type, flags, streamId, length, offset],
    bytes: bytes.map((one) => Buffer.from(one).toString("hex")),
    values: JSON.stringify(Object.fromEntries(values)),
  };
}

const isFault = (one: WireFrame | Fault): one is Fault => "code" in one;

describe("H2FrameParser", () => {
  test("H2-011 H2-012 H2-153 says what the naive reader says", () => {
    fc.assert(
      fc.property(frames, (bytes) => {
        const naive = parseFrames(bytes).frames;
        const ours = plainFrames([bytes]) as (string | { header: number[]; bytes: string[] })[];
        // A hint that does not follow its grammar is an error of the frame alone, which the naive reader does not read.
        expect(ours.length).toBe(naive.length);
        for (const [at, one] of naive.entries()) {
          const our = ours[at];
          if (isFault(one)) expect(our).toBe(`${one.code} ${one.scope}`);
          else if (typeof our === "string") expect([10, 12]).toContain(one.type);
          else {
            const { type, flags, streamId, length, offset } = one;
            expect(our?.header).toEqual([type, flags, streamId, length, offset]);
            const hasBytes =
              [0, 1, 5, 6, 7, 9].includes(type) || ![2, 3, 4, 8, 10, 12, 16].includes(type);
            if (hasBytes) expect(our?.bytes).toEqual([Buffer.from(one.body).toString("hex")]);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("H2-002 H2-019 the cuts change nothing", () => {
    fc.assert(
      fc.property(frames, fc.boolean(), (bytes, preface) => {
        const wire = preface ? concat(PREFACE, bytes) : bytes;
        const whole = plainFrames([wire], { preface });
        expect(plainFrames(byteByByte(wire), { preface })).toEqual(whole);
        expect(plainFrames(randomPieces(wire, wire.length, 16), { preface })).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });

  test("takes any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const whole = plainFrames([bytes]);
        expect(plainFrames(byteByByte(bytes))).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("H2Reader", () => {
  const settled = fc.oneof(
    connections,
    frames.map((bytes) => concat(PREFACE, settings(), bytes)),
    frames.map((bytes) => concat(PREFACE, bytes)),
  );

  test("H2-021 H2-025 H2-147 says what the naive reader says", () => {
    fc.assert(
      fc.property(
        settled,
        fc.constantFrom(64, 131_072),
        fc.constantFrom(1, 2, 13),
        (bytes, fieldBlockLength, continuationCount) => {
          const options = { fieldBlockLength, continuationCount };
          expect(readerLog([bytes], options)).toEqual(
            readConnection(bytes, { ...READER, ...options }),
          );
        },
      ),
      { numRuns: 4 * RUNS },
    );
  });

  test("H2-004 as a client", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          frames,
          settled.map((bytes) => bytes.subarray(24)),
        ),
        (bytes) => {
          const options = { isClient: true };
          expect(readerLog([bytes], options)).toEqual(
            readConnection(bytes, { ...READER, ...options }),
          );
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("H2-002 H2-019 H2-147 the cuts change nothing", () => {
    fc.assert(
      fc.property(settled, fc.constantFrom(64, 131_072), (bytes, fieldBlockLength) => {
        const whole = readerLog([bytes], { fieldBlockLength });
        expect(readerLog(byteByByte(bytes), { fieldBlockLength })).toEqual(whole);
        expect(readerLog(randomPieces(bytes, bytes.length, 24), { fieldBlockLength })).toEqual(
          whole,
        );
      }),
      { numRuns: RUNS },
    );
  });

  test("H2-148 a sink that stops hears nothing more", () => {
    fc.assert(
      fc.property(settled, fc.integer({ min: 1, max: 12 }), (bytes, stopAt) => {
        const all = readerLog([bytes]);
        const some = readerLog([bytes], {}, new LogSink(stopAt));
        expect(some).toEqual(all.slice(0, stopAt));
        expect(readerLog(byteByByte(bytes), {}, new LogSink(stopAt))).toHaveLength(
          Math.min(stopAt, all.length),
        );
      }),
      { numRuns: RUNS },
    );
  });

  test("takes any bytes behind its first frame", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const bytes = concat(PREFACE, settings(), noise);
        expect(readerLog(byteByByte(bytes))).toEqual(readerLog([bytes]));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("H2FrameWriter", () => {
  test("H2-011 what it makes, the parser gives back", () => {
    fc.assert(
      fc.property(fc.array(made, { minLength: 1, maxLength: 6 }), (list) => {
        const wire = concat(...list.map((one) => one.wire));
        for (const pieces of [[wire], byteByByte(wire)]) {
          const parser = new H2FrameParser();
          const read = pieces.flatMap((piece) => parser.receive(piece));
          expect(read).toMatchObject(list.map((one) => one.expected));
        }
      }),
      { numRuns: RUNS },
    );
  });
});
