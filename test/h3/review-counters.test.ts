// What a connection counts returns to nothing when its streams are over, whatever was done to them in whatever order.

import fc from "fast-check";
import type { ConnectionEvent } from "tercet";
import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import {
  concat,
  data,
  extendedConnect,
  GET,
  headers,
  OK,
  POST,
  priorityUpdate,
  push,
  pushPromise,
  request,
  settings,
  uni,
  varint,
} from "../helpers/h3-frames.js";
import { dynamicSection, insert, line } from "../helpers/qpack-wire.js";

const COUNTED = [
  "concurrentStreams",
  "unfinishedLength",
  "blockedBytes",
  "heldLength",
  "headerMemory",
  "outboundControlLength",
  "sendBufferLength",
  "earlyStreams",
];

function expectNothing(connection: H3Connection): void {
  const report = connection.limitsReport();
  const used = report.filter(({ name }) => COUNTED.includes(name));
  expect(used.filter((one) => one.used !== 0)).toEqual([]);
  expect(connection.streamCount).toBe(0);
  expect(connection.bufferedAmount).toBe(0);
}

/** Errors are the last events of their scope, and streams that ended or were reset have no more of the peer. */
class Watch {
  readonly #over = new Set<number>();
  #failed = false;

  note(events: readonly ConnectionEvent[]): void {
    for (const event of events) {
      expect(this.#failed, `${event.type} behind an error of the connection`).toBe(false);
      if (event.type === "error") {
        const { scope, streamId } = event.error;
        if (scope === "connection") this.#failed = true;
        else this.#over.add(streamId as number);
        continue;
      }
      if (!("streamId" in event)) continue;
      const { streamId, type } = event;
      const ofPeer = [
        "head",
        "data",
        "trailers",
        "end",
        "tunnel",
        "capsule",
        "streamData",
        "streamEnd",
      ];
      if (ofPeer.includes(type))
        expect(this.#over.has(streamId), `${type} ${streamId}`).toBe(false);
      if (type === "end" || type === "streamEnd" || type === "reset") this.#over.add(streamId);
    }
  }
}

const MORE = 14;
const MOST = 6;
/** Of the client's: 0, 4, … are requests or streams of sessions, 14, 18, … streams of sessions in one direction. */
const STARTS: Uint8Array[] = [
  headers(GET),
  concat(headers([...POST, "priority", "u=1, i"]), data("content")),
  concat(headers(POST), data("content"), headers(["x", "1"])),
  headers(dynamicSection(1, line.dynamic(0), line.static(17), line.static(23), line.static(1))),
  headers(extendedConnect("webtransport-h3")),
  concat(varint(0x41), varint(0), Uint8Array.of(1, 2, 3)),
  concat(varint(0x41), varint(4), Uint8Array.of(4, 5)),
  headers(request("GET", `/${"x".repeat(300)}`)),
];

const id = fc.integer({ min: 0, max: MOST - 1 }).map((n) => n * 4);
const server = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("bytes" as const),
      id,
      length: fc.nat(60),
      fin: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("uni" as const),
      id,
      length: fc.nat(6),
      fin: fc.boolean(),
    }),
  },
  fc.record({
    op: fc.constantFrom(
      ...([
        "reset",
        "stop",
        "resetUni",
        "answer",
        "content",
        "end",
        "giveUp",
        "giveUpSending",
        "giveUpReading",
        "priority",
        "datagram",
        "open",
      ] as const),
    ),
    id,
  }),
  fc.record({ op: fc.constant("take" as const), max: fc.nat(5000), room: fc.nat(3000) }),
  fc.record({ op: fc.constantFrom(...(["insert", "poll", "goAway"] as const)) }),
);

