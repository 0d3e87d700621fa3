// QPACK as arbitraries: representations and instructions good and bad, and sessions in which instructions,
// sections and cancellations come in an order that a correct encoder could have chosen.

import type * as FastCheck from "fast-check";
import * as fields from "../h3/fields.js";
import { concat } from "../latin1.js";
import type { Arb, Fc } from "./edits.js";
import type { FieldWords } from "./field-words.js";

/** One thing that happens to a decoder. */
export type QpackStep =
  | { readonly do: "instructions"; readonly bytes: Uint8Array }
  | { readonly do: "section"; readonly streamId: number; readonly bytes: Uint8Array }
  | { readonly do: "cancel"; readonly streamId: number };

/** What a correct encoder sends, in the order of its table, and what it means. */
export interface GeneratedQpack {
  /** SETTINGS_QPACK_MAX_TABLE_CAPACITY of the decoder. */
  readonly capacity: number;
  readonly steps: readonly QpackStep[];
  /** The list of each section, in order. */
  readonly lists: readonly (readonly string[])[];
}

/** Capacities that the settings of a decoder allow. */
export const CAPACITIES = [4_096, 0, 64, 100, 256, 65_536, 33] as const;

const LARGE = [2 ** 31, 2 ** 32 - 1, 2 ** 40, Number.MAX_SAFE_INTEGER];

/** An index, near the ends of tables now and then. */
function indexes(fc: Fc): Arb<number> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.nat(12) },
    { weight: 2, arbitrary: fc.nat(110) },
    { weight: 1, arbitrary: fc.constantFrom(97, 98, 99, 128, ...LARGE) },
  );
}

/** One representation, most of them possible. */
export function qpackLines(fc: Fc, words: FieldWords): Arb<Uint8Array> {
  const index = indexes(fc);
  const name = fc.oneof(words.fieldName, words.octets);
  const value = fc.oneof(words.fieldValue, words.octets);
  const never = fc.boolean();
  const named = fc.tuple(index, value, never);
  const all: readonly [number, Arb<Uint8Array>][] = [
    [6, fc.nat(98).map(fields.staticField)],
    [2, index.map(fields.staticField)],
    [3, index.map(fields.dynamicField)],
    [2, index.map(fields.postBaseField)],
    [3, fc.tuple(fc.nat(98), value, never).map((parts) => fields.staticName(...parts))],
    [2, named.map((parts) => fields.dynamicName(...parts))],
    [1, named.map((parts) => fields.postBaseName(...parts))],
    [4, fc.tuple(name, value, never).map((parts) => fields.literal(...parts))],
    [1, fc.uint8Array({ maxLength: 12 }).map((codes) => fields.codedLiteral("a", codes))],
    [
      1,
      fc
        .tuple(fc.nat(255), fc.constantFrom(3, 4, 5, 6, 7), fc.constantFrom(...LARGE))
        .map(([pattern, bits, value]) =>
          fields.prefixInteger(pattern & (256 - 2 ** bits), bits, value),
        ),
    ],
    [
      1,
      fc
        .tuple(fc.nat(3), fc.integer({ min: 2, max: 300 }))
        .map(([at, count]) => fields.repeated(fields.dynamicField(at), count)),
    ],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Sections with any prefix, most of them readable. */
export function qpackSections(fc: Fc, words: FieldWords): Arb<Uint8Array> {
  const lines = fc.array(qpackLines(fc, words), { maxLength: 8 }).map(concat);
  const status = fc.constantFrom("100", "103", "200", "204", "304", "404");
  const method = fc.constantFrom("GET", "GET", "POST", "HEAD", "OPTIONS");
  const prefix = fc
    .tuple(fc.nat(6), fc.nat(8), fc.constantFrom(4_096, 4_096, 64, 256))
    .map((parts) => fields.prefix(...parts));
  const odd = fc.uint8Array({ minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: words.headerList.map((list) => fields.request("GET", "/", list)) },
    {
      weight: 3,
      arbitrary: fc.tuple(method, lines).map(([name, more]) => fields.request(name, "/", more)),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(status, lines).map(([code, more]) => fields.response(code, more)),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(prefix, fc.boolean(), lines)
        .map(([counts, isRequest, more]) =>
          concat([counts, isRequest ? fields.requestLines("GET", "/", more) : more]),
        ),
    },
    { weight: 1, arbitrary: fc.tuple(odd, lines).map(concat) },
  );
}

/** Instructions of an encoder stream, good and bad. */
export function qpackInstructions(fc: Fc, words: FieldWords): Arb<Uint8Array> {
  const index = indexes(fc);
  const name = fc.oneof(words.fieldName, words.octets);
  const value = fc.oneof(words.fieldValue, words.octets);
  const all: readonly [number, Arb<Uint8Array>][] = [
    [2, fc.constantFrom(0, 64, 100, 220, 4_096).map(fields.setCapacity)],
    [1, fc.constantFrom(1, 31, 4_097, 65_536, ...LARGE).map(fields.setCapacity)],
    [6, fc.tuple(name, value).map((parts) => fields.insert(...parts))],
    [3, fc.tuple(fc.nat(98), value).map((parts) => fields.insertStaticName(...parts))],
    [2, fc.tuple(index, value).map((parts) => fields.insertStaticName(...parts))],
    [3, fc.tuple(index, value).map((parts) => fields.insertDynamicName(...parts))],
    [3, index.map(fields.duplicate)],
    [1, fc.uint8Array({ minLength: 1, maxLength: 6 })],
  ];
  const one = fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const start = fc.option(fc.constant(fields.setCapacity(4_096)), {
    nil: new Uint8Array(0),
    freq: 9,
  });
  return fc
    .tuple(start, fc.array(one, { maxLength: 8 }))
    .map(([first, list]) => concat([first, ...list]));
}

/** Instructions of a decoder stream, good and bad. */
export function qpackFeedback(fc: Fc): Arb<Uint8Array> {
  const streamId = fc.constantFrom(0, 0, 4, 8, 12, 400, ...LARGE);
  return fc
    .array(
      fc.oneof(
        streamId.map(fields.sectionAck),
        streamId.map(fields.streamCancel),
        fc.oneof(fc.nat(3), fc.constantFrom(...LARGE)).map(fields.increment),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map(concat);
}

/** Sessions of a correct encoder: what it refers to is in the table when the decoder reads in this order. */
export function qpackSessions(fc: Fc, words: FieldWords): FastCheck.Arbitrary<GeneratedQpack> {
  const field = fc.oneof(
    fc.tuple(words.fieldName, words.fieldValue),
    fc.constantFrom<readonly [string, string]>(["x-a", "1"], ["x-a", "2"], ["x-b", ""], ["", "v"]),
    fc.tuple(words.octets, words.octets),
  );
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("insert" as const), field, choice: fc.nat(5) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("section" as const),
        list: fc.array(fc.oneof(fc.nat(30), field), { maxLength: 6 }),
        choice: fc.nat(15),
        stream: fc.nat(5),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("capacity" as const),
        capacity: fc.constantFrom(0, 40, 100, 300, 4_096),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("cancel" as const), stream: fc.nat(5) }),
    },
  );
  return fc
    .tuple(fc.constantFrom(...CAPACITIES), fc.array(action, { minLength: 1, maxLength: 24 }))
    .map(([capacity, actions]) => play(capacity, actions));
}

