// Messages of HTTP/3 in both directions (RFC 9114 sections 4.1, 4.2.2 and 10.5): what is reported of good ones, and where too large
// ones stop. Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  CLIENT,
  connected,
  fin,
  on,
  resetBy,
  type Step,
  stopBy,
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
  GET,
  headers,
  OK,
  POST,
  response,
  uni,
  unknownFrame,
} from "../helpers/h3-frames.js";
import { octets } from "../helpers/qpack-wire.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const target = "  => scheme https, authority a, path /";
const _encoder = (...parts: readonly (readonly number[])[]) =>
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
