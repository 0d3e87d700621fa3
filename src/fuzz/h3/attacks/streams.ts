// H3-S05, H3-S10, H3-S16: lengths that are claimed, critical streams that end, and what comes behind an error.

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import * as frames from "../frames.js";
import { type H3Attack, h3RowsOf, on, peerStreams, times } from "../row.js";

const { control, data, frame, headers, settings, varint } = frames;
const { hex } = fields;
const KIB = 1024;

const rows = (id: string) => ({
  server: h3RowsOf(id, "server"),
  client: h3RowsOf(id, "client"),
});
const s05 = rows("H3-S05");
const s10 = rows("H3-S10");
const s16 = rows("H3-S16");

const STREAMS = { server: peerStreams("server"), client: peerStreams("client") };
const { control: controlId, next } = STREAMS.server;
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const GET = headers(fields.request());
const POST = headers(fields.request("POST"));
const _OK = headers(fields.response());
const fatal = (code: string) => [`error ${code} connection`];
const closed = (code: string) => ({ sends: [`close ${code}`] });
const BARE = { bare: true };

const LENGTH_ATTACKS: readonly H3Attack[] = [
  s05.server(
    "HEADERS that claim 64 KiB, on a hundred streams",
    () => times(100, (at) => on(4 * at, hex("01 80 01 00 00"))),
    [],
  ),
  s05.server(
    "a little of them comes",
    () => times(100, (at) => on(4 * at, hex("01 80 01 00 00 00 00"))),
    [],
    { memory: 128 * KIB },
  ),
  s05.server(
    "most of them comes, on every stream",
    () => times(100, (at) => on(4 * at, concat([hex("01 80 01 00 00"), new Uint8Array(60_000)]))),
    ["…", ...fatal("H3_UNFINISHED_TOO_LARGE")],
    { memory: 1_024 * KIB },
  ),
  s05.server("SETTINGS that claim 64 KiB", [on(controlId, hex("00 04 80 01 00 00"))], ["…"], BARE),
  s05.server(
    "SETTINGS that claim 2^62 - 1 octets",
    [on(controlId, concat([hex("00"), frame(4, "\x01\x00", frames.VARINT_MAX)]))],
    ["…", "error H3_SETTINGS_TOO_MANY|H3_FRAME_INVALID connection"],
    BARE,
  ),
  s05.server(
    "GOAWAY that claims 2^62 - 1 octets",
    [on(controlId, frame(7, "", frames.VARINT_MAX))],
    fatal("H3_FRAME_INVALID"),
    closed("H3_FRAME_ERROR"),
  ),
  s05.server(
    "PRIORITY_UPDATE of megabytes",
    () => [on(controlId, frame(0xf0700, concat([varint(0), new Uint8Array(2_000_000)])))],
    ["…"],
    { memory: 128 * KIB },
  ),
  s05.client(
    "ORIGIN of megabytes",
    () => [on(STREAMS.client.control, frame(0xc, new Uint8Array(2_000_000)))],
    ["…"],
    { memory: 128 * KIB },
  ),
  s05.server(
    "a second control stream",
    [on(next, control())],
    fatal("H3_STREAM_REPEATED"),
    closed("H3_STREAM_CREATION_ERROR"),
  ),
  s05.server("a second encoder stream", [on(next, varint(2))], fatal("H3_STREAM_REPEATED")),
  s05.server("a second decoder stream", [on(next, varint(3))], fatal("H3_STREAM_REPEATED")),
  s05.client(
    "a second control stream of a server",
    [on(STREAMS.client.next, control())],
    fatal("H3_STREAM_REPEATED"),
  ),
];

