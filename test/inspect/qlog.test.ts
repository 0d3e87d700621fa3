// qlog 0.3: what its schema requires, what qvis reads, and that no input can break the document.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type InspectEvent, inspect, QlogWriter } from "../../src/inspect/index.js";

interface QlogEvent {
  time: number;
  name: string;
  group_id: string;
  data: {
    header?: { packet_type: string; packet_number?: number | string };
    raw?: { length: number };
    trigger?: string;
    frames?: ({ frame_type: string } & Record<string, unknown>)[];
    stream_id?: number | string;
    frame?: { frame_type: string } & Record<string, unknown>;
    stream_type?: string;
    owner?: string;
  };
}
interface Qlog {
  qlog_version: string;
  qlog_format: string;
  traces: {
    vantage_point: { type: string; flow: string };
    common_fields: { time_format: string; reference_time: number };
    events: QlogEvent[];
  }[];
}

/** The document, whatever pieces the events came in. */
function qlogOf(events: readonly InspectEvent[], pieceLength = events.length): Qlog {
  const writer = new QlogWriter();
  let text = "";
  for (let at = 0; at < events.length; at += pieceLength)
    text += writer.push(events.slice(at, at + pieceLength));
  return JSON.parse(text + writer.end()) as Qlog;
}

const SAMPLE = readFileSync(new URL("../../docs/examples/http3.pcapng", import.meta.url));
const events = inspect(SAMPLE);

const PACKET_TYPES = [
  "initial",
  "handshake",
  "0RTT",
  "1RTT",
  "retry",
  "version_negotiation",
  "stateless_reset",
  "unknown",
];
const NUMBERED = new Set(["initial", "handshake", "0RTT", "1RTT"]);
/** Members that the schema requires of a frame. */
const REQUIRED: Record<string, readonly string[]> = {
  ack: ["acked_ranges"],
  reset_stream: ["stream_id", "error_code", "final_size"],
  stop_sending: ["stream_id", "error_code"],
  crypto: ["offset", "length"],
  stream: ["stream_id", "offset", "length"],
  max_data: ["maximum"],
  max_stream_data: ["stream_id", "maximum"],
  max_streams: ["stream_type", "maximum"],
  data_blocked: ["limit"],
  stream_data_blocked: ["stream_id", "limit"],
  streams_blocked: ["stream_type", "limit"],
  new_connection_id: ["sequence_number", "retire_prior_to", "connection_id"],
  retire_connection_id: ["sequence_number"],
  connection_close: ["error_space", "error_code"],
  padding: [],
  ping: [],
  handshake_done: [],
  new_token: ["token"],
  path_challenge: [],
  path_response: [],
  datagram: [],
  reset_stream_at: ["stream_id"],
  unknown: ["raw_frame_type"],
  data: [],
  headers: ["headers"],
  settings: ["settings"],
  goaway: [],
  cancel_push: [],
  push_promise: [],
  max_push_id: [],
};

/** What the schema requires of a trace. */
function checkTrace({ traces: [trace] }: Qlog): QlogEvent[] {
  expect(trace?.vantage_point).toMatchObject({ type: "network", flow: "client" });
  expect(trace?.common_fields.time_format).toBe("relative");
  expect(trace?.common_fields.reference_time).toEqual(expect.any(Number));
  const last = new Map<string, number>();
  for (const { time, name, group_id: group, data } of trace?.events ?? []) {
    expect(time).toBeGreaterThanOrEqual(last.get(group) ?? 0);
    last.set(group, time);
    expect(name).toMatch(
      /^(transport:(packet_(sent|received|dropped)|parameters_set)|http:(frame_(created|parsed)|stream_type_set))$/,
    );
    if (name.startsWith("transport:packet_")) {
      expect(PACKET_TYPES).toContain(data.header?.packet_type);
      if (NUMBERED.has(data.header?.packet_type as string) && !name.endsWith("dropped"))
        expect(data.header).toHaveProperty("packet_number");
      expect(data.raw?.length).toBeGreaterThan(0);
    } else if (name.startsWith("http:")) expect(data).toHaveProperty("stream_id");
    for (const frame of [...(data.frames ?? []), ...(data.frame ? [data.frame] : [])]) {
      for (const member of REQUIRED[frame.frame_type] as string[])
        expect(frame).toHaveProperty(member);
    }
  }
  return trace?.events ?? [];
}

