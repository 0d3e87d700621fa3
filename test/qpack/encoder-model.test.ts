// The model: an encoder, a link that delays and interleaves as it likes (each stream in order), and a decoder that may abandon
// streams. Whatever happens, RFC 9204 section 2.1 holds at the moment that the encoder acts, by what the encoder may know then;
// every section that is read is the list that was encoded; and what the encoder holds has bounds.

import fc from "fast-check";
import { QpackDecoder, QpackEncoder, type QpackEncoderOptions } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { QpackObserver } from "../helpers/qpack-observer.js";

type List = readonly string[];

/** What one section keeps. */
interface Outstanding {
  required: number;
  entries: number[];
}

/** Sections that may be outstanding before the dynamic table is left alone. */
const OUTSTANDING_MAX = 512;

class Model {
  readonly encoder: QpackEncoder;
  readonly decoder: QpackDecoder;
  readonly observer: QpackObserver;
  readonly #blockedMax: number;
  /** On their way. */
  #encoderStream: number[] = [];
  #decoderStream: number[] = [];
  readonly #sections = new Map<number, { bytes: Uint8Array; list: List }[]>();
  /** Arrived, but blocked. */
  readonly #waiting = new Map<number, List[]>();
  readonly #gone = new Set<number>();
  /** What the encoder may know: sections without an answer, and how many entries arrived. */
  readonly #outstanding = new Map<number, Outstanding[]>();
  #known = 0;
  #partial: number[] = [];
  sections = 0;
  blocked = 0;
  evictions = 0;
  duplicates = 0;

  constructor(options: QpackEncoderOptions & { maxTableCapacity: number }) {
    const { maxTableCapacity, maxBlockedStreams = 0 } = options;
    this.encoder = new QpackEncoder(options);
    this.decoder = new QpackDecoder({ maxTableCapacity, maxBlockedStreams });
    this.observer = new QpackObserver(maxTableCapacity);
    this.#blockedMax = maxBlockedStreams;
    this.#take();
  }

