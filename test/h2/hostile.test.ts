// One end against hostile frames: random sequences, right and wrong, with commands of the user in between. Nothing is
// thrown, nothing hangs, cuts change nothing, what is written back stays in proportion, and windows are never exceeded.

import fc from "fast-check";
import type { ConnectionEvent } from "tercet";
import { UsageError } from "tercet";
import type { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import { connected, h2Collector, taken } from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { framesOf } from "../helpers/h2-read.js";
import { Sender } from "../helpers/h2-watch.js";
import {
  block,
  concat,
  continuation,
  data,
  field,
  frame,
  GET,
  goaway,
  headers,
  MAX_WINDOW,
  OK,
  POST,
  PREFACE,
  ping,
  priority,
  priorityUpdate,
  pushPromise,
  response,
  rst,
  settings,
  settingsAck,
  tableSize,
  windowUpdate,
} from "../helpers/h2-wire.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";

type Role = "server" | "client";
const id = fc.constantFrom(0, 1, 1, 1, 2, 3, 3, 5, 7, 2 ** 31 - 1);
const text = fc.string({
  maxLength: 20,
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
});
const bytes = fc.uint8Array({ maxLength: 40 });
const flag = fc.boolean();
const number = fc.constantFrom(0, 1, 2, 100, 16_384, 65_535, MAX_WINDOW, 2 ** 31, 2 ** 32 - 1);

const fields = fc.oneof(
  fc
    .constantFrom(
      GET,
      POST,
      OK,
      response(103),
      [...POST, "content-length", "3"],
      ["x-t", "1"],
      [],
      [...OK, "content-length", "2"],
    )
    .map((list) => block(list)),
  fc.constantFrom(
    concat(block(GET), field("x", "y", "indexed")),
    concat(block(OK), Uint8Array.of(0xbe)),
    concat(tableSize(0), block(GET)),
    Uint8Array.of(0x80),
    Uint8Array.of(0x82),
  ),
  bytes,
);

/** One frame, mostly of a right shape. */
const anyFrame = fc.oneof(
  fc
    .tuple(id, fields, flag, fc.option(fc.nat(9), { nil: undefined }))
    .map(([stream, list, end, pad]) =>
      headers(stream, list, { end, ...(pad === undefined ? {} : { pad }) }),
    ),
  fc
    .tuple(id, fields, flag)
    .map(([stream, list, open]) => headers(stream, list, { open, split: [3] })),
  fc
    .tuple(id, text, flag, fc.option(fc.nat(9), { nil: undefined }))
    .map(([stream, content, end, pad]) =>
      data(stream, content, { end, ...(pad === undefined ? {} : { pad }) }),
    ),
  fc.tuple(id, fc.nat(16_384)).map(([stream, length]) => data(stream, new Uint8Array(length))),
  fc.tuple(id, number).map(([stream, value]) => windowUpdate(stream, value)),
  fc.tuple(id, number).map(([stream, code]) => rst(stream, code)),
  fc.tuple(fc.nat(12), number).map(([setting, value]) => settings([[setting, value]])),
  fc.tuple(id, id, fields).map(([stream, promised, list]) => pushPromise(stream, promised, list)),
  fc.tuple(id, id).map(([stream, dependency]) => priority(stream, { dependency })),
  fc.tuple(id, text).map(([stream, value]) => priorityUpdate(stream, value)),
  fc.tuple(id, fields, flag).map(([stream, list, last]) => continuation(stream, list, last)),
  fc.tuple(id, number).map(([last, code]) => goaway(last, code)),
  fc.constantFrom(ping(), ping("87654321", true), settingsAck(), settings()),
  fc
    .tuple(fc.nat(255), fc.nat(255), id, bytes)
    .map(([type, flags, stream, payload]) => frame(type, flags, stream, payload)),
  fc
    .tuple(fc.nat(16), fc.nat(255), id, bytes, fc.nat(20_000))
    .map(([type, flags, stream, payload, length]) => frame(type, flags, stream, payload, length)),
);

/** What keeps a connection alive: most of a dialogue, so that what is wrong meets states of all kinds. */
const odd = fc.constantFrom(1, 3, 5, 7, 9);
const harmless = fc.oneof(
  fc.tuple(odd, flag).map(([stream, end]) => headers(stream, POST, { end })),
  fc.tuple(odd, flag).map(([stream, end]) => headers(stream, OK, { end })),
  fc.tuple(odd, text, flag).map(([stream, content, end]) => data(stream, content, { end })),
  fc.tuple(odd, fc.nat(9)).map(([stream, value]) => windowUpdate(stream, value)),
  fc.tuple(odd, flag).map(([stream, end]) => headers(stream, ["x-t", "1"], { end })),
  fc.constantFrom(
    ping(),
    settings({ INITIAL_WINDOW_SIZE: 5 }),
    settings({ HEADER_TABLE_SIZE: 0 }),
    windowUpdate(0, 9),
  ),
  odd.map((stream) => priority(stream, { dependency: 0 })),
);
const mixed = fc.oneof({ weight: 9, arbitrary: harmless }, { weight: 1, arbitrary: anyFrame });

/** What a user does between two chunks; refusals are as good as anything. */
const COMMANDS: ((connection: H2Connection, stream: number) => unknown)[] = [
  (c, stream) => c.sendResponse(stream, { status: 200, headers: [], content: "hello" }),
  (c, stream) => c.sendResponse(stream, { status: 200, headers: [] }),
  (c, stream) => c.sendInformational(stream, { status: 103, headers: [] }),
  (c, stream) => c.sendData(stream, new Uint8Array(5)),
  (c, stream) => c.sendEnd(stream),
  (c, stream) => c.sendTrailers(stream, ["x", "y"]),
  (c, stream) => c.reset(stream),
  (c) => c.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] }),
  (c, stream) => c.push(stream, { path: "/", authority: "a", headers: [] }),
  (c) => c.updateSettings({ initialWindowSize: 10 }),
  (c) => c.updateSettings({ headerTableSize: 0 }),
  (c) => c.goAway(0),
  (c) => c.close(),
];

