// fast-check arbitraries for HTTP/2 and HPACK: header lists, field blocks, frames, settings, hostile
// sequences of frames, and whole dialogues together with what a strict receiver must read from them. The
// module fast-check is an argument: it is an optional peer, and this file must load without it.

import type * as FastCheck from "fast-check";
import { type Edit, edited } from "../edits.js";
import {
  codedString,
  indexed,
  literal,
  prefixInteger,
  repeated,
  request,
  response,
  sizeUpdate,
} from "../h2/field-block.js";
import * as frames from "../h2/frames.js";
import { helloOf } from "../h2/row.js";
import { H2_TOKENS } from "../h2/tokens.js";
import { concat } from "../latin1.js";
import { type Arb, editsOf, type Fc } from "./edits.js";
import { fieldWords } from "./field-words.js";
import { dialogues, type GeneratedDialogue } from "./h2-dialogue.js";

/** What `h2Arbitraries` gives. */
export interface H2Arbitraries {
  /** Lower-case field names that mean nothing to the connection. */
  readonly fieldName: FastCheck.Arbitrary<string>;
  /** Values as RFC 9113 section 8.2.1 allows them. */
  readonly fieldValue: FastCheck.Arbitrary<string>;
  /** Flat lists of such fields, names and values that come again among them. */
  readonly headerList: FastCheck.Arbitrary<readonly string[]>;
  /** Any octets as names and values: HPACK takes them (RFC 7541 section 2). */
  readonly octetList: FastCheck.Arbitrary<readonly string[]>;
  /** Settings, registered and unknown, with good and bad values. */
  readonly settings: FastCheck.Arbitrary<readonly (readonly [id: number, value: number])[]>;
  /** Representations of HPACK one behind the other: most blocks are valid, not all. */
  readonly fieldBlock: FastCheck.Arbitrary<Uint8Array>;
  /** Several blocks for one decoder. */
  readonly fieldBlocks: FastCheck.Arbitrary<readonly Uint8Array[]>;
  /** One frame with a payload that fits its type, on any stream. */
  readonly frame: FastCheck.Arbitrary<Uint8Array>;
  /** A header of nine octets with anything in it, and a payload that may not fit. */
  readonly anyFrame: FastCheck.Arbitrary<Uint8Array>;
  /** Good and bad frames in any order, behind a good hello of a peer of this role. */
  hostile(receiver: "server" | "client"): FastCheck.Arbitrary<Uint8Array>;
  /** What a correct client says, interleaved over streams, and what it means. */
  readonly dialogue: FastCheck.Arbitrary<GeneratedDialogue>;
  /** Edits that may break anything; whole frames are among what they insert. */
  edits(others?: readonly Uint8Array[]): FastCheck.Arbitrary<readonly Edit[]>;
  /** Bytes near to good ones: dialogues, hostile sequences and seeds after a few edits. */
  broken(
    receiver: "server" | "client",
    seeds?: readonly Uint8Array[],
  ): FastCheck.Arbitrary<Uint8Array>;
}

const STREAMS = [0, 1, 1, 1, 2, 3, 3, 5, 7, 9, 99, 2 ** 31 - 1, 2 ** 31 + 1];

/** Values around the ends of what is allowed. */
const NUMBERS = [0, 1, 2, 100, 4_096, 16_383, 16_384, 65_535, 65_536, 2 ** 24 - 1, 2 ** 24];
const LARGE = [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/**
 * Arbitraries for HTTP/2. Pass the module: `h2Arbitraries(fc)` after `import * as fc from "fast-check"`.
 */
export function h2Arbitraries(fc: Fc): H2Arbitraries {
  const words = fieldWords(fc);
  const settings = settingLists(fc);
  const fieldBlock = fieldBlocks(fc, words);
  const frame = goodFrames(fc, fieldBlock, settings);
  const anyFrame = anyFrames(fc);
  const dialogue = dialogues(fc, words);
  const edits = (others: readonly Uint8Array[] = []) => editsOf(fc, H2_TOKENS, others);
  const hostile = (receiver: "server" | "client") =>
    fc
      .array(
        fc.oneof(
          { weight: 8, arbitrary: frame },
          { weight: 3, arbitrary: fc.constantFrom(...H2_TOKENS) },
          { weight: 1, arbitrary: anyFrame },
        ),
        { minLength: 1, maxLength: 12 },
      )
      .map((list) => concat([helloOf(receiver), ...list]));
  return {
    ...words,
    settings,
    fieldBlock,
    fieldBlocks: fc.array(fieldBlock, { minLength: 1, maxLength: 6 }),
    frame,
    anyFrame,
    hostile,
    dialogue,
    edits,
    broken(receiver, seeds = []) {
      const base: Arb<Uint8Array>[] = [hostile(receiver)];
      if (receiver === "server") base.push(dialogue.map(({ bytes }) => bytes));
      if (seeds.length > 0) base.push(fc.constantFrom(...seeds));
      return fc
        .tuple(fc.oneof(...base), fc.option(edits(seeds), { nil: [], freq: 3 }))
        .map(([bytes, list]) => edited(bytes, list));
    },
  };
}

function settingLists(fc: Fc): H2Arbitraries["settings"] {
  const id = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.nat(65_535));
  const value = fc.oneof(fc.constantFrom(...NUMBERS), fc.constantFrom(...LARGE), fc.nat(70_000));
  return fc.array(fc.tuple(id, value), { maxLength: 5 });
}