  encode(streamId: number, list: List, sensitive?: ReadonlySet<string>): void {
    if (this.#gone.has(streamId)) return;
    const before = new Set(
      [...this.#outstanding.values()].flat().flatMap(({ entries }) => entries),
    );
    const bytes = this.encoder.encode(streamId, list, sensitive);
    const evicted = this.#take();
    // Section 2.1.1: what is referred to, and what may not have arrived, stays.
    for (const entry of evicted) {
      expect(before.has(entry)).toBe(false);
      expect(entry).toBeLessThan(this.#known);
    }
    const { lines, required } = this.observer.section(bytes);
    expect(lines.flatMap(({ name, value }) => [name, value])).toEqual(list);
    const entries = lines.flatMap(({ entry }) => (entry === null ? [] : [entry]));
    if (required > 0)
      this.#outstanding.set(streamId, [
        ...(this.#outstanding.get(streamId) ?? []),
        { required, entries },
      ]);
    this.#checkBlocked();
    const queue = this.#sections.get(streamId) ?? [];
    this.#sections.set(streamId, [...queue, { bytes, list }]);
    this.sections++;
  }

  /** Section 2.1.2: streams that may be blocked, as far as the encoder can know. */
  #checkBlocked(): void {
    const blocked = [...this.#outstanding.values()].filter((sections) =>
      sections.some(({ required }) => required > this.#known),
    );
    expect(blocked.length).toBeLessThanOrEqual(this.#blockedMax);
    expect(this.encoder.blockedStreams).toBe(blocked.length);
    expect(this.encoder.knownReceivedCount).toBe(this.#known);
    const outstanding = [...this.#outstanding.values()].flat().length;
    expect(this.encoder.outstandingSections).toBe(outstanding);
    expect(outstanding).toBeLessThanOrEqual(OUTSTANDING_MAX);
    // The encoder gives entries up that go with the next insertion.
    expect(this.encoder.tableSize).toBeLessThanOrEqual(this.observer.size);
  }

  /** Entries that were evicted for what is on the encoder stream now. */
  #take(): number[] {
    const bytes = this.encoder.takeEncoderStream();
    const seen = this.observer.instructions(bytes);
    this.#encoderStream.push(...bytes);
    this.duplicates += seen.filter(({ kind }) => kind === "duplicate").length;
    const evicted = seen.flatMap((one) => (one.kind === "capacity" ? [] : one.evicted));
    this.evictions += evicted.length;
    return evicted;
  }

  /** So many octets of the encoder stream arrive. */
  deliverInstructions(count: number): void {
    this.decoder.receiveEncoderStream(Uint8Array.from(this.#encoderStream.splice(0, count)));
    for (const { streamId, rawHeaders } of this.decoder.takeUnblocked()) {
      const [expected, ...others] = this.#waiting.get(streamId) ?? [];
      this.#waiting.set(streamId, others);
      expect(rawHeaders).toEqual(expected);
    }
  }

  /** The next section of a stream arrives. */
  deliverSection(streamId: number): void {
    const section = this.#sections.get(streamId)?.shift();
    if (section === undefined) return;
    const list = this.decoder.decode(streamId, section.bytes);
    if (list === null) {
      this.blocked++;
      this.#waiting.set(streamId, [...(this.#waiting.get(streamId) ?? []), section.list]);
    } else expect(list).toEqual(section.list);
  }

  /** The peer abandons a stream. */
  cancel(streamId: number): void {
    if (this.#gone.has(streamId)) return;
    this.#gone.add(streamId);
    this.#sections.delete(streamId);
    this.#waiting.delete(streamId);
    this.decoder.cancel(streamId);
    this.encoder.cancel(streamId);
  }

  /** So many octets of the decoder stream arrive. */
  deliverAnswers(count: number): void {
    this.#decoderStream.push(...this.decoder.takeDecoderStream());
    const bytes = this.#decoderStream.splice(0, count);
    this.encoder.receiveDecoderStream(Uint8Array.from(bytes));
    for (const octet of bytes) this.#understand(octet);
    this.#checkBlocked();
  }

  /** The decoder stream as the model reads it. */
  #understand(octet: number): void {
    this.#partial.push(octet);
    const [first = 0, ...rest] = this.#partial;
    const full = first >= 128 ? 127 : 63;
    let value = first & full;
    if (value === full) {
      if (rest.length === 0 || octet >= 128) return;
      rest.forEach((one, i) => {
        value += (one & 127) * 128 ** i;
      });
    }
    this.#partial = [];
    if (first < 64) this.#known += value;
    else if (first < 128) this.#outstanding.delete(value);
    else {
      const [section, ...others] = this.#outstanding.get(value) ?? [];
      if (section === undefined) throw new Error("an acknowledgement of nothing");
      this.#known = Math.max(this.#known, section.required);
      if (others.length > 0) this.#outstanding.set(value, others);
      else this.#outstanding.delete(value);
    }
  }

  /** Everything arrives. */
  settle(): void {
    this.deliverInstructions(Number.POSITIVE_INFINITY);
    for (const [streamId, sections] of this.#sections)
      for (let left = sections.length; left > 0; left--) this.deliverSection(streamId);
    for (const waiting of this.#waiting.values()) expect(waiting).toEqual([]);
    this.deliverAnswers(Number.POSITIVE_INFINITY);
    expect(this.encoder.outstandingSections).toBe(0);
    expect(this.encoder.knownReceivedCount).toBe(this.encoder.insertCount);
  }
}

const STREAMS = [0, 4, 8, 12, 63, 64, 127, 128, 300, 2 ** 40];

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(":path", ":method", "x-a", "x-b", "accept", "cookie") },
  { weight: 2, arbitrary: fc.constantFrom("x-long-name-of-a-field", "date", "authorization", "") },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom("a", "-", "\xff"), maxLength: 6 }) },
);
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("1", "2", "/", "GET", "*/*", "v".repeat(40), "w") },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => `value-${n}`) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom("\0", "~", "\xff"), maxLength: 90 }) },
);
const list = fc.array(fc.tuple(name, value), { maxLength: 10 }).map((pairs) => pairs.flat());

const stream = fc.constantFrom(...STREAMS);
type Step = (model: Model) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(stream, list, fc.constantFrom<string[][]>([], [], ["x-a"])).map(
      ([id, one, secrets]): Step =>
        (model) =>
          model.encode(id, one, new Set(secrets)),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(1, 3, 20, 200, 5000).map(
      (count): Step =>
        (model) =>
          model.deliverInstructions(count),
    ),
  },
  {
    weight: 6,
    arbitrary: stream.map(
      (id): Step =>
        (model) =>
          model.deliverSection(id),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 2, 7, 5000).map(
      (count): Step =>
        (model) =>
          model.deliverAnswers(count),
    ),
  },
  {
    weight: 1,
    arbitrary: stream.map(
      (id): Step =>
        (model) =>
          model.cancel(id),
    ),
  },
);
const options = fc.record({
  maxTableCapacity: fc.constantFrom(0, 31, 32, 64, 100, 200, 400, 1500, 4096, 5000),
  maxBlockedStreams: fc.constantFrom(0, 1, 2, 3, 100),
  strategy: fc.constantFrom("static", "safe", "eager", "eager"),
  tableCapacityCap: fc.constantFrom(4096, 150, 65_536),
  huffman: fc.constantFrom<(boolean | "auto")[]>("auto", true, false),
});

