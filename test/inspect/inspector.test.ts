// The inspector as a whole: captures, raw bytes and hex text to events; what it keeps; what it says of nonsense.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type InspectEvent,
  type InspectOptions,
  Inspector,
  inspect,
  toJsonLine,
} from "../../src/inspect/index.js";
import { pcap, pcapng } from "../helpers/capture-file.js";
import { ascii } from "../helpers/capture-octets.js";
import {
  brief,
  interleaved,
  OTHERS,
  packetsOf,
  saidBy,
  sayH1,
  sayH2,
  sayInTls,
} from "../helpers/inspect-sample.js";

const H1 = sayH1("/one", "/two");
const H2 = sayH2("/one");

const summaryOf = (events: readonly InspectEvent[]) =>
  events.at(-1) as InspectEvent & { event: "summary" };
const linesOf = (events: readonly InspectEvent[]) => events.map(toJsonLine);

/** Pushes it in pieces that end at these places. */
function inPieces(
  bytes: Uint8Array,
  cuts: readonly number[],
  options: InspectOptions = {},
): InspectEvent[] {
  const inspector = new Inspector(options);
  const events: InspectEvent[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    events.push(...inspector.push(bytes.slice(from, cut)));
    from = cut;
  }
  return [...events, ...inspector.push(bytes.slice(from)), ...inspector.end()];
}

describe("a capture", () => {
  test("of HTTP/1.1 gives each message with times, numbers and offsets", () => {
    const events = inspect(pcap(packetsOf(H1)));
    expect(events.map(brief)).toEqual([
      "0 client connection http/1.1",
      "0 client head 1 GET /one HTTP/1.1",
      "0 client end 1",
      "0 server head 1 HTTP/1.1 200 OK",
      "0 server data 1 8",
      "0 server end 1",
      "0 client head 2 GET /two HTTP/1.1",
      "0 client end 2",
      "0 server head 2 HTTP/1.1 200 OK",
      "0 server data 2 8",
      "0 server end 2",
      "-1 client summary",
    ]);
    expect(events[0]).toMatchObject({ client: "10.0.0.1:40000", server: "10.0.0.2:8080", time: 4 });
    expect(events[3]).toMatchObject({
      time: 6,
      offset: 0,
      headers: expect.arrayContaining([["server", "sample"]]),
    });
    expect(summaryOf(events)).toMatchObject({
      connections: 1,
      messages: 4,
      errors: 0,
      closed: {},
      other: {},
    });
  });

  test("of HTTP/2 finds the protocol by the preface", () => {
    const briefs = inspect(pcap(packetsOf(H2))).map(brief);
    expect(briefs[0]).toBe("0 client connection h2");
    expect(briefs).toContain("0 client head 1 GET http example.com /one");
    expect(briefs).toContain("0 server head 1 200");
    expect(briefs).toContain("0 client frame h2 SETTINGS");
  });

  test("keeps interleaved connections apart, and counts what it does not read", () => {
    const ssh = packetsOf(
      [
        ["server", ascii("SSH-2.0-OpenSSH_9.2\r\n")],
        ["client", ascii("SSH-2.0-x\r\n")],
      ],
      { clientPort: 3 },
    );
    const all = interleaved(
      packetsOf(H1, { clientPort: 1 }),
      packetsOf(H2, { clientPort: 2 }),
      ssh,
      OTHERS,
    );
    const events = inspect(pcap(all));
    const of = (number: number) =>
      events.filter(({ connection }) => connection === number).map(brief);
    expect(of(0).slice(0, 3)).toEqual([
      "0 client connection http/1.1",
      "0 client head 1 GET /one HTTP/1.1",
      "0 client end 1",
    ]);
    expect(of(1)[0]).toBe("1 client connection h2");
    expect(of(2)).toEqual(["2 client connection unknown"]);
    expect(summaryOf(events)).toMatchObject({
      packets: all.length,
      connections: 3,
      errors: 0,
      other: { ARP: 1, "UDP that is not QUIC": 1, "TCP connections of an unknown protocol": 1 },
    });
  });

  test.each(["h2", "http/1.1"])("opens TLS 1.3 with %s by its key log", async (alpn) => {
    const { said, keyLog } = await sayInTls(alpn === "h2" ? H2 : H1, alpn);
    const events = inspect(pcap(packetsOf(said)), { keyLog });
    const about = events.filter(({ event }) => event === "connection").at(-1);
    expect(about).toMatchObject({
      protocol: alpn,
      alpn,
      serverName: "localhost",
      security: "TLS 1.3",
    });
    expect(events.filter(({ event }) => event === "head")).toHaveLength(alpn === "h2" ? 2 : 4);
    expect(summaryOf(events)).toMatchObject({ closed: {}, errors: 0 });
  });

  test("without keys says what stayed closed and why, and is no error", async () => {
    const { said } = await sayInTls(H1, "http/1.1");
    const events = inspect(pcap(packetsOf(said)));
    expect(events.filter(({ event }) => event === "head")).toEqual([]);
    expect(summaryOf(events).closed["no keys"]).toBeGreaterThan(3);
    expect(summaryOf(events).errors).toBe(0);
  });

  test("brings its own secrets in a pcapng", async () => {
    const { said, keyLog } = await sayInTls(H2, "h2");
    const events = inspect(pcapng(packetsOf(said), { secrets: ascii(keyLog) }));
    expect(events.map(brief)).toContain("0 client head 1 GET http example.com /one");
    expect(summaryOf(events).closed).toEqual({});
  });

  test("that was cut shows what was readable, then the error with its place in the file", () => {
    const whole = pcap(packetsOf(H1));
    const events = inspect(whole.slice(0, -10));
    expect(events.map(brief).slice(0, 2)).toEqual([
      "0 client connection http/1.1",
      "0 client head 1 GET /one HTTP/1.1",
    ]);
    expect(events.at(-2)).toMatchObject({
      event: "error",
      code: "CAPTURE_TRUNCATED",
      connection: -1,
      offset: whole.length - 70,
    });
  });

  test("that stops in the middle of a message blames nobody for it", () => {
    const packets = packetsOf(H1);
    const half = packets.slice(0, packets.length / 2);
    expect(summaryOf(inspect(pcap(half))).errors).toBe(0);
  });

  test("that begins in the middle of a connection is read from the next message on", () => {
    const said = sayH1("/one", "/two", "/three");
    const middle = [["server", ascii("the end of some content ".repeat(5))] as const, ...said];
    const packets = packetsOf(middle).slice(3);
    const events = inspect(pcap(packets));
    expect(events.filter(({ event }) => event === "head").length).toBeGreaterThanOrEqual(4);
  });

  test("with a lost segment says how much is missing, and goes on behind it", () => {
    const packets = packetsOf(sayH1("/one", "/two"));
    const lost = packets.toSpliced(5, 1);
    const events = inspect(pcap(lost));
    expect(events.some((event) => event.event === "gap" && event.length > 0)).toBe(true);
    expect(events.map(brief)).toContain("0 client head 2 GET /two HTTP/1.1");
  });
});

