// Frames that break the rules of their type, or use what they leave open: lengths, stream identifiers, reserved bits,
// flags (RFC 9113 sections 4 and 6). Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  connected,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { END_HEADERS, END_STREAM, TYPE } from "../helpers/h2-names.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  concat,
  continuation,
  data,
  frame,
  GET,
  headers,
  OK,
  POST,
  ping,
  priority,
  rst,
  uint,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";

const ROLES = ["server", "client"] as const;
type Role = (typeof ROLES)[number];

/** The first step that makes stream 1 open for the peer's HEADERS and DATA. */
const opened = (role: Role): Step =>
  role === "server"
    ? headers(1, POST)
    : (c) => void c.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
/** The head that the peer sends on stream 1. */
const head = (role: Role) => (role === "server" ? GET : OK);
const R = 2 ** 31;
/** Stream 1 can take DATA from the peer. */
const readable = (role: Role): Step[] =>
  role === "server" ? [opened(role)] : [opened(role), headers(1, OK)];

describe.each(ROLES)("a %s, any frame", (role) => {
  const rows: Row[] = [
    [
      "H2-011 the header is 9 octets and is not part of the length",
      ping("abcdefgh"),
      fineWith('ping "abcdefgh"', '> PING ACK "abcdefgh"'),
    ],
    [
      "H2-014 the reserved bit of a PING's stream identifier",
      frame(TYPE.PING, 0, R, "abcdefgh"),
      fineWith('> PING ACK "abcdefgh"'),
    ],
    [
      "H2-014 and of a WINDOW_UPDATE's",
      [opened(role), frame(TYPE.WINDOW_UPDATE, 0, R + 1, uint(1, 4))],
      fine,
    ],
    [
      "H2-013 undefined flags of a PING",
      frame(TYPE.PING, 0xfe, 0, "abcdefgh"),
      fineWith('> PING ACK "abcdefgh"'),
    ],
    [
      "H2-013 undefined flags of WINDOW_UPDATE",
      frame(TYPE.WINDOW_UPDATE, 0xff, 0, uint(1, 4)),
      fine,
    ],
    [
      "H2-013 undefined flags of RST_STREAM",
      [opened(role), frame(TYPE.RST_STREAM, 0xff, 1, uint(8, 4))],
      fineWith("reset 1 code 8"),
    ],
    [
      "H2-013 undefined flags of GOAWAY",
      frame(TYPE.GOAWAY, 0xff, 0, uint(0, 4).length === 4 ? concat(uint(0, 4), uint(0, 4)) : ""),
      (t) => expect(t.errors).toEqual([]),
    ],
    [
      "H2-013 END_STREAM means nothing on PRIORITY",
      [opened(role), frame(TYPE.PRIORITY, END_STREAM, 1, concat(uint(0, 4), uint(1, 1)))],
      fine,
    ],
    ["H2-012 H2-044 an unknown type on stream 0", unknownFrame(0), fine],
    ["H2-012 H2-044 on an idle stream, which stays idle", unknownFrame(7), fine],
    [
      "H2-012 H2-054 longer than all windows together",
      [opened(role), ...Array.from({ length: 6 }, () => unknownFrame(1, "x".repeat(16_384)))],
      fine,
    ],
    [
      "H2-024 an unknown type inside a field block",
      [
        opened(role),
        concat(headers(role === "server" ? 3 : 1, head(role), { open: true }), unknownFrame(0)),
      ],
      fails("H2_CONTINUATION_EXPECTED"),
    ],
    [
      "H2-024 on the stream of the block",
      [
        opened(role),
        concat(headers(role === "server" ? 3 : 1, head(role), { open: true }), unknownFrame(1)),
      ],
      fails("H2_CONTINUATION_EXPECTED"),
    ],
  ];
  test.each(rows)("%s", (...row) => playRow(role, row));
});

