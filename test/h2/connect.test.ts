// CONNECT and extended CONNECT: tunnels on one stream (RFC 9113 section 8.5, RFC 8441, RFC 9220). Titles carry the
// rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  connected,
  expectFine,
  expectIncludes,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
  type TalkOptions,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";
import { data, type FieldList, headers, OK, response, rst, settings } from "../helpers/h2-wire.js";

const end = { end: true } as const;
const PLAIN: FieldList = [":method", "CONNECT", ":authority", "b:443"];
const EXTENDED: FieldList = [
  ":method",
  "CONNECT",
  ":protocol",
  "websocket",
  ":scheme",
  "https",
  ":path",
  "/chat",
  ":authority",
  "a",
];
const accepts: Step = (c) => void c.sendResponse(1, { status: 200, headers: [] });
const offers: TalkOptions = { settings: { enableConnectProtocol: true } };
const without = (name: string, fields: FieldList): string[] => {
  const at = fields.indexOf(name);
  return [...fields.slice(0, at), ...fields.slice(at + 2)];
};

describe("CONNECT at a server", () => {
  test.each<Row>([
    [
      "H2-195 :method and :authority",
      headers(1, PLAIN),
      (t) => {
        expect(t.log).toEqual(["head 1 CONNECT b:443 HTTP/2", "  => authority b:443"]);
        expectFine(t);
      },
    ],
    ["H2-195 with :path", headers(1, [...PLAIN, ":path", "/"]), resets(1, "H2_CONNECT_INVALID")],
    [
      "H2-195 with :scheme",
      headers(1, [...PLAIN, ":scheme", "https"]),
      resets(1, "H2_CONNECT_INVALID"),
    ],
    [
      "H2-195 without :authority",
      headers(1, [":method", "CONNECT"]),
      resets(1, ["H2_CONNECT_INVALID", "H2_PSEUDO_MISSING"]),
    ],
    [
      "H2-195 host does not replace :authority",
      headers(1, [":method", "CONNECT", "host", "b:443"]),
      resets(1, ["H2_CONNECT_INVALID", "H2_PSEUDO_MISSING"]),
    ],
    [
      "H2-195 without a port",
      headers(1, [":method", "CONNECT", ":authority", "b"]),
      resets(1, ["H2_CONNECT_INVALID", "H2_AUTHORITY_INVALID"]),
    ],
    [
      "H2-195 an empty port",
      headers(1, [":method", "CONNECT", ":authority", "b:"]),
      resets(1, ["H2_CONNECT_INVALID", "H2_AUTHORITY_INVALID"]),
    ],
    [
      "H2-195 with userinfo",
      headers(1, [":method", "CONNECT", ":authority", "u@b:443"]),
      resets(1, ["H2_CONNECT_INVALID", "H2_AUTHORITY_INVALID"]),
    ],
    [
      "H2-195 an address of IPv6",
      headers(1, [":method", "CONNECT", ":authority", "[::1]:443"]),
      fineWith("head 1 CONNECT [::1]:443 HTTP/2"),
    ],
    [
      "H2-034 the tunnel: octets both ways, as they come",
      [
        headers(1, PLAIN),
        accepts,
        data(1, "abc"),
        (c) => c.sendData(1, new TextEncoder().encode("xyz")),
        data(1, "def", end),
        (c) => c.sendEnd(1),
      ],
      (t) => {
        expectIncludes(t, [
          "> HEADERS 1 :status: 200",
          'tunnel 1 "abc"',
          '> DATA 1 "xyz"',
          'tunnel 1 "def"',
          "end 1",
        ]);
        expect(t.sent.at(-1)).toMatch(/^DATA 1 end/);
        expectFine(t);
      },
    ],
    [
      "H2-196 trailers in a tunnel",
      [headers(1, PLAIN), accepts, data(1, "abc"), headers(1, ["x", "y"], end)],
      resets(1, ["H2_MESSAGE_ORDER", "H2_CONNECT_INVALID", "H2_STREAM_STATE_INVALID"], { wire: 1 }),
    ],
    [
      "H2-158 content-length of a CONNECT says nothing",
      [headers(1, [...PLAIN, "content-length", "1"]), accepts, data(1, "abc", end)],
      (t) => {
        // A client must not send it (RFC 9110 section 9.3.6); where it is taken, it is no length of the tunnel.
        if (t.errors.length === 0) expect(t.log).toContain('tunnel 1 "abc"');
        else
          expect(t.errors.map(({ scope, code }) => [scope, code])).toEqual([
            ["stream", "H2_CONTENT_LENGTH_MISMATCH"],
          ]);
      },
    ],
    [
      "H2-034 RST_STREAM ends a tunnel",
      [headers(1, PLAIN), accepts, rst(1, "CONNECT_ERROR")],
      fineWith("reset 1 code 10"),
    ],
    [
      "H2-034 a refusal is an answer like others",
      [headers(1, PLAIN), (c) => c.sendResponse(1, { status: 403, headers: [], content: "no" })],
      (t) => {
        expect(t.sent).toEqual(["HEADERS 1 :status: 403 | content-length: 2", 'DATA 1 end "no"']);
        expectFine(t);
      },
    ],
  ])("%s", (...row) => playRow("server", row));
});

