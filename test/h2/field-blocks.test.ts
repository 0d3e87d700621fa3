// Padding, and field blocks in one frame and in many; HPACK that goes on whatever becomes of a stream (RFC 9113
// sections 4.3, 6.1, 6.2, 6.10). Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import { fails, fineWith, playRow, type Row, type Step, talk } from "../helpers/h2-dialogue.js";
import { END_HEADERS, END_STREAM, PADDED, PRIORITY_FLAG, TYPE } from "../helpers/h2-names.js";
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
  literal,
  OK,
  POST,
  ping,
  prefixed,
  priority,
  pushPromise,
  rst,
  settings,
  uint,
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
const head = (role: Role) =>
  role === "server" ? GET : OK; /** Stream 1 can take DATA from the peer. */
const readable = (role: Role): Step[] =>
  role === "server" ? [opened(role)] : [opened(role), headers(1, OK)];

describe.each(ROLES)("a %s, padding", (role) => {
  const id = role === "server" ? 3 : 1;
  const padFrame = (
    type: number,
    flags: number,
    streamId: number,
    pad: number,
    rest: Uint8Array | string,
  ) =>
    frame(
      type,
      flags | PADDED,
      streamId,
      concat(uint(pad, 1), typeof rest === "string" ? new TextEncoder().encode(rest) : rest),
    );
  const fields = block(head(role));
  const rows: Row[] = [
    [
      "H2-072 DATA: Pad Length is all of the payload",
      [...readable(role), padFrame(TYPE.DATA, 0, 1, 5, "1234")],
      fails("H2_PADDING_INVALID"),
    ],
    [
      "H2-072 DATA: Pad Length one less is no content at all",
      [...readable(role), padFrame(TYPE.DATA, END_STREAM, 1, 4, "\0\0\0\0")],
      fineWith("end 1"),
    ],
    [
      "H2-072 DATA: Pad Length of 255 in a payload of 3",
      [...readable(role), padFrame(TYPE.DATA, 0, 1, 255, "ab")],
      fails("H2_PADDING_INVALID"),
    ],
    [
      "H2-073 DATA: PADDED without a payload",
      [...readable(role), frame(TYPE.DATA, PADDED, 1)],
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-074 DATA: octets of padding that are not zero are accepted",
      [...readable(role), padFrame(TYPE.DATA, END_STREAM, 1, 3, "xyabc")],
      fineWith('data 1 "xy"', "end 1"),
    ],
    [
      "H2-057 DATA: the most padding there is",
      [...readable(role), data(1, "x", { pad: 255, end: true })],
      fineWith('data 1 "x"', "end 1"),
    ],
    [
      "H2-057 DATA: padding of length 0 costs one octet",
      [...readable(role), data(1, "x", { pad: 0, end: true })],
      fineWith('data 1 "x"'),
    ],
    [
      "H2-078 HEADERS: Pad Length is longer than the rest",
      [opened(role), padFrame(TYPE.HEADERS, END_HEADERS, id, fields.length + 1, fields)],
      fails("H2_PADDING_INVALID"),
    ],
    [
      "H2-078 HEADERS: padding that eats the priority fields",
      [
        opened(role),
        frame(
          TYPE.HEADERS,
          END_HEADERS | PADDED | PRIORITY_FLAG,
          id,
          concat(uint(4, 1), new Uint8Array(8)),
        ),
      ],
      fails("H2_PADDING_INVALID"),
    ],
    [
      "H2-079 HEADERS: PADDED without a payload",
      [opened(role), frame(TYPE.HEADERS, END_HEADERS | PADDED, id)],
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-079 HEADERS: PRIORITY in 4 octets",
      [opened(role), frame(TYPE.HEADERS, END_HEADERS | PRIORITY_FLAG, id, "1234")],
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-079 HEADERS: PADDED and PRIORITY in 5 octets",
      [opened(role), frame(TYPE.HEADERS, END_HEADERS | PADDED | PRIORITY_FLAG, id, "\0\0\0\0\0")],
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    [
      "H2-078 HEADERS: padding behind a block is no part of it",
      [opened(role), headers(id, head(role), { pad: 200, end: true })],
      fineWith(`end ${id}`),
    ],
    [
      "H2-083 HEADERS: padding and priority",
      [
        opened(role),
        headers(id, head(role), {
          pad: 3,
          end: true,
          priority: { dependency: 11, weight: 256, exclusive: true },
        }),
      ],
      fineWith(`end ${id}`),
    ],
  ];
  test.each(rows)("%s", (...row) => playRow(role, row));
});

describe.each(ROLES)("a %s, field blocks", (role) => {
  const id = role === "server" ? 3 : 1;
  const fields = head(role);
  const open = headers(id, fields, { open: true });
  const inside = (next: Uint8Array): Step[] => [opened(role), concat(open, next)];
  const many = concat(...Array.from({ length: 5 }, (_, at) => field(`x-${at}`, "y".repeat(20))));
  const rows: Row[] = [
    [
      "H2-021 one CONTINUATION",
      [opened(role), headers(id, fields, { split: [4], end: true })],
      fineWith(`end ${id}`),
    ],
    [
      "H2-021 HEADERS without a fragment, and CONTINUATION",
      [opened(role), headers(id, fields, { split: [0], end: true })],
      fineWith(`end ${id}`),
    ],
    [
      "H2-021 H2-029 many, some of them empty",
      [
        opened(role),
        headers(id, concat(block(fields), many), { split: [1, 0, 0, 7, 1, 30], end: true }),
      ],
      fineWith("  x-4: yyyyyyyyyyyyyyyyyyyy", `end ${id}`),
    ],
    [
      "H2-045 END_STREAM of HEADERS counts, and CONTINUATION has none",
      [
        opened(role),
        concat(
          frame(TYPE.HEADERS, END_STREAM, id, block(fields)),
          continuation(id, new Uint8Array(0), true, END_STREAM),
        ),
      ],
      fineWith(`end ${id}`),
    ],
    [
      "H2-146 other flags of CONTINUATION mean nothing",
      [
        opened(role),
        concat(open, continuation(id, ["x", "y"], true, PADDED | PRIORITY_FLAG | END_STREAM)),
      ],
      (t) => {
        expect(t.log).toContain("  x: y");
        expect(t.log).not.toContain(`end ${id}`);
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "H2-146 PADDED of HEADERS is for HEADERS alone",
      [
        opened(role),
        concat(
          frame(
            TYPE.HEADERS,
            PADDED | END_STREAM,
            id,
            concat(uint(2, 1), block(fields), new Uint8Array(2)),
          ),
          continuation(id, ["x", "y"]),
        ),
      ],
      fineWith("  x: y"),
    ],
    [
      "H2-021 H2-080 PRIORITY inside",
      inside(priority(id, { dependency: 0 })),
      fails("H2_CONTINUATION_EXPECTED"),
    ],
    ["H2-021 PING inside", inside(ping()), fails("H2_CONTINUATION_EXPECTED")],
    ["H2-021 SETTINGS inside", inside(settings()), fails("H2_CONTINUATION_EXPECTED")],
    [
      "H2-021 DATA of the same stream inside",
      inside(data(id, "x")),
      fails("H2_CONTINUATION_EXPECTED"),
    ],
    ["H2-021 WINDOW_UPDATE inside", inside(windowUpdate(0, 1)), fails("H2_CONTINUATION_EXPECTED")],
    ["H2-021 GOAWAY inside", inside(goaway(0)), fails("H2_CONTINUATION_EXPECTED")],
    [
      "H2-021 RST_STREAM of the same stream inside",
      inside(rst(id)),
      fails("H2_CONTINUATION_EXPECTED"),
    ],
    [
      "H2-021 PUSH_PROMISE inside",
      inside(pushPromise(1, 2, GET)),
      fails(["H2_CONTINUATION_EXPECTED", "H2_PUSH_FORBIDDEN"]),
    ],
    [
      "H2-022 H2-080 HEADERS of another stream inside",
      inside(headers(id + 2, fields)),
      fails("H2_CONTINUATION_EXPECTED"),
    ],
    [
      "H2-022 HEADERS of the same stream inside",
      inside(headers(id, fields)),
      fails("H2_CONTINUATION_EXPECTED"),
    ],
    [
      "H2-022 CONTINUATION of another stream",
      inside(continuation(id + 2, ["x", "y"])),
      fails("H2_CONTINUATION_EXPECTED"),
    ],
    [
      "H2-145 CONTINUATION behind END_HEADERS",
      [opened(role), concat(headers(id, fields), continuation(id, ["x", "y"]))],
      fails("H2_CONTINUATION_UNEXPECTED"),
    ],
    [
      "H2-145 behind the last CONTINUATION",
      [opened(role), concat(headers(id, fields, { split: [3] }), continuation(id, ["x", "y"]))],
      fails("H2_CONTINUATION_UNEXPECTED"),
    ],
    [
      "H2-145 behind DATA",
      [...readable(role), concat(data(1, "x"), continuation(1, ["x", "y"]))],
      fails("H2_CONTINUATION_UNEXPECTED"),
    ],
    ["H2-145 first of all", continuation(1, fields), fails("H2_CONTINUATION_UNEXPECTED")],
    [
      "H2-025 an index of nothing",
      [opened(role), headers(id, concat(block(fields), Uint8Array.of(0xff, 0x00)))],
      fails("HPACK_INDEX_INVALID"),
    ],
    [
      "H2-025 index 0",
      [opened(role), headers(id, Uint8Array.of(0x80))],
      fails("HPACK_INDEX_INVALID"),
    ],
    [
      "H2-025 an integer without an end in sight",
      [opened(role), headers(id, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f))],
      fails("HPACK_INTEGER_INVALID"),
    ],
    [
      "H2-025 the symbol EOS",
      [opened(role), headers(id, Uint8Array.of(0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, 0x61))],
      fails(["HPACK_HUFFMAN_EOS", "HPACK_HUFFMAN_PADDING"]),
    ],
    [
      "H2-025 a size update behind a field",
      [opened(role), headers(id, concat(block(fields), prefixed(10, 5, 0x20)))],
      fails("HPACK_TABLE_SIZE_MISPLACED"),
    ],
    [
      "H2-025 a size update above our setting",
      [opened(role), headers(id, concat(prefixed(4097, 5, 0x20), block(fields)))],
      fails("HPACK_TABLE_SIZE_INVALID"),
    ],
    [
      "H2-026 END_HEADERS in the middle of a name",
      [opened(role), headers(id, concat(block(fields), Uint8Array.of(0x00, 0x05, 0x61)))],
      fails("HPACK_TRUNCATED"),
    ],
    [
      "H2-026 before the value",
      [opened(role), headers(id, concat(block(fields), Uint8Array.of(0x00), literal("x")))],
      fails("HPACK_TRUNCATED"),
    ],
    [
      "H2-026 in the middle of an integer",
      [opened(role), headers(id, concat(block(fields), Uint8Array.of(0xff)))],
      fails(["HPACK_TRUNCATED", "HPACK_INTEGER_INVALID"]),
    ],
  ];
  test.each(rows)("%s", (...row) => playRow(role, row));
});

describe("the table of HPACK goes on, whatever becomes of a stream", () => {
  const insert = concat(block(GET), field("x-a", "b", "indexed"));
  const use = concat(block(GET), prefixed(62, 7, 0x80));
  const both: [string, Step[], Parameters<typeof talk>[2]?][] = [
    [
      "H2-023 of a request that is malformed",
      [headers(1, concat(insert, field("X-Upper", "1")), { end: true })],
    ],
    [
      "H2-023 H2-038 of trailers on a stream that we reset",
      [
        headers(1, POST),
        (c) => c.reset(1),
        headers(1, field("x-a", "b", "indexed"), { end: true }),
      ],
    ],
    [
      "H2-023 of a refused stream",
      [headers(1, POST), headers(3, insert)],
      { settings: { maxConcurrentStreams: 1 } },
    ],
    [
      "H2-023 of a list that is too long",
      [
        headers(
          1,
          concat(block(GET), field("x-long", "y".repeat(300)), field("x-a", "b", "indexed")),
          { end: true },
        ),
      ],
      { limits: { fieldSectionLength: 250 } },
    ],
    [
      "H2-023 of a list with too many fields",
      [
        headers(
          1,
          concat(block([...GET, "p", "1", "q", "2", "r", "3"]), field("x-a", "b", "indexed")),
          { end: true },
        ),
      ],
      { limits: { fieldCount: 5 } },
    ],
    [
      "H2-023 of a block in pieces on a stream that we reset",
      [
        headers(1, POST),
        (c) => c.reset(1),
        headers(1, concat(field("x-a", "b", "indexed")), { end: true, split: [2, 0, 3] }),
      ],
    ],
  ];
  test.each(both)("%s", (_title, steps, options) => {
    const more = options?.settings?.maxConcurrentStreams === 1 ? [rst(1)] : [];
    const t = talk("server", [...steps, ...more, headers(5, use, { end: true })], options);
    expect(t.log).toContain("  x-a: b");
    expect(t.log).toContain("end 5");
  });

  test("H2-023 H2-134 of a stream above the last one of our GOAWAY", () => {
    const t = talk("server", [
      headers(1, GET, { end: true }),
      (c) => c.goAway(0),
      headers(3, insert, { end: true }),
      headers(5, use, { end: true }),
    ]);
    expect(t.errors.filter((error) => error.scope === "connection")).toEqual([]);
  });

  test("H2-023 of an answer to a request that the client reset", () => {
    const ask: Step = (c) =>
      void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    const t = talk("client", [
      ask,
      (c) => c.reset(1),
      headers(1, concat(block(OK), field("x-a", "b", "indexed")), { end: true }),
      ask,
      headers(3, concat(block(OK), prefixed(62, 7, 0x80)), { end: true }),
    ]);
    expect(t.log).toContain("  x-a: b");
  });
});
