// Whatever comes on the streams of an HTTP/3 connection: the inspector never throws, says the same whichever way the bytes were
// cut, and holds no more than its bounds.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Direction, Draft } from "../../src/inspect/events.js";
import { H3Inspector } from "../../src/inspect/h3-inspector.js";
import {
  cancelPush,
  concat,
  data,
  datagram,
  extendedConnect,
  frame,
  GET,
  goaway,
  headers,
  maxPushId,
  OK,
  POST,
  priorityUpdate,
  push,
  pushPromise,
  request,
  settings,
  uni,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";
import { insert, octets } from "../helpers/qpack-wire.js";

/** One thing that a side does. */
type Act =
  | { kind: "bytes"; from: Direction; streamId: number | bigint; bytes: Uint8Array; fin: boolean }
  | { kind: "reset" | "gap"; from: Direction; streamId: number | bigint; number: number }
  | { kind: "datagram"; from: Direction; bytes: Uint8Array };

const good = [
  headers(GET),
  headers(POST),
  headers(OK),
  headers([...POST, "content-length", "3"]),
  headers(request("GET", "/", ["Upper", "case", "connection", "x"])),
  headers(extendedConnect("webtransport")),
  headers(["x", "y"]),
  headers(octets([0x02, 0x00, 0x80])),
  headers(octets([0x00, 0x00, 0xff, 0xff])),
  data("abc"),
  data(""),
  data("abc", { length: 2 ** 40 }),
  unknownFrame(),
  settings(),
  settings([
    [1, 4096],
    [7, 16],
    [0x2b603742, 1],
  ]),
  settings([
    [2, 0],
    [6, 1],
    [6, 2],
  ]),
  goaway(4),
  goaway(8),
  maxPushId(5),
  cancelPush(1),
  priorityUpdate(0, "u=1"),
  pushPromise(0, GET),
  frame(0x1, "", { length: 2 ** 50 }),
  frame(0x41, ""),
  uni("control"),
  uni("encoder", octets(insert.capacity(4_096), insert.static(0, "a"))),
  uni("encoder", octets(insert.literal("name", "value", { huffman: true }))),
  uni("decoder", octets([0x80, 0x40, 0x01, 0x00])),
  push(0, headers(OK), data("x")),
  uni("webTransport", varint(0)),
  octets(insert.duplicate(0)),
];

const bytes = fc
  .array(
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...good) }, fc.uint8Array({ maxLength: 12 })),
    {
      maxLength: 5,
    },
  )
  .map((parts) => concat(...parts));
const from = fc.constantFrom<Direction>("client", "server");
const streamId = fc.constantFrom<number | bigint>(
  0,
  4,
  1,
  2,
  3,
  6,
  7,
  10,
  11,
  14,
  15,
  2n ** 60n + 2n,
  2n ** 61n,
);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("bytes" as const),
      from,
      streamId,
      bytes,
      fin: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constantFrom("reset" as const, "gap" as const),
    from,
    streamId,
    number: fc.nat(70_000),
  }),
  fc.record({
    kind: fc.constant("datagram" as const),
    from,
    bytes: fc.oneof(bytes, fc.constant(datagram(0, "x"))),
  }),
);

const CUTS: readonly ((bytes: Uint8Array) => Uint8Array[])[] = [
  (all) => [all],
  byteWise,
  (all) => randomPieces(all, 7, 9),
];

function play(acts: readonly Act[], lenient: boolean, cut = CUTS[0]): Draft[] {
  const inspector = new H3Inspector({ lenient, keepBytes: true });
  const drafts: Draft[] = [];
  for (const one of acts) {
    if (one.kind === "bytes") {
      for (const piece of cut?.(one.bytes) ?? [])
        drafts.push(...inspector.stream(one.from, one.streamId, piece, false));
      if (one.fin)
        drafts.push(...inspector.stream(one.from, one.streamId, new Uint8Array(0), true));
    } else if (one.kind === "datagram") drafts.push(...inspector.datagram(one.from, one.bytes));
    else drafts.push(...inspector[one.kind](one.from, one.streamId, one.number));
  }
  drafts.push(...inspector.end());
  return drafts;
}

const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 400) };

describe("any bytes on any streams", () => {
  test("nothing throws, and cuts do not matter", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), fc.boolean(), (acts, lenient) => {
        const whole = joinData(play(acts, lenient));
        for (const cut of CUTS.slice(1)) expect(joinData(play(acts, lenient, cut))).toEqual(whole);
      }),
      RUNS,
    );
  });

  test("strictly, an error of the connection is the last of its direction", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        const drafts = play(acts, false);
        for (const direction of ["client", "server"]) {
          const own = drafts.filter((draft) => draft.direction === direction);
          const at = own.findIndex(
            (draft) => draft.event === "error" && draft.scope === "connection",
          );
          expect(at === -1 || at === own.length - 1).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test("leniently, nothing is said less than strictly", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        const count = (drafts: readonly Draft[]) =>
          drafts.filter(({ event }) => event === "error").length;
        expect(count(play(acts, true))).toBeGreaterThanOrEqual(count(play(acts, false)));
      }),
      RUNS,
    );
  });
});

/** Content of streams that have no frames is told as it comes: as many octets. */
function joinData(drafts: readonly Draft[]): Draft[] {
  const joined: Draft[] = [];
  for (const draft of drafts) {
    const last = joined.at(-1);
    const isSame =
      last?.event === "data" &&
      draft.event === "data" &&
      last.streamId === draft.streamId &&
      last.direction === draft.direction;
    if (isSame)
      joined[joined.length - 1] = {
        ...last,
        length: Number(last.length) + Number(draft.length),
      } as Draft;
    else joined.push(draft);
  }
  return joined;
}
