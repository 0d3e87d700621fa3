// The tree for people: golden outputs, what folds, what goes on below, what never reaches a terminal.

import { describe, expect, test } from "vitest";
import {
  COLOURED_TREE,
  type InspectEvent,
  type InspectOptions,
  inspect,
  type TreeOptions,
  TreePrinter,
} from "../../src/inspect/index.js";
import { pcap } from "../helpers/capture-file.js";
import { ascii } from "../helpers/capture-octets.js";
import { packetsOf, sayH1, sayH2, sayInTls } from "../helpers/inspect-sample.js";

const treeOf = (bytes: Uint8Array, options: InspectOptions = {}, how: TreeOptions = {}) =>
  new TreePrinter(how).push(inspect(bytes, options));

describe("the tree", () => {
  test("of raw HTTP/1.1", () => {
    expect(treeOf(ascii("GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n"))).toBe(
      [
        "connection 0  HTTP/1.1",
        "└─ exchange 1  GET /x?y",
        "   └─ request                                                                   RFC 9112 section 2.1",
        "         GET /x?y HTTP/1.1",
        "         Host: a",
        "         1 field, 5 B; 30 with the start line and line ends                       RFC 9112 section 5",
        "",
        "summary  1 connection, 1 message, 30 B, no errors",
        "",
      ].join("\n"),
    );
  });

  test("of a capture: who, when, how long, status, content", () => {
    const text = treeOf(pcap(packetsOf(sayH1("/one"))));
    expect(text).toContain("connection 0  10.0.0.1:40000 → 10.0.0.2:8080  HTTP/1.1\n");
    expect(text).toContain("└─ exchange 1  GET /one  → 200  8 B  after 2.00 s\n");
    expect(text).toMatch(/─ response {2}\+2\.00 s +RFC 9112 section 2\.1\n/);
    expect(text).toMatch(/ content: 8 B +RFC 9112 section 6\n/);
    expect(text).toMatch(
      /\nsummary {2}1 connection, 2 messages, 11 captured packets, [\d,]+ B, no errors\n$/,
    );
  });

  test("of HTTP/2: settings by name, frames folded, what HPACK gained", () => {
    const text = treeOf(pcap(packetsOf(sayH2("/one", "/two", "/three"))));
    expect(text).toMatch(/settings of the client +RFC 9113 section 6\.5\n/);
    expect(text).toMatch(/│ {5}INITIAL_WINDOW_SIZE: [\d,]+\n/);
    expect(text).toMatch(
      /stream 1 {2}GET http:\/\/example\.com\/one {2}→ 200 {2}8 B {2}after 2\.00 s\n/,
    );
    expect(text).toMatch(
      /─ frames {2}client: HEADERS · server: HEADERS, DATA +RFC 9113 section 6\n/,
    );
    expect(text).toMatch(
      /field compression +RFC 7541\n.*client: 3 sections, \d+ B as \d+ B: \d+ % saved\n/,
    );
    expect(text).toMatch(/\d fields, \d+ B as \d+: HPACK saves \d+ % +RFC 7541 section 6\n/);
  });

  test("of TLS: version, suite, ALPN, SNI, records; without keys what to do", async () => {
    const { said, keyLog } = await sayInTls(sayH2("/one"), "h2");
    const file = pcap(packetsOf(said));
    expect(treeOf(file, { keyLog })).toMatch(
      /^connection 0 {2}[\d.:]+ → [\d.:]+ {2}HTTP\/2 {2}TLS 1\.3 {2}TLS_\w+ {2}ALPN h2 {2}SNI localhost\n├─ records +RFC 8446 section 5\.1\n/,
    );
    const closed = treeOf(file);
    expect(closed).toMatch(/└─ not opened: no keys ×\d+\n/);
    expect(closed).toMatch(
      /\nnot opened\n {2}\d+ packets of 1 connection: no keys {2}give --keylog FILE; .*SSLKEYLOGFILE=FILE/,
    );
  });

  test("shows errors in their place, with rule and RFC", () => {
    const text = treeOf(ascii("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n"));
    expect(text).toMatch(
      /[├└]─ ✗ H1_\w+ {2}.+, at client's byte \d+ +H1-\d+, RFC 9112 section [\d.]+\n/,
    );
    expect(text).toMatch(/1 error\n$/);
  });

  test("shows 4xx and 5xx, informational heads and trailers", () => {
    const wire =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-End: 1\r\n\r\n";
    const text = treeOf(ascii(wire));
    expect(text).toMatch(/exchange 1 {2}→ 404 {2}2 B\n/);
    expect(text).toMatch(/├─ informational +RFC/);
    expect(text).toMatch(/└─ trailers +RFC[^]*X-End: 1\n/);
  });
});

