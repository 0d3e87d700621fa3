// H3-S13: settings that may not be, and SETTINGS where they may not be.

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import * as frames from "../frames.js";
import { H3_SETTING, STREAM_TYPE } from "../registry.js";
import { type H3Attack, h3RowsOf, on, peerStreams } from "../row.js";

const { control, frame, headers, reserved, settings, varint } = frames;
const { hex } = fields;

const server = h3RowsOf("H3-S13", "server");
const client = h3RowsOf("H3-S13", "client");

const STREAMS = { server: peerStreams("server"), client: peerStreams("client") };
const { control: controlId } = STREAMS.server;
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const GET = headers(fields.request());
const fatal = (code: string) => [`error ${code} connection`];
const closed = (code: string) => ({ sends: [`close ${code}`] });
const BARE = { bare: true };

const setting = (id: number | bigint, value: number | bigint) =>
  concat([varint(STREAM_TYPE.CONTROL), settings([id, value])]);
const SETTINGS_ERROR = closed("H3_SETTINGS_ERROR");

export const SETTINGS_ATTACKS: readonly H3Attack[] = [
  ...[2, 3, 4, 5].map((id) =>
    server(
      `setting ${id} of HTTP/2`,
      [on(controlId, setting(id, 1))],
      fatal("H3_SETTING_FORBIDDEN"),
      { ...BARE, ...SETTINGS_ERROR },
    ),
  ),
  server(
    "a setting that comes twice",
    [on(controlId, concat([hex("00"), settings([1, 0], [1, 0])]))],
    fatal("H3_SETTING_REPEATED"),
    { ...BARE, ...SETTINGS_ERROR },
  ),
  server(
    "an unknown setting that comes twice",
    [on(controlId, concat([hex("00"), settings([0x21, 0], [0x21, 1])]))],
    fatal("H3_SETTING_REPEATED"),
    { ...BARE, ...SETTINGS_ERROR },
  ),
  server(
    "a large unknown setting that comes twice",
    [on(controlId, concat([hex("00"), settings([frames.VARINT_MAX, 0], [frames.VARINT_MAX, 1])]))],
    fatal("H3_SETTING_REPEATED"),
    { ...BARE, ...SETTINGS_ERROR },
  ),
  client(
    "a setting that comes twice, at a client",
    [on(STREAMS.client.control, concat([hex("00"), settings([6, 100], [6, 100])]))],
    fatal("H3_SETTING_REPEATED"),
    { ...BARE, ...SETTINGS_ERROR },
  ),
  client(
    "ENABLE_CONNECT_PROTOCOL of 2",
    [on(STREAMS.client.control, setting(H3_SETTING.ENABLE_CONNECT_PROTOCOL, 2))],
    fatal("H3_SETTING_INVALID"),
    { ...BARE, ...SETTINGS_ERROR },
  ),
  server(
    "H3_DATAGRAM of 2",
    [on(controlId, setting(H3_SETTING.H3_DATAGRAM, 2))],
    fatal("H3_SETTING_INVALID"),
    { ...BARE, ...SETTINGS_ERROR },
  ),
  server(
    "half a setting",
    [on(controlId, concat([hex("00"), frame(4, hex("01"))]))],
    fatal("H3_FRAME_INVALID"),
    { ...BARE, ...closed("H3_FRAME_ERROR") },
  ),
  server(
    "a value that is cut",
    [on(controlId, concat([hex("00"), frame(4, hex("01 80 00"))]))],
    fatal("H3_FRAME_INVALID"),
    { ...BARE, ...closed("H3_FRAME_ERROR") },
  ),
  server(
    "thousands of settings",
    () => [
      on(
        controlId,
        concat([
          hex("00"),
          settings(...Array.from({ length: 3_000 }, (_, n) => [reserved(n), n] as const)),
        ]),
      ),
    ],
    fatal("H3_SETTINGS_TOO_MANY"),
    { ...BARE, ...closed("H3_EXCESSIVE_LOAD") },
  ),
  server(
    "another frame before SETTINGS",
    [on(controlId, concat([hex("00"), frames.maxPushId(4)]))],
    fatal("H3_SETTINGS_MISSING"),
    { ...BARE, ...closed("H3_MISSING_SETTINGS") },
  ),
  server(
    "a frame without meaning before SETTINGS",
    [on(controlId, concat([hex("00"), frame(reserved(0), "abc")]))],
    fatal("H3_SETTINGS_MISSING"),
    { ...BARE, ...closed("H3_MISSING_SETTINGS") },
  ),
  server(
    "settings of 2^62 - 1",
    [
      on(
        controlId,
        concat([
          hex("00"),
          settings(
            [1, frames.VARINT_MAX],
            [6, frames.VARINT_MAX],
            [7, frames.VARINT_MAX],
            [reserved(9), frames.VARINT_MAX],
          ),
        ]),
      ),
      on(0, GET, true),
    ],
    ["settings *", ...got(0)],
    BARE,
  ),
  server(
    "no settings at all",
    [on(controlId, control()), on(0, GET, true)],
    ["settings", ...got(0)],
    BARE,
  ),
];