describe("the sample capture", () => {
  const qlog = qlogOf(events);
  const all = checkTrace(qlog);

  test("is a document that qvis takes: version, format, one trace of the network", () => {
    expect([qlog.qlog_version, qlog.qlog_format, qlog.traces.length]).toEqual(["0.3", "JSON", 1]);
    const text = new QlogWriter().push(events);
    // qvis looks for these in the first bytes of a file.
    expect(text.slice(0, 200)).toMatch(/"qlog_version":"0\.3","qlog_format":"JSON"/);
  });

  test("has every packet with its frames, sent by the client, received from the server", () => {
    const packets = all.filter(({ name }) => name.startsWith("transport:packet_"));
    const seen = events.filter((event) => event.event === "packet" && event.reason !== "padding");
    expect(packets).toHaveLength(seen.length);
    expect(packets[0]).toMatchObject({
      time: 0,
      name: "transport:packet_sent",
      data: { header: { packet_type: "initial", packet_number: 0 }, raw: { length: 1200 } },
    });
    const frames = packets.flatMap(({ data }) => data.frames ?? []);
    expect(frames).toHaveLength(
      events.filter((event) => event.event === "frame" && event.protocol === "quic").length,
    );
    expect(frames).toContainEqual({
      frame_type: "stream",
      stream_id: 0,
      offset: 0,
      length: 37,
      fin: true,
    });
  });

  test("has the transport parameters of both", () => {
    const sets = all.filter(({ name }) => name === "transport:parameters_set");
    expect(sets.map(({ data }) => data)).toMatchObject([
      { owner: "local", initial_max_data: 15_728_640, max_idle_timeout: 30_000 },
      { owner: "remote", initial_max_data: 1_048_576 },
    ]);
  });

  test("has requests and responses with their fields, settings and types of streams", () => {
    const headers = all.flatMap(({ name, data }) =>
      data.frame?.frame_type === "headers" ? [[name, data.frame.headers]] : [],
    );
    expect(headers).toHaveLength(4);
    expect(headers).toContainEqual([
      "http:frame_created",
      expect.arrayContaining([{ name: ":path", value: "/missing" }]),
    ]);
    expect(headers).toContainEqual([
      "http:frame_parsed",
      expect.arrayContaining([{ name: ":status", value: "404" }]),
    ]);
    const types = all.flatMap(({ data }) =>
      data.stream_type === undefined ? [] : [`${data.owner} ${data.stream_type}`],
    );
    expect(types.sort()).toEqual(
      ["local", "remote"].flatMap((owner) =>
        ["control", "qpack_decode", "qpack_encode"].map((type) => `${owner} ${type}`),
      ),
    );
  });

  test("is the same whatever pieces the events come in", () => {
    for (const length of [1, 2, 7]) expect(qlogOf(events, length)).toEqual(qlog);
  });
});

test("a closed packet is dropped with its reason; without keys nothing is made up", () => {
  const closed = events.map((event) =>
    event.event === "packet" && event.packetType === "1-RTT"
      ? { ...event, decrypted: false, reason: "no keys" as const, packetNumber: null }
      : event,
  );
  const dropped = checkTrace(qlogOf(closed)).filter(
    ({ name }) => name === "transport:packet_dropped",
  );
  expect(dropped.length).toBeGreaterThan(10);
  for (const { data } of dropped)
    expect(data).toMatchObject({ trigger: "key_unavailable", header: { packet_type: "1RTT" } });
});

