// Capsules (RFC 9297 section 3): type, length, value over the content of DATA frames, however those cut them. Titles carry the rows
// of the rule list.

import type { ConnectionEvent } from "tercet";
import { CapsuleParser, H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { fin, on, type Step, type TalkOptions, talk } from "../helpers/h3-dialogue.js";
import { fine, fineWith, playRow, type Row, resets } from "../helpers/h3-expect.js";
import {
  bytesOf,
  capsule,
  concat,
  data,
  extendedConnect,
  headers,
  MAX_VARINT,
  response,
  settings,
} from "../helpers/h3-frames.js";
import { grease } from "../helpers/h3-names.js";
import { byteWise } from "../helpers/pieces.js";

const options: TalkOptions = {
  handshake: settings({ H3_DATAGRAM: 1, ENABLE_CONNECT_PROTOCOL: 1 }),
  datagrams: true,
  settings: { enableConnectProtocol: true },
};
const protocol = (value = "?1", more: string[] = []) =>
  headers(extendedConnect("connect-udp", ["capsule-protocol", value, ...more]));
const accept: Step = (c) =>
  void c.sendResponse(0, { status: 200, headers: ["capsule-protocol", "?1"] });
const opened: Step[] = [on(0, protocol()), accept];

const rows = (list: readonly Row[]): Row[] =>
  list.map(
    ([title, steps, expected, more]): Row => [title, steps, expected, { ...options, ...more }],
  );

describe("capsules on a stream", () => {
  test.each(
    rows([
      [
        "H3-CAP-1 a DATAGRAM capsule is a datagram",
        [...opened, on(0, data(capsule("DATAGRAM", "hello")))],
        fineWith('datagram 0 "hello"'),
      ],
      [
        "H3-CAP-1 two in one DATA frame, one in two",
        [
          ...opened,
          on(
            0,
            data(concat(capsule("DATAGRAM", "one"), capsule("DATAGRAM", "two"))),
            data(capsule("DATAGRAM", "three").subarray(0, 4)),
            data(capsule("DATAGRAM", "three").subarray(4)),
          ),
        ],
        fineWith('datagram 0 "one"', 'datagram 0 "two"', 'datagram 0 "three"'),
      ],
      [
        "H3-CAP-1 every octet in a DATA frame of its own",
        [
          ...opened,
          on(
            0,
            ...byteWise(
              concat(capsule(0x1234, "value", { widths: [8, 4] }), capsule("DATAGRAM", "d")),
            ).map((one) => data(one)),
          ),
        ],
        fineWith('datagram 0 "d"'),
      ],
      [
        "H3-CAP-2 types that nobody knows are no error",
        [
          ...opened,
          fin(
            0,
            data(
              concat(
                capsule(0x1234, "x"),
                capsule(grease(4), ""),
                capsule(MAX_VARINT, "y"),
                capsule("DATAGRAM", "z"),
              ),
            ),
          ),
        ],
        fineWith('datagram 0 "z"', "end 0"),
      ],
      [
        "H3-CAP-2 one that is longer than anything is passed over, or refused",
        [
          ...opened,
          on(0, data(capsule(0x1234, "", { length: MAX_VARINT }))),
          on(0, data(new Uint8Array(1000))),
        ],
        (t) => {
          if (t.errors.length > 0) resets(0, "H3_CAPSULE_TOO_LARGE")(t);
          else fine(t);
        },
      ],
      [
        "H3-CAP-1 a DATAGRAM capsule above the limit",
        [...opened, on(0, data(capsule("DATAGRAM", "", { length: 2 ** 40 })))],
        (t) => {
          if (t.errors.length > 0) resets(0, "H3_CAPSULE_TOO_LARGE")(t);
          else fine(t);
        },
      ],
      [
        "H3-CAP-4 FIN inside a type",
        [...opened, fin(0, data(Uint8Array.of(0x40)))],
        resets(0, "H3_CAPSULE_TRUNCATED"),
      ],
      [
        "H3-CAP-4 FIN inside a length",
        [...opened, fin(0, data(Uint8Array.of(0, 0x40)))],
        resets(0, "H3_CAPSULE_TRUNCATED"),
      ],
      [
        "H3-CAP-4 FIN inside a value",
        [...opened, fin(0, data(capsule("DATAGRAM", "abc", { length: 4 })))],
        resets(0, "H3_CAPSULE_TRUNCATED"),
      ],
      [
        "H3-CAP-4 FIN inside the value of an unknown one",
        [...opened, fin(0, data(capsule(0x1234, "abc", { length: 4 })))],
        resets(0, "H3_CAPSULE_TRUNCATED"),
      ],
      [
        "H3-CAP-4 FIN alone inside a value",
        [...opened, on(0, data(capsule("DATAGRAM", "abc", { length: 4 }))), fin(0)],
        resets(0, "H3_CAPSULE_TRUNCATED"),
      ],
      [
        "H3-CAP-4 FIN between capsules",
        [...opened, fin(0, data(capsule("DATAGRAM", "abc")))],
        fineWith('datagram 0 "abc"', "end 0"),
      ],
    ]),
  )("%s", (...row) => playRow("server", row));

  test.each(
    rows([
      [
        "H3-CAP-5 a request with content-length",
        on(0, protocol("?1", ["content-length", "5"])),
        resets(0, ["H3_CAPSULE_FORBIDDEN", "H3_CONTENT_LENGTH_INVALID"]),
      ],
      [
        "H3-CAP-5 a request with content-type",
        on(0, protocol("?1", ["content-type", "text/plain"])),
        resets(0, "H3_CAPSULE_FORBIDDEN"),
      ],
      [
        "H3-CAP-5 a request with transfer-encoding",
        on(0, protocol("?1", ["transfer-encoding", "chunked"])),
        resets(0, "H3_CONNECTION_FIELD"),
      ],
    ]),
  )("%s", (...row) => playRow("server", row));

  const ask: Step = (c) =>
    void c.sendRequest({
      ...{ method: "CONNECT", protocol: "connect-udp", scheme: "https", authority: "a", path: "/" },
      headers: ["capsule-protocol", "?1"],
    });
  const answered = (status: number, ...more: string[]): Step[] => [
    ask,
    on(0, headers(response(status, ["capsule-protocol", "?1", ...more]))),
  ];
  test.each(
    rows([
      [
        "H3-CAP-5 a response with content-length",
        answered(200, "content-length", "5"),
        resets(0, ["H3_CAPSULE_FORBIDDEN", "H3_CONTENT_LENGTH_INVALID"]),
      ],
      [
        "H3-CAP-5 a response with content-type",
        answered(200, "content-type", "text/plain"),
        resets(0, "H3_CAPSULE_FORBIDDEN"),
      ],
      ["H3-CAP-5 204", answered(204), resets(0, "H3_CAPSULE_FORBIDDEN")],
      ["H3-CAP-5 205", answered(205), resets(0, "H3_CAPSULE_FORBIDDEN")],
      ["H3-CAP-5 206", answered(206), resets(0, "H3_CAPSULE_FORBIDDEN")],
      [
        "H3-CAP-5 200",
        [...answered(200), on(0, data(capsule("DATAGRAM", "x")))],
        fineWith('datagram 0 "x"'),
      ],
    ]),
  )("%s", (...row) => playRow("client", row));
});

describe("H3-CAP-6 the capsule-protocol field", () => {
  /** Whether DATA of a tunnel with this field is read as capsules. A protocol of its own, which says nothing by itself. */
  const isCapsules = (value: string): boolean => {
    const head = headers(extendedConnect("something", ["capsule-protocol", value]));
    const steps = [on(0, head), accept, on(0, data(capsule("DATAGRAM", "x")))];
    const t = talk("server", steps, { ...options, cuts: "few" });
    expect(t.errors, value).toEqual([]);
    return t.events.some(({ type }) => type === "datagram");
  };
  test.each(["?1", "?1;a=b", "?1; a", "?1;a=1.5;b"])("H3-CAP-6 %s says yes", (value) => {
    expect(isCapsules(value)).toBe(true);
  });
  test.each(["?0", "?0;a", "1", "true", '"?1"', "?1, ?1", "??1", "?2", "?", "", "?1;", "(?1)"])(
    "H3-CAP-6 %s says nothing",
    (value) => {
      expect(isCapsules(value)).toBe(false);
    },
  );
});

describe("CapsuleParser", () => {
  const parse = (bytes: Uint8Array, cut: (bytes: Uint8Array) => Uint8Array[] = (all) => [all]) => {
    const parser = new CapsuleParser();
    return cut(bytes).flatMap((piece) => parser.receive(piece));
  };
  const brief = (events: readonly (object & { readonly type?: unknown })[]) =>
    events.map((event) => {
      const one = event as Partial<Extract<ConnectionEvent, { type: "error" }>> & { name?: string };
      return one.error ? one.error.code : one.name;
    });

  test("H3-CAP-1 the same at every cut", () => {
    const bytes = concat(
      capsule("DATAGRAM", "abc"),
      capsule(0x1234, "unknown", { widths: [4, 2] }),
      capsule("WT_DRAIN_SESSION"),
      capsule("DATAGRAM", ""),
    );
    const whole = JSON.stringify(parse(bytes));
    expect(brief(parse(bytes))).toHaveLength(4);
    expect(JSON.stringify(parse(bytes, byteWise))).toBe(whole);
    for (let at = 1; at < bytes.length; at++)
      expect(JSON.stringify(parse(bytes, (all) => [all.subarray(0, at), all.subarray(at)]))).toBe(
        whole,
      );
  });

  test.each([
    ["WT_CLOSE_SESSION of three octets", capsule("WT_CLOSE_SESSION", [0, 0, 0])],
    [
      "WT_CLOSE_SESSION with 1,025 octets of message",
      capsule("WT_CLOSE_SESSION", new Uint8Array(4 + 1025).fill(97)),
    ],
    ["WT_DRAIN_SESSION with a value", capsule("WT_DRAIN_SESSION", [0])],
    ["WT_MAX_DATA without a number", capsule("WT_MAX_DATA")],
    ["WT_MAX_DATA with half a number", capsule("WT_MAX_DATA", [0x40])],
    ["WT_MAX_DATA with one octet more", capsule("WT_MAX_DATA", [0, 0])],
    ["WT_MAX_STREAMS with one octet more", capsule("WT_MAX_STREAMS_BIDI", [4, 4])],
  ])("H3-CAP-3 %s", (_name, bytes) => {
    const events = parse(bytes);
    const last = events.at(-1) as Extract<ConnectionEvent, { type: "error" }>;
    expect(last.type).toBe("error");
    expect([last.error.wireCode, last.error.scope]).toEqual([0x10e, "stream"]);
    // Terminal: nothing is read behind it.
    const parser = new CapsuleParser();
    parser.receive(bytes);
    expect(parser.receive(capsule("DATAGRAM", "x"))).toEqual([]);
  });

  test("H3-CAP-3 exact ones are read", () => {
    const bytes = concat(
      capsule("WT_CLOSE_SESSION", [0, 0, 1, 2, ...bytesOf("bye")]),
      capsule("WT_DRAIN_SESSION"),
      capsule("WT_MAX_DATA", [0x40, 0x64]),
      capsule("WT_MAX_STREAMS_UNI", [9]),
    );
    expect(parse(bytes).some((event) => (event as { type?: string }).type === "error")).toBe(false);
    expect(brief(parse(bytes))).toEqual([
      ...["WT_CLOSE_SESSION", "WT_DRAIN_SESSION", "WT_MAX_DATA"],
      expect.stringMatching(/^WT_MAX_STREAMS/),
    ]);
  });
});

describe("H3-CAP-5 checks what we send", () => {
  const answered = () => {
    const client = new H3Connection({ role: "client" });
    const server = new H3Connection({
      role: "server",
      settings: { enableConnectProtocol: true },
    });
    for (const { streamId, bytes } of server.takeStreams())
      client.receiveStream(streamId, bytes, false);
    const id = client.sendRequest({
      method: "CONNECT",
      protocol: "connect-udp",
      authority: "a.example",
      path: "/",
      headers: ["capsule-protocol", "?1"],
    });
    for (const { streamId, bytes } of client.takeStreams())
      server.receiveStream(streamId, bytes, false);
    return { client, server, id };
  };

  test.each([204, 205, 206])("a response with status %i", (status) => {
    const { server, id } = answered();
    expect(() => server.sendResponse(id, { status, headers: [] })).toThrow("H3_CAPSULE_FORBIDDEN");
    server.sendResponse(id, { status: 200, headers: ["capsule-protocol", "?1"] });
  });

  test.each([
    ["content-type", "text/plain"],
    ["content-length", "5"],
  ])("a request with %s", (name, value) => {
    const { client } = answered();
    const before = client.streamCount;
    const request = {
      method: "CONNECT",
      protocol: "connect-udp",
      authority: "a.example",
      path: "/",
      headers: [name, value],
    };
    expect(() => client.sendRequest(request)).toThrow("H3_CAPSULE_FORBIDDEN");
    expect(client.streamCount).toBe(before);
  });
});
