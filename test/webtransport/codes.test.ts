// Error codes of streams between the application's 32 bits and the codes of HTTP/3 (draft-ietf-webtrans-http3 section
// 4.4). Titles carry the rows of the rule list.

import fc from "fast-check";
import { WebTransportSessions } from "tercet/webtransport";
import { describe, expect, test } from "vitest";
import { fromWireCode, toWireCode } from "../../src/connection/webtransport-code.js";
import { BOTH, Pair } from "../helpers/webtransport-pair.js";

const FIRST = 0x52e4a40fa8db;
const LAST = 0x52e5ac983162;

/** The draft's pseudocode, in whole numbers of any size. */
function naive(code: bigint): bigint {
  return BigInt(FIRST) + code + code / 0x1en;
}

describe("H3-WT-5 codes", () => {
  test.each([
    [0, FIRST],
    [1, FIRST + 1],
    [0x1c, FIRST + 0x1c],
    [0x1d, FIRST + 0x1d],
    // FIRST + 0x1e is reserved.
    [0x1e, FIRST + 0x1f],
    [0x3b, FIRST + 0x3c],
    [0x3c, FIRST + 0x3e],
    [0xff, FIRST + 0xff + 8],
    [0xffff_fffe, LAST - 1],
    [0xffff_ffff, LAST],
  ])("%d", (code, wire) => {
    expect(toWireCode(code)).toBe(wire);
    expect(fromWireCode(wire)).toBe(code);
  });

  test("every code there and back, as the draft's pseudocode", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (code) => {
        const wire = toWireCode(code);
        expect(BigInt(wire)).toBe(naive(BigInt(code)));
        expect((wire - 0x21) % 0x1f).not.toBe(0);
        expect(fromWireCode(wire)).toBe(code);
      }),
    );
  });

  test.each([
    ["below the range", FIRST - 1],
    ["above the range", LAST + 1],
    ["reserved", FIRST + 0x1e],
    ["reserved, the last", FIRST + 0x1e + 0x1f * Math.floor((LAST - FIRST - 0x1e) / 0x1f)],
    ["H3_REQUEST_CANCELLED", 0x10c],
    ["WT_SESSION_GONE", 0x170d7b68],
    ["WT_BUFFERED_STREAM_REJECTED", 0x3994bd84],
    ["2^62 - 1", Number(2n ** 62n - 1n)],
  ])("%s is no application's", (_name, wire) => {
    expect(fromWireCode(wire)).toBe(null);
  });
});

describe.each(BOTH)("over %s", (over) => {
  test.each([0, 0x1d, 0x1e, 0x3c, 0xffff_ffff])("H3-WT-5 a reset and a stop with %d", (code) => {
    const pair = Pair.open(over);
    const stream = pair.sessions.client.openStream(pair.id);
    pair.settle();
    pair.heard("server");
    pair.sessions.client.resetStream(pair.id, stream, code);
    pair.sessions.client.stopStream(pair.id, stream, code);
    pair.settle();
    expect(pair.heard("server").sort()).toEqual([
      `streamReset ${stream} code ${code}`,
      `streamStopped ${stream} code ${code}`,
    ]);
    if (over === "h3")
      expect(pair.signals).toContain(`client reset ${stream} 0x${toWireCode(code).toString(16)}`);
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])("%d is no code", (code) => {
    const pair = Pair.open(over);
    const stream = pair.sessions.client.openStream(pair.id);
    const usage = expect.objectContaining({ name: "UsageError", code: "WT_CODE_INVALID" });
    expect(() => pair.sessions.client.resetStream(pair.id, stream, code)).toThrow(usage);
    expect(() => pair.sessions.client.stopStream(pair.id, stream, code)).toThrow(usage);
    expect(() => pair.sessions.client.close(pair.id, code)).toThrow(usage);
    pair.settle();
    expect(pair.heard("server").slice(1)).toEqual([`stream ${stream}`]);
  });
});

test("sessions are of one end or the other", () => {
  const pair = new Pair("h2");
  expect(
    () => new WebTransportSessions(pair.connections.client, { role: "proxy" } as never),
  ).toThrow(expect.objectContaining({ code: "ROLE_INVALID" }));
});