test("of a server", () => {
  const run = fc.property(
    fc.array(fc.nat(STARTS.length - 1), { minLength: MOST, maxLength: MOST }),
    fc.array(server, { maxLength: 60 }),
    fc.boolean(),
    (kinds, ops, observe) => {
      const connection = new H3Connection({
        ...{ role: "server", webtransport: true, observe },
        limits: { concurrentStreams: 4, earlyStreams: 2, earlyBytes: 20, fieldSectionLength: 300 },
      });
      const watch = new Watch();
      const at = new Map<number, number>();
      const opened = new Set<number>();
      const next = (streamId: number, all: Uint8Array, length: number, fin: boolean) => {
        const from = at.get(streamId) ?? 0;
        const to = Math.min(all.length, from + length);
        if (from < 0) return;
        at.set(streamId, fin ? -1 : to);
        watch.note(connection.receiveStream(streamId, all.subarray(from, to), fin));
      };
      const offer = settings([
        [0x33, 1],
        [0x2c7cf000, 1],
      ]);
      watch.note(connection.receiveStream(2, uni("control", offer), false));
      let inserted = false;
      const command = (act: () => unknown) => {
        try {
          act();
        } catch (error) {
          expect((error as Error).name).toBe("UsageError");
        }
      };
      for (const one of ops) {
        switch (one.op) {
          case "bytes":
            next(one.id, STARTS[kinds[one.id / 4] as number] as Uint8Array, one.length, one.fin);
            break;
          case "uni":
            next(
              MORE + one.id,
              concat(varint(0x54), varint(0), Uint8Array.of(1, 2, 3, 4)),
              one.length,
              one.fin,
            );
            break;
          case "reset":
            at.set(one.id, -1);
            watch.note(connection.receiveReset(one.id, 0x10c));
            break;
          case "resetUni":
            at.set(MORE + one.id, -1);
            watch.note(connection.receiveReset(MORE + one.id, 0x10c));
            break;
          case "stop":
            watch.note(connection.receiveStopSending(one.id, 0x10c));
            break;
          case "priority":
            watch.note(connection.receiveStream(2, priorityUpdate(one.id, "u=2"), false));
            break;
          case "datagram":
            watch.note(connection.receiveDatagram(Uint8Array.of(one.id / 4, 1)));
            break;
          case "insert":
            if (inserted) break;
            inserted = true;
            watch.note(
              connection.receiveStream(
                6,
                uni(
                  "encoder",
                  Uint8Array.of(0x3f, 0xe1, 0x1f),
                  Uint8Array.from(insert.literal("x", "y")),
                ),
                false,
              ),
            );
            break;
          case "poll":
            watch.note(connection.poll());
            break;
          case "goAway":
            connection.goAway();
            break;
          case "take":
            connection.takeStreams(one.max, () => one.room);
            break;
          case "answer":
            command(() => connection.sendResponse(one.id, { status: 200, headers: ["x", "y"] }));
            break;
          case "content":
            command(() => connection.sendData(one.id, new Uint8Array(2000)));
            break;
          case "end":
            command(() => connection.sendEnd(one.id));
            break;
          case "giveUp":
            command(() => connection.reset(one.id));
            break;
          case "giveUpSending":
            command(() => connection.resetStream(one.id, 1));
            break;
          case "giveUpReading":
            command(() => connection.stopStream(one.id, 1));
            break;
          case "open":
            command(() =>
              opened.add(connection.openStream(one.id, { unidirectional: one.id > 8 })),
            );
        }
      }
      for (let n = 0; n < MOST; n++)
        for (const one of [4 * n, MORE + 4 * n]) {
          watch.note(connection.receiveReset(one, 1));
          command(() => connection.reset(one));
        }
      for (const one of opened) command(() => connection.reset(one));
      for (let i = 0; i < 3; i++) {
        connection.takeStreams();
        watch.note(connection.poll());
      }
      expectNothing(connection);
    },
  );
  fc.assert(run, { numRuns: 3000 });
});

