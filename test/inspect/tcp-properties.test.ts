// Random conversations over TCP, cut into segments, out of order, twice, overlapping, with losses: the bytes come back
// in order, each once, and what is missing is a gap where it was.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TcpTracker } from "../../src/inspect/tcp-tracker.js";
import { Conversation, type Side } from "../helpers/capture-conversation.js";
import { ascii } from "../helpers/capture-octets.js";
import { bytesOfDirection, lineOf, tcpLines, tcpSegmentsOf } from "../helpers/tcp-read.js";

const turn = fc.record({
  side: fc.constantFrom<Side>("client", "server"),
  length: fc.integer({ min: 1, max: 60 }),
});
const talk = fc.record({
  turns: fc.array(turn, { minLength: 1, maxLength: 12 }),
  segmentSize: fc.integer({ min: 1, max: 25 }),
  clientStart: fc.constantFrom(0, 1_000, 0xffff_fff0),
  serverStart: fc.constantFrom(0, 2 ** 31 - 9, 0xffff_ffff),
});
type Talk = typeof talk extends fc.Arbitrary<infer T> ? T : never;

/** Letters of the client, digits of the server: no two places near each other look the same. */
const letter = (side: Side, place: number) =>
  side === "client" ? String.fromCharCode(97 + (place % 26)) : String(place % 10);

function conversationOf(
  { turns, ...options }: Talk,
  isClosed: boolean,
): { all: Conversation; said: Record<Side, string> } {
  const all = new Conversation(options).open();
  const said = { client: "", server: "" };
  for (const { side, length } of turns) {
    let text = "";
    for (let index = 0; index < length; index++) text += letter(side, said[side].length + index);
    said[side] += text;
    all.say(side, ascii(text));
  }
  return { all: isClosed ? all.close() : all, said };
}

/** Packets that arrive up to so many places later. */
function late<T>(packets: readonly T[], delays: readonly number[]): T[] {
  return packets
    .map((packet, index) => ({
      packet,
      at: index + (delays[index % delays.length] ?? 0) + index / 1e6,
    }))
    .sort((one, other) => one.at - other.at)
    .map(({ packet }) => packet);
}
const delays = (max: number) => fc.array(fc.nat(max), { minLength: 1, maxLength: 50 });

test("a little out of order, and some twice: all bytes, no gap", () => {
  fc.assert(
    fc.property(
      talk,
      delays(3),
      fc.array(fc.nat(200), { maxLength: 4 }),
      fc.boolean(),
      (talk, delays, again, isClosed) => {
        const { all, said } = conversationOf(talk, isClosed);
        const begin = all.packets.slice(0, 3);
        const rest = late(all.packets.slice(3), delays);
        // What comes again comes when it was missed: long after it was sent.
        for (const at of again) {
          const index = at % rest.length;
          const later = Math.min(index + 12 + (at % 7), rest.length);
          rest.splice(later, 0, rest[index] as Uint8Array);
        }
        const lines = tcpLines([...begin, ...rest]);
        const said0 = {
          client: bytesOfDirection(lines, 0, "client"),
          server: bytesOfDirection(lines, 0, "server"),
        };
        expect(said0).toEqual(said);
        expect(lines.filter((line) => line.includes(" gap "))).toEqual([]);
        expect(lines.filter((line) => line.includes(" end"))).toHaveLength(isClosed ? 2 : 0);
        expect(
          lines.filter((line) => line.endsWith(" open") || line.endsWith("close")),
        ).toHaveLength(1);
      },
    ),
    { numRuns: 500 },
  );
});

test("one direction in any order, in overlapping pieces: all bytes", () => {
  const piece = fc.record({ at: fc.nat(299), length: fc.integer({ min: 1, max: 90 }) });
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.nat(), { maxLength: 80 }),
      fc.constantFrom(7, 0xffff_ff80),
      (pieces, order, serverStart) => {
        const text = Array.from({ length: 300 }, (_, place) => letter("client", place * 7)).join(
          "",
        );
        const all = new Conversation({ serverStart }).open();
        const ranges = pieces.map(({ at, length }) => [at, Math.min(300, at + length)] as const);
        for (let at = 0; at < 300; at += 23) ranges.push([at, Math.min(300, at + 23)]);
        for (const [index, other] of order.entries()) {
          const [a, b] = [index % ranges.length, other % ranges.length];
          [ranges[a], ranges[b]] = [ranges[b] as [number, number], ranges[a] as [number, number]];
        }
        for (const [from, end] of ranges) {
          const sequence = (serverStart + 1 + from) >>> 0;
          all.packets.push(all.packetOf("server", sequence, ascii(text.slice(from, end))));
        }
        const lines = tcpLines(all.packets, { isOver: false });
        expect(bytesOfDirection(lines, 0, "server")).toBe(text);
      },
    ),
    { numRuns: 500 },
  );
});