interface Turn {
  wire: Uint8Array;
  command: number | undefined;
  stream: number;
}

const turn = fc.record<Turn>({
  wire: fc
    .array(fc.oneof({ weight: 4, arbitrary: mixed }, { weight: 1, arbitrary: anyFrame }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((frames) => concat(...frames)),
  command: fc.option(fc.nat(COMMANDS.length - 1), { nil: undefined }),
  stream: fc.constantFrom(1, 1, 2, 3, 5),
});

/** Plays the turns, cut in some way; gives the log of the events. */
function play(
  role: Role,
  turns: readonly Turn[],
  cutter: (bytes: Uint8Array) => Uint8Array[],
  viaHandler = false,
): string {
  const { connection } = connected(role);
  const watcher = new Sender(role === "client");
  // The handshake of connected(), as the watcher must know it.
  watcher.sends(concat(role === "client" ? PREFACE : new Uint8Array(0), settings()));
  watcher.delivered(concat(role === "server" ? PREFACE : new Uint8Array(0), settings()));
  watcher.sends(settingsAck());
  if (role === "client")
    connection.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
  const events: ConnectionEvent[] = [];
  let received = 0;
  let written = 0;
  for (const { wire, command, stream } of turns) {
    for (const piece of cutter(wire)) {
      if (connection.state !== "failed") watcher.delivered(piece);
      if (viaHandler) connection.receive(piece, h2Collector(events));
      else events.push(...connection.receive(piece));
      received += piece.length;
    }
    if (command !== undefined) attempt(() => COMMANDS[command]?.(connection, stream));
    const output = taken(connection);
    watcher.sends(output);
    written += output.length;
  }
  events.push(...connection.receiveEnd());
  expect(written).toBeLessThan(3_000 + 300 * turns.length + 8 * received);
  const at = events.findIndex(
    (event) => event.type === "error" && event.error.scope === "connection",
  );
  if (at >= 0) expect(at).toBe(events.length - 1);
  return logOf(events).join("\n");
}

/** Wrong use is refused by UsageError, and by nothing else. */
function attempt(use: () => unknown): void {
  try {
    use();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}

describe.each(["server", "client"] as const)("a %s", (role) => {
  test("takes any frames with any commands between them, the same at every cut", () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 25 }), fc.nat(), (turns, seed) => {
        const whole = play(role, turns, (wire) => [wire]);
        expect(play(role, turns, byteWise)).toBe(whole);
        expect(play(role, turns, (wire) => randomPieces(wire, seed + 1, 30))).toBe(whole);
        expect(play(role, turns, (wire) => [wire], true)).toBe(whole);
      }),
      { numRuns: 300, includeErrorInReport: true },
    );
  });

  test("takes any octets at all behind its first SETTINGS", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (wire) => {
        const turns = [{ wire, command: undefined, stream: 1 }];
        expect(play(role, turns, byteWise)).toBe(play(role, turns, (all) => [all]));
      }),
      { numRuns: 300, includeErrorInReport: true },
    );
  });

  test("never writes a frame that it has no name for, nor one that is too long", () => {
    const names = new Set<number>(Object.values(TYPE));
    fc.assert(
      fc.property(fc.array(mixed, { maxLength: 40 }), (frames) => {
        const { connection } = connected(role);
        connection.receive(concat(...frames));
        for (const { type, payload } of framesOf(taken(connection))) {
          expect(names.has(type)).toBe(true);
          expect(payload.length).toBeLessThanOrEqual(16_384);
        }
      }),
      { numRuns: 300, includeErrorInReport: true },
    );
  });
});