describe("the model", () => {
  test("QP-EN-1 QP-EN-2 QP-EN-3 QP-EN-5 QP-DECS-8 nothing forbidden is done, and everything is read as it was", () => {
    fc.assert(
      fc.property(options, fc.array(step, { minLength: 20, maxLength: 120 }), (chosen, steps) => {
        const model = new Model(chosen);
        for (const one of steps) one(model);
        model.settle();
        if (chosen.strategy === "static") expect(model.encoder.insertCount).toBe(0);
        if (chosen.strategy !== "eager") expect(model.blocked).toBe(0);
      }),
      { numRuns: 600 },
    );
  });

  test("it sees evictions, duplicates and blocked sections, so that the rules on them were tried", () => {
    const seen = { evictions: 0, duplicates: 0, blocked: 0 };
    const runs = fc.sample(fc.array(step, { minLength: 100, maxLength: 200 }), {
      numRuns: 40,
      seed: 1,
    });
    for (const steps of runs) {
      const model = new Model({ maxTableCapacity: 400, maxBlockedStreams: 3 });
      for (const one of steps) one(model);
      seen.evictions += model.evictions;
      seen.duplicates += model.duplicates;
      seen.blocked += model.blocked;
    }
    expect(seen.evictions).toBeGreaterThan(50);
    expect(seen.duplicates).toBeGreaterThan(20);
    expect(seen.blocked).toBeGreaterThan(20);
  });

  test("a peer that answers after a while, over thousands of sections with a working set that moves", () => {
    for (const strategy of ["safe", "eager"] as const) {
      const model = new Model({ maxTableCapacity: 1024, maxBlockedStreams: 10, strategy });
      for (let i = 0; i < 3000; i++) {
        const few = (count: number) => `${(i >> 4) + (i % count)}`.repeat(12);
        model.encode(4 * i, [
          ...[":method", "GET", "user-agent", "an agent of some length", "x-one", few(3)],
          ...["x-two", few(5), ":path", `/${i % 7 === 0 ? "again" : i}`, "x-three", few(11)],
        ]);
        model.deliverSection(4 * (i - 3));
        if (i % 3 === 0) model.deliverInstructions(5000);
        if (i % 5 === 0) model.deliverAnswers(5000);
      }
      model.settle();
      expect(model.evictions).toBeGreaterThan(200);
      expect(model.duplicates).toBeGreaterThan(50);
    }
  });
});

describe("bounds", () => {
  const lists = (i: number) => ["x-a", `${i % 50}`, "x-b", "the same", ":path", `/${i}`];

  test.each(["safe", "eager"] as const)(
    "%s: a peer that never answers costs no more than 512 sections and one table",
    (strategy) => {
      const model = new Model({ maxTableCapacity: 4096, maxBlockedStreams: 1e6, strategy });
      for (let i = 0; i < 3000; i++) model.encode(i, lists(i));
      expect(model.encoder.outstandingSections).toBeLessThanOrEqual(OUTSTANDING_MAX);
      expect(model.encoder.heldBytes).toBeLessThan(4096 + 100 * OUTSTANDING_MAX + 1);
      model.settle();
      // And all is well again.
      model.encode(1e6, lists(0));
      expect(model.encoder.outstandingSections).toBe(1);
      model.settle();
    },
  );

  test("a peer that acknowledges entries and no section costs no more", () => {
    const encoder = new QpackEncoder({ maxTableCapacity: 4096, strategy: "safe" });
    for (let i = 0; i < 3000; i++) {
      encoder.encode(i, lists(i));
      const count = encoder.insertCount - encoder.knownReceivedCount;
      if (count > 0) encoder.receiveDecoderStream(Uint8Array.of(count));
    }
    expect(encoder.outstandingSections).toBe(OUTSTANDING_MAX);
    expect(encoder.encode(1e6, ["x-b", "the same"])[0]).toBe(0);
  });

  test("many sections of one stream that is never acknowledged", () => {
    const encoder = new QpackEncoder({ maxTableCapacity: 4096, maxBlockedStreams: 1 });
    for (let i = 0; i < 2000; i++) encoder.encode(4, lists(i));
    expect(encoder.blockedStreams).toBe(1);
    expect(encoder.outstandingSections).toBe(OUTSTANDING_MAX);
    encoder.receiveDecoderStream(Uint8Array.of(0x44));
    expect([encoder.blockedStreams, encoder.outstandingSections]).toEqual([0, 0]);
  });
});
