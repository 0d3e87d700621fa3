// The table of frame x stream x receiver that parser and connection share, against the plain statement of RFC 9114 table 1, RFC 9218
// and RFC 9412 in the naive parser. Every cell.

import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/abi/error-code.js";
import {
  FRAME_IGNORED,
  frameVerdict,
  H3_FRAME_TABLE,
  H3Receiver,
  H3StreamKind,
  isGrease,
} from "../../src/codec/h3-frame-table.js";
import { MAX_VARINT } from "../helpers/h3-frames.js";
import { grease, HTTP2_TYPES, TYPE } from "../helpers/h3-names.js";
import { placeFault } from "../helpers/naive/h3-frames.js";

const KINDS = [
  ["request", H3StreamKind.Request],
  ["control", H3StreamKind.Control],
  ["push", H3StreamKind.Push],
] as const;
const ROLES = [
  ["server", H3Receiver.Server],
  ["client", H3Receiver.Client],
  [undefined, H3Receiver.Either],
] as const;
const ALL = [...Object.values(TYPE), ...HTTP2_TYPES, 0xa, 0xb, 0xe, 0xf, 0x21, 0x40, 0x42, 0xf0702];

describe.each(KINDS)("on a %s stream", (name, kind) => {
  test.each(
    ALL.flatMap((type) => ROLES.map(([role, receiver]) => [type, role, receiver] as const)),
  )("H3-FRM-4 to H3-FRM-21 type %d at %s", (type, role, receiver) => {
    const verdict = frameVerdict(type, kind, receiver);
    const expected = placeFault(BigInt(type), name, role);
    if (expected === "ignored") expect(verdict).toBe(FRAME_IGNORED);
    else expect(ErrorCode[verdict]).toBe(expected ?? "NONE");
  });

  test("H3-FRM-19 H3-FRM-21 H3-FRM-22 unknown types are legal", () => {
    for (let type = 0xe; type < 5_000; type++) {
      if (type === TYPE.WT_STREAM) continue;
      for (const [, receiver] of ROLES)
        expect(frameVerdict(type, kind, receiver)).toBe(ErrorCode.NONE);
    }
    for (const type of [2 ** 31, 2 ** 32, 2 ** 32 + 2, 2 ** 53, Number(MAX_VARINT)])
      expect(frameVerdict(type, kind, H3Receiver.Server)).toBe(ErrorCode.NONE);
  });
});

test("a type has one row", () => {
  const types = H3_FRAME_TABLE.map((row) => row.type);
  expect(new Set(types).size).toBe(types.length);
  expect(types).toHaveLength(Object.keys(TYPE).length + HTTP2_TYPES.length);
});

test("H3-FRM-19 H3-FRM-27 reserved numbers", () => {
  for (const n of [0, 1, 2, 1000, 2n ** 40n, 2n ** 53n, 148_764_065_110_560_899n]) {
    const value = grease(n);
    expect(isGrease(value)).toBe(true);
    expect(isGrease(value + 1n)).toBe(false);
    if (value < 2n ** 53n) expect(isGrease(Number(value))).toBe(true);
  }
  for (const value of [0, 1, 2, 0x20, 0x22, 0x3f]) expect(isGrease(value)).toBe(false);
  expect(isGrease(0x40)).toBe(true);
});
