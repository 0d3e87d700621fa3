// Field sections on a connection (RFC 9114 section 4.2.2, RFC 9204 section 2): with the dynamic table, in either order, and where too
// large ones stop. Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import {
  CLIENT,
  fin,
  on,
  resetBy,
  type Step,
  type TalkOptions,
  type talk,
} from "../helpers/h3-dialogue.js";
import { expectAlive, fails, fineWith, playRow, type Row } from "../helpers/h3-expect.js";
import {
  data,
  type FieldList,
  GET,
  headers,
  OK,
  POST,
  pushPromise,
  request,
  response,
  settings,
  uni,
} from "../helpers/h3-frames.js";
import { dynamicSection, insert, line, octets, prefix, section } from "../helpers/qpack-wire.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const target = "  => scheme https, authority a, path /";
const encoder = (...parts: readonly (readonly number[])[]) =>
  on(CLIENT.encoder, uni("encoder", octets(...parts)));

describe("with the dynamic table", () => {
  const lines = ["head 0 GET / HTTP/3", target, "  x-a: b", "end 0"];
  const inserted = [insert.capacity(4096), insert.literal("x-a", "b")];
  const requestLines = [...[17, 23, 1].flatMap(line.static), ...line.staticName(0, "a")];
  const asked = fin(
    0,
    headers(
      dynamicSection(
        1,
        line.static(17),
        line.static(23),
        line.staticName(0, "a"),
        line.static(1),
        line.dynamic(0),
      ),
    ),
  );
  test.each<Row>([
    [
      "QP-DECS-5 instructions, then the section",
      [encoder(...inserted), asked],
      (t) => {
        expect(t.log.filter((one) => !one.startsWith(">"))).toEqual(lines);
        expect(t.sent).toContain("11 decoder ack 0");
      },
    ],
    [
      "QP-PFX-6 the section, then instructions",
      [asked, encoder(...inserted)],
      (t) => {
        expect(t.log.filter((one) => !one.startsWith(">"))).toEqual(lines);
        expect(t.sent).toEqual(["11 decoder ack 0"]);
      },
    ],
    [
      "QP-PFX-6 in any order, and another stream beside them",
      [[asked, encoder(...inserted), fin(4, headers(POST), data("x"))]],
      fineWith("end 0"),
    ],
    [
      "QP-PFX-6 content and trailers behind a section that waits",
      [
        on(0, ...[frameOf(asked)], data("one")),
        on(0, data("two")),
        fin(0, headers(["x-t", "1"])),
        encoder(...inserted),
      ],
      fineWith("head 0 GET / HTTP/3", 'data 0 "onetwo"', "trailers 0", "end 0"),
    ],
    [
      "QP-PFX-6 trailers that wait",
      [
        on(0, headers(POST), data("x")),
        fin(0, headers(dynamicSection(1, line.dynamic(0)))),
        encoder(...inserted),
      ],
      fineWith('data 0 "x"', "trailers 0", "  x-a: b", "end 0"),
    ],
    [
      "QP-PFX-6 H3-FRM-3 a section that waits, and an end inside a frame behind it",
      [on(0, frameOf(asked)), fin(0, data("abc", { length: 9 })), encoder(...inserted)],
      (t) => {
        expect(t.log.slice(0, 4)).toEqual([...lines.slice(0, 3), 'data 0 "abc"']);
        fails("H3_FRAME_TRUNCATED", { stream: 0 })(t);
      },
    ],
    [
      "QP-PFX-6 H3-SET-3 a section that waits, and a frame behind it that may not stand there",
      [on(0, frameOf(asked), settings()), encoder(...inserted)],
      (t) => {
        expect(t.log.slice(0, 3)).toEqual(lines.slice(0, 3));
        fails("H3_FRAME_UNEXPECTED", { stream: 0, offset: frameOf(asked).length })(t);
      },
    ],
    [
      "QP-PFX-6 H3-MSG-20 a section that waits, and content that is not what it said",
      [
        on(0, headers(octets(prefix(1), requestLines, line.dynamic(0)))),
        fin(0, data("ab")),
        encoder(insert.capacity(4096), insert.literal("content-length", "3")),
      ],
      (t) => {
        expect(t.errors.map(({ code, streamId }) => [code, streamId])).toEqual([
          ["H3_CONTENT_LENGTH_MISMATCH", 0],
        ]);
        expect(t.connection.state).toBe("open");
      },
    ],
    [
      "QP-PFX-6 H3-MSG-8 a section that waits, and is malformed",
      [
        fin(0, headers(dynamicSection(1, line.static(17), line.dynamic(0)))),
        encoder(...inserted),
        fin(4, headers(POST)),
      ],
      (t) => {
        expect(t.errors.map(({ code, streamId }) => [code, streamId])).toEqual([
          ["H3_PSEUDO_MISSING", 0],
        ]);
        expect(t.log).toContain("end 4");
      },
    ],
    [
      "QP-DECS-6 a stream that is reset while it waits",
      [asked, resetBy(0), encoder(...inserted)],
      (t) => {
        expect(t.sent).toContain("11 decoder cancel 0");
        expect(t.sent).not.toContain("11 decoder ack 0");
        expect(t.errors).toEqual([]);
        expect(t.events.filter(({ type }) => type === "head")).toEqual([]);
      },
    ],
    [
      "QP-ENC-3 a mistake of the encoder stream",
      encoder(insert.capacity(4096), insert.duplicate(0)),
      fails("QPACK_ENCODER_INDEX_INVALID", { stream: CLIENT.encoder }),
    ],
    [
      "QP-FLD-1 a mistake in a section",
      on(0, headers(section(line.static(99)))),
      fails("QPACK_INDEX_INVALID", { stream: 0 }),
    ],
    [
      "QP-FLD-6 a section that ends inside a line",
      on(0, headers(section(line.static(17), [0x51]))),
      fails("QPACK_TRUNCATED", { stream: 0 }),
    ],
    [
      "QP-DECS-3 a mistake of the decoder stream",
      on(CLIENT.decoder, uni("decoder", octets([0]))),
      fails("QPACK_DECODER_INCREMENT_INVALID", { stream: CLIENT.decoder }),
    ],
    [
      "QP-DECS-1 an acknowledgement of nothing",
      on(CLIENT.decoder, uni("decoder", octets([0x80]))),
      fails("QPACK_DECODER_ACK_INVALID"),
    ],
    [
      "QP-PFX-7 more blocked streams than we promised",
      [asked, fin(4, frameOf(asked)), fin(8, frameOf(asked))],
      fails("QPACK_BLOCKED_STREAMS"),
      { settings: { qpackBlockedStreams: 2 } },
    ],
  ])("%s", (...row) => playRow("server", row));
});

