// fast-check arbitraries for HTTP/3, QPACK and capsules: sections, instructions, frames, settings, hostile
// sessions over many streams, and whole dialogues of both roles together with what a strict receiver must read
// from them. The module fast-check is an argument: it is an optional peer, and this file must load without it.

import type * as FastCheck from "fast-check";
import { type Edit, edited } from "../edits.js";
import * as frames from "../h3/frames.js";
import { peerHello, peerStreams } from "../h3/row.js";
import { sessionBytes } from "../h3/session.js";
import { type H3Arrival, on } from "../h3/steps.js";
import { H3_SESSION_TOKENS, H3_TOKENS } from "../h3/tokens.js";
import { concat } from "../latin1.js";
import { type Arb, editsOf, type Fc } from "./edits.js";
import { fieldWords } from "./field-words.js";
import {
  type GeneratedH3Answers,
  type GeneratedH3Dialogue,
  h3AnswerLists,
  h3Dialogues,
} from "./h3-dialogue.js";
import {
  type GeneratedQpack,
  qpackFeedback,
  qpackInstructions,
  qpackSections,
  qpackSessions,
} from "./qpack.js";
import { type GeneratedWtSession, wtHostile, wtSessions } from "./webtransport.js";

/** What `h3Arbitraries` gives. */
export interface H3Arbitraries {
  /** Lower-case field names that mean nothing to the connection. */
  readonly fieldName: FastCheck.Arbitrary<string>;
  /** Values as RFC 9114 section 4.2 allows them. */
  readonly fieldValue: FastCheck.Arbitrary<string>;
  /** Flat lists of such fields, names and values that come again among them. */
  readonly headerList: FastCheck.Arbitrary<readonly string[]>;
  /** Any octets as names and values: QPACK takes them. */
  readonly octetList: FastCheck.Arbitrary<readonly string[]>;
  /** Settings, registered and unknown, with good and bad values. */
  readonly settings: FastCheck.Arbitrary<
    readonly (readonly [id: number, value: number | bigint])[]
  >;
  /** Encoded field sections: most are readable, not all. */
  readonly section: FastCheck.Arbitrary<Uint8Array>;
  /** Instructions of an encoder stream, good and bad. */
  readonly instructions: FastCheck.Arbitrary<Uint8Array>;
  /** Instructions of a decoder stream, good and bad. */
  readonly feedback: FastCheck.Arbitrary<Uint8Array>;
  /** What a correct encoder sends, with the lists that it means. */
  readonly qpack: FastCheck.Arbitrary<GeneratedQpack>;
  /** One frame with a payload that fits its type. */
  readonly frame: FastCheck.Arbitrary<Uint8Array>;
  /** Any type and length, and a payload that may not fit. */
  readonly anyFrame: FastCheck.Arbitrary<Uint8Array>;
  /** Capsules one behind the other: most are whole. */
  readonly capsules: FastCheck.Arbitrary<Uint8Array>;
  /** Good and bad bytes on any streams, resets and datagrams, behind a good hello of a peer of this role. */
  hostile(receiver: "server" | "client"): FastCheck.Arbitrary<readonly H3Arrival[]>;
  /** What a correct client says over its streams, and what it means. */
  readonly dialogue: FastCheck.Arbitrary<GeneratedH3Dialogue>;
  /** What a correct server says to a client that has sent up to four GETs. */
  readonly answers: FastCheck.Arbitrary<GeneratedH3Answers>;
  /** What a correct client of WebTransport says in one session. */
  readonly webtransport: FastCheck.Arbitrary<GeneratedWtSession>;
  /** The same with mistakes of all kinds. */
  readonly hostileWebtransport: FastCheck.Arbitrary<readonly H3Arrival[]>;
  /** Edits that may break anything; records of sessions and whole frames are among what they insert. */
  edits(others?: readonly Uint8Array[]): FastCheck.Arbitrary<readonly Edit[]>;
  /** Sessions as bytes (`sessionOf`) near to good ones: dialogues, hostile ones and seeds after a few edits. */
  broken(
    receiver: "server" | "client",
    seeds?: readonly Uint8Array[],
  ): FastCheck.Arbitrary<Uint8Array>;
}