describe("colours and width", () => {
  const long = ascii(`GET /${"x".repeat(200)} HTTP/1.1\r\nHost: a\r\n\r\n`);

  test("a terminal gets lines that fit, with colours closed", () => {
    const text = treeOf(long, {}, { style: COLOURED_TREE, width: 60, isCut: true });
    for (const line of text.split("\n")) {
      expect(line.replace(/\u001b\[\d+m/g, "").length).toBeLessThanOrEqual(60);
    }
    expect(text).toMatch(/xxx…/);
    expect(text).toContain("\u001b[1m");
  });

  test("a file gets whole lines without colours", () => {
    const text = treeOf(long);
    expect(text).toContain("x".repeat(200));
    expect(text).not.toContain("\u001b");
  });

  test("no octet of the wire reaches the terminal that would act on it", () => {
    const wire = "GET /\u009b2J HTTP/1.1\r\nHost: a\r\nX: \u00e9\u0080\r\n\r\n";
    const bytes = Uint8Array.from(Buffer.from(wire, "latin1"));
    const text = treeOf(bytes, { lenient: true }) + treeOf(bytes);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    const evil = {
      event: "frame",
      connection: 0,
      direction: "client",
      offset: 0,
      time: null,
      protocol: "h2",
      name: "\u001b]0;x\u0007",
      streamId: 1,
      length: 1,
      rfc: "",
    };
    expect(new TreePrinter().push([evil as InspectEvent, ...inspect(bytes).slice(-1)])).not.toMatch(
      /[\u001b\u0007]/,
    );
  });
});

describe("what waits is bounded", () => {
  const head = (connection: number, streamId: number): InspectEvent => ({
    event: "head",
    connection,
    direction: "client",
    offset: 0,
    time: 1,
    protocol: "h2",
    streamId,
    headers: [[":path", `/${"x".repeat(1000)}`]],
    wireLength: 10,
    fieldLength: 1006,
  });

  test("much of one connection is drawn early, and goes on below", () => {
    const printer = new TreePrinter();
    let text = "";
    let most = 0;
    for (let stream = 1; stream <= 12_000; stream++) {
      const piece = printer.push([head(0, stream)]);
      most = Math.max(most, piece.length);
      text += piece;
    }
    expect(text.length).toBeGreaterThan(12e6);
    expect(most).toBeLessThan(16e6);
    expect(text).toContain("connection 0  (goes on)\n");
  });

  test("many connections are drawn early, each stream once", () => {
    const printer = new TreePrinter();
    let text = "";
    for (let number = 0; number < 6000; number++) text += printer.push([head(number, 1)]);
    text += printer.push(inspect(new Uint8Array(0)).slice(-1));
    expect(text.match(/─ stream 1 /g)).toHaveLength(6000);
  });

  test("a live input is drawn as messages end", () => {
    const printer = new TreePrinter({ isLive: true });
    const events = inspect(pcap(packetsOf(sayH1("/one", "/two"))));
    const texts = events.map((event) => printer.push([event])).filter((text) => text !== "");
    expect(texts[0]).toMatch(/exchange 1[^]*\/one/);
    expect(texts[0]).not.toContain("/two");
    expect(texts[1]).toMatch(/\(goes on\)\n└─ exchange 2/);
    expect(texts.join("").match(/─ exchange /g)).toHaveLength(2);
  });
});
