// content-length and the content (RFC 9114 section 4.1.2): they must agree at every way in which a message ends. Titles carry the
// rows of the rule list.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { connected, fin, on, type Step } from "../helpers/h3-dialogue.js";
import { fineWith, playRow, type Row, resets } from "../helpers/h3-expect.js";
import { data, headers, OK, request, response, unknownFrame } from "../helpers/h3-frames.js";

const ask =
  (method: string): Step =>
  (c) =>
    void c.sendRequest({ method, authority: "a", path: "/", headers: [] });
const says = (...lengths: string[]) =>
  headers(
    request(
      "POST",
      "/",
      lengths.flatMap((length) => ["content-length", length]),
    ),
  );
const answer = (status: number, length: string) =>
  headers(response(status, ["content-length", length]));
const trailers = headers(["x-t", "1"]);
const MISMATCH = "H3_CONTENT_LENGTH_MISMATCH";

describe("H3-MSG-20 at every end of a request", () => {
  test.each<Row>([
    ["H3-MSG-20 FIN with HEADERS, too little", fin(0, says("5")), resets(0, MISMATCH)],
    [
      "H3-MSG-20 FIN alone behind HEADERS, too little",
      [on(0, says("5")), fin(0)],
      resets(0, MISMATCH),
    ],
    ["H3-MSG-20 FIN with DATA, too little", fin(0, says("5"), data("abcd")), resets(0, MISMATCH)],
    [
      "H3-MSG-20 FIN alone behind DATA, too little",
      [on(0, says("5"), data("abcd")), fin(0)],
      resets(0, MISMATCH),
    ],
    [
      "H3-MSG-20 trailers, too little",
      [on(0, says("5"), data("abcd"), trailers), fin(0)],
      resets(0, MISMATCH),
    ],
    [
      "H3-MSG-20 an unknown frame last, too little",
      fin(0, says("5"), data("abcd"), unknownFrame("x")),
      resets(0, MISMATCH),
    ],
    ["H3-MSG-20 too much, before the end", on(0, says("3"), data("abcd")), resets(0, MISMATCH)],
    [
      "H3-MSG-20 too much, in the second DATA",
      on(0, says("3"), data("abc"), data("d")),
      resets(0, MISMATCH),
    ],
    ["H3-MSG-20 too much for 0", on(0, says("0"), data("a")), resets(0, MISMATCH)],
    [
      "H3-MSG-20 exact, FIN with DATA",
      fin(0, says("4"), data("ab"), data("cd")),
      fineWith("end 0"),
    ],
    ["H3-MSG-20 exact, FIN alone", [on(0, says("4"), data("abcd")), fin(0)], fineWith("end 0")],
    [
      "H3-MSG-20 exact, trailers",
      [on(0, says("4"), data("abcd")), fin(0, trailers)],
      fineWith("trailers 0", "end 0"),
    ],
    ["H3-MSG-20 exact 0", fin(0, says("0")), fineWith("end 0")],
    ["H3-MSG-20 exact 0, with empty DATA", fin(0, says("0"), data(), data()), fineWith("end 0")],
    [
      "H3-MSG-20 none, with content",
      fin(0, headers(request("POST")), data("abcd")),
      fineWith("end 0"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H3-MSG-20 the application never hears of an end, nor of more than was said", () => {
    for (const [bytes, isEnd] of [
      [says("5"), true],
      [new Uint8Array([...says("5"), ...data("abcd")]), true],
      [new Uint8Array([...says("2"), ...data("abcd")]), false],
    ] as const) {
      const { connection } = connected("server");
      const events = connection.receiveStream(0, bytes, isEnd);
      expect(events.some(({ type }) => type === "end")).toBe(false);
      const content = events.flatMap((event) => (event.type === "data" ? [...event.bytes] : []));
      expect(content.length).toBeLessThanOrEqual(4);
    }
  });
});

describe("H3-MSG-20 at every end of a response", () => {
  const to = (method: string, ...steps: Step[]): Step[] => [ask(method), ...steps];
  test.each<Row>([
    [
      "H3-MSG-20 too little",
      to("GET", fin(0, answer(200, "5"), data("abcd"))),
      resets(0, MISMATCH),
    ],
    [
      "H3-MSG-20 too little, FIN alone",
      to("GET", on(0, answer(200, "5")), fin(0)),
      resets(0, MISMATCH),
    ],
    [
      "H3-MSG-20 too little, trailers",
      to("GET", fin(0, answer(200, "5"), trailers)),
      resets(0, MISMATCH),
    ],
    ["H3-MSG-20 too much", to("GET", on(0, answer(200, "3"), data("abcd"))), resets(0, MISMATCH)],
    ["H3-MSG-20 exact", to("GET", fin(0, answer(200, "4"), data("abcd"))), fineWith("end 0")],
    [
      "H3-MSG-20 HEAD has none of what it says",
      to("HEAD", fin(0, answer(200, "5"))),
      fineWith("end 0"),
    ],
    [
      "H3-MSG-20 304 has none of what it says",
      to("GET", fin(0, answer(304, "5"))),
      fineWith("end 0"),
    ],
    [
      "H3-MSG-20 content for HEAD",
      to("HEAD", fin(0, answer(200, "4"), data("abcd"))),
      resets(0, [MISMATCH, "H3_MESSAGE_ORDER"]),
    ],
    [
      "H3-MSG-20 content for HEAD without a length",
      to("HEAD", fin(0, headers(OK), data("abcd"))),
      resets(0, [MISMATCH, "H3_MESSAGE_ORDER"]),
    ],
    [
      "H3-MSG-20 content with 304",
      to("GET", fin(0, headers(response(304)), data("abcd"))),
      resets(0, [MISMATCH, "H3_MESSAGE_ORDER"]),
    ],
    [
      "H3-MSG-20 content with 204",
      to("GET", fin(0, headers(response(204)), data("abcd"))),
      resets(0, [MISMATCH, "H3_MESSAGE_ORDER"]),
    ],
    [
      "H3-MSG-20 empty DATA for HEAD",
      to("HEAD", fin(0, answer(200, "5"), data())),
      fineWith("end 0"),
    ],
  ])("%s", (...row) => playRow("client", row));
});

describe("H3-MSG-21 the syntax of content-length", () => {
  const INVALID = "H3_CONTENT_LENGTH_INVALID" satisfies ErrorName;
  test.each([
    ...["", "+5", "-5", "5 5", "0x5", "5.0", "1e1", "5x", "5,6", "5;6", "\u00b2", "1_0", "5,"],
    ...["99999999999999999999", "18446744073709551621", "9007199254740993"],
  ])("H3-MSG-21 %j", (value) => {
    playRow("server", ["", fin(0, says(value), data("abcde")), resets(0, INVALID)]);
  });

  test.each<Row>([
    ["H3-MSG-21 two that differ", fin(0, says("5", "6"), data("abcde")), resets(0, INVALID)],
    ["H3-MSG-21 leading zeros", fin(0, says("0005"), data("abcde")), fineWith("end 0")],
  ])("%s", (...row) => playRow("server", row));

  test("H3-MSG-21 two that are the same are refused, or are one", () => {
    for (const bytes of [says("5", "5"), says("5, 5")]) {
      const { connection } = connected("server");
      const events = connection.receiveStream(
        0,
        new Uint8Array([...bytes, ...data("abcde")]),
        true,
      );
      const last = events.at(-1);
      if (last?.type === "error") expect(last.error.code).toBe(INVALID);
      else expect(last?.type).toBe("end");
    }
  });
});