/** Values around the ends of what is allowed. */
const NUMBERS = [0, 1, 2, 63, 64, 100, 4_096, 16_383, 16_384, 65_535, 65_536];
const LARGE = [2 ** 30 - 1, 2 ** 30, 2 ** 32 - 1, Number.MAX_SAFE_INTEGER, frames.VARINT_MAX];
const IDS = [0, 0, 1, 2, 3, 4, 8, 12, 400, 2 ** 31, 2 ** 40];

/**
 * Arbitraries for HTTP/3. Pass the module: `h3Arbitraries(fc)` after `import * as fc from "fast-check"`.
 */
export function h3Arbitraries(fc: Fc): H3Arbitraries {
  const words = fieldWords(fc);
  const settings = settingLists(fc);
  const section = qpackSections(fc, words);
  const instructions = qpackInstructions(fc, words);
  const feedback = qpackFeedback(fc);
  const capsules = capsuleLists(fc);
  const frame = goodFrames(fc, section, settings, capsules);
  const anyFrame = anyFrames(fc);
  const dialogue = h3Dialogues(fc, words);
  const answers = h3AnswerLists(fc, words);
  const edits = (others: readonly Uint8Array[] = []) =>
    editsOf(fc, [...H3_SESSION_TOKENS, ...H3_TOKENS], others);
  const parts = { section, instructions, feedback, frame, anyFrame, settings };
  const hostile = (receiver: "server" | "client") => hostileSessions(fc, receiver, parts);
  return {
    ...words,
    settings,
    section,
    instructions,
    feedback,
    qpack: qpackSessions(fc, words),
    frame,
    anyFrame,
    capsules,
    hostile,
    dialogue,
    answers,
    webtransport: wtSessions(fc),
    hostileWebtransport: wtHostile(fc, capsules),
    edits,
    broken(receiver, seeds = []) {
      const good = receiver === "server" ? dialogue : answers;
      const base: Arb<Uint8Array>[] = [
        hostile(receiver).map((steps) => sessionBytes(steps, receiver)),
        (good as Arb<{ arrivals: readonly H3Arrival[] }>).map(({ arrivals }) =>
          sessionBytes(arrivals, receiver),
        ),
      ];
      if (seeds.length > 0) base.push(fc.constantFrom(...seeds));
      return fc
        .tuple(fc.oneof(...base), fc.option(edits(seeds), { nil: [], freq: 3 }))
        .map(([bytes, list]) => edited(bytes, list));
    },
  };
}

function settingLists(fc: Fc): H3Arbitraries["settings"] {
  const id = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...Object.values(frames.H3_SETTING)) },
    { weight: 1, arbitrary: fc.nat(12) },
    { weight: 2, arbitrary: fc.nat(100).map(frames.reserved) },
  );
  const value = fc.oneof(fc.nat(1), fc.constantFrom(...NUMBERS), fc.constantFrom(...LARGE));
  return fc.array(fc.tuple(id, value), { maxLength: 4 });
}

function capsuleLists(fc: Fc): Arb<Uint8Array> {
  const type = fc.oneof(
    fc.constantFrom<number>(...Object.values(frames.CAPSULE)),
    fc.constantFrom<number | bigint>(...NUMBERS, ...LARGE),
  );
  const value = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(new Uint8Array(300)));
  const length = fc.option(fc.oneof(fc.nat(70), fc.constantFrom(...LARGE)), {
    nil: undefined,
    freq: 9,
  });
  return fc
    .array(
      fc.tuple(type, value, length).map((parts) => frames.capsule(...parts)),
      { maxLength: 6 },
    )
    .map(concat);
}

