// H3FrameReader, which connections read their streams with: what a sink hears, where it stops, what is kept (RFC 9114 section
// 7.1). Rules of frames are not its matter.

import { cuts } from "tercet/fuzz";
import { describe, expect, test } from "vitest";
import { FrameUse, H3FrameReader, type H3FrameSink } from "../../src/codec/h3-frame-reader.js";
import { bytesOf, concat, data, frame, MAX_VARINT, varint } from "../helpers/h3-frames.js";

const text = (bytes: Uint8Array, from = 0, to = bytes.length) =>
  Buffer.from(bytes.subarray(from, to)).toString("latin1");

/** Uses by type: 0 whole, 1 pieces, 2 skip, 3 stop. */
const USES = [FrameUse.Whole, FrameUse.Pieces, FrameUse.Skip, FrameUse.Stop];

/** Writes down what it hears; pieces are joined. */
class Log implements H3FrameSink {
  stopped = false;
  readonly said: unknown[] = [];
  readonly reader = new H3FrameReader();
  /** Stops in this call of the sink, counted from 1. */
  stopAt = 0;
  #calls = 0;
  #pieces = "";

  #count(): void {
    this.#calls++;
    if (this.#calls === this.stopAt) this.stopped = true;
  }

  onFrameStart(type: number, length: number, offset: number): FrameUse {
    this.said.push(["start", type, length, offset]);
    this.#count();
    return USES[type % 4] ?? FrameUse.Skip;
  }

  onBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) throw new Error("empty");
    this.#pieces += text(bytes);
    this.#count();
  }

  onFrame(type: number, bytes: Uint8Array, from: number, to: number, offset: number): void {
    this.said.push(["whole", type, text(bytes, from, to), offset]);
    this.#count();
  }

  onFrameEnd(type: number): void {
    this.said.push(["end", type, this.#pieces]);
    this.#pieces = "";
    this.#count();
  }

  read(bytes: Uint8Array, from = 0, to = bytes.length): number {
    return this.reader.read(bytes, from, to, this);
  }
}

const STREAM = concat(
  ...[frame(4, "whole"), frame(5, "pieces"), frame(6, "skipped"), frame(0), frame(1), frame(2)],
  ...[frame(2n ** 53n, "far"), frame(0x41, "x".repeat(300), { widths: [8, 8] })],
);
const SAID = [
  ["start", 4, 5, 0],
  ["whole", 4, "whole", 0],
  ["start", 5, 6, 7],
  ["end", 5, "pieces"],
  ["start", 6, 7, 15],
  ["end", 6, ""],
  ["start", 0, 0, 24],
  ["whole", 0, "", 24],
  ["start", 1, 0, 26],
  ["end", 1, ""],
  ["start", 2, 0, 28],
  ["end", 2, ""],
  ["start", 2 ** 53, 3, 30],
  ["whole", 2 ** 53, "far", 30],
  ["start", 0x41, 300, 42],
  ["end", 0x41, "x".repeat(300)],
];

describe("H3-FRM-1 the calls", () => {
  test("are the same at every cut", () => {
    for (const pieces of cuts(STREAM)) {
      const log = new Log();
      for (const piece of pieces) expect(log.read(piece)).toBe(piece.length);
      expect(log.said).toEqual(SAID);
      expect(log.reader.offset).toBe(STREAM.length);
      expect(log.reader.isBetweenFrames).toBe(true);
      expect(log.reader.heldBytes).toBe(0);
    }
  });

  test("read a part of a chunk", () => {
    const chunk = concat(bytesOf("<<"), STREAM, bytesOf(">>"));
    const log = new Log();
    expect(log.read(chunk, 2, 2 + STREAM.length)).toBe(2 + STREAM.length);
    expect(log.said).toEqual(SAID);
  });

  test("pieces are views of the chunk, and so is what came whole", () => {
    const chunk = concat(frame(4, "whole"), frame(5, "pieces"));
    const views: [ArrayBufferLike, number][] = [];
    new H3FrameReader().read(chunk, 0, chunk.length, {
      onFrameStart: (type) => USES[type % 4] ?? FrameUse.Skip,
      onBytes: (bytes) => void views.push([bytes.buffer, bytes.byteOffset]),
      onFrame: (_type, bytes, from) => void views.push([bytes.buffer, bytes.byteOffset + from]),
      onFrameEnd: () => {},
    });
    expect(views).toEqual([
      [chunk.buffer, 2],
      [chunk.buffer, 9],
    ]);
  });
});

describe("stopping", () => {
  test("H3-WT-4 Stop ends it behind type and length", () => {
    const wire = concat(frame(4, "a"), varint(7), varint(MAX_VARINT), bytesOf("the rest"));
    for (const pieces of cuts(wire)) {
      const log = new Log();
      const ends = pieces.map((piece) => log.read(piece));
      const taken = ends.reduce((sum, end) => sum + end, 0);
      expect(taken).toBe(12);
      expect(log.reader.offset).toBe(12);
      expect(log.reader.exactLength).toBe(MAX_VARINT);
      expect(log.said.at(-1)).toEqual(["start", 7, 2 ** 62, 3]);
      expect(log.reader.isBetweenFrames).toBe(true);
      expect(log.read(wire)).toBe(0);
    }
  });

  test("a sink that stops goes on where it was", () => {
    for (const pieces of cuts(STREAM, { most: 32 })) {
      for (let stopAt = 1; stopAt <= 24; stopAt++) {
        const log = new Log();
        log.stopAt = stopAt;
        for (const piece of pieces) {
          let at = log.read(piece);
          if (log.stopped) {
            const { offset } = log.reader;
            expect(log.read(piece, at)).toBe(at);
            expect(log.reader.offset).toBe(offset);
            log.stopped = false;
            at = log.read(piece, at);
          }
          expect(at).toBe(piece.length);
        }
        expect(log.said).toEqual(SAID);
      }
    }
  });

  test("a sink that stops before a payload of no bytes hears its end later", () => {
    const log = new Log();
    log.stopAt = 1;
    expect(log.read(frame(4))).toBe(2);
    expect(log.reader.isBetweenFrames).toBe(false);
    log.stopped = false;
    log.read(new Uint8Array(0));
    expect(log.said).toEqual([
      ["start", 4, 0, 0],
      ["whole", 4, "", 0],
    ]);
  });

  test.each(["onFrameStart", "onBytes", "onFrame", "onFrameEnd"] as const)(
    "drop() in %s ends it",
    (name) => {
      const log = new Log();
      const wire = concat(frame(4, "a"), frame(5, "b"));
      const original = log[name] as (...args: unknown[]) => unknown;
      Object.assign(log, {
        [name](...args: unknown[]) {
          log.reader.drop();
          return original.apply(log, args);
        },
      });
      log.read(wire);
      const count = { onFrameStart: 1, onFrame: 2, onBytes: 3, onFrameEnd: 4 }[name];
      expect(log.said).toEqual(SAID.slice(0, count).map((_, at) => log.said[at]));
      expect(log.said).toHaveLength(count);
      expect(log.read(wire)).toBe(0);
    },
  );
});

describe("what is kept", () => {
  test("a whole frame as far as it came, no matter what it declares", () => {
    const log = new Log();
    log.read(frame(4, "abc", { length: 2 ** 40 }));
    expect(log.reader.heldBytes).toBe(3);
    expect(log.reader.isBetweenFrames).toBe(false);
    log.read(bytesOf("defg"));
    expect(log.reader.heldBytes).toBe(7);
    log.reader.drop();
    expect(log.reader.heldBytes).toBe(0);
  });

  test("nothing of pieces and of what is skipped", () => {
    for (const type of [1, 2]) {
      const log = new Log();
      log.read(frame(type, "abc", { length: 2 ** 40 }));
      expect(log.reader.heldBytes).toBe(0);
      expect(log.reader.isBetweenFrames).toBe(false);
    }
  });

  test("between frames is not where a type or a length is cut", () => {
    const wire = frame(0x4000, "", { length: 2 ** 20 });
    for (let cut = 0; cut <= wire.length; cut++) {
      const log = new Log();
      log.read(wire.subarray(0, cut));
      expect(log.reader.isBetweenFrames).toBe(cut === 0);
    }
  });

  test("bytes that others read are counted", () => {
    const log = new Log();
    log.reader.skip(3);
    log.read(data("x"));
    expect(log.said[0]).toEqual(["start", 0, 1, 3]);
    expect(log.reader.offset).toBe(6);
  });

  test("types above 2^53 are exact where they are asked for", () => {
    const log = new Log();
    log.read(frame(MAX_VARINT - 1n, "x"));
    expect(log.reader.exactType).toBe(MAX_VARINT - 1n);
  });
});
