// Messages of HTTP/3 in both directions (RFC 9114 sections 4.1, 4.2.2 and 10.5): what is reported of good ones, and where too large
// ones stop. Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import {
  CLIENT,
  connected,
  fin,
  on,
  resetBy,
  type Step,
  stopBy,
  type TalkOptions,
  talk,
} from "../helpers/h3-dialogue.js";
import {
  expectAlive,
  fails,
  fine,
  fineWith,
  logs,
  playRow,
  type Row,
} from "../helpers/h3-expect.js";
import {
  concat,
  data,
  type FieldList,
  GET,
  headers,
  OK,
  POST,
  pushPromise,
  request,
  response,
  uni,
  unknownFrame,
} from "../helpers/h3-frames.js";
import { dynamicSection, insert, line, octets, section } from "../helpers/qpack-wire.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const target = "  => scheme https, authority a, path /";
const encoder = (...parts: readonly (readonly number[])[]) =>
  on(CLIENT.encoder, uni("encoder", octets(...parts)));

describe("messages", () => {
  test.each<Row>([
    [
      "a request without content",
      fin(0, headers([...GET, "x", "y"])),
      logs("head 0 GET / HTTP/3", target, "  x: y", "end 0"),
    ],
    [
      "a request with content and trailers",
      fin(0, headers(POST), data("one "), data("two"), headers(["x-t", "1"])),
      logs("head 0 POST / HTTP/3", target, 'data 0 "one two"', "trailers 0", "  x-t: 1", "end 0"),
    ],
    [
      "an answer",
      [
        fin(0, headers(GET)),
        (c) => void c.sendResponse(0, { status: 200, headers: ["x", "y"], content: "hello" }),
      ],
      logs(
        ...["head 0 GET / HTTP/3", target, "end 0"],
        ...["> 0 HEADERS :status: 200 | x: y | content-length: 5", '> 0 DATA "hello"', "> 0 fin"],
      ),
    ],
    [
      "many requests at once, in any order",
      [
        [
          fin(0, headers(GET)),
          fin(4, headers(POST), data("x")),
          on(8, headers(POST)),
          fin(12, headers(GET)),
        ],
      ],
      fineWith("end 0", "end 4", "end 12"),
    ],
    [
      "H3-FRM-24 interim responses of ours",
      [
        fin(0, headers(GET)),
        (c) => void c.sendInformational(0, { status: 103, headers: ["link", "x"] }),
        (c) => void c.sendResponse(0, { status: 200, headers: [] }),
        (c) => void c.sendData(0, new Uint8Array([97])),
        (c) => void c.sendTrailers(0, ["x-t", "1"]),
      ],
      logs(
        ...["head 0 GET / HTTP/3", target, "end 0"],
        ...["> 0 HEADERS :status: 103 | link: x", "> 0 HEADERS :status: 200"],
        ...['> 0 DATA "a"', "> 0 HEADERS x-t: 1", "> 0 fin"],
      ),
    ],
    [
      "the peer gives up its request",
      [on(0, headers(POST)), resetBy(0, 0x10c)],
      (t) => {
        expect(t.log).toContain("reset 0 H3_REQUEST_CANCELLED");
        expect(t.errors).toEqual([]);
        expectAlive(t);
      },
    ],
    [
      "the peer wants no answer",
      [
        fin(0, headers(GET)),
        (c) => void c.sendResponse(0, { status: 200, headers: [] }),
        stopBy(0, 0x10c),
      ],
      (t) => {
        expect(t.log).toContain("stopSending 0 H3_REQUEST_CANCELLED");
        // RFC 9000 section 3.5: an endpoint answers STOP_SENDING with RESET_STREAM.
        expect(t.sent.filter((one) => one.startsWith("0 reset"))).toHaveLength(1);
        expectAlive(t);
      },
    ],
    [
      "STOP_SENDING(H3_NO_ERROR) leaves the request as it is",
      [on(0, headers(POST)), stopBy(0, 0x100), fin(0, data("x"))],
      (t) => {
        expect(t.log.slice(-2).filter((one) => !one.startsWith(">"))).toContain("end 0");
        expect(t.errors).toEqual([]);
      },
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "a response with content and trailers",
      [ask, fin(0, headers(OK), data("x"), headers(["x-t", "1"]))],
      logs(
        ...["> 0 HEADERS :method: GET | :scheme: https | :authority: a | :path: /", "> 0 fin"],
        ...["head 0 HTTP/3 200 no reason", 'data 0 "x"', "trailers 0", "  x-t: 1", "end 0"],
      ),
    ],
    [
      "requests have the ids 0, 4, 8",
      [ask, ask, ask, [fin(8, headers(OK)), fin(0, headers(OK)), fin(4, headers(response(404)))]],
      fineWith("head 8 HTTP/3 200 no reason", "end 8"),
    ],
    [
      "a whole response before the request has ended",
      [
        (c) =>
          void c.sendRequest({ method: "POST", authority: "a", path: "/", headers: [], body: 10 }),
        fin(0, headers(OK)),
      ],
      (t) => {
        expect(t.log.slice(-2)).toEqual(["head 0 HTTP/3 200 no reason", "end 0"]);
        expect(t.errors).toEqual([]);
      },
    ],
  ])("%s", (...row) => playRow("client", row));

  test("bytes on a request that was never sent are a mistake of the transport", () => {
    // RFC 9000 section 19.8: QUIC itself ends such a connection with STREAM_STATE_ERROR.
    const { connection } = connected("client");
    expect(() => connection.receiveStream(0, headers(OK), true)).toThrow(
      expect.objectContaining({ code: "H3_STREAM_UNKNOWN" }),
    );
    expect(connection.state).toBe("open");
  });
});

