// What leaves (RFC 9114 section 4.1, RFC 9204 sections 2.1.2 and 2.1.3): instructions before the sections that need them, no more
// blocked streams than the peer allows, nothing of the table before SETTINGS; and two ends of ours that talk over a transport which
// cuts and delays. Titles carry the rows of the rule list.

import fc from "fast-check";
import type { ConnectionEvent } from "tercet";
import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { connected, type H3Options, SERVER } from "../helpers/h3-dialogue.js";
import { GET, headers, settings, uni } from "../helpers/h3-frames.js";
import { linesByStream } from "../helpers/h3-log.js";
import { readFrame, type StreamOutput } from "../helpers/h3-read.js";
import { NaiveQpack } from "../helpers/naive/qpack.js";

const TABLE = settings({ QPACK_MAX_TABLE_CAPACITY: 4096, QPACK_BLOCKED_STREAMS: 100 });
const eager: Omit<H3Options, "role"> = { qpack: { strategy: "eager" } };

/** A server with this many answered requests, each with fields of its own and some that come again. */
function answered(count: number, options: Omit<H3Options, "role"> = {}) {
  const made = connected("server", { ...eager, ...options, handshake: TABLE });
  for (let at = 0; at < count; at++) {
    made.connection.receiveStream(4 * at, headers(GET), true);
    const fields = ["x-same", "the same", "x-own", `number ${at}`];
    made.connection.sendResponse(4 * at, { status: 200, headers: fields, content: "ok" });
  }
  return made;
}

describe("QP-EN-3 the order of what leaves", () => {
  test.each([1, 3, 7, 20, 100, 100_000])(
    "QP-EN-3 whole instructions first, in takes of %i octets",
    (most) => {
      const { connection, reader } = answered(12);
      let inserted = 0;
      for (let round = 0; round < 5_000; round++) {
        const entries = connection.takeStreams(most);
        if (entries.length === 0) break;
        inserted += entries.filter(({ streamId }) => streamId === 7).length;
        // The reader throws where a section comes before its instructions.
        reader.lines(entries);
      }
      expect(inserted).toBeGreaterThan(0);
      expect(connection.bufferedAmount).toBe(0);
    },
  );

  test("QP-EN-3 a section waits where the encoder stream has no room", () => {
    const { connection, reader } = answered(3);
    const stuck = connection.takeStreams(100_000, (id) => (id === 7 ? 0 : 100_000));
    expect(() => reader.lines(stuck)).not.toThrow();
    const late = connection.takeStreams();
    reader.lines(late);
    expect(connection.bufferedAmount).toBe(0);
  });
});

describe("QP-EN-2 blocked streams", () => {
  /** Streams that wait when all sections come before all instructions. */
  const blockedStreams = (options: Omit<H3Options, "role">): number => {
    const { connection } = answered(40, options);
    const peer = new NaiveQpack({ maxTableCapacity: 4096, maxBlockedStreams: 100 });
    for (const { streamId, bytes } of connection.takeStreams()) {
      const frame = streamId % 4 === 0 ? readFrame(bytes, 0) : null;
      if (frame !== null) peer.section(streamId, frame.payload);
    }
    return peer.blockedStreams;
  };

  test("QP-EN-2 eager: as many as encoderBlockedStreams, though the peer allows more", () => {
    expect(blockedStreams({})).toBe(16);
    expect(blockedStreams({ limits: { encoderBlockedStreams: 3 } })).toBe(3);
    expect(blockedStreams({ limits: { encoderBlockedStreams: 0 } })).toBe(0);
  });

  test("QP-EN-2 safe and static: none", () => {
    expect(blockedStreams({ qpack: { strategy: "safe" } })).toBe(0);
    expect(blockedStreams({ qpack: { strategy: "static" } })).toBe(0);
  });
});

describe("QP-TAB-8 before SETTINGS of the peer", () => {
  test("QP-TAB-8 requests refer to nothing, and no instruction leaves", () => {
    const { connection, reader } = connected("client", { ...eager, handshake: "none" });
    for (let at = 0; at < 5; at++)
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: ["x", "y"] });
    const lines = reader.lines(connection.takeStreams());
    expect(lines.filter((one) => one.includes("HEADERS"))).toHaveLength(5);
    expect(lines.filter((one) => one.includes("encoder"))).toEqual([]);
    connection.receiveStream(SERVER.control, uni("control", TABLE), false);
    for (let at = 0; at < 5; at++)
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: ["x", "y"] });
    const more = connection.takeStreams();
    expect(more.some(({ streamId, bytes }) => streamId === 6 && bytes.length > 0)).toBe(true);
  });
});

/** Bytes under way between two ends, by stream. */
class Transport {
  readonly client: H3Connection;
  readonly server: H3Connection;
  readonly heard: { client: ConnectionEvent[]; server: ConnectionEvent[] } = {
    client: [],
    server: [],
  };
  readonly #lanes = new Map<string, { to: "client" | "server"; pieces: StreamOutput[] }>();

  constructor(options: Omit<H3Options, "role">) {
    this.client = new H3Connection({ role: "client", ...options });
    this.server = new H3Connection({ role: "server", ...options });
  }

