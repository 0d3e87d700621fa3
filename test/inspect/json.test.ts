// Events as JSON Lines: what a program reads back, whatever octets the event has.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hex, type InspectEvent, toJsonLine } from "../../src/inspect/index.js";

const BASE = { connection: 3, direction: "client", offset: 12, time: 1.5, protocol: "quic" };

const frame = (fields: object) =>
  ({
    event: "frame",
    ...BASE,
    name: "X",
    streamId: 0,
    length: 1,
    rfc: "R",
    ...fields,
  }) as InspectEvent;

const back = (event: InspectEvent) => JSON.parse(toJsonLine(event)) as Record<string, unknown>;

describe("a line", () => {
  test("begins with the members of every event, whatever their order in the object", () => {
    const event = { streamId: 1, ...BASE, event: "end" } as unknown as InspectEvent;
    expect(toJsonLine(event)).toBe(
      `{"event":"end","connection":3,"direction":"client","offset":12,"time":1.5,"streamId":1,"protocol":"quic"}\n`,
    );
  });

  test("has bytes as hex, large integers as strings, small bigints as numbers", () => {
    const event = frame({
      token: Uint8Array.of(0, 0x0f, 0xff),
      maximumData: 2n ** 62n - 1n,
      exact: 2n ** 53n - 1n,
      above: 2n ** 53n,
      packetNumber: 7n,
    });
    expect(back(event)).toMatchObject({
      token: "000fff",
      maximumData: "4611686018427387903",
      exact: 9007199254740991,
      above: "9007199254740992",
      packetNumber: 7,
    });
  });

  test("has nested objects and lists, leaves undefined members out, and NaN is null", () => {
    const ranges = [
      [1, 2n ** 60n],
      [3, 4],
    ];
    const event = frame({
      ackRanges: ranges,
      ecnCounts: { ect0Count: 1, none: undefined },
      gone: undefined,
      odd: Number.NaN,
    });
    expect(back(event)).toMatchObject({
      ackRanges: [
        [1, "1152921504606846976"],
        [3, 4],
      ],
      ecnCounts: { ect0Count: 1 },
      odd: null,
    });
    expect(Object.keys(back(event))).not.toContain("gone");
  });

  test.each([
    ["a quote and a backslash", `"\\`],
    ["line feeds", "a\r\nb"],
    ["every latin1 character", String.fromCharCode(...Array(256).keys())],
    ["a lone surrogate and line separators", "\ud800\u2028\u2029"],
    ["a long plain text", "x".repeat(200)],
  ])("keeps %s in names and values, on one line", (_name, text) => {
    const event = {
      event: "head",
      ...BASE,
      streamId: 0,
      headers: [[text, text]],
      wireLength: 1,
      fieldLength: 1,
    };
    const line = toJsonLine({ ...event, startLine: text } as unknown as InspectEvent);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ headers: [[text, text]], startLine: text });
  });

  test("reads back as what JSON.stringify would have written, for anything JSON has", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (fields) => {
        const own = Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [
            `x-${name.replace(/[^a-z]/gi, "")}`,
            value,
          ]),
        );
        expect(back(frame(own))).toEqual(JSON.parse(JSON.stringify(frame(own))));
      }),
    );
  });
});

test("hex is two digits an octet", () => {
  expect(hex(Uint8Array.from(Array(256).keys()))).toBe(
    Buffer.from(Array.from(Array(256).keys())).toString("hex"),
  );
});
