// The decoders of payloads that connections use: a part of a buffer, nothing in front or behind, limits (RFC 9114 section 7.2, RFC 9218
// section 7.2, RFC 9412). The same through H3FrameParser: frames-parser.test.ts.

import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/abi/error-code.js";
import { H3Setting } from "../../src/abi/h3-wire.js";
import {
  parseOrigin,
  parsePriorityUpdate,
  parsePushId,
  parseVarintPayload,
  parseVarintPayloadExact,
} from "../../src/codec/h3-payloads.js";
import { parseSettings, settingName } from "../../src/codec/h3-settings.js";
import { isOrigin } from "../../src/codec/origins.js";
import type { Varint } from "../../src/codec/varint.js";
import { bytesOf, concat, MAX_VARINT, varint } from "../helpers/h3-frames.js";
import { SETTING } from "../helpers/h3-names.js";

/** The payload between other bytes, and where it stands. */
function between(payload: Uint8Array): [Uint8Array, number, number] {
  return [concat(bytesOf("\x01\x02"), payload, bytesOf("\x03\x04")), 2, 2 + payload.length];
}

const pairs = (...flat: (number | bigint)[]) => concat(...flat.map((one) => varint(one)));

/** The code by name, and what was read. */
function settingsIn(payload: Uint8Array, maxCount?: number): [string | undefined, Varint[]] {
  const out: Varint[] = [];
  const code = parseSettings(...between(payload), out, maxCount);
  return [ErrorCode[code], out];
}

describe("parseSettings", () => {
  test.each<[string, Uint8Array, string, Varint[]]>([
    ["H3-SET-6 nothing", pairs(), "NONE", []],
    ["H3-SET-6 unknown ones", pairs(0x21, 5, 0, 7), "NONE", [0x21, 5, 0, 7]],
    [
      "values up to 2^62 - 1, exactly",
      pairs(6, 2n ** 53n - 1n, 1, 2n ** 53n, 7, MAX_VARINT),
      "NONE",
      [6, 2 ** 53 - 1, 1, 2n ** 53n, 7, MAX_VARINT],
    ],
    ["H3-SET-4 a repeated one", pairs(6, 1, 7, 1, 6, 2), "H3_SETTING_REPEATED", [6, 1, 7, 1]],
    [
      "H3-SET-4 an unknown one",
      pairs(MAX_VARINT, 1, MAX_VARINT, 1),
      "H3_SETTING_REPEATED",
      [MAX_VARINT, 1],
    ],
    ["H3-SET-5 0x2", pairs(2, 0), "H3_SETTING_FORBIDDEN", []],
    ["H3-SET-5 0x3", pairs(3, 0), "H3_SETTING_FORBIDDEN", []],
    ["H3-SET-5 0x4", pairs(4, 0), "H3_SETTING_FORBIDDEN", []],
    ["H3-SET-5 0x5", pairs(1, 1, 5, 0), "H3_SETTING_FORBIDDEN", [1, 1]],
    ["H3-SET-7 half a pair", pairs(1, 1, 6), "H3_FRAME_INVALID", [1, 1]],
    ["H3-SET-7 half a value", concat(varint(6), bytesOf("\xc0")), "H3_FRAME_INVALID", []],
    ["H3-SET-9 0", pairs(8, 0), "NONE", [8, 0]],
    ["H3-SET-9 1", pairs(8, 1), "NONE", [8, 1]],
    ["H3-SET-9 2", pairs(8, 2), "H3_SETTING_INVALID", []],
    ["H3-SET-10 1", pairs(0x33, 1), "NONE", [0x33, 1]],
    ["H3-SET-10 2^53", pairs(0x33, 2n ** 53n), "H3_SETTING_INVALID", []],
  ])("%s", (_title, payload, code, out) => {
    expect(settingsIn(payload)).toEqual([code, out]);
  });

  test("H3-SET-12 as many as the limit, and one more", () => {
    const many = Array.from({ length: 32 }, (_, at) => [0x100 + at, at]).flat();
    expect(settingsIn(pairs(...many), 32)).toEqual(["NONE", many]);
    expect(settingsIn(pairs(...many, 6, 1), 32)).toEqual(["H3_SETTINGS_TOO_MANY", many]);
    expect(settingsIn(pairs(...many, 6, 1), 33)[0]).toBe("NONE");
  });

  test("names", () => {
    for (const [name, id] of Object.entries(SETTING))
      expect(settingName(id)?.replaceAll("_", "")).toContain(
        name.replace(/_0\d$/, "").replaceAll("_", ""),
      );
    expect(settingName(0x21)).toBeNull();
    expect(settingName(MAX_VARINT)).toBeNull();
    expect(settingName(BigInt(H3Setting.H3Datagram))).toBe("H3_DATAGRAM");
  });
});

