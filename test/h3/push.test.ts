// Push as a client receives it (RFC 9114 sections 4.6, 7.2.3, 7.2.5 and 7.2.7). Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  CLIENT,
  connected,
  fin,
  on,
  resetBy,
  SERVER,
  type Step,
  talk,
} from "../helpers/h3-dialogue.js";
import { expectAlive, fails, fine, fineWith, playRow, type Row } from "../helpers/h3-expect.js";
import {
  cancelPush,
  data,
  frame,
  headers,
  MAX_VARINT,
  maxPushId,
  OK,
  push,
  pushPromise,
  request,
  response,
  uni,
  varint,
} from "../helpers/h3-frames.js";
import { insert, line, octets, section } from "../helpers/qpack-wire.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const allow: Step = (c) => void c.maxPushId(3);
const promised = request("GET", "/style.css");
const ready: Step[] = [ask, allow];
const server = (...frames: Uint8Array[]): Step => on(SERVER.control, ...frames);

describe("promises", () => {
  test.each<Row>([
    [
      "H3-FRM-12 an id that was allowed",
      [...ready, on(0, pushPromise(3, promised))],
      (t) => {
        expect(t.events.map(({ type }) => type)).toEqual(["push"]);
        expect(t.log.at(-2)).toMatch(/^push 0 promises \S+ GET \/style.css HTTP\/3$/);
        fine(t);
      },
    ],
    [
      "H3-FRM-12 before any was allowed",
      [ask, on(0, pushPromise(0, promised))],
      fails("H3_PUSH_ID_INVALID", { stream: 0 }),
    ],
    [
      "H3-FRM-12 above the maximum",
      [...ready, on(0, pushPromise(4, promised))],
      fails("H3_PUSH_ID_INVALID", { stream: 0 }),
    ],
    [
      "H3-FRM-12 2^62 - 1",
      [...ready, on(0, pushPromise(MAX_VARINT, promised))],
      fails("H3_PUSH_ID_INVALID"),
    ],
    [
      "H3-FRM-13 the same promise on two requests",
      [...ready, ask, on(0, pushPromise(0, promised)), on(4, pushPromise(0, promised))],
      fine,
    ],
    [
      "H3-FRM-13 the same fields in another encoding",
      [
        ...ready,
        on(0, pushPromise(0, promised)),
        on(
          0,
          pushPromise(
            0,
            section(
              line.static(17),
              line.static(23),
              line.literal(":authority", "a", { huffman: true }),
              line.staticName(1, "/style.css", { huffman: true }),
            ),
          ),
        ),
      ],
      fine,
    ],
    [
      "H3-FRM-13 another path",
      [...ready, on(0, pushPromise(0, promised)), on(0, pushPromise(0, request("GET", "/other")))],
      fails("H3_PUSH_DIFFERS", { wire: 0x101 }),
    ],
    [
      "H3-FRM-13 one field more",
      [...ready, on(0, pushPromise(0, promised)), on(0, pushPromise(0, [...promised, "x", "y"]))],
      fails("H3_PUSH_DIFFERS"),
    ],
    [
      "a method that is not safe",
      [...ready, on(0, pushPromise(0, request("POST")))],
      (t) =>
        expect(t.errors.map(({ code, wireCode }) => [code, wireCode])).toEqual([
          ["H3_PUSH_INVALID", 0x10e],
        ]),
    ],
    [
      "a promise behind the response's head",
      [...ready, on(0, headers(OK), pushPromise(0, promised)), fin(0, data("x"))],
      fineWith("end 0"),
    ],
  ])("%s", (...row) => playRow("client", row));

  test.each<Row>([
    [
      "H3-FRM-10 at a server",
      [on(0, headers(request("POST"))), on(0, pushPromise(0, promised))],
      fails("H3_FRAME_UNEXPECTED", { stream: 0 }),
    ],
    [
      "H3-FRM-10 on the control stream of a client",
      on(CLIENT.control, pushPromise(0, promised)),
      fails("H3_FRAME_UNEXPECTED"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-FRM-11 on the control stream of a server",
      [...ready, server(pushPromise(0, promised))],
      fails("H3_FRAME_UNEXPECTED"),
    ],
    [
      "H3-FRM-11 on a push stream",
      [...ready, on(0, pushPromise(0, promised)), on(15, push(0, pushPromise(1, promised)))],
      fails("H3_FRAME_UNEXPECTED"),
    ],
  ])("%s", (...row) => playRow("client", row));
});

describe("pushed responses", () => {
  test.each<Row>([
    [
      "a promise, then its response",
      [...ready, on(0, pushPromise(0, promised)), fin(15, push(0, headers(OK), data("css")))],
      fineWith("head 15 HTTP/3 200 no reason", 'data 15 "css"', "end 15"),
    ],
    [
      "H3-STR-10 the response, then its promise; in any order",
      [...ready, [fin(15, push(0, headers(OK), data("css"))), on(0, pushPromise(0, promised))]],
      fineWith("end 15"),
    ],
    [
      "interim responses and trailers",
      [
        ...ready,
        on(0, pushPromise(0, promised)),
        fin(15, push(0, headers(response(103)), headers(OK), headers(["x-t", "1"]))),
      ],
      fineWith("informational 15 HTTP/3 103 no reason", "trailers 15", "end 15"),
    ],
    [
      "H3-FRM-4 DATA first",
      [...ready, on(0, pushPromise(0, promised)), on(15, push(0, data("x")))],
      fails("H3_FRAME_UNEXPECTED", { stream: 15 }),
    ],
    [
      "a reset of the push stream",
      [...ready, on(0, pushPromise(0, promised)), on(15, push(0, headers(OK))), resetBy(15)],
      (t) => {
        expect(t.log).toContain("reset 15 H3_REQUEST_CANCELLED");
        expectAlive(t);
      },
    ],
  ])("%s", (...row) => playRow("client", row));

  test("what we do not want is stopped, and cancelled", () => {
    const t = talk("client", [
      ...ready,
      on(0, pushPromise(0, promised)),
      (c) => void c.cancelPush(0),
    ]);
    expect(t.sent).toContain("2 control CANCEL_PUSH 0");
    expect(t.errors).toEqual([]);
  });
});

test("a push that its server cancelled, or that we did, is stopped when it comes all the same", () => {
  const late = on(15, push(1, headers(OK)));
  const theirs = [...ready, server(cancelPush(1)), on(0, pushPromise(1, promised)), late];
  const ours: Step[] = [
    ...ready,
    on(0, pushPromise(1, promised)),
    (c) => void c.cancelPush(1),
    late,
  ];
  for (const steps of [theirs, ours]) {
    const t = talk("client", steps);
    expect(t.sent).toContain("15 stop H3_REQUEST_CANCELLED");
    expect(t.events.some(({ type }) => type === "head")).toBe(false);
    expect(t.errors).toEqual([]);
    expectAlive(t);
  }
});

describe("CANCEL_PUSH and MAX_PUSH_ID", () => {
  test.each<Row>([
    [
      "H3-FRM-9 an id that was allowed, though not promised",
      [...ready, server(cancelPush(2))],
      fine,
    ],
    [
      "H3-FRM-9 an id that was promised",
      [...ready, on(0, pushPromise(1, promised)), server(cancelPush(1))],
      (t) => {
        expect(t.errors).toEqual([]);
        expectAlive(t);
      },
    ],
    [
      "H3-FRM-9 an id above the maximum",
      [...ready, server(cancelPush(4))],
      fails("H3_PUSH_ID_INVALID", { stream: SERVER.control }),
    ],
    ["H3-FRM-9 before any was allowed", [ask, server(cancelPush(0))], fails("H3_PUSH_ID_INVALID")],
    [
      "H3-FRM-17 MAX_PUSH_ID of a server",
      [...ready, server(maxPushId(9))],
      fails("H3_FRAME_UNEXPECTED", { offset: 3 }),
    ],
  ])("%s", (...row) => playRow("client", row));

  const client = (...frames: Uint8Array[]): Step => on(CLIENT.control, ...frames);
  test.each<Row>([
    [
      "H3-FRM-9 of what we never promised",
      client(maxPushId(9), cancelPush(0)),
      fails("H3_PUSH_ID_INVALID", { stream: CLIENT.control }),
    ],
    [
      "H3-FRM-18 a maximum that falls",
      client(maxPushId(9), maxPushId(8)),
      fails("H3_PUSH_ID_INVALID", { stream: CLIENT.control }),
    ],
    [
      "H3-FRM-18 from 2^62 - 1 to 2^62 - 2",
      client(maxPushId(MAX_VARINT), maxPushId(MAX_VARINT - 1n)),
      fails("H3_PUSH_ID_INVALID"),
    ],
    [
      "H3-FRM-18 the same maximum, and one that rises",
      client(maxPushId(0), maxPushId(0), maxPushId(9), maxPushId(MAX_VARINT)),
      fine,
    ],
    [
      "H3-FRM-17 on a request",
      [on(0, headers(request("POST"))), on(0, maxPushId(1))],
      fails("H3_FRAME_UNEXPECTED"),
    ],
    [
      "H3-FRM-17 before a request",
      on(0, maxPushId(1)),
      fails("H3_FRAME_UNEXPECTED", { offset: 0 }),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H3-FRM-18 maxPushId() may not fall either", () => {
    const { connection } = connected("client");
    connection.maxPushId(3);
    expect(() => connection.maxPushId(2)).toThrow(expect.objectContaining({ name: "UsageError" }));
  });
});

describe("bounds", () => {
  test("promises without end", () => {
    const { connection } = connected("client", { limits: { pushCount: 4 } });
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    connection.maxPushId(1000);
    const codes: string[] = [];
    for (let id = 0; id < 10; id++)
      for (const event of connection.receiveStream(0, pushPromise(id, promised), false))
        if (event.type === "error") codes.push(event.error.code);
    expect(codes).toEqual(["H3_PUSH_FLOOD"]);
    expect(connection.closeCode).toBe(0x107);
  });

  test("QP-FLD-1 a mistake in a promised section ends the connection", () => {
    const payload = new Uint8Array([...varint(0), ...section(line.static(99))]);
    const t = talk("client", [...ready, on(0, frame(5, payload))]);
    fails("QPACK_INDEX_INVALID", { stream: 0 })(t);
  });

  test("QP-PFX-6 a promise whose section waits", () => {
    const waits = new Uint8Array([
      2,
      0,
      ...[17, 23, 1].flatMap(line.static),
      ...line.staticName(0, "a"),
      ...line.dynamic(0),
    ]);
    const t = talk("client", [
      ...ready,
      on(0, pushPromise(0, waits), headers(OK)),
      on(SERVER.encoder, uni("encoder", octets(insert.capacity(4096), insert.literal("x-a", "b")))),
      fin(0),
    ]);
    expect(t.events.map(({ type }) => type)).toEqual(["push", "head", "end"]);
  });
});