describe.each(ROLES)("a %s, frames too long", (role) => {
  const long = (type: number, flags: number, id: number) =>
    frame(type, flags, id, new Uint8Array(16_385));
  /** Only the header and a few octets: the length is wrong whatever follows. */
  const begun = (type: number, flags: number, id: number, length = 16_385) =>
    frame(type, flags, id, "x", length);
  const blockId = role === "server" ? 3 : 1;
  const rows: Row[] = [
    [
      "H2-015 DATA of 2^14 octets",
      [...readable(role), data(1, new Uint8Array(16_384))],
      (t) => {
        expect(t.errors).toEqual([]);
        expect(
          t.events
            .flatMap((e) => (e.type === "data" ? [e.bytes.length] : []))
            .reduce((a, b) => a + b),
        ).toBe(16_384);
      },
      { cuts: "few" },
    ],
    [
      "H2-017 DATA of 2^14 + 1 octets on its stream",
      [...readable(role), long(TYPE.DATA, 0, 1)],
      resets(1, "H2_FRAME_TOO_LARGE"),
      { cuts: "few" },
    ],
    [
      "H2-016 HEADERS",
      [opened(role), begun(TYPE.HEADERS, END_HEADERS, blockId)],
      fails("H2_FRAME_TOO_LARGE"),
    ],
    [
      "H2-016 CONTINUATION",
      [
        opened(role),
        concat(headers(blockId, head(role), { open: true }), begun(TYPE.CONTINUATION, 0, blockId)),
      ],
      fails("H2_FRAME_TOO_LARGE"),
    ],
    ["H2-016 SETTINGS", begun(TYPE.SETTINGS, 0, 0, 16_386), fails("H2_FRAME_TOO_LARGE")],
    ["H2-016 GOAWAY", begun(TYPE.GOAWAY, 0, 0), fails("H2_FRAME_TOO_LARGE")],
    ["H2-016 an unknown type on stream 0", begun(0x77, 0, 0), fails("H2_FRAME_TOO_LARGE")],
    [
      "H2-016 H2-127 PING, where its own length is wrong as well",
      begun(TYPE.PING, 0, 0),
      fails(["H2_FRAME_TOO_LARGE", "H2_FRAME_LENGTH_INVALID"]),
    ],
    [
      "H2-016 the longest length that a header can say",
      begun(TYPE.HEADERS, END_HEADERS, blockId, 2 ** 24 - 1),
      fails("H2_FRAME_TOO_LARGE"),
    ],
  ];
  test.each(rows)("%s", (...row) => playRow(role, row));

  test("H2-016 PUSH_PROMISE, from a server", () => {
    if (role === "client")
      playRow(role, [
        "",
        [opened(role), begun(TYPE.PUSH_PROMISE, END_HEADERS, 1)],
        fails(["H2_FRAME_TOO_LARGE", "H2_PUSH_FORBIDDEN"], { wire: undefined }),
      ]);
    else
      playRow(role, [
        "",
        begun(TYPE.PUSH_PROMISE, END_HEADERS, 1),
        fails(["H2_FRAME_TOO_LARGE", "H2_PUSH_FORBIDDEN"]),
      ]);
  });

  test("H2-017 H2-058 the octets of a DATA frame that is too long count to the connection's window", () => {
    const t = talk(
      role,
      [
        ...readable(role),
        long(TYPE.DATA, 0, 1),
        ...Array.from({ length: 5 }, () => unknownFrame(0)),
      ],
      { cuts: "few", windows: true },
    );
    // 65,535 less these 16,385 and any more: the window is opened again, or stands at least.
    expect(t.errors).toHaveLength(1);
    expect(t.connection.state).toBe("open");
  });

  test("H2-017 an unknown type on a stream is at most that stream's error", () => {
    const t = talk(role, [...readable(role), long(0x77, 0, 1)], { cuts: "few" });
    expect(t.errors.every((error) => error.wireCode === 6)).toBe(true);
    expect(t.errors).toHaveLength(1);
  });

  test("H2-019 the error is found behind the 9 octets of the header", () => {
    for (const [type, length] of [
      [TYPE.HEADERS, 2 ** 24 - 1],
      [TYPE.PING, 9],
      [TYPE.SETTINGS, 7],
      [TYPE.WINDOW_UPDATE, 5],
      [TYPE.GOAWAY, 7],
      [TYPE.RST_STREAM, 3],
    ] as const) {
      const { connection } = connected(role);
      if (role === "client")
        connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
      const id = type === TYPE.HEADERS || type === TYPE.RST_STREAM ? 1 : 0;
      const bytes = frame(type, END_HEADERS & (type === TYPE.HEADERS ? 0xff : 0), id, "", length);
      expect(bytes.length).toBe(9);
      expect(connection.receive(bytes.subarray(0, 8))).toEqual([]);
      const [event] = connection.receive(bytes.subarray(8));
      expect(event?.type === "error" && event.error.wireCode, `type ${type}`).toBe(6);
    }
  });
});

