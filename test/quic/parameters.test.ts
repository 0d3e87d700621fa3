// Transport parameters: each of them with the values that it may have, every mistake with its place, what is kept of unknown ones,
// and the octets that are written (RFC 9000 section 18, RFC 9221, RFC 9287, RFC 9368, drafts).

import { type ErrorName, type ProtocolError, UsageError } from "tercet";
import {
  encodeTransportParameters,
  parseTransportParameters,
  type TransportParameter,
  type TransportParameterInput,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { concat, hex, MAX_VARINT, octets, toHex, V1, V2, varint } from "../helpers/quic-wire.js";

/** A parameter on the wire. */
function parameter(id: number | bigint, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? hex(value) : value;
  return concat(varint(id), varint(bytes.length), bytes);
}

const TOKEN = octets(16, 0xd0);
const ADDRESS = concat(
  hex("7f000001 1151"),
  hex("00000000000000000000000000000001 1152"),
  [4],
  octets(4, 9),
  TOKEN,
);

const GOOD: [name: string, id: number | bigint, wire: Uint8Array | string, value: unknown][] = [
  ["original_destination_connection_id", 0x00, octets(8), octets(8)],
  ["max_idle_timeout", 0x01, "80007530", 30_000],
  ["stateless_reset_token", 0x02, TOKEN, TOKEN],
  ["max_udp_payload_size", 0x03, "44b0", 1200],
  ["initial_max_data", 0x04, "ffffffffffffffff", MAX_VARINT],
  ["initial_max_stream_data_bidi_local", 0x05, "00", 0],
  ["initial_max_stream_data_bidi_remote", 0x06, "4001", 1],
  ["initial_max_stream_data_uni", 0x07, "c000000000000002", 2],
  ["initial_max_streams_bidi", 0x08, "d000000000000000", 2n ** 60n],
  ["initial_max_streams_uni", 0x09, "d000000000000000", 2n ** 60n],
  ["ack_delay_exponent", 0x0a, "14", 20],
  ["max_ack_delay", 0x0b, "7fff", 16_383],
  ["disable_active_migration", 0x0c, "", true],
  [
    "preferred_address",
    0x0d,
    ADDRESS,
    {
      ...{ ipv4Address: hex("7f000001"), ipv4Port: 4433, ipv6Port: 4434 },
      ipv6Address: hex("00000000000000000000000000000001"),
      ...{ connectionId: octets(4, 9), statelessResetToken: TOKEN },
    },
  ],
  ["active_connection_id_limit", 0x0e, "02", 2],
  ["initial_source_connection_id", 0x0f, octets(20), octets(20)],
  ["initial_source_connection_id", 0x0f, "", octets(0)],
  ["retry_source_connection_id", 0x10, octets(4), octets(4)],
  [
    "version_information",
    0x11,
    "6b3343cf 00000001 6b3343cf 0a0a0a0a",
    { chosenVersion: V2, availableVersions: [V1, V2, 0x0a0a0a0a] },
  ],
  ["max_datagram_frame_size", 0x20, "80010000", 65_536],
  ["loss_bits", 0x1057, "01", 1],
  ["discard", 0x173e, "616263", octets(3, 0x61)],
  ["grease_quic_bit", 0x2ab2, "", true],
  ["google_connection_options", 0x3128, "4f515243", hex("4f515243")],
  ["google_version", 0x4752, "00000001", hex("00000001")],
  ["reset_stream_at", 0x17f7586d2cb571, "", true],
  ["min_ack_delay", 0xff04de1b, "43e8", 1000],
  ["min_ack_delay_draft05", 0xff03de1a, "43e8", 1000],
  ["GREASE", 27, "", octets(0)],
  ["GREASE", 31n * 2n ** 50n + 27n, octets(7), octets(7)],
  ["UNKNOWN", 0x4753, "ff", octets(1, 0xff)],
];

/** Identifiers above 2^53 - 1 are bigints, others numbers. */
const plainId = (id: number | bigint) => (id > Number.MAX_SAFE_INTEGER ? id : Number(id));

describe("parseTransportParameters", () => {
  test.each(GOOD)("Q-TP-3: %s (%s)", (name, id, wire, value) => {
    const bytes = typeof wire === "string" ? hex(wire) : wire;
    const expected = [{ id: plainId(id), name, value, bytes }];
    expect(parseTransportParameters(parameter(id, wire))).toEqual(expected);
    expect(parseTransportParameters(parameter(id, wire), "server")).toEqual(expected);
  });

  test("an empty list is one", () => {
    expect(parseTransportParameters(octets(0), "client")).toEqual([]);
  });

  test("Q-TP-3: all stay in wire order, unknown and reserved ones where they stood", () => {
    const ids = [0x20, 27, 0x0f, 0x4753, 0x04, 58, 0x2ab2];
    const bytes = concat(...ids.map((id) => parameter(id, id === 0x04 || id === 0x20 ? "05" : "")));
    const list = parseTransportParameters(bytes, "client") as TransportParameter[];
    expect(list.map(({ id }) => id)).toEqual(ids);
    expect(list.map(({ name }) => name)).toEqual([
      ...["max_datagram_frame_size", "GREASE", "initial_source_connection_id", "UNKNOWN"],
      ...["initial_max_data", "GREASE", "grease_quic_bit"],
    ]);
  });

  test("values are plain views of the bytes", () => {
    const bytes = Buffer.from(parameter(27, octets(3)));
    const [found] = parseTransportParameters(bytes) as TransportParameter[];
    expect(found?.bytes.buffer).toBe(bytes.buffer);
    expect(Object.getPrototypeOf(found?.bytes)).toBe(Uint8Array.prototype);
  });
});

type Mistake = [
  name: string,
  bytes: Uint8Array,
  code: ErrorName,
  offset: number,
  id: number | bigint | null,
];
const address = (length: number, id: number) =>
  concat(ADDRESS.subarray(0, 24), [id], octets(length - 25));

const MISTAKES: Mistake[] = [
  ["Q-TP-1: a number twice", hex("04 01 05 04 01 05"), "QUIC_PARAMETER_REPEATED", 3, 4],
  ["Q-TP-1: the same in a longer form", hex("0c 00 400c 00"), "QUIC_PARAMETER_REPEATED", 2, 12],
  ["Q-TP-1: a reserved one twice", hex("1b 00 1b 01 05"), "QUIC_PARAMETER_REPEATED", 2, 27],
  ["Q-TP-2: an identifier that is cut", hex("40"), "QUIC_PARAMETER_TRUNCATED", 0, null],
  ["Q-TP-2: no length", hex("04"), "QUIC_PARAMETER_TRUNCATED", 1, 4],
  ["Q-TP-2: a length that is cut", hex("04 c0000000"), "QUIC_PARAMETER_TRUNCATED", 1, 4],
  ["Q-TP-2: a value that is cut", hex("04 02 40"), "QUIC_PARAMETER_TRUNCATED", 1, 4],
  [
    "Q-TP-2: a length of 2^62 - 1",
    hex(`1b ${"ff".repeat(8)} 00`),
    "QUIC_PARAMETER_TRUNCATED",
    1,
    27,
  ],
  [
    "Q-TP-2: a connection id of 21 octets",
    parameter(15, octets(21)),
    "QUIC_PARAMETER_LENGTH_INVALID",
    2,
    15,
  ],
  [
    "Q-TP-13: a number with octets behind it",
    hex("04 02 0500"),
    "QUIC_PARAMETER_LENGTH_INVALID",
    2,
    4,
  ],
  ["Q-TP-13: a number that is cut", hex("04 01 40"), "QUIC_PARAMETER_LENGTH_INVALID", 2, 4],
  ["Q-TP-13: no number", hex("04 00"), "QUIC_PARAMETER_LENGTH_INVALID", 2, 4],
  ["Q-TP-4: ack_delay_exponent 21", hex("0a 01 15"), "QUIC_ACK_DELAY_EXPONENT_INVALID", 2, 10],
  ["Q-TP-5: max_ack_delay 2^14", hex("0b 04 80004000"), "QUIC_MAX_ACK_DELAY_INVALID", 2, 11],
  ["Q-TP-6: a limit of 1", hex("0e 01 01"), "QUIC_ACTIVE_CONNECTION_ID_LIMIT_INVALID", 2, 14],
  [
    "Q-TP-7: max_udp_payload_size 1,199",
    hex("03 02 44af"),
    "QUIC_MAX_UDP_PAYLOAD_SIZE_INVALID",
    2,
    3,
  ],
  [
    "Q-TP-8: 2^60 + 1 streams",
    parameter(8, "d000000000000001"),
    "QUIC_INITIAL_MAX_STREAMS_INVALID",
    2,
    8,
  ],
  [
    "Q-TP-8: of the other kind",
    parameter(9, "ffffffffffffffff"),
    "QUIC_INITIAL_MAX_STREAMS_INVALID",
    2,
    9,
  ],
  [
    "Q-TP-9: a token of 15 octets",
    parameter(2, octets(15)),
    "QUIC_STATELESS_RESET_TOKEN_INVALID",
    2,
    2,
  ],
  [
    "Q-TP-9: a token of 17 octets",
    parameter(2, octets(17)),
    "QUIC_STATELESS_RESET_TOKEN_INVALID",
    2,
    2,
  ],
  [
    "Q-TP-10: an id of no octets",
    parameter(13, address(41, 0)),
    "QUIC_PREFERRED_ADDRESS_INVALID",
    2,
    13,
  ],
  [
    "Q-TP-10: an id of 21 octets",
    parameter(13, address(62, 21)),
    "QUIC_PREFERRED_ADDRESS_INVALID",
    2,
    13,
  ],
  [
    "Q-TP-10: an octet too many",
    parameter(13, address(46, 4)),
    "QUIC_PREFERRED_ADDRESS_INVALID",
    2,
    13,
  ],
  [
    "Q-TP-10: an octet too few",
    parameter(13, address(44, 4)),
    "QUIC_PREFERRED_ADDRESS_INVALID",
    2,
    13,
  ],
  [
    "Q-TP-10: shorter than its fixed part",
    parameter(13, ADDRESS.subarray(0, 24)),
    "QUIC_PREFERRED_ADDRESS_INVALID",
    2,
    13,
  ],
  [
    "Q-TP-10: from a server without a connection id",
    concat(parameter(13, ADDRESS), parameter(15, "")),
    "QUIC_PREFERRED_ADDRESS_INVALID",
    2,
    13,
  ],
  [
    "Q-TP-12: disable_active_migration with a value",
    hex("0c 01 00"),
    "QUIC_FLAG_PARAMETER_INVALID",
    2,
    12,
  ],
  [
    "Q-TP-12: grease_quic_bit with a value",
    parameter(0x2ab2, "01"),
    "QUIC_FLAG_PARAMETER_INVALID",
    3,
    0x2ab2,
  ],
  [
    "Q-RA-4: reset_stream_at with a value",
    parameter(0x17f7586d2cb571, "01"),
    "QUIC_FLAG_PARAMETER_INVALID",
    9,
    0x17f7586d2cb571,
  ],
  ["Q-VN-1: no version", parameter(17, ""), "QUIC_VERSION_INFORMATION_INVALID", 2, 17],
  [
    "Q-VN-1: a version that is cut",
    parameter(17, "00000001 6b3343"),
    "QUIC_VERSION_INFORMATION_INVALID",
    2,
    17,
  ],
  [
    "Q-VN-1: a version 0",
    parameter(17, "00000001 00000000"),
    "QUIC_VERSION_INFORMATION_INVALID",
    2,
    17,
  ],
  [
    "Q-AF-1: min_ack_delay above 25 ms",
    parameter(0xff04de1b, varint(25_001)),
    "QUIC_MIN_ACK_DELAY_INVALID",
    9,
    0xff04de1b,
  ],
  [
    "Q-AF-1: min_ack_delay above max_ack_delay",
    concat(hex("0b 01 01"), parameter(0xff04de1b, varint(1001))),
    "QUIC_MIN_ACK_DELAY_INVALID",
    12,
    0xff04de1b,
  ],
];

describe("mistakes", () => {
  test.each(MISTAKES)("%s", (_name, bytes, code, offset, id) => {
    const last = parseTransportParameters(bytes).at(-1) as { error: ProtocolError };
    expect(last).toMatchObject({ type: "error", id });
    expect(last.error).toMatchObject({ code, offset, scope: "connection", wireCode: 8 });
  });

  test("come after what was good, and are the last", () => {
    const list = parseTransportParameters(hex("04 01 05 0c 00 0a 01 15 01 01 01"));
    expect(list).toMatchObject([
      { name: "initial_max_data", value: 5 },
      { name: "disable_active_migration" },
      { type: "error", id: 10, error: { offset: 7 } },
    ]);
  });

  test.each([0x00, 0x02, 0x0d, 0x10])("Q-TP-11: parameter %s from a client", (id) => {
    const [, , wire = ""] = GOOD.find(([, known]) => known === id) ?? [];
    const bytes = concat(parameter(0x04, "05"), parameter(id, wire));
    expect(parseTransportParameters(bytes, "client")).toMatchObject([
      { id: 4 },
      { type: "error", id, error: { code: "QUIC_PARAMETER_FROM_CLIENT", offset: 3 } },
    ]);
    expect(parseTransportParameters(bytes, "server")).toHaveLength(2);
  });

  test("Q-VN-2: a client chooses one of its own versions; a server need not", () => {
    const bytes = parameter(17, "00000001 6b3343cf");
    expect(parseTransportParameters(bytes, "client")).toMatchObject([
      { name: "version_information" },
      { error: { code: "QUIC_VERSION_INFORMATION_INVALID", offset: 2 } },
    ]);
    expect(parseTransportParameters(bytes, "server")).toHaveLength(1);
    expect(parseTransportParameters(parameter(17, "00000001"), "server")).toHaveLength(1);
  });

  test("Q-AF-1: min_ack_delay may be as large as max_ack_delay", () => {
    const bytes = concat(parameter(0xff04de1b, varint(1000)), hex("0b 01 01"));
    expect(parseTransportParameters(bytes)).toHaveLength(2);
  });

  test("wrong use", () => {
    const call =
      (...all: unknown[]) =>
      () =>
        parseTransportParameters(...(all as [Uint8Array, "client"]));
    for (const wrong of [call("00"), call(octets(0), "proxy")]) expect(wrong).toThrow(UsageError);
  });
});

describe("encodeTransportParameters", () => {
  test("writes what was parsed, in its order", () => {
    for (const [, id, wire] of GOOD) {
      const bytes = parameter(id, wire);
      const list = parseTransportParameters(bytes) as TransportParameter[];
      const again = encodeTransportParameters(list);
      expect(parseTransportParameters(again)).toEqual(
        list.map((one) => ({ ...one, bytes: expect.any(Uint8Array) })),
      );
      if (!["4001", "c000000000000002"].includes(String(wire))) expect(again).toEqual(bytes);
    }
  });

  test("takes a name and a value, or an identifier and octets", () => {
    const list: TransportParameterInput[] = [
      { name: "initial_max_data", value: 1_048_576 },
      { name: "disable_active_migration", value: true },
      { id: 27, name: "GREASE", value: octets(2) },
      { id: 0x4753, bytes: octets(1) },
      { name: "version_information", value: { chosenVersion: V1, availableVersions: [V1, V2] } },
    ];
    const wire = hex(
      "04 04 80100000 0c 00 1b 02 0102 80004753 01 01 11 0c 00000001 00000001 6b3343cf",
    );
    expect(toHex(encodeTransportParameters(list))).toBe(toHex(wire));
  });

  test.each<[string, unknown]>([
    ["no list", undefined],
    ["a name that is none", [{ name: "initial_max", value: 1 }]],
    ["neither name nor identifier", [{ value: 1 }]],
    ["name and identifier that differ", [{ name: "initial_max_data", id: 5, value: 1 }]],
    ["an identifier above 2^62 - 1", [{ id: MAX_VARINT + 1n, value: octets(1) }]],
    ["no value", [{ name: "initial_max_data" }]],
    ["a value above 2^62 - 1", [{ name: "initial_max_data", value: MAX_VARINT + 1n }]],
    ["text", [{ name: "initial_max_data", value: "5" }]],
    [
      "Q-TP-1: a parameter twice",
      [
        { id: 27, value: octets(0) },
        { id: 27n, value: octets(0) },
      ],
    ],
    ["Q-TP-4: an exponent of 21", [{ name: "ack_delay_exponent", value: 21 }]],
    ["Q-TP-9: a token of 15 octets", [{ name: "stateless_reset_token", value: octets(15) }]],
    ["Q-TP-10: an address without fields", [{ name: "preferred_address", value: {} }]],
    ["Q-TP-12: a flag with a value", [{ name: "grease_quic_bit", value: 1 }]],
    [
      "Q-VN-1: version 0",
      [{ name: "version_information", value: { chosenVersion: 0, availableVersions: [] } }],
    ],
    ["an unknown parameter as a number of no octets", [{ id: 0x4753, value: {} }]],
  ])("refuses %s", (_name, list) => {
    const call = () => encodeTransportParameters(list as TransportParameterInput[]);
    expect(call).toThrow(UsageError);
    expect(call).toThrow(expect.objectContaining({ code: "QUIC_PARAMETER_INVALID" }));
  });
});
