// H2Inspector on dialogues that were damaged anywhere: strict says what a connection says that was in the dialogue itself,
// lenient finds that and more, neither depends on pieces, and none ever throws. On dialogues that are sound they say
// nothing, whatever settings and windows do.

import fc from "fast-check";
import { H2_LIMITS, type H2Limits, type ProtocolError } from "tercet";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import type { Direction } from "../../src/inspect/events.js";
import { H2Inspector } from "../../src/inspect/h2.js";
import { concat, windowUpdate } from "../helpers/h2-wire.js";
import { dialogue, type Said } from "../helpers/inspect-dialogue.js";
import { type AnyDraft, errorsOf, joinedData } from "../helpers/inspect-drafts.js";
import { randomPieces } from "../helpers/pieces.js";

/** As far as limits go: an inspector has none of its own. */
const LIMITS = Object.fromEntries(
  Object.entries(H2_LIMITS).map(([name, { max }]) => [name, max]),
) as H2Limits;
const limits = { ...LIMITS, concurrentStreams: 100_000 };
const wide = { initialWindowSize: 2 ** 31 - 1, connectionWindowSize: 2 ** 31 - 1 };

function inspect(
  said: readonly Said[],
  lenient: boolean,
  cut = (bytes: Uint8Array) => [bytes],
  ends?: Direction,
): AnyDraft[] {
  const inspector = new H2Inspector({ lenient });
  const drafts = said.flatMap(([direction, bytes]) =>
    cut(bytes).flatMap((piece) => inspector.receive(direction, piece)),
  );
  if (ends !== undefined) drafts.push(...inspector.end(ends));
  return drafts as AnyDraft[];
}

const edit = fc.record({ at: fc.nat(), octet: fc.integer({ min: 0, max: 255 }) });
const request = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST"),
  path: fc.constantFrom("/", "/a?b=c", "/%41"),
  authority: fc.constantFrom("a", "b:1"),
  headers: fc.constantFrom([], ["x-a", "b"], ["cookie", "a=b", "te", "trailers"]),
});

function damaged(bytes: Uint8Array, edits: readonly { at: number; octet: number }[]): Uint8Array {
  const copy = bytes.slice();
  for (const { at, octet } of edits) if (copy.length > 0) copy[at % copy.length] = octet;
  return copy;
}

const place = ({ code, offset, scope, streamId }: ProtocolError | AnyDraft) => [
  code,
  offset,
  scope,
  streamId,
];

/** What strict and lenient must say of a direction where a connection that was in the dialogue said this. */
function check(said: readonly Said[], direction: Direction, errors: readonly ProtocolError[]) {
  const isIt = (one: AnyDraft) => one.event === "error" && one.direction === direction;
  const whole = (bytes: Uint8Array) => [bytes];
  const strict = inspect(said, false, whole, direction);
  const lenient = inspect(said, true, whole, direction);
  expect(strict.filter(isIt).map(place)).toEqual(errors.map(place));
  const [first] = errors;
  const found = lenient.filter(isIt).map(({ code }) => code);
  if (first === undefined) expect(found).toEqual([]);
  else expect(found).toContain(first.code);
  for (const [mode, drafts] of [
    [false, strict],
    [true, lenient],
  ] as const) {
    const cut = inspect(said, mode, (one) => randomPieces(one, 7, 30), direction);
    expect(joinedData(cut)).toEqual(joinedData(drafts));
  }
}

/** Reads bytes as the real connection, and notes what it says and answers. */
function hear(connection: H2Connection, direction: Direction, bytes: Uint8Array, said: Said[]) {
  said.push([direction, bytes]);
  const events = connection.receive(bytes);
  const other = direction === "client" ? "server" : "client";
  for (const answer of connection.take()) said.push([other, answer.slice()]);
  events.push(...connection.receiveEnd());
  return events.flatMap((event) => (event.type === "error" ? [event.error] : []));
}