describe("of a client", () => {
  const ops = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant("bytes" as const),
        id,
        length: fc.nat(60),
        fin: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant("push" as const),
        id,
        length: fc.nat(40),
        fin: fc.boolean(),
      }),
    },
    fc.record({
      op: fc.constantFrom(
        ...(["reset", "stop", "resetPush", "cancel", "content", "end", "giveUp"] as const),
      ),
      id,
    }),
    fc.record({ op: fc.constantFrom(...(["take", "poll", "insert"] as const)) }),
  );
  const kinds = [
    concat(headers(OK), data("content")),
    concat(headers([":status", "103"]), headers(OK), data("x"), headers(["x", "1"])),
    concat(pushPromise(0, request("GET", "/a")), headers(OK)),
    concat(pushPromise(1, request("GET", "/b")), pushPromise(0, request("GET", "/a")), headers(OK)),
    concat(headers(dynamicSection(1, line.dynamic(0), line.static(25))), data("x")),
  ];

  test("with pushes", () => {
    const run = fc.property(
      fc.array(fc.nat(kinds.length - 1), { minLength: MOST, maxLength: MOST }),
      fc.array(ops, { maxLength: 60 }),
      (chosen, list) => {
        const connection = new H3Connection({ role: "client", maxPushId: 3 });
        const watch = new Watch();
        const at = new Map<number, number>();
        const next = (streamId: number, all: Uint8Array, length: number, fin: boolean) => {
          const from = at.get(streamId) ?? 0;
          if (from < 0) return;
          const to = Math.min(all.length, from + length);
          at.set(streamId, fin ? -1 : to);
          watch.note(connection.receiveStream(streamId, all.subarray(from, to), fin));
        };
        watch.note(connection.receiveStream(3, uni("control", settings()), false));
        for (let n = 0; n < MOST; n++)
          connection.sendRequest({ method: n % 2 ? "POST" : "GET", authority: "a", headers: [] });
        let inserted = false;
        const command = (act: () => unknown) => {
          try {
            act();
          } catch (error) {
            expect((error as Error).name).toBe("UsageError");
          }
        };
        for (const one of list) {
          if (one.op === "bytes")
            next(one.id, kinds[chosen[one.id / 4] as number] as Uint8Array, one.length, one.fin);
          else if (one.op === "push")
            next(
              15 + one.id,
              push((one.id / 4) % 3, headers(OK), data("pushed")),
              one.length,
              one.fin,
            );
          else if (one.op === "reset" || one.op === "resetPush") {
            const streamId = one.op === "reset" ? one.id : 15 + one.id;
            at.set(streamId, -1);
            watch.note(connection.receiveReset(streamId, 1));
          } else if (one.op === "stop") watch.note(connection.receiveStopSending(one.id, 1));
          else if (one.op === "cancel") command(() => connection.cancelPush(one.id / 4));
          else if (one.op === "content")
            command(() => connection.sendData(one.id, new Uint8Array(3000)));
          else if (one.op === "end") command(() => connection.sendEnd(one.id));
          else if (one.op === "giveUp") command(() => connection.reset(one.id));
          else if (one.op === "take") connection.takeStreams(2000);
          else if (one.op === "poll") watch.note(connection.poll());
          else if (!inserted) {
            inserted = true;
            watch.note(
              connection.receiveStream(
                7,
                uni(
                  "encoder",
                  Uint8Array.of(0x3f, 0xe1, 0x1f),
                  Uint8Array.from(insert.literal("x", "y")),
                ),
                false,
              ),
            );
          }
        }
        for (let n = 0; n < MOST; n++) {
          for (const one of [4 * n, 15 + 4 * n]) {
            watch.note(connection.receiveReset(one, 1));
            command(() => connection.reset(one));
          }
        }
        for (let n = 0; n < 4; n++) command(() => connection.cancelPush(n));
        for (let i = 0; i < 3; i++) {
          connection.takeStreams();
          watch.note(connection.poll());
        }
        expectNothing(connection);
        const { used } = connection.limitsReport().find(({ name }) => name === "pushCount") ?? {};
        expect(used).toBe(0);
      },
    );
    fc.assert(run, { numRuns: 3000 });
  });
});