test("with losses: what came is where it was, what did not is a gap", () => {
  fc.assert(
    fc.property(
      talk,
      delays(3),
      fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
      (talk, delays, lost) => {
        const { all, said } = conversationOf(talk, true);
        const kept = all.packets.slice(3);
        const isCaptured = kept.map(() => true);
        for (const at of lost) isCaptured[at % kept.length] = false;
        const rest = late(
          kept.filter((_, index) => isCaptured[index]),
          delays,
        );
        const lines = tcpLines([...all.packets.slice(0, 3), ...rest]);
        for (const side of ["client", "server"] as const) {
          const got = bytesOfDirection(lines, 0, side);
          // A FIN that was lost counts as one byte where it was acknowledged.
          expect(got.length).toBeLessThanOrEqual(said[side].length + 1);
          for (const [place, character] of [...got].entries()) {
            if (character !== ".") expect(character).toBe(said[side][place]);
          }
        }
        // Every segment that was captured is there, wherever it came.
        const tracker = new TcpTracker();
        const segments = tcpSegmentsOf([...all.packets.slice(0, 3), ...rest]);
        const total = segments.flatMap((segment) => tracker.receive(segment)).concat(tracker.end());
        const bytes = total.reduce(
          (sum, event) => sum + (event.kind === "data" ? event.bytes.length : 0),
          0,
        );
        expect(bytes).toBeLessThanOrEqual(said.client.length + said.server.length);
        expect(total.map(lineOf)).toEqual(lines);
      },
    ),
    { numRuns: 500 },
  );
});

test("in order, with losses: every byte that was captured is told", () => {
  fc.assert(
    fc.property(talk, fc.array(fc.nat(), { maxLength: 12 }), (talk, lost) => {
      const { all } = conversationOf(talk, true);
      const kept = all.packets.filter(
        (_, index) =>
          index < 3 || !lost.some((at) => 3 + (at % (all.packets.length - 3)) === index),
      );
      const captured = tcpSegmentsOf(kept).reduce((sum, segment) => sum + segment.bytes.length, 0);
      const lines = tcpLines(kept);
      const told = (["client", "server"] as const)
        .map((side) => bytesOfDirection(lines, 0, side).replaceAll(".", "").length)
        .reduce((sum, count) => sum + count, 0);
      expect(told).toBe(captured);
    }),
    { numRuns: 500 },
  );
});

test("any segments at all: nothing is thrown, bytes of each direction lie behind each other, ends are last", () => {
  const segment = fc.record({
    side: fc.constantFrom<Side>("client", "server"),
    sequence: fc.oneof(fc.nat(400), fc.integer({ min: 0, max: 0xffff_ffff })),
    length: fc.nat(40),
    flags: fc.nat(63),
    acknowledgement: fc.oneof(fc.nat(400), fc.integer({ min: 0, max: 0xffff_ffff })),
  });
  const limits = { connections: 3, direction: { bytes: 60, fragments: 3 }, heldMemory: 1_000 };
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 60 }), (segments) => {
      const all = new Conversation();
      const tracker = new TcpTracker(limits);
      const offsets = new Map<string, number>();
      const closed = new Set<number>();
      const events = segments.flatMap(({ side, sequence, length, flags, acknowledgement }) => {
        const [one] = tcpSegmentsOf([all.packetOf(side, sequence, new Uint8Array(length), flags)]);
        if (one === undefined) return [];
        const events = tracker.receive({ ...one, acknowledgement });
        expect(tracker.heldMemory).toBeLessThanOrEqual(limits.heldMemory);
        expect(tracker.connections).toBeLessThanOrEqual(limits.connections);
        return events;
      });
      for (const event of [...events, ...tracker.end()]) {
        expect(closed.has(event.id)).toBe(false);
        if (event.kind === "close") closed.add(event.id);
        if (event.kind !== "data" && event.kind !== "gap") continue;
        const key = `${event.id} ${event.direction}`;
        expect(event.offset).toBe(offsets.get(key) ?? 0);
        const length = event.kind === "data" ? event.bytes.length : event.length;
        expect(length).toBeGreaterThan(0);
        offsets.set(key, event.offset + length);
      }
      expect(tracker.connections).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});
