// CONNECT and extended CONNECT (RFC 9114 section 4.4, RFC 9220): tunnels of DATA, how they open and end. Titles carry the rows of
// the rule list.

import { describe, expect, test } from "vitest";
import { connected, fin, on, resetBy, type Step, talk } from "../helpers/h3-dialogue.js";
import {
  expectAlive,
  fails,
  fineWith,
  logs,
  playRow,
  type Row,
  resets,
} from "../helpers/h3-expect.js";
import {
  connect,
  data,
  extendedConnect,
  headers,
  OK,
  response,
  settings,
  unknownFrame,
} from "../helpers/h3-frames.js";

const dial: Step = (c) =>
  void c.sendRequest({ method: "CONNECT", authority: "a:443", headers: [] });
const accept: Step = (c) => void c.sendResponse(0, { status: 200, headers: [] });
const bytes = (text: string) => new TextEncoder().encode(text);
const enabled = { settings: { enableConnectProtocol: true } };

describe("CONNECT at a server", () => {
  test.each<Row>([
    [
      "H3-FRM-23 H3-MSG-15 a tunnel in both directions",
      [
        on(0, headers(connect("a:443"))),
        accept,
        on(0, data("to "), data("you")),
        (c) => void c.sendData(0, bytes("to me")),
        fin(0),
        (c) => void c.sendEnd(0),
      ],
      logs(
        ...["head 0 CONNECT a:443 HTTP/3", "  => authority a:443", "> 0 HEADERS :status: 200"],
        ...['tunnel 0 "to you"', '> 0 DATA "to me"', "end 0", "> 0 fin"],
      ),
    ],
    [
      "H3-FRM-23 unknown frames inside are passed over",
      [on(0, headers(connect())), accept, fin(0, unknownFrame("x"), data("y"), unknownFrame(""))],
      fineWith('tunnel 0 "y"', "end 0"),
    ],
    [
      "bytes that come before the answer are tunnel bytes when it was accepted",
      [on(0, headers(connect()), data("early")), accept, fin(0, data("late"))],
      (t) => {
        const text = t.events.flatMap((event) =>
          "bytes" in event ? [...(event.bytes as Uint8Array)] : [],
        );
        expect(new TextDecoder().decode(Uint8Array.from(text))).toBe("earlylate");
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "a refusal is an ordinary response",
      [
        on(0, headers(connect())),
        (c) => void c.sendResponse(0, { status: 403, headers: [], content: "no" }),
        fin(0),
      ],
      (t) => {
        expect(t.sent).toContain("0 HEADERS :status: 403 | content-length: 2");
        expect(t.sent).toContain("0 fin");
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "a reset of the tunnel",
      [on(0, headers(connect())), accept, on(0, data("x")), resetBy(0, 0x10f)],
      (t) => {
        expect(t.log).toContain("reset 0 H3_CONNECT_ERROR");
        expect(t.errors).toEqual([]);
        expectAlive(t);
      },
    ],
    [
      "H3-FRM-3 a tunnel that ends inside a frame",
      [on(0, headers(connect())), accept, fin(0, data("x", { length: 9 }))],
      fails("H3_FRAME_TRUNCATED"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-MSG-16 an extended CONNECT is a tunnel, too",
      [on(0, headers(extendedConnect("websocket"))), accept, fin(0, data("frame"))],
      fineWith(
        "  => scheme https, authority a, path /, protocol websocket",
        'tunnel 0 "frame"',
        "end 0",
      ),
      enabled,
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H3-MSG-16 we say so in SETTINGS, only when enabled", () => {
    const { hello } = connected("server", { ...enabled, handshake: "none" });
    expect(hello[0]).toMatch(/ENABLE_CONNECT_PROTOCOL=1/);
    const { hello: without } = connected("server", { handshake: "none" });
    expect(without[0]).not.toMatch(/ENABLE_CONNECT_PROTOCOL=1/);
  });
});

describe("CONNECT at a client", () => {
  test.each<Row>([
    [
      "a tunnel",
      [dial, on(0, headers(OK), data("to me")), (c) => void c.sendData(0, bytes("to you")), fin(0)],
      logs(
        ...["> 0 HEADERS :method: CONNECT | :authority: a:443"],
        ...["head 0 HTTP/3 200 no reason", 'tunnel 0 "to me"', '> 0 DATA "to you"', "end 0"],
      ),
    ],
    [
      "a refusal has content",
      [dial, fin(0, headers(response(502)), data("why"))],
      (t) => {
        expect(t.log).toContain('data 0 "why"');
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "H3-FRM-23 trailers in a tunnel",
      [dial, on(0, headers(OK)), on(0, headers(["x-t", "1"]))],
      fails("H3_FRAME_UNEXPECTED", { stream: 0 }),
    ],
    [
      "content-length means nothing in a tunnel",
      [dial, on(0, headers(response(200, ["content-length", "1"])), data("more than one"))],
      (t) => {
        if (t.errors.length > 0)
          resets(0, ["H3_CONTENT_LENGTH_INVALID", "H3_CONTENT_LENGTH_MISMATCH"])(t);
        else expect(t.log.some((one) => one.startsWith("tunnel 0"))).toBe(true);
      },
    ],
  ])("%s", (...row) => playRow("client", row));

  const extended = (c: Parameters<Extract<Step, (c: never) => unknown>>[0]) =>
    (c as unknown as { sendRequest(head: object): number }).sendRequest({
      method: "CONNECT",
      protocol: "websocket",
      scheme: "https",
      authority: "a",
      path: "/",
      headers: [],
    });

  test("H3-MSG-16 H3-SET-9 an extended CONNECT waits for the peer's SETTINGS", () => {
    const { connection } = connected("client", { handshake: "none" });
    expect(() => extended(connection as never)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    const plain = connected("client");
    expect(() => extended(plain.connection as never)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    const allowed = connected("client", { handshake: settings({ ENABLE_CONNECT_PROTOCOL: 1 }) });
    expect(extended(allowed.connection as never)).toBe(0);
    expect(allowed.reader.lines(allowed.connection.takeStreams())).toEqual([
      "0 HEADERS :method: CONNECT | :scheme: https | :authority: a | :path: / | :protocol: websocket",
    ]);
  });

  test("tunnels that are cut anywhere", () => {
    const t = talk("client", [
      dial,
      on(0, headers(OK), data("abc"), data(""), data("def")),
      fin(0),
    ]);
    expect(t.log).toContain('tunnel 0 "abcdef"');
  });
});
