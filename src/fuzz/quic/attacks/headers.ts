// Headers, connection ids and transport parameters that lie: Q-S01, Q-S07, Q-S19, Q-S23.

import { concat } from "../../latin1.js";
import { many } from "../../octets.js";
import { VARINT_MAX } from "../../varint.js";
import * as packets from "../packets.js";
import { parameter, preferredAddress, usualParameters } from "../parameters.js";
import { QuicPeers } from "../peers.js";
import { QUIC_PARAMETER, QUIC_VERSION } from "../registry.js";
import { each, type QuicAttack, quicRowsOf } from "../row.js";

/** No octets at all: the time of the whole row. */
const NOTHING_NANOSECONDS = 2e9;

const parameters = quicRowsOf("Q-S01");
const coalesced = quicRowsOf("Q-S07");
const empty = quicRowsOf("Q-S19");
const headers = quicRowsOf("Q-S23");

/** Every way to cut a parameter of one integer: behind its id, in its length, in its value. */
const WHOLE = parameter(0x4005, 2 ** 30);
const INVALID = ["…", "error QUIC_PARAMETER_LENGTH_INVALID|QUIC_PARAMETER_TRUNCATED"];

const PARAMETER_ROWS: readonly QuicAttack[] = [
  ...each(WHOLE.length - 1, (at) =>
    parameters.parameters(`a parameter cut at ${at + 1}`, "client", WHOLE.subarray(0, at + 1), [
      "error QUIC_PARAMETER_TRUNCATED",
    ]),
  ),
  ...[0x40, 0x80, 0xc0].map((octet) =>
    parameters.parameters(
      `a value that is half of an integer, ${octet}`,
      "client",
      parameter(QUIC_PARAMETER.MAX_IDLE_TIMEOUT, Uint8Array.of(octet)),
      INVALID,
    ),
  ),
  parameters.parameters(
    "an integer without octets",
    "client",
    parameter(QUIC_PARAMETER.INITIAL_MAX_DATA, ""),
    INVALID,
  ),
  parameters.parameters(
    "an integer and more",
    "client",
    parameter(QUIC_PARAMETER.INITIAL_MAX_DATA, "\x01\x01"),
    INVALID,
  ),
  ...[2 ** 30, 2 ** 32, VARINT_MAX].map((length) =>
    parameters.parameters(`a length of ${length}`, "server", parameter(0x7777, "", length), [
      "error QUIC_PARAMETER_TRUNCATED",
    ]),
  ),
  ...[0, 1, 15, 17, 32].map((length) =>
    parameters.parameters(
      `a token of ${length} octets`,
      "server",
      parameter(QUIC_PARAMETER.STATELESS_RESET_TOKEN, new Uint8Array(length)),
      ["…", "error QUIC_STATELESS_RESET_TOKEN_INVALID"],
    ),
  ),
  ...[0, 8, 21, 255].map((length) =>
    parameters.parameters(
      `preferred_address with an id of ${length} in 9 octets`,
      "server",
      preferredAddress("preferred", length),
      ["…", "error QUIC_PREFERRED_ADDRESS_INVALID"],
    ),
  ),
  ...[0, 1, 3, 5, 6, 7].map((length) =>
    parameters.parameters(
      `version_information of ${length} octets`,
      "client",
      parameter(QUIC_PARAMETER.VERSION_INFORMATION, new Uint8Array(length).fill(1)),
      ["…", "error *"],
    ),
  ),
  parameters.parameters(
    "ten thousand unknown parameters",
    "client",
    many(10_000, (at) => parameter(100_000 + at, "")),
    ["UNKNOWN|GREASE", "…"],
    { reports: 10_000, nanoseconds: 5_000, memory: 16 * 1024 * 1024 },
  ),
  parameters.parameters(
    "the same parameter ten thousand times",
    "client",
    many(10_000, () => parameter(0x7777, "")),
    ["UNKNOWN|GREASE", "error QUIC_PARAMETER_REPEATED"],
  ),
  parameters.parameters(
    "a parameter of a server from a client",
    "client",
    concat([usualParameters(), preferredAddress()]),
    ["…", "error QUIC_PARAMETER_FROM_CLIENT"],
  ),
  parameters.observer(
    "in a ClientHello",
    (tools) => {
      const peers = new QuicPeers(tools, { hello: { parameters: WHOLE.subarray(0, 7) } });
      return peers.greeting();
    },
    ["0 client connection", "…", "0 client error QUIC_PARAMETER_TRUNCATED", "…"],
  ),
];

/** Long headers one behind the other, each with another connection id. */
const strangers = (count: number) =>
  many(count, (at) =>
    packets.longPacket("Initial", new Uint8Array(20), { destination: `id-${at}`.padEnd(8, "x") }),
  );

