// 0-RTT (RFC 9114 section 7.2.4.2, RFC 9204 section 3.2.3): a client that remembers SETTINGS holds the server to them. Titles carry
// the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  connected,
  fin,
  on,
  SERVER,
  type Step,
  type TalkOptions,
  talk,
} from "../helpers/h3-dialogue.js";
import { fails, fine, playRow, type Row } from "../helpers/h3-expect.js";
import { headers, OK, type SettingPairs, settings, uni } from "../helpers/h3-frames.js";
import { SETTING } from "../helpers/h3-names.js";

const remembered = (...pairs: (readonly [number, number | bigint])[]): TalkOptions => ({
  handshake: "none",
  rememberedSettings: new Map(pairs),
  // What the encoder may use: what was remembered, or else what the rows below say.
  capacity: Number(pairs.find(([id, value]) => id === 1 && value !== 0)?.[1] ?? 4096),
});
const now = (pairs: SettingPairs): Step => on(SERVER.control, uni("control", settings(pairs)));
const { QPACK_MAX_TABLE_CAPACITY, QPACK_BLOCKED_STREAMS, MAX_FIELD_SECTION_SIZE } = SETTING;
const { ENABLE_CONNECT_PROTOCOL, H3_DATAGRAM } = SETTING;

describe("H3-SET-8 settings that allow less than was remembered", () => {
  test.each<Row>([
    [
      "H3-SET-8 MAX_FIELD_SECTION_SIZE falls",
      now([[MAX_FIELD_SECTION_SIZE, 999]]),
      fails("H3_SETTINGS_REDUCED"),
      remembered([MAX_FIELD_SECTION_SIZE, 1000]),
    ],
    [
      "H3-SET-8 MAX_FIELD_SECTION_SIZE appears",
      now([[MAX_FIELD_SECTION_SIZE, 999]]),
      fails("H3_SETTINGS_REDUCED"),
      remembered([QPACK_BLOCKED_STREAMS, 0]),
    ],
    [
      "H3-SET-8 MAX_FIELD_SECTION_SIZE is left out: no limit",
      now([]),
      fine,
      remembered([MAX_FIELD_SECTION_SIZE, 1000]),
    ],
    [
      "H3-SET-8 MAX_FIELD_SECTION_SIZE rises",
      now([[MAX_FIELD_SECTION_SIZE, 1001]]),
      fine,
      remembered([MAX_FIELD_SECTION_SIZE, 1000]),
    ],
    [
      "H3-SET-8 blocked streams fall",
      now([[QPACK_BLOCKED_STREAMS, 9]]),
      fails("H3_SETTINGS_REDUCED"),
      remembered([QPACK_BLOCKED_STREAMS, 10]),
    ],
    [
      "H3-SET-8 blocked streams are left out",
      now([]),
      fails("H3_SETTINGS_REDUCED"),
      remembered([QPACK_BLOCKED_STREAMS, 10]),
    ],
    [
      "H3-SET-8 blocked streams rise",
      now([[QPACK_BLOCKED_STREAMS, 11]]),
      fine,
      remembered([QPACK_BLOCKED_STREAMS, 10]),
    ],
    [
      "H3-SET-8 extended CONNECT is gone",
      now([]),
      fails("H3_SETTINGS_REDUCED"),
      remembered([ENABLE_CONNECT_PROTOCOL, 1]),
    ],
    ["H3-SET-8 extended CONNECT is there", now([[ENABLE_CONNECT_PROTOCOL, 1]]), fine, remembered()],
    [
      "H3-SET-8 datagrams are gone",
      now([[H3_DATAGRAM, 0]]),
      fails("H3_SETTINGS_REDUCED"),
      { ...remembered([H3_DATAGRAM, 1]), datagrams: true },
    ],
    [
      "H3-SET-8 unknown settings may change",
      now([[0x1234, 1]]),
      fine,
      remembered([0x1234, 5], [0x21, 1]),
    ],
    ["H3-SET-8 nothing was remembered", now([]), fine, { handshake: "none" }],
  ])("%s", (...row) => playRow("client", row));
});

describe("QP-TAB-9 the capacity that was remembered", () => {
  const CHANGED = fails("QPACK_CAPACITY_CHANGED", { wire: 0x202 });
  test.each<Row>([
    ["QP-TAB-9 is left out", now([]), CHANGED, remembered([QPACK_MAX_TABLE_CAPACITY, 4096])],
    [
      "QP-TAB-9 falls",
      now([[QPACK_MAX_TABLE_CAPACITY, 4095]]),
      CHANGED,
      remembered([QPACK_MAX_TABLE_CAPACITY, 4096]),
    ],
    [
      "QP-TAB-9 rises",
      now([[QPACK_MAX_TABLE_CAPACITY, 4097]]),
      CHANGED,
      remembered([QPACK_MAX_TABLE_CAPACITY, 4096]),
    ],
    [
      "QP-TAB-9 is the same",
      now([[QPACK_MAX_TABLE_CAPACITY, 4096]]),
      fine,
      remembered([QPACK_MAX_TABLE_CAPACITY, 4096]),
    ],
    [
      "QP-TAB-9 was 0, and rises",
      now([[QPACK_MAX_TABLE_CAPACITY, 4096]]),
      fine,
      remembered([QPACK_MAX_TABLE_CAPACITY, 0]),
    ],
    [
      "QP-TAB-9 was not there, and rises",
      now([[QPACK_MAX_TABLE_CAPACITY, 4096]]),
      fine,
      remembered(),
    ],
  ])("%s", (...row) => playRow("client", row));
});

test("requests leave before SETTINGS come, with what was remembered", () => {
  const { connection } = connected("client", remembered([ENABLE_CONNECT_PROTOCOL, 1]));
  const id = connection.sendRequest({
    ...{ method: "CONNECT", protocol: "websocket", scheme: "https", authority: "a", path: "/" },
    headers: [],
  });
  expect(connection.takeStreams().some(({ streamId }) => streamId === id)).toBe(true);
});

test("H3-SET-8 a response before SETTINGS is read", () => {
  const t = talk(
    "client",
    [
      (c) => void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
      fin(0, headers(OK)),
      now([]),
    ],
    remembered(),
  );
  expect(t.log).toContain("end 0");
  fine(t);
});