  /** Each end sends what it has, at most so much; pieces wait in the lane of their stream. */
  send(most: number): void {
    for (const [from, to] of [
      ["client", "server"],
      ["server", "client"],
    ] as const)
      for (const entry of this[from].takeStreams(most)) {
        if (entry.close !== undefined) throw new Error(`${from} closes with ${entry.close}`);
        const key = `${from} ${entry.streamId}`;
        const lane = this.#lanes.get(key) ?? { to, pieces: [] };
        this.#lanes.set(key, lane);
        lane.pieces.push({ ...entry, bytes: entry.bytes.slice() });
      }
  }

  /** The next piece of a lane arrives, in two where it is long enough; false: nothing is under way. */
  deliver(choice: number): boolean {
    const open = [...this.#lanes.values()].filter(({ pieces }) => pieces.length > 0);
    const lane = open[choice % Math.max(1, open.length)];
    const piece = lane?.pieces.shift();
    if (lane === undefined || piece === undefined) return false;
    const { streamId, bytes, fin } = piece;
    const end = this[lane.to];
    const cut = bytes.length > 1 ? choice % bytes.length : 0;
    const events = this.heard[lane.to];
    events.push(...end.receiveStream(streamId, bytes.subarray(0, cut), false));
    events.push(...end.receiveStream(streamId, bytes.subarray(cut), fin));
    return true;
  }
}

const name = fc.constantFrom(
  "x-a",
  "x-b",
  "cookie",
  "user-agent",
  "accept",
  "x-long-name-of-a-field",
);
const value = fc.oneof(
  fc.constantFrom("1", "2", "text/html", "a=b"),
  fc.string({ unit: "grapheme-ascii", maxLength: 9 }).map((text) => text.trim()),
);
/** Each name once: some may not come twice. */
const fields = fc
  .uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([one]) => one })
  .map((pairs) => pairs.flat());
const exchange = fc.record({
  fields,
  answer: fields,
  content: fc.nat(300),
  answerContent: fc.nat(300),
  trailers: fc.boolean(),
});

test("QP-EN-1 QP-EN-2 QP-EN-3 two ends understand each other over a transport that cuts, delays and reorders", () => {
  const strategies = fc.constantFrom<"eager" | "safe" | "static">("eager", "safe", "static");
  const capacity = fc.constantFrom(0, 64, 200, 4096);
  fc.assert(
    fc.property(
      fc.array(exchange, { minLength: 1, maxLength: 8 }),
      strategies,
      capacity,
      fc.nat(),
      (exchanges, strategy, table, seed) => {
        const transport = new Transport({
          qpack: { strategy },
          settings: { qpackMaxTableCapacity: table, qpackBlockedStreams: 2 },
        });
        const { client, server, heard } = transport;
        const ids = exchanges.map((one) => {
          const id = client.sendRequest({
            method: "POST",
            authority: "a",
            path: "/",
            headers: one.fields,
          });
          client.sendData(id, new Uint8Array(one.content).fill(97));
          if (one.trailers) client.sendTrailers(id, ["x-t", "1"]);
          else client.sendEnd(id);
          return id;
        });
        let state = seed + 1;
        let answeredCount = 0;
        for (let step = 0; step < 20_000; step++) {
          state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
          transport.send(1 + (state % 200));
          const isMore = transport.deliver(state >>> 8);
          const ends = heard.server.filter(({ type }) => type === "end");
          for (; answeredCount < ends.length; answeredCount++) {
            const { streamId } = ends[answeredCount] as { streamId: number };
            const one = exchanges[ids.indexOf(streamId)] as (typeof exchanges)[number];
            server.sendResponse(streamId, {
              ...{
                status: 200,
                headers: one.answer,
                content: new Uint8Array(one.answerContent).fill(98),
              },
            });
          }
          if (!isMore && client.bufferedAmount === 0 && server.bufferedAmount === 0) break;
        }
        for (const side of ["server", "client"] as const)
          expect(heard[side].filter(({ type }) => type === "error")).toEqual([]);
        const lines = { server: linesByStream(heard.server), client: linesByStream(heard.client) };
        for (const [at, id] of ids.entries()) {
          const one = exchanges[at] as (typeof exchanges)[number];
          expect(lines.server.get(String(id))).toEqual([
            `head ${id} POST / HTTP/3`,
            "  => scheme https, authority a, path /",
            ...fieldLines(one.fields),
            ...(one.content === 0 ? [] : [`data ${id} "${"a".repeat(one.content)}"`]),
            ...(one.trailers ? [`trailers ${id}`, "  x-t: 1"] : []),
            `end ${id}`,
          ]);
          const answer = lines.client.get(String(id)) ?? [];
          expect(answer[0]).toBe(`head ${id} HTTP/3 200 no reason`);
          expect(answer.at(-1)).toBe(`end ${id}`);
          const body =
            one.answerContent === 0 ? [] : [`data ${id} "${"b".repeat(one.answerContent)}"`];
          expect(answer.slice(1, -1)).toEqual([
            ...fieldLines(one.answer),
            `  content-length: ${one.answerContent}`,
            ...body,
          ]);
        }
      },
    ),
    { numRuns: 150 },
  );
});

/** Field lines as the log prints them. */
function fieldLines(flat: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const shown = (flat[at + 1] ?? "").replace(/[\\"]/g, (one) => `\\${one}`);
    out.push(`  ${flat[at]}: ${shown}`.trimEnd());
  }
  return out;
}
