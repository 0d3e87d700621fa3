// Annotated hex: every octet is in exactly one part, the parts have the RFC's names, and hostile lengths end the cutting.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HexPart, HexPrinter, type InspectEvent, partsOf } from "../../src/inspect/index.js";

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const event = (kind: string, protocol: string, bytes: Uint8Array, fields: object = {}) =>
  ({
    event: kind,
    connection: 0,
    direction: "client",
    offset: 0,
    time: null,
    protocol,
    streamId: 1,
    length: bytes.length,
    rfc: "RFC 0",
    name: "X",
    packetType: "Initial",
    headers: [],
    wireLength: bytes.length,
    fieldLength: 0,
    bytes,
    ...fields,
  }) as unknown as InspectEvent;

const named = (parts: readonly HexPart[]) =>
  parts.map(({ at, length, name }) => [at, length, name]);

describe("parts", () => {
  test("of an HTTP/2 HEADERS frame with padding and priority", () => {
    const bytes = bytesOf("00000a 01 2d 00000003 02 80000001 0f 8286 0000".replaceAll(" ", ""));
    expect(named(partsOf(event("frame", "h2", bytes)))).toEqual([
      [0, 3, "Length: 10"],
      [3, 1, "Type: HEADERS (0x1)"],
      [4, 1, "Flags: END_STREAM, END_HEADERS, PADDED, PRIORITY"],
      [5, 4, "Reserved, Stream Identifier: 3"],
      [9, 1, "Pad Length: 2"],
      [10, 4, "Exclusive, Stream Dependency: 2,147,483,649"],
      [14, 1, "Weight: 15"],
      [15, 2, "Field Block Fragment"],
      [17, 2, "Padding"],
    ]);
  });

  test.each([
    [
      "SETTINGS",
      "00000c 04 00 00000000 0003 00000064 0005 00004000",
      "Identifier: MAX_CONCURRENT_STREAMS",
    ],
    [
      "GOAWAY",
      "00000a 07 00 00000000 00000001 0000000b 6869",
      "Error Code: ENHANCE_YOUR_CALM (0xb)",
    ],
    ["WINDOW_UPDATE", "000004 08 00 00000000 0000ffff", "Window Size Increment: 65,535"],
    ["PING", "000008 06 01 00000000 0001020304050607", "Flags: ACK"],
    [
      "the preface",
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").toString("hex"),
      "connection preface",
    ],
  ])("of HTTP/2 %s", (_name, wire, part) => {
    expect(partsOf(event("frame", "h2", bytesOf(wire))).map(({ name }) => name)).toContain(part);
  });

  test("of HPACK representations, each with its field", () => {
    const block = bytesOf("82 86 84 410f7777772e6578616d706c652e636f6d 10 0161 0162 3fe11f");
    const headers = [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
      ["a", "b"],
    ];
    expect(named(partsOf(event("head", "hpack", block, { headers })))).toEqual([
      [0, 1, ":method: GET  (indexed)"],
      [1, 1, ":scheme: http  (indexed)"],
      [2, 1, ":path: /  (indexed)"],
      [3, 17, ":authority: www.example.com  (literal, indexed from here on)"],
      [20, 5, "a: b  (literal, never indexed)"],
      [25, 3, "(dynamic table size update)"],
    ]);
  });

  test("of a QPACK field section: prefix, static, dynamic, literal lines", () => {
    const section = bytesOf("0381 c1 80 510b2f696e6465782e68746d6c 23616263 0164 10 00 0165");
    const headers = [
      [":path", "/"],
      ["x", "y"],
      [":path", "/index.html"],
      ["abc", "d"],
      ["p", "q"],
      ["r", "e"],
    ];
    expect(named(partsOf(event("head", "h3", section, { headers })))).toEqual([
      [0, 1, "Encoded Required Insert Count"],
      [1, 1, "Sign, Delta Base"],
      [2, 1, ":path: /  (indexed, static table)"],
      [3, 1, "x: y  (indexed, dynamic table)"],
      [4, 13, ":path: /index.html  (literal, name of the static table)"],
      [17, 6, "abc: d  (literal)"],
      [23, 1, "p: q  (indexed, post-base)"],
      [24, 3, "r: e  (literal, post-base name)"],
    ]);
  });

  test("of HTTP/3 frames", () => {
    const settings = event("frame", "h3", bytesOf("04 06 01 5000 07 4064"), { name: "SETTINGS" });
    expect(partsOf(settings).map(({ name }) => name)).toEqual([
      "Type: SETTINGS (0x4)",
      "Length: 6",
      "Identifier: QPACK_MAX_TABLE_CAPACITY",
      "Value: 4,096",
      "Identifier: QPACK_BLOCKED_STREAMS",
      "Value: 100",
    ]);
    const goaway = event("frame", "h3", bytesOf("07 01 04"), { name: "GOAWAY" });
    expect(partsOf(goaway).at(-1)?.name).toBe("Stream ID or Push ID: 4");
  });

  test("of a QUIC Initial packet, protected as it is", () => {
    const bytes = bytesOf("c3 00000001 04 01020304 02 0a0b 01 ff 4005 0011223344");
    expect(named(partsOf(event("packet", "quic", bytes)))).toEqual([
      [0, 1, "Header Form 1, Fixed Bit, Long Packet Type: Initial, type-specific bits"],
      [1, 4, "Version: 0x1"],
      [5, 1, "Destination Connection ID Length: 4"],
      [6, 4, "Destination Connection ID"],
      [10, 1, "Source Connection ID Length: 2"],
      [11, 2, "Source Connection ID"],
      [13, 1, "Token Length: 1"],
      [14, 1, "Token"],
      [15, 2, "Length: 5"],
      [17, 5, "protected Packet Number, protected Payload"],
    ]);
  });

  test("of QUIC frames", () => {
    const names = (wire: string, name: string) =>
      partsOf(event("frame", "quic", bytesOf(wire), { name })).map((part) => part.name);
    expect(names("0f 04 4100 02 6869", "STREAM")).toEqual([
      "Type: STREAM (0xf)",
      "Stream ID: 4",
      "Offset: 256",
      "Length: 2",
      "Stream Data",
    ]);
    expect(names("02 05 00 00 02", "ACK")).toEqual([
      "Type: ACK (0x2)",
      "Largest Acknowledged: 5",
      "ACK Delay: 0",
      "ACK Range Count: 0",
      "First ACK Range: 2",
    ]);
  });

  test("of a TLS record and of an HTTP/1.1 head", () => {
    const record = event("packet", "tls", bytesOf("16 0303 0004 02000000"), {
      packetType: "handshake",
    });
    expect(named(partsOf(record)).slice(0, 3)).toEqual([
      [0, 1, "ContentType: handshake"],
      [1, 2, "ProtocolVersion: 0x303"],
      [3, 2, "length: 4"],
    ]);
    const head = Uint8Array.from(Buffer.from("GET / HTTP/1.1\r\nHost: a\xff\r\n\r\n", "latin1"));
    expect(named(partsOf(event("head", "http/1.1", head)))).toEqual([
      [0, 16, "GET / HTTP/1.1"],
      [16, 10, "Host: a\\xff"],
      [26, 2, "end of the fields"],
    ]);
  });
});

