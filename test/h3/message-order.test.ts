// The order of frames in a message (RFC 9114 sections 4.1 and 4.4): heads, content, trailers, what nobody knows between them, and
// tunnels. Titles carry the rows of the rule list.

import { describe, test } from "vitest";
import { fin, on, type Step, talk } from "../helpers/h3-dialogue.js";
import { fails, fineWith, playRow, type Row, resets } from "../helpers/h3-expect.js";
import {
  cancelPush,
  connect,
  data,
  GET,
  goaway,
  headers,
  MAX_VARINT,
  OK,
  POST,
  pushPromise,
  response,
  settings,
  unknownFrame,
} from "../helpers/h3-frames.js";
import { grease } from "../helpers/h3-names.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const allow: Step = (c) => void c.maxPushId(10);

const opening = headers(POST).length;

describe("the order of a message", () => {
  const trailers = headers(["x-t", "1"]);
  test.each<Row>([
    [
      "H3-FRM-4 DATA first",
      on(0, data("x")),
      fails("H3_FRAME_UNEXPECTED", { offset: 0, stream: 0 }),
    ],
    ["H3-FRM-4 empty DATA first", on(0, data()), fails("H3_FRAME_UNEXPECTED", { offset: 0 })],
    [
      "H3-FRM-4 DATA behind an unknown frame",
      on(0, unknownFrame("x"), data("x")),
      fails("H3_FRAME_UNEXPECTED", { offset: 3 }),
    ],
    [
      "H3-FRM-5 DATA behind trailers",
      on(0, headers(POST), trailers, data("x")),
      fails("H3_FRAME_UNEXPECTED", { offset: opening + trailers.length }),
    ],
    [
      "H3-FRM-5 empty DATA behind trailers",
      on(0, headers(POST), data("x"), trailers, data()),
      fails("H3_FRAME_UNEXPECTED"),
    ],
    [
      "H3-FRM-5 HEADERS behind trailers",
      on(0, headers(POST), trailers, trailers),
      fails("H3_FRAME_UNEXPECTED", { offset: opening + trailers.length }),
    ],
    [
      "H3-FRM-22 H3-FRM-19 unknown frames before, between and behind",
      [
        on(0, unknownFrame("a"), headers(POST), unknownFrame("b", grease(9)), data("x")),
        fin(0, unknownFrame("", 0x1234), data("y"), trailers, unknownFrame("c"), unknownFrame()),
      ],
      fineWith('data 0 "x"', 'data 0 "y"', "trailers 0", "end 0"),
    ],
    [
      "H3-FRM-21 a long unknown frame keeps its place",
      [on(0, headers(POST), unknownFrame(new Uint8Array(10_000).fill(1))), fin(0, data("x"))],
      fineWith('data 0 "x"', "end 0"),
    ],
    [
      "H3-FRM-19 a type of 2^62 - 1",
      fin(0, unknownFrame("x", MAX_VARINT), headers(GET)),
      fineWith("end 0"),
    ],
    ["H3-FRM-25 FIN alone", fin(0), resets(0, "H3_REQUEST_INCOMPLETE", { offset: 0 })],
    [
      "H3-FRM-25 FIN behind unknown frames",
      fin(0, unknownFrame("x"), unknownFrame()),
      resets(0, "H3_REQUEST_INCOMPLETE"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-FRM-24 interim responses, then the final one",
      [
        ask,
        fin(
          0,
          headers(response(103, ["link", "x"])),
          headers(response(102)),
          headers(OK),
          data("x"),
        ),
      ],
      fineWith(
        "informational 0 HTTP/3 103 no reason",
        "informational 0 HTTP/3 102 no reason",
        "head 0 HTTP/3 200 no reason",
        "end 0",
      ),
    ],
    [
      "H3-FRM-24 DATA behind an interim response",
      [ask, on(0, headers(response(103)), data("x"))],
      fails("H3_FRAME_UNEXPECTED"),
    ],
    [
      "H3-FRM-24 the end behind an interim response",
      [ask, fin(0, headers(response(103)))],
      resets(0, ["H3_INFORMATIONAL_END", "H3_REQUEST_INCOMPLETE"]),
    ],
    ["H3-FRM-25 a response without anything", [ask, fin(0)], resets(0, "H3_REQUEST_INCOMPLETE")],
    [
      "H3-FRM-4 DATA before the response",
      [ask, on(0, data("x"))],
      fails("H3_FRAME_UNEXPECTED", { offset: 0 }),
    ],
    [
      "H3-FRM-5 DATA behind trailers of a response",
      [ask, on(0, headers(OK), data("x"), trailers, data("y"))],
      fails("H3_FRAME_UNEXPECTED"),
    ],
    [
      "H3-MSG-24 H3-FRM-5 a second final response is no trailer section",
      [ask, on(0, headers(OK), headers(OK))],
      resets(0, ["H3_PSEUDO_IN_TRAILERS", "H3_MESSAGE_ORDER"]),
    ],
  ])("%s", (...row) => playRow("client", row));

  test("H3-MSG-24 a second request on a stream is no trailer section", () => {
    const t = talk("server", on(0, headers(POST), headers(POST)));
    resets(0, ["H3_PSEUDO_IN_TRAILERS", "H3_MESSAGE_ORDER"])(t);
  });
});

describe("H3-FRM-23 behind CONNECT there is DATA alone", () => {
  const accept: Step = (c) => void c.sendResponse(0, { status: 200, headers: [] });
  const opened: Step[] = [on(0, headers(connect())), accept];
  const known: [string, Uint8Array][] = [
    ["HEADERS", headers(["x-t", "1"])],
    ["SETTINGS", settings()],
    ["GOAWAY", goaway(0)],
    ["CANCEL_PUSH", cancelPush(0)],
    ["PUSH_PROMISE", pushPromise(0, GET)],
  ];
  test.each(known)("H3-FRM-23 %s at a server", (_name, bytes) => {
    const offset = headers(connect()).length;
    fails("H3_FRAME_UNEXPECTED", { offset })(talk("server", [...opened, on(0, bytes)]));
  });

  const dial: Step = (c) =>
    void c.sendRequest({ method: "CONNECT", authority: "a:443", headers: [] });
  test.each(known)("H3-FRM-23 %s at a client", (_name, bytes) => {
    fails("H3_FRAME_UNEXPECTED")(talk("client", [dial, allow, on(0, headers(OK)), on(0, bytes)]));
  });

  test.each<Row>([
    [
      "H3-FRM-23 DATA and unknown frames",
      [...opened, on(0, data("one"), unknownFrame("x")), fin(0, data("two"))],
      fineWith('tunnel 0 "one"', 'tunnel 0 "two"', "end 0"),
    ],
  ])("%s", (...row) => playRow("server", row));
});
