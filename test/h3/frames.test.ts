// Frames of HTTP/3 (RFC 9114 section 7): one table of frame, stream and role; lengths, ends, and what nobody knows. Titles carry the
// rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  CLIENT,
  connected,
  fin,
  on,
  peerOf,
  type Role,
  resetBy,
  SERVER,
  type Step,
  talk,
} from "../helpers/h3-dialogue.js";
import {
  expectAlive,
  expectConnectionError,
  expectFine,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
} from "../helpers/h3-expect.js";
import {
  cancelPush,
  concat,
  data,
  frame,
  GET,
  goaway,
  headers,
  MAX_VARINT,
  maxPushId,
  OK,
  origin,
  POST,
  priorityUpdate,
  push,
  pushPriorityUpdate,
  pushPromise,
  request,
  settings,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { grease, HTTP2_TYPES, TYPE } from "../helpers/h3-names.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const allow: Step = (c) => void c.maxPushId(10);

interface Place {
  role: Role;
  /** Steps before the frame, and where it goes. */
  steps: Step[];
  id: number;
  /** Bytes of the stream before it. */
  offset: number;
}

const opening = headers(POST).length;
const PLACES = {
  "the control stream of a client": { role: "server", steps: [], id: CLIENT.control, offset: 3 },
  "the control stream of a server": {
    role: "client",
    steps: [ask, allow],
    id: SERVER.control,
    offset: 3,
  },
  "a request": { role: "server", steps: [on(0, headers(POST))], id: 0, offset: opening },
  "a response": {
    role: "client",
    steps: [ask, allow, on(0, headers(OK))],
    id: 0,
    offset: headers(OK).length,
  },
  "a push": {
    role: "client",
    steps: [ask, allow, on(0, pushPromise(0, GET)), on(15, push(0, headers(OK)))],
    id: 15,
    offset: 2 + headers(OK).length,
  },
} satisfies Record<string, Place>;
type PlaceName = keyof typeof PLACES;

/** Each frame, and its rows where it may not stand. */
const FRAMES: Record<string, readonly [ids: string, bytes: Uint8Array]> = {
  DATA: ["H3-FRM-6", data("x")],
  HEADERS: ["H3-FRM-7", headers(["x-t", "1"])],
  CANCEL_PUSH: ["H3-FRM-8", cancelPush(0)],
  SETTINGS: ["H3-SET-2 H3-SET-3", settings()],
  PUSH_PROMISE: ["H3-FRM-10 H3-FRM-11", pushPromise(1, GET)],
  GOAWAY: ["H3-FRM-14", goaway(4)],
  MAX_PUSH_ID: ["H3-FRM-17", maxPushId(20)],
  ORIGIN: ["H3-FRM-34", origin("https://a")],
  "PRIORITY_UPDATE of a request": ["H3-FRM-28 H3-FRM-29", priorityUpdate(0, "u=1")],
  "PRIORITY_UPDATE of a push": ["H3-FRM-28 H3-FRM-29", pushPriorityUpdate(0, "u=1")],
  "0x2 of HTTP/2": ["H3-FRM-20", frame(HTTP2_TYPES[0], "12345")],
  "0x6 of HTTP/2": ["H3-FRM-20", frame(HTTP2_TYPES[1], "12345678")],
  "0x8 of HTTP/2": ["H3-FRM-20", frame(HTTP2_TYPES[2], "1234")],
  "0x9 of HTTP/2": ["H3-FRM-20", frame(HTTP2_TYPES[3], "")],
  "a reserved frame": ["H3-FRM-19", unknownFrame("abc", grease(5))],
  "an unknown frame": ["H3-FRM-21", unknownFrame("abc", 0x1234)],
};

/**
 * What may stand where, in the order of FRAMES: + is read, - is H3_FRAME_UNEXPECTED, i is passed over, s is a second SETTINGS, p is a
 * push id that nobody promised, g is read, and is the last of the requests.
 */
const TABLE: Record<PlaceName, string> = {
  "the control stream of a client": "- - p s - + + i + p - - - - i i",
  "the control stream of a server": "- - + s - g - + - - - - - - i i",
  "a request": "+ + - - - - - i - - - - - - i i",
  "a response": "+ + - - + - - i - - - - - - i i",
  "a push": "+ + - - - - - i - - - - - - i i",
};

describe("frame by stream and role", () => {
  const rows = (Object.keys(PLACES) as PlaceName[]).flatMap((place) =>
    Object.entries(FRAMES).map(([name, [ids, bytes]], at) => {
      const reaction = TABLE[place].split(" ")[at] ?? "";
      return [`${ids} ${name} on ${place}`, place, bytes, reaction] as const;
    }),
  );

  test("the table has a reaction for each", () => {
    expect(rows).toHaveLength(Object.keys(PLACES).length * Object.keys(FRAMES).length);
    for (const [, , , reaction] of rows) expect(reaction).toMatch(/^[+\-ispg]$/);
  });

  test.each(rows)("%s", (_title, place, bytes, reaction) => {
    const { role, steps, id, offset }: Place = PLACES[place];
    const before = talk(role, steps);
    const t = talk(role, [...steps, on(id, bytes)]);
    if (reaction === "-") expectConnectionError(t, "H3_FRAME_UNEXPECTED", { offset, stream: id });
    else if (reaction === "s") expectConnectionError(t, "H3_SETTINGS_REPEATED", { offset });
    else if (reaction === "p")
      expectConnectionError(t, ["H3_PUSH_ID_INVALID", "H3_PRIORITY_UPDATE_INVALID"]);
    else if (reaction === "g") {
      // A client opens no request behind it, so that it is not asked to.
      expect(t.errors).toEqual([]);
      expect(t.log).toContain("goaway 4");
    } else {
      if (reaction === "i") expect(t.events.length).toBe(before.events.length);
      expectFine(t);
    }
  });
});

describe("H3-FRM-1 frames in pieces", () => {
  test.each<Row>([
    [
      "H3-FRM-1 lengths and types in more octets than they need",
      [
        on(0, headers(POST, { widths: [8, 4] }), data("one", { widths: [2, 8] })),
        fin(0, data("two", { widths: [4, 2] })),
      ],
      fineWith('data 0 "one"', 'data 0 "two"', "end 0"),
    ],
    [
      "H3-FRM-1 empty frames",
      [on(0, headers(POST), data(), data(), unknownFrame("")), fin(0, data())],
      fineWith("end 0"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H3-FRM-1 nothing is allocated by a declared length", () => {
    const { connection } = connected("server");
    const held = () => process.memoryUsage().arrayBuffers;
    const before = held();
    for (let id = 0; id < 400; id += 4)
      connection.receiveStream(id, frame(TYPE.HEADERS, "", { length: 60_000 }), false);
    // picoquic held 64 KiB a stream for six bytes; here a hundred of them hold less than that together.
    expect(held() - before).toBeLessThan(400_000);
    expect(connection.state).toBe("open");
  });

  test("H3-FRM-1 a section that is longer than the limit is refused by its length", () => {
    for (const length of [2 ** 30, MAX_VARINT]) {
      const t = talk("server", on(0, frame(TYPE.HEADERS, "", { length })));
      expect(t.errors.map(({ code, scope }) => [code, scope])).toEqual([
        ["H3_FIELD_BLOCK_TOO_LARGE", "stream"],
      ]);
      expectAlive(t);
    }
  });

  test("H3-FRM-1 DATA of 2^62 - 1 bytes comes as it comes", () => {
    const t = talk("server", on(0, headers(POST), data("some", { length: MAX_VARINT })));
    fineWith('data 0 "some"')(t);
  });
});

describe("H3-FRM-2 a payload that is not exactly its fields", () => {
  const ids = [
    ["GOAWAY", TYPE.GOAWAY],
    ["MAX_PUSH_ID", TYPE.MAX_PUSH_ID],
    ["CANCEL_PUSH", TYPE.CANCEL_PUSH],
  ] as const;
  const rows = ids.flatMap(([name, type]): Row[] => [
    [`H3-FRM-2 ${name} without an id`, on(CLIENT.control, frame(type)), fails("H3_FRAME_INVALID")],
    [
      `H3-FRM-2 ${name} with half an id`,
      on(CLIENT.control, frame(type, varint(4, 8).subarray(0, 7))),
      fails("H3_FRAME_INVALID"),
    ],
    [
      `H3-FRM-2 ${name} with one octet more`,
      on(CLIENT.control, frame(type, concat(varint(0), Uint8Array.of(0)))),
      fails("H3_FRAME_INVALID"),
    ],
    [
      `H3-FRM-2 ${name} whose length ends inside its id`,
      on(CLIENT.control, frame(type, varint(0, 4), { length: 3 })),
      fails("H3_FRAME_INVALID"),
    ],
  ]);
  test.each<Row>([
    ...rows,
    [
      "H3-FRM-2 PRIORITY_UPDATE without an id",
      on(CLIENT.control, frame(TYPE.PRIORITY_UPDATE)),
      fails("H3_FRAME_INVALID"),
    ],
    [
      "H3-FRM-2 PRIORITY_UPDATE with half an id",
      on(CLIENT.control, frame(TYPE.PRIORITY_UPDATE, Uint8Array.of(0x40))),
      fails("H3_FRAME_INVALID"),
    ],
    [
      "H3-FRM-2 GOAWAY with an id of eight octets",
      on(CLIENT.control, frame(TYPE.GOAWAY, varint(0, 8))),
      fineWith("goaway 0"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-FRM-2 PUSH_PROMISE without an id",
      [ask, allow, on(0, frame(TYPE.PUSH_PROMISE))],
      fails("H3_FRAME_INVALID"),
    ],
    [
      "H3-FRM-2 PUSH_PROMISE with half an id",
      [ask, allow, on(0, frame(TYPE.PUSH_PROMISE, Uint8Array.of(0x80, 0)))],
      fails("H3_FRAME_INVALID"),
    ],
  ])("%s", (...row) => playRow("client", row));
});

describe("H3-FRM-3 a stream that ends inside a frame", () => {
  const frames = [
    headers(POST),
    data("abc"),
    unknownFrame("xyz"),
    headers(["x-t", "1"]),
    unknownFrame(""),
  ];
  const whole = concat(...frames);
  const boundaries = new Set<number>();
  frames.reduce((at, one) => {
    boundaries.add(at + one.length);
    return at + one.length;
  }, 0);

  test("H3-FRM-3 at every octet that is no boundary", () => {
    for (let length = 1; length <= whole.length; length++) {
      const { connection } = connected("server");
      const events = connection.receiveStream(0, whole.subarray(0, length), true);
      const last = events.at(-1);
      if (boundaries.has(length)) expect(last?.type, `${length}`).toBe("end");
      else {
        expect(
          last?.type === "error" && [last.error.code, last.error.scope, last.error.wireCode],
        ).toEqual(["H3_FRAME_TRUNCATED", "connection", 0x106]);
      }
    }
  });

  test.each<Row>([
    [
      "H3-FRM-3 FIN behind a type",
      fin(0, Uint8Array.of(1)),
      fails("H3_FRAME_TRUNCATED", { stream: 0 }),
    ],
    [
      "H3-FRM-3 FIN inside DATA",
      [on(0, headers(POST), data("abc", { length: 10 })), fin(0)],
      fails("H3_FRAME_TRUNCATED", { stream: 0 }),
    ],
    [
      "H3-FRM-3 FIN inside an unknown frame",
      fin(0, headers(POST), frame(0x21, "abc", { length: 10 })),
      fails("H3_FRAME_TRUNCATED"),
    ],
    [
      "H3-FRM-3 a reset inside a frame is none",
      [on(0, headers(POST).subarray(0, 9)), resetBy(0)],
      (t) => {
        expect(t.errors).toEqual([]);
        expectAlive(t);
      },
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-FRM-3 in a response",
      [ask, fin(0, headers(OK), data("abc", { length: 4 }))],
      fails("H3_FRAME_TRUNCATED"),
    ],
    [
      "H3-FRM-3 in a push",
      [ask, allow, on(0, pushPromise(0, GET)), fin(15, push(0, headers(OK).subarray(0, 3)))],
      fails("H3_FRAME_TRUNCATED"),
    ],
  ])("%s", (...row) => playRow("client", row));
});

describe("H3-FRM-26 H3-FRM-27 error codes that nobody knows", () => {
  const codes = [0x0, 0x42, Number(grease(3)), 2 ** 40, 2 ** 53 - 1];
  test.each(codes)("H3-FRM-26 H3-FRM-27 RESET_STREAM with %i", (code) => {
    const t = talk("server", [on(0, headers(POST)), resetBy(0, code)]);
    expect(t.events.filter(({ type }) => type === "reset")).toEqual([
      { type: "reset", streamId: 0, code },
    ]);
    expect(t.errors).toEqual([]);
    expectAlive(t);
  });

  test("H3-FRM-26 a QUIC connection that ends with one", () => {
    const { connection } = connected("server");
    const events = connection.receiveClose(Number(grease(7)));
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
    expect(connection.state).toBe("closed");
  });
});

describe("H3-FRM-16 GOAWAY and its identifiers are in goaway.test.ts; H3-FRM-34 ORIGIN", () => {
  const from = (...frames: Uint8Array[]): Step => on(SERVER.control, ...frames);
  test.each<Row>([
    [
      "H3-FRM-34 origins",
      from(origin("https://a", "https://b:8443")),
      fineWith('origin "https://a" "https://b:8443"'),
    ],
    ["H3-FRM-34 no origin", from(origin()), fine],
    [
      "H3-FRM-34 an entry that is longer than the frame",
      from(frame(TYPE.ORIGIN, Uint8Array.of(0, 9, 0x61))),
      fails("H3_FRAME_INVALID"),
    ],
    [
      "H3-FRM-34 half a length",
      from(frame(TYPE.ORIGIN, Uint8Array.of(0))),
      fails("H3_FRAME_INVALID"),
    ],
    [
      "H3-FRM-34 one octet behind the last entry",
      from(frame(TYPE.ORIGIN, Uint8Array.of(0, 1, 0x61, 0))),
      fails("H3_FRAME_INVALID"),
    ],
    [
      "H3-FRM-35 entries that are no origins are left out",
      from(origin("not an origin", "https://good", "https://a/path", "\xff\xfe")),
      fineWith('origin "https://good"'),
    ],
  ])("%s", (...row) => playRow("client", row));

  test.each(["server", "client"] as const)(
    "H3-FRM-34 elsewhere it is passed over at a %s",
    (role) => {
      const steps =
        role === "client"
          ? [ask, on(0, headers(OK), origin("https://a"))]
          : [on(0, headers(POST), origin("https://a"))];
      const t = talk(role, steps);
      expect(t.events.filter(({ type }) => type === "origin")).toEqual([]);
      expectFine(t);
      if (role === "server") expectFine(talk(role, on(peerOf(role).control, origin("https://a"))));
    },
  );
});

test("H3-FRM-36 WT_STREAM behind another frame of a request", () => {
  const options = { webtransport: true, datagrams: true };
  const t = talk("server", on(0, headers(request("POST")), frame(0x41, "x")), options);
  fails("WT_STREAM_MISPLACED", { offset: opening, stream: 0 })(t);
});