/** One representation, most of them good. */
function representations(fc: Fc, words: ReturnType<typeof fieldWords>): Arb<Uint8Array> {
  const indexing = fc.constantFrom("with" as const, "without" as const, "never" as const);
  const name = fc.oneof(words.fieldName, fc.integer({ min: 1, max: 70 }), words.octets);
  const value = fc.oneof(words.fieldValue, words.octets);
  return fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 70 }).map(indexed) },
    { weight: 6, arbitrary: fc.tuple(name, value, indexing).map((parts) => literal(...parts)) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 31, 100, 4_096, 4_097).map(sizeUpdate) },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 12 })
        .map((codes) => concat([Uint8Array.of(0, 1, 0x61), codedString(codes)])),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.nat(70), fc.integer({ min: 2, max: 300 }))
        .map(([index, count]) => repeated(indexed(index), count)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(0x80, 0x40, 0x20, 0x10, 0), fc.constantFrom(...LARGE))
        .map(([pattern, value]) => prefixInteger(pattern, 4, value)),
    },
  );
}

function fieldBlocks(fc: Fc, words: ReturnType<typeof fieldWords>): Arb<Uint8Array> {
  const some = fc.array(representations(fc, words), { maxLength: 8 }).map(concat);
  const status = fc.constantFrom("100", "103", "200", "204", "304", "404");
  const method = fc.constantFrom("GET", "GET", "POST", "HEAD", "OPTIONS");
  return fc.oneof(
    { weight: 3, arbitrary: words.headerList.map((list) => request("GET", "/", list)) },
    {
      weight: 3,
      arbitrary: fc.tuple(method, some).map(([name, more]) => request(name, "/", more)),
    },
    { weight: 2, arbitrary: fc.tuple(status, some).map(([code, more]) => response(code, more)) },
    { weight: 2, arbitrary: some },
  );
}

function goodFrames(
  fc: Fc,
  block: Arb<Uint8Array>,
  settings: H2Arbitraries["settings"],
): Arb<Uint8Array> {
  const id = fc.constantFrom(...STREAMS);
  const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.constantFrom(...LARGE), fc.nat(20));
  const content = fc.uint8Array({ maxLength: 40 });
  const pad = fc.option(fc.nat(255), { nil: undefined, freq: 4 });
  const options = fc.record({ end: fc.boolean(), pad });
  const ends = fc.option(fc.constant(false), { nil: true, freq: 5 });
  const text = fc.constantFrom("u=1", "i", "u=7, i=?0", "u=9", "", "?", 'h2=":443"');
  const part = fc
    .tuple(fc.boolean(), id, id, fc.integer({ min: 1, max: 256 }))
    .map(([exclusive, streamId, dependency, weight]) =>
      frames.priority(streamId, dependency % 2 ** 31, weight, exclusive),
    );
  const padded = (given: { end: boolean; pad: number | undefined }): frames.FrameOptions =>
    given.pad === undefined ? { end: given.end } : { end: given.end, pad: given.pad };
  const all: readonly [weight: number, arbitrary: Arb<Uint8Array>][] = [
    [
      8,
      fc
        .tuple(id, block, options, ends)
        .map(([streamId, bytes, given, endHeaders]) =>
          frames.headers(streamId, bytes, { ...padded(given), endHeaders }),
        ),
    ],
    [
      6,
      fc
        .tuple(id, content, options)
        .map(([streamId, bytes, given]) => frames.data(streamId, bytes, padded(given))),
    ],
    [2, fc.tuple(id, fc.nat(14)).map((parts) => frames.rstStream(...parts))],
    [2, settings.map((list) => frames.settings(...list))],
    [2, fc.tuple(id, number).map((parts) => frames.windowUpdate(...parts))],
    [2, fc.tuple(id, block, fc.boolean()).map((parts) => frames.continuation(...parts))],
    [1, part],
    [1, fc.boolean().map((ack) => frames.ping("abcdefgh", ack))],
    [1, fc.tuple(id, fc.nat(14)).map((parts) => frames.goaway(...parts))],
    [1, fc.tuple(id, id, block).map((parts) => frames.pushPromise(...parts))],
    [1, fc.tuple(id, text).map((parts) => frames.priorityUpdate(...parts))],
    [1, fc.tuple(id, text, text).map((parts) => frames.altSvc(...parts))],
    [1, fc.array(text, { maxLength: 3 }).map((list) => frames.origin(...list))],
    [1, fc.constant(frames.settingsAck())],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

function anyFrames(fc: Fc): Arb<Uint8Array> {
  const type = fc.oneof(fc.integer({ min: 0, max: 0x11 }), fc.nat(255));
  const length = fc.option(fc.oneof(fc.nat(20), fc.constantFrom(16_384, 16_385, 2 ** 24 - 1)), {
    nil: undefined,
    freq: 4,
  });
  const parts = fc.tuple(
    type,
    fc.nat(255),
    fc.constantFrom(...STREAMS),
    fc.uint8Array({ maxLength: 24 }),
    length,
  );
  return parts.map(([kind, flags, streamId, payload, claimed]) =>
    frames.frame(kind, flags, streamId, payload, claimed),
  );
}
