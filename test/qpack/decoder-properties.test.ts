// QpackDecoder against the slow, obvious reader of test/helpers/naive/qpack.ts: same lists in the same order, same tables, same
// errors, same acknowledgements, on dialogues that are right, on those with a few octets changed, and on noise; with the
// encoder stream cut anywhere, and instructions and sections in any order.

import fc from "fast-check";
import { ProtocolError } from "tercet";
import { QpackDecoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { NaiveQpack, type NaiveSection } from "../helpers/naive/qpack.js";
import { acknowledge, insert, line, octets, rawPrefix } from "../helpers/qpack-wire.js";

const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const text = fc
  .oneof(
    fc.constantFrom(
      "",
      "a",
      ":path",
      "content-type",
      "text/html; charset=utf-8",
      "www.example.com",
    ),
    fc.string({ maxLength: 40 }),
    fc.array(octet, { maxLength: 20 }).map((all) => all.join("")),
  )
  .map((one) => one.replace(/[^\0-\xff]/g, "?"));
const string = fc.record({ text, huffman: fc.boolean() });
const never = fc.boolean();
const near = fc.oneof(
  { weight: 60, arbitrary: fc.nat(2) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(3, 6, 14, 15, 16, 62, 63, 64, 127, 200, 2 ** 32 - 1, 2 ** 33),
  },
);
const staticIndex = fc.oneof(
  { weight: 60, arbitrary: fc.nat(98) },
  { weight: 1, arbitrary: fc.constantFrom(99, 100, 1000) },
);

const instruction = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(text, string).map(([n, v]) => insert.literal(n, v.text, v)) },
  {
    weight: 3,
    arbitrary: fc.tuple(staticIndex, string).map(([i, v]) => insert.static(i, v.text, v)),
  },
  { weight: 3, arbitrary: fc.tuple(near, string).map(([i, v]) => insert.dynamic(i, v.text, v)) },
  { weight: 3, arbitrary: near.map(insert.duplicate) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(100, 150, 4096, 4096, 4096, 4097, 0).map(insert.capacity),
  },
);
const field = fc.oneof(
  staticIndex.map(line.static),
  near.map(line.dynamic),
  near.map(line.postBase),
  fc
    .tuple(staticIndex, string, never)
    .map(([i, v, n]) => line.staticName(i, v.text, { ...v, never: n })),
  fc.tuple(near, string, never).map(([i, v, n]) => line.dynamicName(i, v.text, { ...v, never: n })),
  fc
    .tuple(near, string, never)
    .map(([i, v, n]) => line.postBaseName(i, v.text, { ...v, never: n })),
  fc
    .tuple(text, string, never)
    .map(([name, v, n]) => line.literal(name, v.text, { ...v, never: n })),
);

type Change = [at: number, value: number, kind: number];
const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { maxLength: 2 });

/** Octets changed, dropped or doubled. */
function changed(bytes: Uint8Array, all: readonly Change[]): Uint8Array {
  const list = [...bytes];
  for (const [at, value, kind] of all)
    list.splice(at % (list.length + 1), kind === 1 ? 0 : 1, ...(kind === 2 ? [] : [value]));
  return Uint8Array.from(list);
}

type Step =
  | { kind: "stream"; bytes: Uint8Array }
  | {
      kind: "section";
      id: number;
      ahead: number;
      delta: number;
      below: boolean;
      fields: Uint8Array;
    }
  | { kind: "octets"; id: number; bytes: Uint8Array }
  | { kind: "cancel"; id: number };
const id = fc.nat(3).map((n) => 4 * n);

/** What `damage` says becomes of the octets of a step. */
const stepsOf = (damage: fc.Arbitrary<Change[]>) =>
  fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.array(instruction, { maxLength: 4 }), damage)
          .map(([all, bad]): Step => ({ kind: "stream", bytes: changed(octets(...all), bad) })),
      },
      {
        weight: 6,
        arbitrary: fc
          .tuple(
            id,
            fc.constantFrom(0, 0, 0, 0, 1, 2, 3, -1),
            fc.constantFrom(0, 0, 0, 0, 1),
            fc.boolean(),
            fc.array(field, { maxLength: 5 }),
            damage,
          )
          .map(
            ([at, ahead, delta, below, all, bad]): Step => ({
              ...{ kind: "section", id: at, ahead, delta, below },
              fields: changed(octets(...all), bad),
            }),
          ),
      },
      { weight: 1, arbitrary: id.map((at): Step => ({ kind: "cancel", id: at })) },
    ),
    { maxLength: 14 },
  );
const none = fc.constant<Change[]>([]);
const noise = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((bytes): Step => ({ kind: "stream", bytes })),
    fc
      .tuple(id, fc.uint8Array({ maxLength: 30 }))
      .map(([at, bytes]): Step => ({ kind: "octets", id: at, bytes })),
  ),
  { maxLength: 8 },
);