test("an input without QUIC is an empty document", () => {
  const bytes = Uint8Array.from(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  expect(qlogOf(inspect(bytes))).toMatchObject({ qlog_version: "0.3", traces: [] });
});

describe("hostile input", () => {
  const packet = {
    event: "packet",
    connection: 0,
    direction: "client",
    offset: 0,
    time: 1,
    protocol: "quic",
    packetType: "1-RTT",
    packetNumber: 1n,
    length: 40,
    decrypted: true,
    reason: null,
  } as const;
  const frame = (fields: object) =>
    ({
      event: "frame",
      connection: 0,
      direction: "client",
      offset: 0,
      time: 1,
      protocol: "quic",
      name: "ACK",
      streamId: null,
      length: 1,
      rfc: "",
      ...fields,
    }) as InspectEvent;
  const first = (fields: object) =>
    checkTrace(qlogOf([packet, frame(fields)]))[0]?.data.frames?.[0];

  test.each([
    [
      "ranges below zero end the list",
      {
        largestAcknowledged: 5,
        firstAckRange: 1,
        ackRanges: [
          [0, 0],
          [9, 9],
          [0, 0],
        ],
      },
      [
        [2, 2],
        [4, 5],
      ],
    ],
    [
      "a first range above the largest",
      { largestAcknowledged: 5, firstAckRange: 9n, ackRanges: [] },
      [],
    ],
    [
      "numbers of 62 bits",
      { largestAcknowledged: 2n ** 62n - 1n, firstAckRange: 0, ackRanges: [] },
      [["4611686018427387903", "4611686018427387903"]],
    ],
    ["nothing at all", {}, [[0, 0]]],
  ])("ACK: %s", (_name, fields, ranges) => {
    expect(first(fields)).toMatchObject({ frame_type: "ack", acked_ranges: ranges });
  });

  test("an ACK of very many ranges is cut", () => {
    const ackRanges = Array.from({ length: 5000 }, () => [0, 0]);
    const ack = first({ largestAcknowledged: 100_000, firstAckRange: 0, ackRanges });
    expect(ack?.acked_ranges).toHaveLength(256);
  });

  test("a reason phrase and field values of any octets stay strings", () => {
    const reasonPhrase = Uint8Array.from([0x22, 0x7d, 0x5d, 0x0a, 0xff, 0x00]);
    expect(
      first({ name: "CONNECTION_CLOSE", errorCode: 1, frameType: null, reasonPhrase }),
    ).toMatchObject({ reason: `"}]\n\ufffd\u0000` });
  });

  test("any frame of any members gives a document that parses", () => {
    const value = fc.oneof(
      fc.string(),
      fc.nat(),
      fc.bigInt(),
      fc.uint8Array(),
      fc.constant(null),
      fc.constant(undefined),
      fc.array(fc.nat()),
      fc.boolean(),
    );
    const members = [
      "largestAcknowledged",
      "firstAckRange",
      "ackRanges",
      "ecnCounts",
      "streamOffset",
      "cryptoOffset",
      "fin",
      "token",
      "errorCode",
      "frameType",
      "reasonPhrase",
      "type",
      "streamType",
      "maximumData",
      "bidirectional",
    ];
    const fields = fc.record({
      name: fc.oneof(
        fc.constantFrom(
          "ACK",
          "STREAM",
          "CRYPTO",
          "CONNECTION_CLOSE",
          "NEW_TOKEN",
          "UNKNOWN",
          "STREAM_TYPE",
          "HEADERS",
          "__proto__",
          "constructor",
        ),
        fc.string(),
      ),
      protocol: fc.constantFrom("quic", "h3", "h2"),
      ...Object.fromEntries(members.map((name) => [name, value])),
    });
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 5 }), (list) => {
        const document = qlogOf([packet, ...list.map((item) => frame(item))]);
        expect(document.traces).toHaveLength(1);
      }),
    );
  });
});