const AFTER_ATTACKS: readonly H3Attack[] = [
  s10.server(
    "frames behind a connection error, in the same bytes",
    [on(controlId, concat([frames.goaway(5), frames.goaway(400), frame(2, "")]))],
    ["goaway 5 256", ...fatal("H3_GOAWAY_RAISED")],
    closed("H3_ID_ERROR"),
  ),
  s10.server(
    "requests behind a connection error",
    [on(controlId, settings()), on(0, GET, true)],
    fatal("H3_SETTINGS_REPEATED"),
    closed("H3_FRAME_UNEXPECTED"),
  ),
  s10.server(
    "frames behind a stream error",
    [
      on(
        0,
        concat([headers(fields.request("GET", "x")), data("abc"), frame(2, ""), headers("")]),
        true,
      ),
      on(4, GET, true),
    ],
    ["error H3_PATH_INVALID stream 0", ...got(4)],
    { sends: ["reset 0 H3_MESSAGE_ERROR"] },
  ),
  s10.server(
    "bytes, an end and a reset behind a stream error",
    [
      on(0, headers(fields.request("GET", "x"))),
      on(0, frame(2, "")),
      { do: "reset", streamId: 0, code: 0x10c },
      on(4, GET, true),
    ],
    ["error H3_PATH_INVALID stream 0", ...got(4)],
  ),
  s10.server(
    "the error is where the frame begins",
    [on(0, concat([POST, data("abc"), frame(6, "12345678")]))],
    ["request 0 POST /", "data 0 abc", ...fatal("H3_FRAME_UNEXPECTED")],
    { offset: POST.length + 5 },
  ),
  s10.server(
    "the same behind a frame that was passed over",
    [on(0, concat([POST, frame(0x21, new Uint8Array(100)), settings()]))],
    ["request 0 POST /", ...fatal("H3_FRAME_UNEXPECTED")],
    { offset: POST.length + 103 },
  ),
  s10.server(
    "the same on the control stream",
    [on(controlId, concat([frame(0x21, "abc"), data("")]))],
    fatal("H3_FRAME_UNEXPECTED"),
    { offset: 8 },
  ),
  s10.server(
    "a reset stream, and more of it",
    [
      on(0, POST),
      { do: "reset", streamId: 0, code: 0x10c },
      on(0, data("abc"), true),
      on(4, GET, true),
    ],
    ["request 0 POST /", "reset 0 268", ...got(4)],
  ),
];

const critical = (
  role: "server" | "client",
  name: "control" | "encoder" | "decoder",
): H3Attack[] => {
  const streamId = STREAMS[role][name];
  const ours = STREAMS[role === "server" ? "client" : "server"][name];
  const log = fatal("H3_CRITICAL_STREAM_CLOSED");
  const options = closed("H3_CLOSED_CRITICAL_STREAM");
  return [
    s16[role](
      `the end of the ${name} stream`,
      [on(streamId, new Uint8Array(0), true)],
      log,
      options,
    ),
    s16[role](
      `a reset of the ${name} stream`,
      [{ do: "reset", streamId, code: 0x100 }],
      log,
      options,
    ),
    s16[role](
      `our ${name} stream is not wanted`,
      [{ do: "stopSending", streamId: ours, code: 0x100 }],
      log,
      options,
    ),
  ];
};

const CRITICAL_ATTACKS: readonly H3Attack[] = [
  ...(["control", "encoder", "decoder"] as const).flatMap((name) => [
    ...critical("server", name),
    ...critical("client", name),
  ]),
  s16.server(
    "the end of the control stream inside of a frame",
    [on(controlId, frame(7, "", 3), true)],
    ["error H3_CRITICAL_STREAM_CLOSED|H3_FRAME_TRUNCATED connection"],
  ),
  s16.server(
    "a control stream that ends with SETTINGS",
    [on(controlId, control(), true)],
    ["settings", ...fatal("H3_CRITICAL_STREAM_CLOSED")],
    BARE,
  ),
  s16.server(
    "no SETTINGS within the time",
    [on(0, GET, true), { do: "wait", milliseconds: 11_000 }],
    [...got(0), ...fatal("H3_SETTINGS_TIMEOUT")],
    BARE,
  ),
];

export const STREAM_ATTACKS: readonly H3Attack[] = [
  ...LENGTH_ATTACKS,
  ...AFTER_ATTACKS,
  ...CRITICAL_ATTACKS,
];