const CAPACITIES = [0, 100, 150, 4096, 4096, 4096, 40_000];
const LIMITS = { maxListSize: 262_144, maxFields: 8_192, maxBlockedBytes: 1_000_000 };

const told = (streamId: number, outcome: NaiveSection) =>
  "blocked" in outcome ? `${streamId} blocked` : JSON.stringify([streamId, outcome]);

/** What nearly every dialogue begins with: a table of three. */
const OPENING: Step = {
  kind: "stream",
  bytes: octets(insert.literal("a", "1"), insert.literal("b", "2"), insert.static(0, "c")),
};

/** Plays the steps; the naive reader gets the encoder stream octet by octet, so that each section has its turn. */
function same(
  steps: readonly Step[],
  maxTableCapacity: number,
  initial: boolean,
  cuts: readonly number[],
) {
  const options = {
    maxTableCapacity,
    initialCapacity: initial ? maxTableCapacity : 0,
    maxBlockedStreams: 2,
  };
  const decoder = new QpackDecoder({ ...options, ...LIMITS });
  const naive = new NaiveQpack(options);
  const wanted: string[] = [];
  const got: string[] = [];
  const takeNaive = () => {
    for (const { streamId, outcome } of naive.unblocked())
      if (!("code" in outcome)) wanted.push(told(streamId, outcome));
  };
  const take = () => {
    for (const { streamId, rawHeaders, sensitive } of decoder.takeUnblocked()) {
      const fields = sensitive.map((mark, i) => ({
        name: rawHeaders[2 * i] as string,
        value: rawHeaders[2 * i + 1] as string,
        sensitive: mark,
      }));
      got.push(told(streamId, { fields }));
    }
  };
  const play = (step: Step): void => {
    if (step.kind === "cancel") {
      naive.cancel(step.id);
      decoder.cancel(step.id);
      return;
    }
    if (step.kind === "stream") {
      for (const one of step.bytes) {
        naive.encoderStream(Uint8Array.of(one));
        takeNaive();
      }
      const cut = [0, ...cuts.map((at) => at % (step.bytes.length + 1)), step.bytes.length];
      cut.sort((a, b) => a - b);
      for (let i = 1; i < cut.length; i++)
        decoder.receiveEncoderStream(step.bytes.slice(cut[i - 1], cut[i]));
      take();
      return;
    }
    const bytes =
      step.kind === "octets" ? step.bytes : sectionOf(step, naive.insertCount, maxTableCapacity);
    const outcome = naive.section(step.id, bytes);
    if (!("code" in outcome)) wanted.push(told(step.id, outcome));
    const fields = decoder.decodeFields(step.id, bytes);
    got.push(told(step.id, fields === null ? { blocked: true } : { fields }));
  };
  for (const step of steps) {
    let code: string | null = null;
    try {
      play(step);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      take();
      code = error.code;
    }
    expect(got).toEqual(wanted);
    expect(code).toBe(naive.fault?.code ?? null);
    if (code !== null) break;
    expect(decoder.tableSize).toBe(naive.tableSize);
    expect(decoder.insertCount).toBe(naive.insertCount);
    expect(decoder.blockedStreams).toBe(naive.blockedStreams);
  }
  const owed = naive.acknowledged.flatMap((what) => {
    const [kind, streamId] = what.split(" ");
    if (kind === "ack") return acknowledge.section(Number(streamId));
    return maxTableCapacity === 0 ? [] : acknowledge.cancel(Number(streamId));
  });
  expect([...decoder.takeDecoderStream()].slice(0, owed.length)).toEqual(owed);
}

/** A section whose Required Insert Count is so many above the insertions, or below. */
function sectionOf(
  step: Step & { kind: "section" },
  inserted: number,
  capacity: number,
): Uint8Array {
  const required = Math.max(0, inserted + step.ahead);
  const range = 2 * Math.floor(capacity / 32);
  const code = required === 0 || range === 0 ? 0 : (required % range) + 1;
  return octets(rawPrefix(code, step.delta, step.below), step.fields);
}

describe.each([
  ["that are right, but for what they refer to", stepsOf(none), 400],
  ["with some octets changed", stepsOf(changes), 400],
  ["of noise", noise, 600],
])("QP-FLD-3 QP-PFX-6 QP-ENC-3 dialogues %s", (_name, steps, numRuns) => {
  test("are read as the naive reader reads them, however the encoder stream is cut", () => {
    const cuts = fc.array(fc.nat(), { maxLength: 4 });
    const capacity = fc.constantFrom(...CAPACITIES);
    fc.assert(
      fc.property(steps, capacity, fc.boolean(), cuts, (all, maxCapacity, opened, at) => {
        same(opened && maxCapacity > 100 ? [OPENING, ...all] : all, maxCapacity, opened, at);
      }),
      { numRuns },
    );
  });
});