describe("with the dynamic table", () => {
  const lines = ["head 0 GET / HTTP/3", target, "  x-a: b", "end 0"];
  const inserted = [insert.capacity(4096), insert.literal("x-a", "b")];
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

describe("H3-MSG-26 much that carries little", () => {
  const budget = { limits: { controlBudget: 100 } };
  const times = (count: number, bytes: Uint8Array) =>
    concat(...Array.from({ length: count }, () => bytes));
  test.each<Row>([
    [
      "H3-MSG-26 empty DATA",
      [on(0, headers(POST)), on(0, times(300, data()))],
      fails("H3_CONTROL_FLOOD"),
      { ...budget, cuts: "few" },
    ],
    [
      "H3-MSG-26 unknown frames on a request",
      [on(0, headers(POST)), on(0, times(300, unknownFrame("")))],
      fails("H3_CONTROL_FLOOD"),
      { ...budget, cuts: "few" },
    ],
    [
      "H3-MSG-26 unknown frames on the control stream",
      on(CLIENT.control, times(300, unknownFrame(""))),
      fails("H3_CONTROL_FLOOD"),
      { ...budget, cuts: "few" },
    ],
    [
      "H3-MSG-26 some of them",
      [on(0, headers(POST)), on(0, times(20, data()), times(20, unknownFrame("")))],
      fine,
      budget,
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H3-MSG-26 requests beyond concurrentStreams are rejected", () => {
    const t = talk("server", [on(0, headers(POST)), on(4, headers(POST)), on(8, headers(POST))], {
      limits: { concurrentStreams: 2 },
    });
    expect(t.errors.map(({ code, streamId, wireCode }) => [code, streamId, wireCode])).toEqual([
      ["H3_STREAM_REFUSED", 8, 0x10b],
    ]);
    expect(t.sent).toContain("8 reset H3_REQUEST_REJECTED");
    expect(t.connection.state).toBe("open");
  });

  test("H3-MSG-26 requests that are reset at once", () => {
    const { connection } = connected("server", { limits: { resetBurst: 50 } });
    const errors: string[] = [];
    for (let id = 0; id < 400 && connection.state === "open"; id += 4) {
      connection.receiveStream(id, headers(POST), false);
      for (const event of connection.receiveReset(id, 0x10c))
        if (event.type === "error") errors.push(event.error.code);
      connection.takeStreams();
    }
    expect(errors).toEqual(["H3_RESET_FLOOD"]);
    expect(connection.closeCode).toBe(0x107);
  });
});