describe("extended CONNECT at a server", () => {
  test.each<Row>([
    [
      "XC-005 XC-008 a websocket: the answer 2xx opens the tunnel",
      [headers(1, EXTENDED), accepts, data(1, "\x81\x01a")],
      fineWith(
        "head 1 CONNECT /chat HTTP/2",
        "  => scheme https, authority a, path /chat, protocol websocket",
        "> HEADERS 1 :status: 200",
        'tunnel 1 "\\x81\\x01a"',
      ),
      offers,
    ],
    [
      "XC-004 without the setting",
      headers(1, EXTENDED),
      resets(1, ["H2_PROTOCOL_INVALID", "H2_PSEUDO_UNKNOWN"]),
    ],
    [
      "XC-005 with another method",
      headers(1, [":method", "GET", ...EXTENDED.slice(2)]),
      resets(1, "H2_PROTOCOL_INVALID"),
      offers,
    ],
    [
      "XC-005 without :scheme",
      headers(1, without(":scheme", EXTENDED)),
      resets(1, ["H2_PSEUDO_MISSING", "H2_CONNECT_INVALID"]),
      offers,
    ],
    [
      "XC-005 without :path",
      headers(1, without(":path", EXTENDED)),
      resets(1, ["H2_PSEUDO_MISSING", "H2_CONNECT_INVALID"]),
      offers,
    ],
    [
      "XC-005 without :authority",
      headers(1, without(":authority", EXTENDED)),
      resets(1, ["H2_PSEUDO_MISSING", "H2_CONNECT_INVALID", "H2_AUTHORITY_INVALID"]),
      offers,
    ],
    [
      "XC-005 an empty :protocol",
      headers(1, [":method", "CONNECT", ":protocol", "", ...EXTENDED.slice(4)]),
      resets(1, "H2_PROTOCOL_INVALID"),
      offers,
    ],
    [
      "XC-005 H2-184 :protocol twice",
      headers(1, [":protocol", "websocket", ...EXTENDED]),
      resets(1, "H2_PSEUDO_REPEATED"),
      offers,
    ],
    [
      "XC-006 plain CONNECT stays what it is beside the setting",
      headers(1, PLAIN),
      fineWith("head 1 CONNECT b:443 HTTP/2"),
      offers,
    ],
    [
      "XC-007 END_STREAM is the orderly close",
      [headers(1, EXTENDED), accepts, data(1, "", end)],
      fineWith("end 1"),
      offers,
    ],
    [
      "XC-007 RST_STREAM with CANCEL is the other one",
      [headers(1, EXTENDED), accepts, rst(1, "CANCEL")],
      fineWith("reset 1 code 8"),
      offers,
    ],
    [
      "XC-007 upgrade and connection do not belong here",
      headers(1, [...EXTENDED, "upgrade", "websocket"]),
      resets(1, "H2_CONNECTION_FIELD"),
      offers,
    ],
    [
      "XC-009 the same model for others",
      headers(1, [
        ":method",
        "CONNECT",
        ":protocol",
        "connect-udp",
        ...EXTENDED.slice(4),
        "capsule-protocol",
        "?1",
      ]),
      fineWith(
        "  => scheme https, authority a, path /chat, protocol connect-udp",
        "  capsule-protocol: ?1",
      ),
      offers,
    ],
    [
      "XC-005 an authority without a port is enough",
      headers(1, EXTENDED),
      fineWith("head 1 CONNECT /chat HTTP/2"),
      offers,
    ],
  ])("%s", (...row) => playRow("server", row));

  test("XC-006 what users see tells the two apart: :protocol is a member of the head", () => {
    const seen = (fields: FieldList) => {
      const { connection } = connected("server", offers);
      const [event] = connection.receive(headers(1, fields));
      if (event?.type !== "head" || !("method" in event.head)) throw new Error("no head");
      const { protocol, path, target } = event.head;
      return { protocol, path, target };
    };
    expect(seen(PLAIN)).toEqual({ protocol: null, path: null, target: "b:443" });
    expect(seen(EXTENDED)).toEqual({ protocol: "websocket", path: "/chat", target: "/chat" });
  });
});

