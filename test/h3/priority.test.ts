// Priorities (RFC 9218): PRIORITY_UPDATE as a server receives it, and the order of what takeStreams() gives. Titles carry the rows of
// the rule list.

import { describe, expect, test } from "vitest";
import { CLIENT, connected, fin, on, type Step, talk } from "../helpers/h3-dialogue.js";
import { fails, fine, fineWith, playRow, type Row } from "../helpers/h3-expect.js";
import {
  frame,
  headers,
  MAX_VARINT,
  maxPushId,
  OK,
  priorityUpdate,
  pushPriorityUpdate,
  request,
  settings,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { TYPE } from "../helpers/h3-names.js";

const client = (...frames: Uint8Array[]): Step => on(CLIENT.control, ...frames);
const asked = (id: number, priority?: string): Step =>
  fin(id, headers(request("GET", `/${id}`, priority === undefined ? [] : ["priority", priority])));

describe("PRIORITY_UPDATE at a server", () => {
  test.each<Row>([
    [
      "H3-FRM-28 of an open request",
      [asked(0), client(priorityUpdate(0, "u=1, i"))],
      fineWith("priority 0 u=1, i"),
    ],
    [
      "H3-FRM-28 before the request",
      [client(priorityUpdate(0, "u=5")), asked(0)],
      (t) => {
        expect(t.errors).toEqual([]);
        expect(t.log).toContain("end 0");
      },
    ],
    [
      "H3-FRM-28 with an empty value: the defaults",
      [asked(0), client(priorityUpdate(0, ""))],
      fineWith("priority 0 u=3"),
    ],
    [
      "H3-FRM-28 twice",
      [asked(0), client(priorityUpdate(0, "u=1"), priorityUpdate(0, "u=7, i"))],
      fineWith("priority 0 u=1", "priority 0 u=7, i"),
    ],
    ...[1, 2, 3, 5, 7, 4001].map(
      (id): Row => [
        `H3-FRM-30 of ${id}, which is no request`,
        client(priorityUpdate(id, "u=1")),
        fails("H3_PRIORITY_UPDATE_INVALID", { stream: CLIENT.control }),
      ],
    ),
    [
      "H3-FRM-30 of 2^62 - 1",
      client(priorityUpdate(MAX_VARINT, "u=1")),
      fails("H3_PRIORITY_UPDATE_INVALID"),
    ],
    [
      "H3-FRM-32 of a push that was never promised",
      client(maxPushId(9), pushPriorityUpdate(3, "u=1")),
      fails(["H3_PRIORITY_UPDATE_INVALID", "H3_PUSH_ID_INVALID"]),
    ],
    [
      "H3-FRM-32 of a push above the maximum",
      client(maxPushId(9), pushPriorityUpdate(10, "u=1")),
      fails(["H3_PRIORITY_UPDATE_INVALID", "H3_PUSH_ID_INVALID"]),
    ],
    [
      "H3-FRM-32 of a push where none is allowed",
      client(pushPriorityUpdate(0, "u=1")),
      fails(["H3_PRIORITY_UPDATE_INVALID", "H3_PUSH_ID_INVALID"]),
    ],
    [
      "H3-FRM-28 on a request",
      [on(0, headers(request("POST"))), on(0, priorityUpdate(0, "u=1"))],
      fails("H3_FRAME_UNEXPECTED", { stream: 0 }),
    ],
    [
      "H3-FRM-28 in front of a request",
      on(0, priorityUpdate(0, "u=1")),
      fails("H3_FRAME_UNEXPECTED", { offset: 0 }),
    ],
    [
      "H3-FRM-33 members that nobody knows",
      [asked(0), client(priorityUpdate(0, "foo=1, u=2, bar;x=y, i"))],
      fineWith("priority 0 u=2, i"),
    ],
    [
      "H3-FRM-33 values of other types",
      [asked(0), client(priorityUpdate(0, 'u="a", i=5'))],
      fineWith("priority 0 u=3"),
    ],
    [
      "H3-FRM-33 an urgency that does not exist",
      [asked(0), client(priorityUpdate(0, "u=8"))],
      fineWith("priority 0 u=3"),
    ],
    [
      "H3-FRM-33 a negative urgency",
      [asked(0), client(priorityUpdate(0, "u=-1, i"))],
      fineWith("priority 0 u=3, i"),
    ],
    [
      "H3-FRM-33 i=?0",
      [asked(0), client(priorityUpdate(0, "i=?0, u=6"))],
      fineWith("priority 0 u=6"),
    ],
    [
      "H3-FRM-33 what is no dictionary",
      [asked(0), client(priorityUpdate(0, "u=1, ,;=\xff"))],
      (t) => {
        // RFC 9218 section 7.2 allows H3_GENERAL_PROTOCOL_ERROR, and to ignore it.
        if (t.errors.length > 0) expect(t.errors.map(({ wireCode }) => wireCode)).toEqual([0x101]);
        else fine(t);
      },
    ],
    [
      "one of any length is passed over when it is too long",
      client(
        frame(
          TYPE.PRIORITY_UPDATE,
          new Uint8Array([...varint(0), ...new Uint8Array(40_000).fill(32)]),
        ),
      ),
      fine,
      { cuts: "few" },
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-FRM-29 at a client",
      on(3, priorityUpdate(0, "u=1")),
      fails("H3_FRAME_UNEXPECTED", { offset: 3 }),
    ],
    [
      "H3-FRM-29 of a push at a client",
      on(3, pushPriorityUpdate(0, "u=1")),
      fails("H3_FRAME_UNEXPECTED", { offset: 3 }),
    ],
    [
      "H3-FRM-28 on a response",
      [
        (c) => void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
        on(0, headers(OK), priorityUpdate(0, "u=1")),
      ],
      fails("H3_FRAME_UNEXPECTED", { stream: 0 }),
    ],
  ])("%s", (...row) => playRow("client", row));

  test("H3-FRM-31 of requests without end: as many are kept as requests may be open", () => {
    const { connection } = connected("server", { limits: { concurrentStreams: 8 } });
    const codes: string[] = [];
    for (let id = 0; id < 4 * 1000 && connection.state === "open"; id += 4)
      for (const event of connection.receiveStream(
        CLIENT.control,
        priorityUpdate(id, "u=1"),
        false,
      ))
        if (event.type === "error") codes.push(event.error.code);
    expect(codes).toEqual(["H3_PRIORITY_UPDATE_INVALID"]);
    expect(connection.closeCode).toBe(0x108);
  });
});

/** A server with these requests, all answered with content; the order in which takeStreams() gives it. */
function orderOf(
  requests: readonly (readonly [id: number, priority?: string])[],
  updates: readonly Uint8Array[] = [],
  maxBytes = 100,
): number[] {
  const { connection } = connected("server");
  for (const [id, priority] of requests) {
    const step = asked(id, priority) as { id: number; bytes: Uint8Array };
    connection.receiveStream(step.id, step.bytes, true);
  }
  for (const update of updates) connection.receiveStream(CLIENT.control, update, false);
  for (const [id] of requests)
    connection.sendResponse(id, { status: 200, headers: [], content: new Uint8Array(500) });
  const order: number[] = [];
  for (let round = 0; round < 1000; round++) {
    const entries = connection.takeStreams(maxBytes);
    if (entries.length === 0) break;
    for (const { streamId, bytes } of entries) if (bytes.length > 0) order.push(streamId);
  }
  return order;
}
const distinct = (order: readonly number[]) => order.filter((id, at) => id !== order[at - 1]);

describe("the order of takeStreams()", () => {
  test("by urgency", () => {
    expect(distinct(orderOf([[0, "u=5"], [4, "u=1"], [8], [12, "u=0"]]))).toEqual([12, 4, 8, 0]);
  });

  test("one after the other, where none is incremental", () => {
    expect(distinct(orderOf([[0], [4], [8]]))).toEqual([0, 4, 8]);
  });

  test("in turn, where they are incremental", () => {
    const order = orderOf([
      [0, "i"],
      [4, "i"],
      [8, "i"],
    ]);
    expect(distinct(order).length).toBeGreaterThan(6);
    expect(new Set(order.slice(0, 3)).size).toBeGreaterThan(1);
  });

  test("PRIORITY_UPDATE wins over the field", () => {
    const requests = [
      [0, "u=1"],
      [4, "u=2"],
    ] as const;
    expect(distinct(orderOf(requests))).toEqual([0, 4]);
    expect(distinct(orderOf(requests, [priorityUpdate(0, "u=6")]))).toEqual([4, 0]);
  });

  test("PRIORITY_UPDATE that came before its request", () => {
    const { connection } = connected("server");
    connection.receiveStream(CLIENT.control, priorityUpdate(4, "u=0"), false);
    for (const id of [0, 4]) connection.receiveStream(id, headers(request()), true);
    for (const id of [0, 4])
      connection.sendResponse(id, { status: 200, headers: [], content: "x".repeat(300) });
    expect(connection.takeStreams(50)[0]?.streamId).toBe(4);
  });

  test("nothing is taken beyond maxBytes, and nothing where a stream has no room", () => {
    const { connection } = connected("server");
    for (const id of [0, 4]) connection.receiveStream(id, headers(request()), true);
    for (const id of [0, 4])
      connection.sendResponse(id, { status: 200, headers: [], content: "x".repeat(300) });
    const first = connection.takeStreams(64);
    expect(first.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(64);
    const second = connection.takeStreams(10_000, (id) => (id === 0 ? 0 : 10_000));
    expect(second.every(({ streamId }) => streamId === 4)).toBe(true);
    const third = connection.takeStreams();
    expect(third.at(-1)).toMatchObject({ streamId: 0, fin: true });
  });
});

test("a client says a priority by PRIORITY_UPDATE", () => {
  const t = talk("client", [
    (c) => void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
    (c) => void c.setPriority(0, { urgency: 1, incremental: true }),
  ]);
  expect(t.sent.at(-1)).toBe('2 control PRIORITY_UPDATE 0 "u=1, i"');
});

test("unknown frames beside it change nothing", () => {
  fine(
    talk("server", client(unknownFrame(), unknownFrame("x", 0xf0702)), { handshake: settings() }),
  );
});