function goodFrames(
  fc: Fc,
  section: Arb<Uint8Array>,
  settings: H3Arbitraries["settings"],
  capsules: Arb<Uint8Array>,
): Arb<Uint8Array> {
  const id = fc.constantFrom<number>(...IDS);
  const content = fc.uint8Array({ maxLength: 40 });
  const text = fc.constantFrom("u=1", "i", "u=7, i=?0", "u=9", "", "?", "https://a");
  const all: readonly [weight: number, arbitrary: Arb<Uint8Array>][] = [
    [9, section.map(frames.headers)],
    [6, content.map(frames.data)],
    [2, capsules.map(frames.data)],
    [2, settings.map((list) => frames.settings(...list))],
    [1, id.map(frames.cancelPush)],
    [1, fc.tuple(id, section).map((parts) => frames.pushPromise(...parts))],
    [1, id.map(frames.goaway)],
    [1, id.map(frames.maxPushId)],
    [1, fc.tuple(id, text).map((parts) => frames.priorityUpdate(...parts))],
    [1, fc.tuple(id, text).map((parts) => frames.pushPriorityUpdate(...parts))],
    [1, fc.array(text, { maxLength: 3 }).map((list) => frames.origin(...list))],
    [2, fc.tuple(fc.nat(9).map(frames.reserved), content).map((parts) => frames.frame(...parts))],
  ];
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

function anyFrames(fc: Fc): Arb<Uint8Array> {
  const type = fc.oneof(
    fc.nat(0x11),
    fc.constantFrom<number>(...Object.values(frames.H3_TYPE), 0x41),
    fc.constantFrom(...LARGE),
  );
  const length = fc.option(fc.oneof(fc.nat(20), fc.constantFrom(16_384, ...LARGE)), {
    nil: undefined,
    freq: 3,
  });
  return fc
    .tuple(type, fc.uint8Array({ maxLength: 24 }), length)
    .map((parts) => frames.frame(...parts));
}

/** Arbitraries of what streams carry. */
type StreamParts = Pick<
  H3Arbitraries,
  "section" | "instructions" | "feedback" | "frame" | "anyFrame" | "settings"
>;

function hostileSessions(
  fc: Fc,
  receiver: "server" | "client",
  parts: StreamParts,
): Arb<readonly H3Arrival[]> {
  const streams = peerStreams(receiver);
  const request = fc.constantFrom(0, 0, 0, 4, 4, 8, 12);
  const stream = (streamId: number) => fc.constant(streamId);
  const fin = fc.constantFrom(false, false, true);
  const never = fc.constantFrom(...new Array(19).fill(false), true);
  const code = fc.constantFrom(0x10c, 0x100, 0x10b, 0x33, 0x21);
  const bytesOn = (id: Arb<number>, bytes: Arb<Uint8Array>, end: Arb<boolean>): Arb<H3Arrival> =>
    fc.tuple(id, bytes, end).map((all) => on(...all));
  const mixed = fc.oneof(
    { weight: 8, arbitrary: parts.frame },
    { weight: 2, arbitrary: fc.constantFrom(...H3_TOKENS) },
    { weight: 1, arbitrary: parts.anyFrame },
  );
  const extra = fc.tuple(
    fc.constantFrom(0, 1, 1, 2, 3, 0x21, 0x40, 0x54).map((type) => frames.varint(type)),
    fc.oneof(parts.frame, fc.uint8Array({ maxLength: 12 })),
  );
  const all: readonly [number, Arb<H3Arrival>][] = [
    [14, bytesOn(request, mixed, fin)],
    [2, bytesOn(stream(streams.control), mixed, never)],
    [4, bytesOn(stream(streams.encoder), parts.instructions, never)],
    [1, bytesOn(stream(streams.decoder), parts.feedback, never)],
    [1, bytesOn(fc.constantFrom(streams.next, streams.next + 4), extra.map(concat), fin)],
    [1, fc.record({ do: fc.constant("reset" as const), streamId: request, code })],
    [1, fc.record({ do: fc.constant("stopSending" as const), streamId: request, code })],
    [
      1,
      fc.record({
        do: fc.constant("datagram" as const),
        bytes: fc.oneof(
          request.map((id) => frames.datagram(id, "abc")),
          fc.uint8Array({ maxLength: 10 }),
        ),
      }),
    ],
  ];
  const hello = fc
    .tuple(parts.settings, fc.nat(9))
    .map(([list, choice]) =>
      choice === 0 ? [] : peerHello(receiver, ...(choice < 4 ? list : [])),
    );
  const one = fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  return fc
    .tuple(hello, fc.array(one, { minLength: 1, maxLength: 14 }))
    .map(([first, list]) => [...first, ...list]);
}