type Action =
  | { readonly kind: "insert"; readonly field: readonly [string, string]; readonly choice: number }
  | {
      readonly kind: "section";
      /** A number names a field that was inserted, counted from the newest. */
      readonly list: readonly (number | readonly [string, string])[];
      readonly choice: number;
      readonly stream: number;
    }
  | { readonly kind: "capacity"; readonly capacity: number }
  | { readonly kind: "cancel"; readonly stream: number };

function play(capacity: number, actions: readonly Action[]): GeneratedQpack {
  const script = new fields.QpackScript(capacity);
  const steps: QpackStep[] = [];
  const lists: (readonly string[])[] = [];
  const inserted: (readonly [string, string])[] = [];
  const instruct = (bytes: Uint8Array) => steps.push({ do: "instructions", bytes });
  if (capacity > 0) instruct(script.setCapacity(capacity));
  for (const action of actions) {
    if (action.kind === "insert") {
      const [name, value] = action.field;
      const bytes = script.insert(name, value, action.choice);
      if (bytes === null) continue;
      inserted.push(action.field);
      instruct(bytes);
    } else if (action.kind === "section") {
      const list = action.list.flatMap((one) =>
        typeof one === "number" ? (inserted.at(-1 - one) ?? ["x-none", ""]) : one,
      );
      const bytes = script.section(list, action.choice);
      steps.push({ do: "section", streamId: 4 * action.stream, bytes });
      lists.push(list);
    } else if (action.kind === "cancel") {
      steps.push({ do: "cancel", streamId: 4 * action.stream });
    } else if (capacity > 0) instruct(script.setCapacity(action.capacity));
  }
  return { capacity, steps, lists };
}