function frameOf({ bytes }: { bytes: Uint8Array }): Uint8Array {
  return bytes;
}

describe("H3-MSG-23 the size of a field section", () => {
  const limits = { fieldSectionLength: 500, trailerSectionLength: 200 };
  const options: TalkOptions = { limits };
  const sized = (head: FieldList, size: number): string[] => {
    const used = head.reduce((sum, text, at) => sum + text.length + (at % 2 === 0 ? 32 : 0), 0);
    return [...head, "x", "v".repeat(size - used - 33)];
  };
  /** The stream had its error: it was reset, or answered with 431. */
  const tooLarge =
    (code: ErrorName = "H3_FIELD_SECTION_TOO_LARGE") =>
    (t: ReturnType<typeof talk>) => {
      expect(
        t.errors.map((error) => [error.code, error.scope, error.wireCode, error.status]),
      ).toEqual([[code, "stream", 0x107, 431]]);
      const told = t.sent.filter((one) => /^0 (reset|stop|HEADERS)/.test(one));
      expect(told.length, t.log.join("\n")).toBeGreaterThan(0);
      expectAlive(t);
    };

  test.each<Row>([
    [
      "H3-MSG-23 a head of exactly the limit",
      fin(0, headers(sized(GET, 500))),
      fineWith("end 0"),
      options,
    ],
    ["H3-MSG-23 a head one byte above", fin(0, headers(sized(GET, 501))), tooLarge(), options],
    [
      "H3-MSG-23 trailers of exactly the limit",
      fin(0, headers(POST), headers(sized([], 200))),
      fineWith("end 0"),
      options,
    ],
    [
      "H3-MSG-23 trailers one byte above",
      fin(0, headers(POST), headers(sized([], 201))),
      tooLarge(),
      options,
    ],
    [
      "H3-MSG-23 many small fields: 32 bytes each count",
      fin(0, headers([...GET, ...Array.from({ length: 20 }, () => ["a", "b"]).flat()])),
      tooLarge(),
      options,
    ],
    [
      "H3-MSG-23 QP-FLD-7 references to one entry",
      [
        encoder(insert.capacity(4096), insert.literal("x-big", "v".repeat(150))),
        fin(
          0,
          headers(
            dynamicSection(
              1,
              line.static(17),
              line.static(23),
              line.static(1),
              line.staticName(0, "a"),
              ...Array.from({ length: 4 }, () => line.dynamic(0)),
            ),
          ),
        ),
      ],
      tooLarge(),
      options,
    ],
    [
      "H3-MSG-23 a section that waited",
      [
        fin(
          0,
          headers(
            dynamicSection(
              1,
              line.static(17),
              line.static(23),
              line.static(1),
              line.staticName(0, "a"),
              ...Array.from({ length: 4 }, () => line.dynamic(0)),
            ),
          ),
        ),
        encoder(insert.capacity(4096), insert.literal("x-big", "v".repeat(150))),
      ],
      tooLarge(),
      options,
    ],
    [
      "H3-MSG-26 more fields than the limit",
      fin(0, headers([...GET, ...Array.from({ length: 7 }, () => ["a", ""]).flat()])),
      tooLarge("H3_FIELD_COUNT_TOO_LARGE"),
      { limits: { fieldCount: 10 } },
    ],
    [
      "H3-MSG-26 as many fields as the limit",
      fin(0, headers([...GET, ...Array.from({ length: 6 }, () => ["a", ""]).flat()])),
      fineWith("end 0"),
      { limits: { fieldCount: 10 } },
    ],
    [
      "H3-MSG-26 more trailers than the limit",
      fin(0, headers(POST), headers(["a", "", "b", "", "c", ""])),
      tooLarge("H3_FIELD_COUNT_TOO_LARGE"),
      { limits: { trailerCount: 2 } },
    ],
    [
      "H3-MSG-23 decoding goes on beside it: the table stays right",
      [
        encoder(insert.capacity(4096), insert.literal("x-a", "b")),
        fin(0, headers(sized(GET, 501))),
        fin(
          4,
          headers(
            dynamicSection(
              1,
              line.static(17),
              line.static(23),
              line.static(1),
              line.staticName(0, "a"),
              line.dynamic(0),
            ),
          ),
        ),
      ],
      (t) => expect(t.log).toContain("  x-a: b"),
      options,
    ],
  ])("%s", (...row) => playRow("server", row));

  const clientTooLarge = (t: ReturnType<typeof talk>) => {
    expect(t.errors.map((error) => [error.code, error.scope, error.wireCode])).toEqual([
      ["H3_FIELD_SECTION_TOO_LARGE", "stream", 0x107],
    ]);
    expectAlive(t);
  };
  test.each<Row>([
    ["H3-MSG-23 a response above", [ask, fin(0, headers(sized(OK, 501)))], clientTooLarge, options],
    [
      "H3-MSG-23 a response of exactly the limit",
      [ask, fin(0, headers(sized(OK, 500)))],
      fineWith("end 0"),
      options,
    ],
    [
      "H3-MSG-23 an interim response above",
      [ask, on(0, headers(sized(response(103), 501)))],
      clientTooLarge,
      options,
    ],
    [
      "H3-MSG-23 trailers of a response above",
      [ask, on(0, headers(OK)), fin(0, headers(sized([], 201)))],
      clientTooLarge,
      options,
    ],
    [
      "H3-MSG-23 a promise above",
      [ask, (c) => void c.maxPushId(3), on(0, pushPromise(0, sized(request("GET"), 501)))],
      (t) => {
        expect(t.errors.map(({ code }) => code)).toEqual(["H3_FIELD_SECTION_TOO_LARGE"]);
      },
      options,
    ],
  ])("%s", (...row) => playRow("client", row));
});