describe("H3-FRM-2 one number", () => {
  test.each([0, 63, 64, 2 ** 30, 2 ** 53 - 1])("%d", (value) => {
    expect(parseVarintPayload(...between(varint(value)))).toBe(value);
    expect(parseVarintPayloadExact(...between(varint(value, 8)))).toBe(value);
  });

  test("above 2^53 - 1", () => {
    const id = 2n ** 62n - 4n;
    expect(parseVarintPayload(...between(varint(id)))).toBe(2 ** 62);
    expect(parseVarintPayloadExact(...between(varint(id)))).toBe(id);
  });

  test.each(["", "\x40", "\0\0", "\x40\0\0", "\xc0\0\0\0\0\0\0", "\xc0\0\0\0\0\0\0\0\0"])(
    "%j is not one",
    (text) => {
      expect(parseVarintPayload(...between(bytesOf(text)))).toBe(-1);
      expect(parseVarintPayloadExact(...between(bytesOf(text)))).toBe(-1);
    },
  );
});

describe("numbers with something behind them", () => {
  test("PUSH_PROMISE", () => {
    expect(parsePushId(...between(concat(varint(MAX_VARINT), bytesOf("abc"))))).toBe(MAX_VARINT);
    expect(parsePushId(...between(bytesOf("\x05")))).toBe(5);
    expect(parsePushId(...between(bytesOf("\x80\0\0")))).toBe(-1);
    expect(parsePushId(...between(bytesOf("")))).toBe(-1);
  });

  test("PRIORITY_UPDATE", () => {
    const payload = concat(varint(400), bytesOf("u=1, \xe4"));
    expect(parsePriorityUpdate(...between(payload))).toEqual({ id: 400, value: "u=1, \xe4" });
    expect(parsePriorityUpdate(...between(varint(2n ** 60n)))).toEqual({
      id: 2n ** 60n,
      value: "",
    });
    expect(parsePriorityUpdate(...between(bytesOf("")))).toBeNull();
    expect(parsePriorityUpdate(...between(bytesOf("\x40")))).toBeNull();
  });
});

describe("ORIGIN", () => {
  test.each<[string, string, string[] | null]>([
    ["H3-FRM-34 nothing", "", []],
    ["entries", "\0\x02ab\0\0\0\x01c", ["ab", "", "c"]],
    ["H3-FRM-34 half a length", "\0\x01a\0", null],
    ["H3-FRM-34 an entry longer than the frame", "\0\x03ab", null],
  ])("%s", (_title, payload, origins) => {
    expect(parseOrigin(...between(bytesOf(payload)))).toEqual(origins);
  });

  test("H3-FRM-35 entries that are origins", () => {
    for (const text of ["https://a", "http://a.example:8080", "https://[::1]:443"])
      expect(isOrigin(text)).toBe(true);
    for (const text of [
      "",
      "a",
      "https://",
      "https://a/",
      "HTTPS://a",
      "https://a b",
      "https://\xe4",
    ])
      expect(isOrigin(text)).toBe(false);
  });
});