const connect: Step = (c) =>
  void c.sendRequest({ method: "CONNECT", authority: "b:443", headers: [] });
const extended = {
  method: "CONNECT",
  protocol: "websocket",
  scheme: "https",
  authority: "a",
  path: "/chat",
  headers: ["sec-websocket-version", "13"],
};
const allowed: TalkOptions = { handshake: settings({ ENABLE_CONNECT_PROTOCOL: 1 }) };

describe("a client", () => {
  test.each<Row>([
    [
      "H2-195 CONNECT has neither :scheme nor :path",
      connect,
      (t) => expect(t.sent).toEqual(["HEADERS 1 :method: CONNECT | :authority: b:443"]),
    ],
    [
      "H2-034 XC-008 octets behind a 2xx are a tunnel",
      [
        connect,
        headers(1, OK),
        data(1, "abc"),
        (c) => c.sendData(1, new Uint8Array([65])),
        data(1, "", end),
      ],
      fineWith("head 1 HTTP/2 200 no reason", 'tunnel 1 "abc"', '> DATA 1 "A"', "end 1"),
    ],
    [
      "H2-158 content-length of a 2xx to CONNECT says nothing",
      [connect, headers(1, [...OK, "content-length", "1"]), data(1, "abc")],
      (t) => {
        if (t.errors.length === 0) expect(t.log).toContain('tunnel 1 "abc"');
        else expect(t.errors[0]?.scope).toBe("stream");
      },
    ],
    [
      "H2-034 a refusal has content like other answers",
      [connect, headers(1, response(403)), data(1, "no", end)],
      fineWith('data 1 "no"', "end 1"),
    ],
    [
      "H2-196 trailers in a tunnel",
      [connect, headers(1, OK), data(1, "abc"), headers(1, ["x", "y"], end)],
      resets(1, ["H2_MESSAGE_ORDER", "H2_CONNECT_INVALID", "H2_STREAM_STATE_INVALID"], { wire: 1 }),
    ],
    [
      "XC-003 extended CONNECT where the server allows it",
      [(c) => void c.sendRequest(extended)],
      (t) => {
        expect(t.sent).toHaveLength(1);
        expect(t.sent[0]).toMatch(/^HEADERS 1 :method: CONNECT \| /);
        for (const part of [
          ":protocol: websocket",
          ":scheme: https",
          ":path: /chat",
          ":authority: a",
          "sec-websocket-version: 13",
        ])
          expect(t.sent[0]).toContain(part);
      },
      allowed,
    ],
    [
      "XC-008 and its tunnel",
      [
        (c) => void c.sendRequest(extended),
        headers(1, OK),
        data(1, "\x81\x00"),
        (c) => c.sendData(1, new Uint8Array([0x88, 0])),
        (c) => c.sendEnd(1),
      ],
      (t) => {
        expectIncludes(t, ['tunnel 1 "\\x81\\x00"', '> DATA 1 "\\x88\\x00"']);
        expectFine(t);
      },
      allowed,
    ],
  ])("%s", (...row) => playRow("client", row));

  test("XC-003 before the server said so it is wrong use, and nothing is sent", () => {
    const { connection } = connected("client");
    expect(() => connection.sendRequest(extended)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(connection.take()).toEqual([]);
    expect(connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] })).toBe(
      1,
    );
  });

  test("XC-007 the fields of the HTTP/1.1 handshake are refused", () => {
    for (const name of ["upgrade", "connection", "Connection"]) {
      const { connection } = connected("client", allowed);
      expect(() => connection.sendRequest({ ...extended, headers: [name, "websocket"] })).toThrow(
        expect.objectContaining({ name: "UsageError" }),
      );
      expect(connection.take()).toEqual([]);
    }
  });

  test("H2-195 CONNECT without a port, with a path, with a scheme is wrong use", () => {
    for (const wrong of [
      { authority: "b" },
      { authority: "b:443", path: "/" },
      { authority: "b:443", scheme: "https" },
      { authority: "u@b:443" },
      {},
    ]) {
      const { connection } = connected("client");
      expect(() => connection.sendRequest({ method: "CONNECT", headers: [], ...wrong })).toThrow(
        expect.objectContaining({ name: "UsageError" }),
      );
      expect(new OutputReader().lines(taken(connection))).toEqual([]);
    }
  });

  test("H2-196 trailers on a tunnel of ours are wrong use", () => {
    const t = talk("client", [connect, headers(1, OK)]);
    expect(() => t.connection.sendTrailers(1, ["x", "y"])).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(t.connection.take()).toEqual([]);
  });
});
