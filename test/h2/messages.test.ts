// The shape of messages on a stream (RFC 9113 section 8.1): interim heads, content, trailers, content-length. And what
// has no content by definition (RFC 9110 section 8.6). Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  expectAlive,
  expectFine,
  fineWith,
  logs,
  playRow,
  type Row,
  resets,
  type Step,
  talk,
} from "../helpers/h2-dialogue.js";
import { data, GET, headers, OK, POST, request, response } from "../helpers/h2-wire.js";

const ask =
  (method = "GET"): Step =>
  (c) =>
    void c.sendRequest({ method, authority: "a", path: "/", headers: [] });
const length = (value: string) => ["content-length", value];
const end = { end: true } as const;

describe("requests", () => {
  test.each<Row>([
    [
      "H2-154 a head alone",
      headers(1, GET, end),
      logs("head 1 GET / HTTP/2", "  => scheme https, authority a, path /", "end 1"),
    ],
    [
      "H2-154 content in several frames",
      [headers(1, POST), data(1, "ab"), data(1, "cd", end)],
      fineWith("head 1 POST / HTTP/2", 'data 1 "ab"', 'data 1 "cd"', "end 1"),
    ],
    [
      "H2-154 content that ends with an empty frame",
      [headers(1, POST), data(1, "ab"), data(1, "", end)],
      fineWith('data 1 "ab"', "end 1"),
    ],
    [
      "H2-154 no content, said by an empty frame",
      [headers(1, POST), data(1, "", end)],
      fineWith("end 1"),
    ],
    [
      "H2-154 trailers",
      [headers(1, POST), data(1, "ab"), headers(1, ["x-t", "1"], end)],
      fineWith('data 1 "ab"', "trailers 1", "  x-t: 1", "end 1"),
    ],
    [
      "H2-154 trailers without content",
      [headers(1, POST), headers(1, ["x-t", "1"], end)],
      fineWith("trailers 1", "  x-t: 1", "end 1"),
    ],
    ["H2-154 empty trailers", [headers(1, POST), headers(1, [], end)], fineWith("end 1")],
    [
      "H2-155 trailers that do not end the stream",
      [headers(1, POST), headers(1, ["x-t", "1"])],
      resets(1, "H2_MESSAGE_ORDER"),
    ],
    [
      "H2-155 a second request head on the stream",
      [headers(1, POST), headers(1, GET)],
      resets(1, ["H2_MESSAGE_ORDER", "H2_PSEUDO_IN_TRAILERS"]),
    ],
    [
      "H2-157 pseudo-fields in trailers",
      [headers(1, POST), headers(1, GET, end)],
      resets(1, "H2_PSEUDO_IN_TRAILERS"),
    ],
    [
      "H2-157 :path behind a trailer",
      [headers(1, POST), headers(1, ["x", "y", ":path", "/"], end)],
      resets(1, ["H2_PSEUDO_IN_TRAILERS", "H2_PSEUDO_MISPLACED"]),
    ],
    [
      "H2-157 one that nobody knows",
      [headers(1, POST), headers(1, [":x", "y"], end)],
      resets(1, ["H2_PSEUDO_IN_TRAILERS", "H2_PSEUDO_UNKNOWN"]),
    ],
    [
      "H2-157 :status",
      [headers(1, POST), headers(1, [":status", "200"], end)],
      resets(1, ["H2_PSEUDO_IN_TRAILERS", "H2_PSEUDO_WRONG"]),
    ],
    [
      "H2-075 DATA behind trailers",
      [headers(1, POST), headers(1, ["x-t", "1"], end), data(1, "x")],
      resets(1, "H2_STREAM_CLOSED"),
    ],
    [
      "H2-158 content-length is exact",
      [headers(1, [...POST, ...length("4")]), data(1, "ab"), data(1, "cd", end)],
      fineWith("end 1"),
    ],
    [
      "H2-158 less content",
      [headers(1, [...POST, ...length("4")]), data(1, "abc", end)],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-158 less content, and an empty last frame",
      [headers(1, [...POST, ...length("4")]), data(1, "abc"), data(1, "", end)],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-158 less content, and trailers",
      [headers(1, [...POST, ...length("4")]), data(1, "abc"), headers(1, ["x", "y"], end)],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-160 more content: at the frame that is too much",
      [headers(1, [...POST, ...length("4")]), data(1, "abc"), data(1, "de")],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-160 content where there is none",
      [headers(1, [...POST, ...length("0")]), data(1, "a", end)],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-158 padding is no content",
      [headers(1, [...POST, ...length("2")]), data(1, "ab", { end: true, pad: 7 })],
      fineWith("end 1"),
    ],
    [
      "H2-159 content-length above 0 and END_STREAM on HEADERS",
      headers(1, [...POST, ...length("1")], end),
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    ["H2-159 of 0 is fine", headers(1, [...POST, ...length("0")], end), fineWith("end 1")],
    [
      "H2-161 a sign",
      headers(1, [...POST, ...length("+1")]),
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-161 a negative number",
      headers(1, [...POST, ...length("-1")]),
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    ["H2-161 empty", headers(1, [...POST, ...length("")]), resets(1, "H2_CONTENT_LENGTH_INVALID")],
    [
      "H2-161 a list",
      headers(1, [...POST, ...length("1, 1")]),
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-161 hexadecimal",
      headers(1, [...POST, ...length("0x1")]),
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-161 two that differ",
      headers(1, [...POST, ...length("1"), ...length("2")]),
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-161 2^64 + 1",
      headers(1, [...POST, ...length("18446744073709551617")]),
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-161 2^53",
      headers(1, [...POST, ...length("9007199254740992")]),
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-161 2^53 - 1",
      headers(1, [...POST, ...length("9007199254740991")]),
      fineWith("head 1 POST / HTTP/2"),
    ],
    [
      "H2-161 leading zeros are digits",
      [headers(1, [...POST, ...length("002")]), data(1, "ab", end)],
      fineWith("end 1"),
    ],
    [
      "H2-161 content-length in trailers is no length",
      [headers(1, POST), data(1, "ab"), headers(1, length("9"), end)],
      (t) => {
        expect(t.errors.every((error) => error.scope === "stream")).toBe(true);
        expectAlive(t);
      },
    ],
    [
      "H2-178 streams are apart: three at a time",
      [
        headers(1, POST),
        headers(3, request("PUT", "/3")),
        data(3, "c"),
        headers(5, GET, end),
        data(1, "a", end),
        data(3, "c", end),
      ],
      fineWith(
        "head 1 POST / HTTP/2",
        "head 3 PUT /3 HTTP/2",
        'data 3 "c"',
        "end 5",
        'data 1 "a"',
        "end 1",
        "end 3",
      ),
    ],
  ])("%s", (...row) => playRow("server", row));
});

describe("responses", () => {
  test.each<Row>([
    [
      "H2-154 a head alone",
      [ask(), headers(1, OK, end)],
      (t) => expect(t.log.slice(1)).toEqual(["head 1 HTTP/2 200 no reason", "end 1"]),
    ],
    [
      "H2-154 interim heads, content, trailers",
      [
        ask(),
        headers(1, response(103, ["link", "</a>"])),
        headers(1, response(100)),
        headers(1, OK),
        data(1, "x"),
        headers(1, ["x-t", "1"], end),
      ],
      fineWith(
        "informational 1 HTTP/2 103 no reason",
        "  link: </a>",
        "informational 1 HTTP/2 100 no reason",
        "head 1 HTTP/2 200 no reason",
        'data 1 "x"',
        "trailers 1",
        "  x-t: 1",
        "end 1",
      ),
    ],
    [
      "H2-156 an interim head that ends the stream",
      [ask(), headers(1, response(103), end)],
      resets(1, "H2_INFORMATIONAL_END"),
    ],
    [
      "H2-156 the same for 100",
      [ask("POST"), headers(1, response(100), end)],
      resets(1, "H2_INFORMATIONAL_END"),
    ],
    ["H2-075 DATA before any head", [ask(), data(1, "x")], resets(1, "H2_MESSAGE_ORDER")],
    [
      "H2-075 DATA behind an interim head",
      [ask(), headers(1, response(103)), data(1, "x")],
      resets(1, "H2_MESSAGE_ORDER"),
    ],
    [
      "H2-155 a second final head",
      [ask(), headers(1, OK), headers(1, OK)],
      resets(1, ["H2_MESSAGE_ORDER", "H2_PSEUDO_IN_TRAILERS"]),
    ],
    [
      "H2-155 an interim head behind the final one",
      [ask(), headers(1, OK), headers(1, response(103))],
      resets(1, ["H2_MESSAGE_ORDER", "H2_PSEUDO_IN_TRAILERS"]),
    ],
    [
      "H2-157 :status in trailers",
      [ask(), headers(1, OK), headers(1, response(200), end)],
      resets(1, "H2_PSEUDO_IN_TRAILERS"),
    ],
    [
      "H2-164 101 behind another interim head",
      [ask(), headers(1, response(100)), headers(1, response(101))],
      resets(1, "H2_STATUS_SWITCHING"),
    ],
    [
      "H2-158 content-length is exact",
      [ask(), headers(1, [...OK, ...length("2")]), data(1, "ab", end)],
      fineWith("end 1"),
    ],
    [
      "H2-158 less content",
      [ask(), headers(1, [...OK, ...length("3")]), data(1, "ab", end)],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-160 more content",
      [ask(), headers(1, [...OK, ...length("1")]), data(1, "ab")],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-159 none at all",
      [ask(), headers(1, [...OK, ...length("1")], end)],
      resets(1, "H2_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "H2-158 the answer to HEAD has none, whatever it says",
      [ask("HEAD"), headers(1, [...OK, ...length("1000")], end)],
      fineWith("end 1"),
    ],
    [
      "H2-158 the same with an empty frame",
      [ask("HEAD"), headers(1, [...OK, ...length("1000")]), data(1, "", end)],
      fineWith("end 1"),
    ],
    [
      "H2-158 content in an answer to HEAD",
      [ask("HEAD"), headers(1, [...OK, ...length("2")]), data(1, "ab", end)],
      resets(1, ["H2_CONTENT_LENGTH_MISMATCH", "H2_MESSAGE_ORDER"]),
    ],
    [
      "H2-158 304 has none",
      [ask(), headers(1, [...response(304), ...length("9")], end)],
      fineWith("end 1"),
    ],
    [
      "H2-158 content behind 304",
      [ask(), headers(1, response(304)), data(1, "x", end)],
      resets(1, ["H2_CONTENT_LENGTH_MISMATCH", "H2_MESSAGE_ORDER"]),
    ],
    [
      "H2-158 content behind 204",
      [ask(), headers(1, response(204)), data(1, "x", end)],
      resets(1, ["H2_CONTENT_LENGTH_MISMATCH", "H2_MESSAGE_ORDER"]),
    ],
    [
      "H2-158 204 with an empty last frame",
      [ask(), headers(1, response(204)), data(1, "", end)],
      fineWith("end 1"),
    ],
    [
      "H2-161 content-length: two that differ",
      [ask(), headers(1, [...OK, ...length("1"), ...length("2")])],
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-161 not digits",
      [ask(), headers(1, [...OK, ...length("1x")])],
      resets(1, "H2_CONTENT_LENGTH_INVALID"),
    ],
    [
      "H2-148 answers come in any order",
      [ask(), ask(), headers(3, OK, end), headers(1, response(404), end)],
      fineWith("head 3 HTTP/2 200 no reason", "end 3", "head 1 HTTP/2 404 no reason", "end 1"),
    ],
    [
      "H2-035 an answer before the request ended",
      [
        ask("POST"),
        headers(1, OK, end),
        (c) => c.sendData(1, new Uint8Array(2)),
        (c) => c.sendEnd(1),
      ],
      (t) => {
        expect(t.sent.at(-1)).toMatch(/^DATA 1 end/);
        expectFine(t);
      },
    ],
  ])("%s", (...row) => playRow("client", row));

  test("H2-199 an interim head with more fields than the limit ends its stream", () => {
    const many = response(103, ["a", "1", "b", "2", "c", "3"]);
    const t = talk("client", [ask(), headers(1, many)], { limits: { fieldCount: 3 } });
    resets(1, "H2_FIELD_COUNT_TOO_LARGE")(t);
  });

  test("H2-161 the same content-length twice is one length, or is refused; it is never another length", () => {
    const t = talk("client", [
      ask(),
      headers(1, [...OK, ...length("2"), ...length("2")]),
      data(1, "ab", end),
    ]);
    if (t.errors.length > 0)
      expect(t.errors.map((error) => error.code)).toEqual(["H2_CONTENT_LENGTH_INVALID"]);
    else expectFine(t);
  });
});