describe("damaged dialogues", () => {
  test("requests: the verdict is the server's", () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 4 }),
        fc.array(edit, { maxLength: 3 }),
        (requests, edits) => {
          const client = new H2Connection({ role: "client" });
          for (const one of requests) client.sendRequest({ ...one, body: "none" });
          const server = new H2Connection({
            role: "server",
            limits,
            settings: wide,
            respondToErrors: false,
          });
          const said: Said[] = server.take().map((bytes) => ["server", bytes.slice()] as const);
          const bytes = damaged(concat(...client.take()), edits);
          const errors = hear(server, "client", bytes, said);
          check(said, "client", errors);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("responses: the verdict is the client's", () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 4 }),
        fc.array(edit, { maxLength: 3 }),
        fc.array(fc.constantFrom(200, 204, 304, 404), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (requests, edits, statuses, pushes) => {
          const client = new H2Connection({
            role: "client",
            limits,
            settings: { ...wide, enablePush: true },
          });
          const server = new H2Connection({ role: "server" });
          for (const one of requests) client.sendRequest({ ...one, body: "none" });
          const asked = concat(...client.take());
          const said: Said[] = [["client", asked]];
          for (const event of server.receive(asked)) {
            if (event.type !== "head") continue;
            server.sendInformational(event.streamId, { status: 103, headers: ["link", "</a>"] });
            if (pushes) server.push(event.streamId, { path: "/p", authority: "a", headers: [] });
            const status = statuses[(event.streamId >> 1) % 4] as number;
            server.sendResponse(event.streamId, { status, headers: ["server", "x"], body: "none" });
          }
          const bytes = damaged(concat(...server.take()), edits);
          const errors = hear(client, "server", bytes, said);
          check(said, "server", errors);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("any octets at all, in either direction", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom<Direction>("client", "server"),
            fc.uint8Array({ maxLength: 80 }),
          ),
        ),
        fc.boolean(),
        (said, lenient) => {
          const whole = inspect(said, lenient);
          const cut = inspect(said, lenient, (one) => randomPieces(one, 3, 9));
          expect(joinedData(cut)).toEqual(joinedData(whole));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("sound dialogues", () => {
  const content = new Uint8Array(100_000).fill(97);

  test.each([
    ["defaults", {}],
    ["small windows", { initialWindowSize: 1000, connectionWindowSize: 65_535 }],
    ["large frames", { maxFrameSize: 65_536 }],
    ["no table", { headerTableSize: 0 }],
    ["a large table", { headerTableSize: 65_536 }],
    ["few streams", { maxConcurrentStreams: 1 }],
  ])("%s: nothing is wrong, and all content is there", (_name, settings) => {
    const requests = [1, 2, 3].map((n) => ({
      method: "POST",
      path: `/${n}`,
      authority: "a",
      headers: ["x-n", String(n)],
      content,
    }));
    const said = dialogue(requests, () => ({ status: 200, content }), {
      client: { settings: { ...settings, maxConcurrentStreams: 100 } },
      server: { settings },
    });
    for (const lenient of [false, true]) {
      const drafts = inspect(said, lenient);
      expect(errorsOf(drafts)).toEqual([]);
      for (const direction of ["client", "server"] as const) {
        const data = drafts.filter((one) => one.event === "data" && one.direction === direction);
        expect(data.reduce((sum, one) => sum + (one.length as number), 0)).toBe(300_000);
        const ends = drafts.filter((one) => one.event === "end" && one.direction === direction);
        expect(ends.map(({ streamId }) => streamId)).toEqual([1, 3, 5]);
      }
    }
  });

  test("without the WINDOW_UPDATE of the server, content goes over its windows", () => {
    const requests = [{ method: "POST", path: "/", authority: "a", headers: [], content }];
    const said = dialogue(requests, () => ({ status: 200 }), {
      server: { settings: { initialWindowSize: 20_000, connectionWindowSize: 65_535 } },
    });
    // A WINDOW_UPDATE with an increment of 1 in place of each.
    const increment = (bytes: Uint8Array) => {
      const copy = bytes.slice();
      for (
        let at = 0;
        at + 13 <= copy.length;
        at += 9 + (((copy[at + 1] as number) << 8) | (copy[at + 2] as number))
      )
        if (copy[at + 3] === 8) copy.set(windowUpdate(0, 1).subarray(9), at + 9);
      return copy;
    };
    const starved = said.map(
      ([who, bytes]): Said => [who, who === "server" ? increment(bytes) : bytes],
    );
    const [first] = errorsOf(inspect(starved, false));
    expect(first?.[0]).toMatch(/^H2_(STREAM|CONNECTION)_WINDOW_EXCEEDED$/);
    const codes = errorsOf(inspect(starved, true)).map(([code]) => code);
    expect(codes).toContain("H2_STREAM_WINDOW_EXCEEDED");
    expect(codes).toContain("H2_CONNECTION_WINDOW_EXCEEDED");
  });
});