const KINDS: readonly (readonly [kind: string, protocol: string, fields: object])[] = [
  ["frame", "h2", {}],
  ["frame", "h3", {}],
  ["frame", "h3", { name: "STREAM_TYPE" }],
  ["frame", "h3", { name: "DATAGRAM" }],
  ["frame", "quic", {}],
  ["frame", "qpack", {}],
  ["packet", "quic", {}],
  ["packet", "quic", { packetType: "Retry" }],
  ["packet", "quic", { packetType: "Version Negotiation" }],
  ["packet", "quic", { packetType: "Unknown" }],
  ["packet", "tls", {}],
  ["head", "http/1.1", {}],
  ["head", "hpack", { headers: [["a", "b"]] }],
  ["trailers", "h3", { headers: [["a", "b"]] }],
];

test("any octets are cut without a rest and without an overlap", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.uint8Array({ maxLength: 80 }),
      ([kind, protocol, fields], bytes) => {
        let at = 0;
        for (const part of partsOf(event(kind, protocol, bytes, fields))) {
          expect(part.at).toBe(at);
          expect(part.length).toBeGreaterThan(0);
          at += part.length;
        }
        expect(at).toBe(bytes.length);
      },
    ),
    { numRuns: 1000 },
  );
});

describe("the printer", () => {
  test("draws rows of 16 octets beside names and RFC sections, and counts what is long", () => {
    const data = new Uint8Array(9 + 100).fill(0x61);
    data.set(bytesOf("000064 00 01 00000001"));
    const text = new HexPrinter().push([event("frame", "h2", data, { name: "DATA" })]);
    expect(text).toBe(
      [
        "frame DATA  h2, connection 0, client, stream 1, byte 0, 109 B",
        `  000000  ${"00 00 64".padEnd(47)}  Length: 100  RFC 9113 section 4.1`,
        `  000003  ${"00".padEnd(47)}  Type: DATA (0x0)  RFC 9113 section 4.1`,
        `  000004  ${"01".padEnd(47)}  Flags: END_STREAM  RFC 9113 section 4.1`,
        `  000005  ${"00 00 00 01".padEnd(47)}  Reserved, Stream Identifier: 1  RFC 9113 section 4.1`,
        `  000009  ${"61 ".repeat(16).trim()}  Data  RFC 9113 section 6.1`,
        ...["19", "29", "39"].map(
          (at) => `  0000${at}  ${"61 ".repeat(16).trim()}  ${"a".repeat(16)}`,
        ),
        "          … 36 B more",
        "",
        "",
      ].join("\n"),
    );
  });

  test("says nothing of events without bytes, and shows errors and the summary", () => {
    const printer = new HexPrinter();
    expect(printer.push([event("frame", "h2", new Uint8Array(0))])).toBe("");
    const error = {
      code: "H2_X",
      rule: "H2-001",
      rfc: "RFC 9113 section 5",
      scope: "stream",
      message: "wrong",
    };
    expect(printer.push([event("error", "h2", new Uint8Array(0), error)])).toBe(
      "✗ H2_X  wrong, at client's byte 0  H2-001, RFC 9113 section 5\n\n",
    );
  });

  test("never lets octets of the wire reach the terminal as they are", () => {
    const bytes = Uint8Array.from(
      Buffer.from("GET /\u001b[31m HTTP/1.1\r\nA: \u009b\u0007\r\n\r\n", "latin1"),
    );
    const text = new HexPrinter().push([event("head", "http/1.1", bytes, { name: "\u001b[2J" })]);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});
