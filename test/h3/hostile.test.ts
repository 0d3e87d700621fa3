// One end against a hostile peer: random bytes and random frames, right and wrong, on any stream in any order, with resets, datagrams
// and commands of the user in between. Nothing is thrown, nothing comes behind an error, cuts and handlers change nothing, and
// what is written back stays in proportion.

import fc from "fast-check";
import type { ConnectionEvent } from "tercet";
import { describe, expect, test } from "vitest";
import { peerOf } from "../helpers/h3-dialogue.js";
import { concat, data, EMPTY, headers, OK, POST, unknownFrame } from "../helpers/h3-frames.js";
import { actOf, checkEvents, play, prepared } from "../helpers/h3-hostile.js";
import { h3LogOf, linesByStream } from "../helpers/h3-log.js";
import { H3OutputReader } from "../helpers/h3-read.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";

describe.each(["server", "client"] as const)("a %s", (role) => {
  const acts = fc.array(actOf(role), { maxLength: 25 });

  test("throws nothing, writes what is well-formed, and in proportion", () => {
    fc.assert(
      fc.property(acts, (list) => {
        const run = play(role, list, (bytes) => [bytes], false, true);
        checkEvents(run);
        // Answers of the commands are short; resets and acknowledgements are a few octets each.
        expect(run.written).toBeLessThan(2_000 + 4 * run.received);
      }),
      { numRuns: 1_500 },
    );
  });

  test("hears the same at every cut, and through a handler", () => {
    fc.assert(
      fc.property(acts, fc.nat(1_000), (list, seed) => {
        const expected = h3LogOf(play(role, list, (bytes) => [bytes], false, false).events);
        for (const [name, cut, handler] of [
          ["whole", (bytes: Uint8Array) => [bytes], true],
          ["byte by byte", byteWise, false],
          ["byte by byte", byteWise, true],
          ["pieces", (bytes: Uint8Array) => randomPieces(bytes, seed + 1, 7), false],
        ] as const) {
          const got = h3LogOf(play(role, list, cut, handler, false).events);
          expect(got, `${name}${handler ? ", handler" : ""}`).toEqual(expected);
        }
      }),
      { numRuns: 800 },
    );
  });

  test("takes any bytes on any of its streams", () => {
    const { control, encoder, decoder, more } = peerOf(role);
    const ids =
      role === "server"
        ? [0, 4, 8, control, encoder, decoder, more, 18]
        : [0, 4, 8, control, encoder, decoder, more, 1, 19];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...ids), fc.uint8Array({ maxLength: 60 })), {
          maxLength: 12,
        }),
        (list) => {
          const { connection } = prepared(role);
          const events = list.flatMap(([at, bytes]) => connection.receiveStream(at, bytes, false));
          checkEvents({ connection, events, received: 0, written: 0 });
          new H3OutputReader(200).lines([]);
          connection.takeStreams();
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test("hears the same of each stream in every order, where all is well", () => {
    const bodies = fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 9 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(bodies, fc.infiniteStream(fc.nat(30)), (list, choice) => {
        const head = role === "server" ? POST : OK;
        const queues = list.map(([hasTrailers, bytes], at) => {
          const whole = concat(
            headers(head),
            data(bytes),
            unknownFrame("x"),
            hasTrailers ? headers(["x-t", "1"]) : EMPTY,
          );
          return { at: 4 * at, pieces: randomPieces(whole, at + 1, 9) };
        });
        if (role === "client") queues.splice(2, 1);
        const inOrder = (order: (count: number) => number) => {
          const { connection } = prepared(role);
          const events: ConnectionEvent[] = [];
          const left = queues.map(({ at, pieces }) => ({ at, pieces: [...pieces] }));
          for (
            let open = left;
            open.length > 0;
            open = open.filter(({ pieces }) => pieces.length > 0)
          ) {
            const one = open[order(open.length)] as (typeof left)[number];
            const piece = one.pieces.shift() ?? EMPTY;
            events.push(...connection.receiveStream(one.at, piece, one.pieces.length === 0));
          }
          return JSON.stringify([...linesByStream(events)]);
        };
        const expected = inOrder(() => 0);
        expect(inOrder((count) => (choice.next().value as number) % count)).toBe(expected);
        expect(inOrder((count) => count - 1)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});
