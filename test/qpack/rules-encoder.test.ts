// What our encoder may do (RFC 9204 sections 2.1 and 7.1), seen by the naive reader: it never evicts what is referred to, never
// blocks more streams than the peer allows, and writes insertions before what needs them. Titles carry the rows of the rule list.

import fc from "fast-check";
import { QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { NaiveQpack } from "../helpers/naive/qpack.js";
import { acknowledge, octets } from "../helpers/qpack-wire.js";

type Strategy = "static" | "safe" | "eager";
const STRATEGIES = ["static", "safe", "eager"] as const;

interface Settings {
  maxTableCapacity: number;
  maxBlockedStreams: number;
}

/** An encoder, and a peer whose encoder stream comes late. */
class Link {
  readonly encoder: QpackEncoder;
  readonly peer: NaiveQpack;
  readonly #late: Uint8Array[] = [];

  constructor(settings: Settings, strategy: Strategy) {
    this.encoder = new QpackEncoder({ ...settings, strategy });
    this.peer = new NaiveQpack(settings);
  }

  /** Encodes and hands the section over at once; what comes of it. */
  send(id: number, fields: readonly string[]): string {
    const bytes = this.encoder.encode(id, fields);
    this.#late.push(this.encoder.takeEncoderStream());
    return this.textOf(this.peer.section(id, bytes));
  }

  /** The encoder stream arrives. Gives what was unblocked. */
  deliver(): string[] {
    for (const bytes of this.#late.splice(0)) expect(this.peer.encoderStream(bytes)).toBeNull();
    return this.peer.unblocked().map(({ outcome }) => this.textOf(outcome));
  }

  /** The peer's acknowledgements and increments arrive. */
  answer(): void {
    const acks = this.peer.acknowledged.splice(0).map((one) => {
      const [what, id] = one.split(" ");
      return what === "ack" ? acknowledge.section(Number(id)) : acknowledge.cancel(Number(id));
    });
    this.encoder.receiveDecoderStream(octets(...acks));
  }

  private textOf(outcome: ReturnType<NaiveQpack["section"]>): string {
    if ("blocked" in outcome) return "blocked";
    if ("code" in outcome) throw new Error(outcome.code);
    return outcome.fields.map(({ name, value }) => `${name}: ${value}`).join(" | ");
  }
}

const text = (fields: readonly string[]) =>
  fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1]}`] : [])).join(" | ");

const fieldList = fc
  .array(
    fc.tuple(
      fc.constantFrom(":path", "x-a", "x-b", "cookie", "user-agent", "x-long-name", "accept"),
      fc.oneof(
        fc.constantFrom("1", "2", "v".repeat(60), "*/*", ""),
        fc.string({ unit: "grapheme-ascii", maxLength: 8 }),
      ),
    ),
    { maxLength: 6 },
  )
  .map((pairs) => pairs.flat());
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ id: fc.constantFrom(0, 4, 8, 12, 16, 20), fields: fieldList }),
  },
  { weight: 3, arbitrary: fc.constant("deliver" as const) },
  { weight: 2, arbitrary: fc.constant("answer" as const) },
);
const settings = fc.record({
  maxTableCapacity: fc.constantFrom(0, 32, 64, 100, 220, 1000, 4096),
  maxBlockedStreams: fc.constantFrom(0, 1, 2, 100),
});

describe("with a peer that is late", () => {
  test.each(STRATEGIES)(
    "QP-EN-1 QP-EN-2 QP-EN-5 %s: every section is read, none too early, all in order",
    (strategy) => {
      fc.assert(
        fc.property(settings, fc.array(action, { maxLength: 40 }), (allowed, actions) => {
          const link = new Link(allowed, strategy);
          const expected: string[] = [];
          const got: string[] = [];
          for (const one of actions) {
            if (one === "deliver") got.push(...link.deliver());
            else if (one === "answer") link.answer();
            else {
              expected.push(text(one.fields));
              // The naive reader refuses a blocked stream too many.
              const outcome = link.send(one.id, one.fields);
              if (outcome !== "blocked") got.push(outcome);
            }
          }
          got.push(...link.deliver());
          expect(got.sort()).toEqual(expected.sort());
        }),
        { numRuns: 400 },
      );
    },
  );

  test("QP-EN-2 safe and static never block", () => {
    for (const strategy of ["safe", "static"] as const) {
      const link = new Link({ maxTableCapacity: 4096, maxBlockedStreams: 100 }, strategy);
      for (let id = 0; id < 400; id += 4) {
        expect(link.send(id, ["x-a", `v${id % 24}`, "x-b", "same"])).not.toBe("blocked");
        if (id % 3 === 0) link.deliver();
        if (id % 5 === 0) link.answer();
      }
    }
  });

  test("QP-EN-2 eager blocks at most as many streams as the peer allows, though more often", () => {
    const link = new Link({ maxTableCapacity: 4096, maxBlockedStreams: 2 }, "eager");
    const outcomes = Array.from({ length: 20 }, (_, at) => link.send(4 * at, [`x-${at}`, "value"]));
    expect(new Set(outcomes.flatMap((one, at) => (one === "blocked" ? [at] : []))).size).toBe(2);
    // On a stream that is blocked already another section may be.
    expect(link.send(0, ["x-new", "value"])).toBe("blocked");
  });
});

describe("QP-EN-1 eviction", () => {
  test("QP-EN-1 nothing that is referred to or not acknowledged goes", () => {
    const link = new Link({ maxTableCapacity: 100, maxBlockedStreams: 100 }, "eager");
    link.send(0, ["x-one", "1", "x-two", "2"]);
    link.deliver();
    const held = link.peer.entries.filter((entry) => entry !== null).length;
    expect(held).toBeGreaterThan(0);
    for (let id = 4; id < 100; id += 4) link.send(id, [`x-${id}`, "other"]);
    link.deliver();
    expect(link.peer.entries.filter((entry) => entry !== null).length).toBe(held);
    expect(link.peer.insertCount).toBe(held);
  });
});

describe("QP-EN-3 instructions before the section", () => {
  test("QP-EN-3 whole ones, and enough of them", () => {
    const encoder = new QpackEncoder({
      maxTableCapacity: 4096,
      maxBlockedStreams: 9,
      strategy: "eager",
    });
    const peer = new NaiveQpack({ maxTableCapacity: 4096, maxBlockedStreams: 0 });
    for (let id = 0; id < 200; id += 4) {
      const bytes = encoder.encode(id, [`x-${id}`, "value", "x-same", "same"]);
      // What takeEncoderStream() gives behind encode() is all that the section needs.
      expect(peer.encoderStream(encoder.takeEncoderStream())).toBeNull();
      expect(peer.section(id, bytes)).toHaveProperty("fields");
    }
    expect(peer.insertCount).toBeGreaterThan(0);
  });
});

describe("QP-EN-4 secrets", () => {
  const secrets: readonly (readonly [string, string])[] = [
    ["authorization", "Bearer 0123456789abcdef"],
    ["proxy-authorization", "Basic 0123456789abcdef"],
    ["set-cookie", "id=0123456789abcdef"],
    ["cookie", "id=1"],
  ];
  test.each(secrets)("QP-EN-4 %s is never inserted, and always says so", (name, value) => {
    const link = new Link({ maxTableCapacity: 4096, maxBlockedStreams: 100 }, "eager");
    for (let id = 0; id < 20; id += 4) {
      link.send(id, [name, value]);
      link.deliver();
      link.answer();
    }
    expect(link.peer.entries.filter((entry) => entry?.[1] === value)).toEqual([]);
    const outcome = link.peer.section(100, link.encoder.encode(100, [name, value]));
    expect("fields" in outcome && outcome.fields).toEqual([{ name, value, sensitive: true }]);
  });

  test.each(secrets)("QP-EN-4 a right guess of %s is as long as a wrong one", (name, value) => {
    const lengthAfter = (guess: string) => {
      const link = new Link({ maxTableCapacity: 4096, maxBlockedStreams: 100 }, "eager");
      link.send(0, [name, value]);
      link.deliver();
      return link.encoder.encode(4, [name, guess]).length + link.encoder.takeEncoderStream().length;
    };
    const wrong = value.slice(0, -1) + (value.endsWith("1") ? "2" : "e");
    expect(lengthAfter(value)).toBe(lengthAfter(wrong));
  });

  test("QP-EN-4 an ordinary field is inserted: the test can fail", () => {
    const link = new Link({ maxTableCapacity: 4096, maxBlockedStreams: 100 }, "eager");
    for (let id = 0; id < 12; id += 4) link.send(id, ["x-ordinary", "0123456789abcdef"]);
    link.deliver();
    expect(link.encoder.encode(16, ["x-ordinary", "0123456789abcdef"]).length).toBeLessThan(6);
  });
});

test("QP-EN-6 nothing is on the encoder stream before there is something to say", () => {
  const encoder = new QpackEncoder({
    maxTableCapacity: 4096,
    maxBlockedStreams: 9,
    strategy: "eager",
  });
  encoder.encode(0, [":method", "GET", ":path", "/"]);
  const first = encoder.takeEncoderStream();
  // At most the capacity.
  expect(first.length).toBeLessThanOrEqual(3);
  expect(encoder.takeEncoderStream()).toHaveLength(0);
});