describe("PRIORITY on a stream that was never opened", () => {
  test.each<Row>([
    [
      "H2-085 H2-086 of a wrong length: there is no stream to reset",
      frame(TYPE.PRIORITY, 0, 1, "1234"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-087 H2-086 that depends on itself: no RST_STREAM goes out",
      priority(1, { dependency: 1 }),
      (t) => expect(t.sent.filter((line) => line.startsWith("RST_STREAM"))).toEqual([]),
    ],
  ])("%s", (...row) => {
    playRow("server", row);
    playRow("client", row);
  });
});

describe("PRIORITY of four octets on a stream that is over", () => {
  const short = frame(TYPE.PRIORITY, 0, 1, "1234");
  const answer: Step = (c) => void c.sendResponse(1, { status: 200, headers: [], content: "" });
  // However late it comes: the peer may not have seen the end yet.
  test.each<[string, Role, Step[]]>([
    ["answered", "server", [headers(1, GET, { end: true }), answer]],
    [
      "answered to us",
      "client",
      [opened("client"), (c) => c.sendEnd(1), headers(1, OK, { end: true })],
    ],
  ])("H2-085 %s", (_name, role, steps) => {
    const t = talk(role, [...steps, short]);
    expect(t.sent.at(-1)).toMatch(/^(RST_STREAM 1|GOAWAY \d+) FRAME_SIZE_ERROR/);
  });
});

describe.each(ROLES)("a %s, lengths and identifiers of each type", (role) => {
  const rows: Row[] = [
    ["H2-070 DATA on stream 0", data(0, "x"), fails("H2_STREAM_ID_ZERO")],
    ["H2-077 HEADERS on stream 0", headers(0, head(role)), fails("H2_STREAM_ID_ZERO")],
    ["H2-084 PRIORITY on stream 0", priority(0, { dependency: 0 }), fails("H2_STREAM_ID_ZERO")],
    ["H2-089 RST_STREAM on stream 0", rst(0), fails("H2_STREAM_ID_ZERO")],
    [
      "H2-144 CONTINUATION on stream 0",
      continuation(0, head(role)),
      fails(["H2_STREAM_ID_ZERO", "H2_CONTINUATION_UNEXPECTED"]),
    ],
    [
      "H2-144 CONTINUATION on stream 0 inside a block",
      [
        opened(role),
        concat(
          headers(role === "server" ? 3 : 1, head(role), { open: true }),
          continuation(0, ["x", "y"]),
        ),
      ],
      fails(["H2_STREAM_ID_ZERO", "H2_CONTINUATION_EXPECTED"]),
    ],
    ["H2-126 PING on a stream", frame(TYPE.PING, 0, 1, "12345678"), fails("H2_STREAM_ID_NOT_ZERO")],
    [
      "H2-130 GOAWAY on a stream",
      frame(TYPE.GOAWAY, 0, 1, "\0\0\0\0\0\0\0\0"),
      fails("H2_STREAM_ID_NOT_ZERO"),
    ],
    [
      "H2-085 PRIORITY of 4 octets",
      [opened(role), frame(TYPE.PRIORITY, 0, 1, "1234")],
      resets(1, "H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-085 PRIORITY of 6 octets",
      [opened(role), frame(TYPE.PRIORITY, 0, 1, "123456")],
      resets(1, "H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-091 RST_STREAM of 3 octets",
      [opened(role), frame(TYPE.RST_STREAM, 0, 1, "123")],
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-091 RST_STREAM of 5 octets",
      [opened(role), frame(TYPE.RST_STREAM, 0, 1, "12345")],
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-127 PING of 7 octets",
      frame(TYPE.PING, 0, 0, "1234567"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-127 PING of 9 octets",
      frame(TYPE.PING, 0, 0, "123456789"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    ["H2-127 PING without a payload", frame(TYPE.PING, 0, 0), fails("H2_FRAME_LENGTH_INVALID")],
    [
      "H2-131 GOAWAY of 7 octets",
      frame(TYPE.GOAWAY, 0, 0, "1234567"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-138 WINDOW_UPDATE of 3 octets",
      frame(TYPE.WINDOW_UPDATE, 0, 0, "123"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-138 WINDOW_UPDATE of 5 octets on a stream",
      [opened(role), frame(TYPE.WINDOW_UPDATE, 0, 1, "12345")],
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-018 WINDOW_UPDATE without a payload",
      frame(TYPE.WINDOW_UPDATE, 0, 0),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-139 an increment of 0 on a stream",
      [opened(role), windowUpdate(1, 0)],
      resets(1, "H2_WINDOW_INCREMENT_ZERO"),
    ],
    [
      "H2-140 an increment of 0 on the connection",
      windowUpdate(0, 0),
      fails("H2_WINDOW_INCREMENT_ZERO"),
    ],
    ["H2-141 the reserved bit of an increment is ignored", windowUpdate(0, R + 5), fine],
    [
      "H2-141 an increment of 0 beside its reserved bit",
      windowUpdate(0, R),
      fails("H2_WINDOW_INCREMENT_ZERO"),
    ],
    [
      "H2-128 PING is answered with its payload",
      ping("\0\xff123456"),
      fineWith('> PING ACK "\\x00\\xff123456"'),
    ],
    ["H2-129 PING ACK is not answered", ping("12345678", true), (t) => expect(t.sent).toEqual([])],
  ];
  test.each(rows)("%s", (...row) => playRow(role, row));

  test("H2-128 PING is answered ahead of DATA that waits", () => {
    const { connection } = connected("server");
    connection.receive(headers(1, GET, { end: true }));
    connection.sendResponse(1, { status: 200, headers: [], content: "x" });
    connection.receive(ping());
    const lines = new OutputReader().lines(taken(connection));
    expect(lines.findIndex((line) => line.startsWith("PING ACK"))).toBeLessThan(
      lines.findIndex((line) => line.startsWith("DATA")),
    );
  });
});