const COALESCED_ROWS: readonly QuicAttack[] = [
  coalesced.datagram("three packets with ids of their own", strangers(3), ["…"], {
    reports: 3,
    never: ["error"],
  }),
  coalesced.datagram(
    "the smallest packets that a datagram has room for",
    many(2_500, () =>
      packets.longPacket("Handshake", new Uint8Array(20), { destination: "", source: "" }),
    ),
    ["Handshake 30|29|28", "…"],
    { reports: 2_500, nanoseconds: 2_000, memory: 4 * 1024 * 1024 },
  ),
  coalesced.observer(
    "ten thousand datagrams of Initial packets to many ids",
    (tools) => {
      const peers = new QuicPeers(tools);
      return each(10_000, () => ({
        ...peers.datagram("client", [strangers(4)]),
        source: "192.0.2.1:4",
      }));
    },
    ["…"],
    { reports: 90_000, memory: 2 * 1024 * 1024 },
  ),
  coalesced.observer(
    "before the handshake, behind a good Initial",
    (tools) => {
      const peers = new QuicPeers(tools);
      const first = peers.firstFlight();
      return [
        first,
        ...each(2_000, () =>
          peers.datagram("client", [
            peers.packet("client", "Initial", [new Uint8Array(1_000)]),
            strangers(6),
          ]),
        ),
      ];
    },
    ["0 client connection", "…"],
    { reports: 20_000, memory: 2 * 1024 * 1024 },
  ),
];

const EMPTY_ROWS: readonly QuicAttack[] = [
  empty.datagram("a datagram of no octets", new Uint8Array(0), []),
  ...[1, 2, 5, 20].map((length) =>
    empty.datagram(`${length} octets of zero`, new Uint8Array(length), []),
  ),
  empty.observer(
    "a hundred thousand datagrams of no octets",
    (tools) => {
      const none = new QuicPeers(tools).datagram("client", []);
      return each(100_000, () => none);
    },
    ["…"],
    { reports: 100_000, never: ["connection", "error"], nanoseconds: NOTHING_NANOSECONDS },
  ),
];

const { V1, V2, GREASE } = QUIC_VERSION;
const BODY = new Uint8Array(40).fill(0xaa);

/** Each octet of a good header cut away behind it. */
const GOOD = packets.longPacket("Initial", BODY, { token: "token", source: "source-1" });

const HEADER_ROWS: readonly QuicAttack[] = [
  ...each(GOOD.length - 1, (at) =>
    headers.datagram(`a packet cut at ${at + 1}`, GOOD.subarray(0, at + 1), []),
  ),
  ...[0, 1, 2, 19].map((length) =>
    headers.datagram(
      `a length of ${length}, too short to be sampled`,
      packets.longPacket("Initial", "", { length, packetNumber: "" }),
      [],
    ),
  ),
  ...[62, 2 ** 14, 2 ** 30, 2 ** 31, 2 ** 32 + 41, VARINT_MAX].map((length) =>
    headers.datagram(
      `a length of ${length}`,
      packets.longPacket("Handshake", BODY, { length }),
      [],
    ),
  ),
  ...[41, 2 ** 30, 2 ** 32 + 5, VARINT_MAX].map((tokenLength) =>
    headers.datagram(
      `a token of ${tokenLength}`,
      packets.longPacket("Initial", "", { token: "", tokenLength, length: 20 }),
      [],
    ),
  ),
  ...[21, 64, 255].flatMap((length) =>
    [V1, V2].map((version) =>
      headers.datagram(
        `an id of ${length} octets in version ${version}`,
        packets.longPacket("Initial", BODY, { version, destination: new Uint8Array(length) }),
        ["…"],
        { reports: 1, never: ["Initial"] },
      ),
    ),
  ),
  ...[21, 64, 255].map((length) =>
    headers.datagram(
      `ids of ${length} octets in a version that nobody knows`,
      packets.longPacket("Initial", BODY, {
        version: GREASE,
        destination: new Uint8Array(length),
        source: new Uint8Array(length),
      }),
      ["Unknown *"],
    ),
  ),
  ...[20, 40, 255].map((destinationLength) =>
    headers.datagram(
      `an id that goes on behind the datagram, ${destinationLength}`,
      packets.invariant(0xc0, { destination: "abc", source: "", destinationLength }),
      [],
    ),
  ),
  headers.datagram("Version Negotiation without a version", packets.versionNegotiation([]), []),
  ...[1, 2, 3].map((rest) =>
    headers.datagram(
      `Version Negotiation and ${rest} octets`,
      packets.versionNegotiation([V1], { rest: new Uint8Array(rest) }),
      [],
    ),
  ),
  headers.datagram(
    "Version Negotiation of ten thousand versions",
    packets.versionNegotiation(each(10_000, (at) => at + 1)),
    ["Version *"],
    { memory: 1024 * 1024 },
  ),
  headers.datagram("a Retry of nothing but its tag", packets.retry(""), ["…"], { reports: 1 }),
  headers.datagram("a Retry too short for its tag", packets.retry("", {}, "short"), []),
  headers.datagram("a short header that is cut in its id", packets.shortPacket("abc", ""), []),
  headers.datagram(
    "a short header too short to be sampled",
    packets.shortPacket("destinat", new Uint8Array(19)),
    [],
  ),
  headers.datagram(
    "the smallest short header",
    packets.shortPacket("destinat", new Uint8Array(20)),
    ["1-RTT 29"],
  ),
  headers.datagram(
    "a short header behind a packet of no octets",
    concat([
      packets.longPacket("Handshake", "", { length: 0, packetNumber: "" }),
      packets.shortPacket("destinat", BODY),
    ]),
    ["…"],
    { reports: 1 },
  ),
];

/** Headers that lie. */
export const HEADER_ATTACKS: readonly QuicAttack[] = [
  ...PARAMETER_ROWS,
  ...COALESCED_ROWS,
  ...EMPTY_ROWS,
  ...HEADER_ROWS,
];