describe("raw bytes", () => {
  test.each([
    ["a client's HTTP/1.1", saidBy("client", H1), "http/1.1", "client"],
    ["a server's HTTP/1.1", saidBy("server", H1), "http/1.1", "server"],
    ["a client's HTTP/2", saidBy("client", H2), "h2", "client"],
    ["a server's HTTP/2", saidBy("server", H2), "h2", "server"],
  ])("%s: protocol and sender are found", (_name, bytes, protocol, direction) => {
    const events = inspect(bytes);
    expect(events[0]).toMatchObject({
      event: "connection",
      connection: 0,
      protocol,
      client: null,
      time: null,
    });
    const heads = events.filter(({ event }) => event === "head");
    expect(heads.length).toBeGreaterThan(0);
    for (const head of heads) expect(head).toMatchObject({ direction });
    expect(summaryOf(events)).toMatchObject({ errors: 0, packets: 0, bytes: bytes.length });
  });

  test.each([
    ["plain", (hex: string) => hex],
    [
      "in lines with spaces",
      (hex: string) => (hex.match(/../g) as string[]).join(" ").replace(/(.{48})/g, "$1\n"),
    ],
  ])("as hex text, %s, are the same", (_name, write) => {
    const bytes = saidBy("client", H2);
    const text = ascii(write(Buffer.from(bytes).toString("hex")));
    const without = (events: InspectEvent[]) => linesOf(events.slice(0, -1));
    expect(without(inspect(text))).toEqual(without(inspect(bytes)));
  });

  test("role says who reads them: a server reads what a client sent", () => {
    const bytes = ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(inspect(bytes, { as: "h1", role: "server" })[1]).toMatchObject({
      event: "head",
      direction: "client",
    });
    const wrong = inspect(bytes, { as: "h1", role: "client" }).find(
      ({ event }) => event === "error",
    );
    expect(wrong).toMatchObject({ code: "H1_STATUS_LINE_INVALID", direction: "server" });
  });

  test("HPACK by its name", () => {
    const events = inspect(ascii("828684410f7777772e6578616d706c652e636f6d"), { as: "hpack" });
    expect(events.find(({ event }) => event === "head")).toMatchObject({
      headers: [
        [":method", "GET"],
        [":scheme", "http"],
        [":path", "/"],
        [":authority", "www.example.com"],
      ],
    });
  });

  test("that break the protocol give the strict connection's verdict; lenient gives all and goes on", () => {
    const bytes = ascii(
      "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\nfolded:\r\n y\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    const strict = inspect(bytes).filter(({ event }) => event === "error");
    expect(strict).toHaveLength(1);
    const lenient = inspect(bytes, { lenient: true });
    expect(lenient.filter(({ event }) => event === "error").length).toBeGreaterThan(1);
    expect(lenient.map(brief)).toContain("0 client head 2 GET /2 HTTP/1.1");
  });

  test("of nothing that is known are one error", () => {
    for (const bytes of [ascii(""), Uint8Array.of(0), new Uint8Array(100_000).fill(0x9c)]) {
      const events = inspect(bytes);
      expect(events.map(brief)).toEqual(["-1 client error CAPTURE_UNKNOWN 0", "-1 client summary"]);
    }
  });
});

describe("keepBytes", () => {
  test("gives frames and heads the octets they came as, and only then", () => {
    const bytes = saidBy("client", H2);
    expect(inspect(bytes).some((event) => "bytes" in event && event.event !== "summary")).toBe(
      false,
    );
    const frames = inspect(bytes, { keepBytes: true }).filter(({ event }) => event === "frame");
    for (const frame of frames) expect(frame).toHaveProperty("bytes");
  });
});

describe("wrong use", () => {
  test.each([
    ["an unknown option", { fast: true }, "INSPECT_OPTION_UNKNOWN"],
    ["a protocol that is none", { as: "spdy" }, "INSPECT_AS_INVALID"],
    ["a role that is none", { role: "proxy" }, "INSPECT_ROLE_INVALID"],
    ["a key log that is none", { keyLog: 7 }, "INSPECT_KEY_LOG_INVALID"],
  ])("%s", (_name, options, code) => {
    expect(() => new Inspector(options as InspectOptions)).toThrow(code);
  });

  test("bytes that are none, and bytes behind the end", () => {
    const inspector = new Inspector();
    expect(() => inspector.push("text" as unknown as Uint8Array)).toThrow("BYTES_INVALID");
    inspector.end();
    expect(() => inspector.push(new Uint8Array(1))).toThrow("INSPECT_ENDED");
    expect(() => inspector.end()).toThrow("INSPECT_ENDED");
  });
});

describe("for any bytes", () => {
  const H1_BYTES = saidBy("client", H1);
  const inputs: readonly Uint8Array[] = [
    pcap(interleaved(packetsOf(H1, { clientPort: 1 }), packetsOf(H2, { clientPort: 2 }), OTHERS)),
    pcapng(packetsOf(H2)),
    saidBy("server", H2),
    H1_BYTES,
    ascii(Buffer.from(H1_BYTES).toString("hex")),
  ];

  test("the events do not depend on the cuts", () => {
    const wholes = inputs.map((input) => linesOf(merged(inspect(input))));
    fc.assert(
      fc.property(
        fc.nat(inputs.length - 1),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        (which, shares) => {
          const input = inputs[which] as Uint8Array;
          const cuts = shares.map((share) => Math.floor(share * input.length));
          expect(linesOf(merged(inPieces(input, cuts)))).toEqual(wholes[which]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("one byte at a time, too", () => {
    for (const input of inputs) {
      const cuts = Array.from({ length: Math.min(input.length, 3000) }, (_, at) => at);
      expect(linesOf(merged(inPieces(input, cuts)))).toEqual(linesOf(merged(inspect(input))));
    }
  });

  test("it never throws, and always ends with a summary", () => {
    const options = fc.record({
      as: fc.option(fc.constantFrom("h1", "h2", "h3", "hpack", "qpack", "quic"), {
        nil: undefined,
      }),
      role: fc.option(fc.constantFrom("client", "server"), { nil: undefined }),
      lenient: fc.boolean(),
      keepBytes: fc.boolean(),
    });
    const mutated = fc
      .tuple(
        fc.constantFrom(...inputs),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
      )
      .map(([input, changes]) => {
        const bytes = input.slice();
        for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
        return bytes;
      });
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated),
        options,
        (bytes, chosen) => {
          const events = inspect(bytes, chosen as InspectOptions);
          expect(summaryOf(events)).toMatchObject({ event: "summary", bytes: bytes.length });
          for (const event of events) JSON.parse(toJsonLine(event));
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Content that came in several events is one. */
function merged(events: readonly InspectEvent[]): InspectEvent[] {
  const out: InspectEvent[] = [];
  for (const event of events) {
    const last = out.at(-1);
    const isSame =
      event.event === "data" &&
      last?.event === "data" &&
      last.connection === event.connection &&
      last.streamId === event.streamId &&
      last.direction === event.direction;
    if (isSame) out[out.length - 1] = { ...last, length: last.length + event.length };
    else out.push(event);
  }
  return out;
}
