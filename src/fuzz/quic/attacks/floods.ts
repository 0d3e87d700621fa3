// Floods of hostile clients and servers, as QuicObserver sees them: Q-S08, Q-S09, Q-S11, Q-S12, Q-S14. All packets are protected: the observer has their keys. A passive reader refuses nobody: what it must do is to
// stay bounded, to go on, and to tell violations once.

import { concat } from "../../latin1.js";
import { many, uint } from "../../octets.js";
import { VARINT_MAX } from "../../varint.js";
import * as frames from "../frames.js";
import { type QuicDatagram, QuicPeers } from "../peers.js";
import { each, type QuicAttack, quicRowsOf } from "../row.js";
import type { QuicTools } from "../tools.js";
import { aliveFrom, flooded, GOES_ON, MIB, START } from "./flooded.js";

const acks = quicRowsOf("Q-S08");
const retires = quicRowsOf("Q-S09");
const ids = quicRowsOf("Q-S11");
const paths = quicRowsOf("Q-S12");
const states = quicRowsOf("Q-S14");

const ACK_ROWS: readonly QuicAttack[] = [
  acks.observer(
    "ACK of packets that nobody sent",
    flooded("client", 1, () => frames.ack(1_000_000)),
    [START, "…"],
  ),
  acks.observer(
    "ACK of the largest packet number of all",
    flooded("server", 100, () => frames.ack(VARINT_MAX, { first: VARINT_MAX })),
    [START, "…"],
    { reports: 400 },
  ),
  acks.observer(
    "ten thousand ACK of hundreds of ranges",
    flooded("client", 10_000, (at) =>
      frames.ack(2_000_000 + at, { ranges: each(300, () => [1, 1] as const) }),
    ),
    [START, "…"],
    { reports: 40_000, memory: MIB },
  ),
];

const id = (at: number): Uint8Array => concat([uint(at, 4), new Uint8Array(4).fill(0x1d)]);

/** Another connection at the same time. */
const stranger = (tools: QuicTools): QuicPeers =>
  new QuicPeers(tools, {
    client: "192.0.2.2:1",
    first: "original-2",
    clientId: "client-2",
    serverId: "server-2",
  });

const ID_ROWS: readonly QuicAttack[] = [
  retires.observer(
    "RETIRE_CONNECTION_ID of the id that carries it",
    flooded("client", 200, () => frames.retireConnectionId(0)),
    [START, "…"],
    { reports: 800 },
  ),
  retires.observer(
    "a hundred thousand RETIRE_CONNECTION_ID",
    flooded("client", 1_000, (at) => many(100, (n) => frames.retireConnectionId(100 * at + n))),
    [START, "…"],
    { reports: 110_000, memory: MIB },
  ),
  retires.observer(
    "packets for an id that was retired",
    (tools) => {
      const peers = new QuicPeers(tools);
      return [
        ...peers.handshake(),
        peers.send("server", "1-RTT", [frames.newConnectionId(1, 1, "server-2")]),
        peers.send("client", "1-RTT", [frames.retireConnectionId(0)], { destination: "server-2" }),
        ...each(200, () => peers.send("client", "1-RTT", [frames.retireConnectionId(0)])),
        peers.send("client", "1-RTT", [frames.stream(0, "alive", { fin: true })], {
          destination: "server-2",
        }),
      ];
    },
    [START, "…"],
    { reports: 800 },
  ),
  ids.observer(
    "a hundred thousand NEW_CONNECTION_ID",
    flooded("server", 2_500, (at) =>
      many(40, (n) => frames.newConnectionId(40 * at + n + 1, 0, id(40 * at + n))),
    ),
    [START, "…"],
    { reports: 110_000, memory: 2 * MIB },
  ),
  ids.observer(
    "Retire Prior To that rises with each",
    flooded("server", 2_500, (at) =>
      many(40, (n) => frames.newConnectionId(40 * at + n + 1, 40 * at + n, id(40 * at + n))),
    ),
    [START, "…"],
    { reports: 110_000, memory: 2 * MIB },
  ),
  ids.observer(
    "sequence numbers from 2^62 - 1 down",
    flooded("server", 500, (at) => frames.newConnectionId(VARINT_MAX - BigInt(at), 0, id(at))),
    [START, "…"],
    { reports: 2_000, memory: MIB },
  ),
  ids.observer(
    "Retire Prior To above the sequence number",
    flooded("server", 1, () => frames.newConnectionId(1, 2, "server-2")),
    [START, "…", "0 server error QUIC_RETIRE_PRIOR_TO_INVALID", "…"],
  ),
  ids.observer(
    "one sequence number with many ids",
    flooded("server", 1_000, (at) => frames.newConnectionId(1, 0, id(at))),
    [START, "…"],
    { reports: 4_000, memory: MIB },
  ),
  ids.observer(
    "ids of one octet, which packets of other connections begin with",
    (tools) => {
      const one = new QuicPeers(tools);
      const other = stranger(tools);
      const short = many(60, (at) =>
        frames.newConnectionId(at + 1, 0, Uint8Array.of(0x70 + (at % 16))),
      );
      return [
        ...one.handshake(),
        ...other.handshake(),
        one.send("server", "1-RTT", [short]),
        aliveFrom(other),
        aliveFrom(one),
      ];
    },
    [START, "…", "1 client stream 0 5 fin", "0 client stream 0 5 fin", "…"],
  ),
  ids.observer(
    "the id of another connection",
    (tools) => {
      const one = new QuicPeers(tools);
      const other = stranger(tools);
      return [
        ...one.handshake(),
        ...other.handshake(),
        one.send("server", "1-RTT", [frames.newConnectionId(1, 0, "server-2")]),
        one.send("server", "1-RTT", [frames.newConnectionId(2, 0, "client-2")]),
        other.send("client", "1-RTT", [frames.stream(0, "alive", { fin: true })]),
        one.send("client", "1-RTT", [frames.stream(0, "alive", { fin: true })]),
      ];
    },
    [
      START,
      "…",
      "1 client connection",
      "…",
      "1 client stream 0 5 fin",
      "0 client stream 0 5 fin",
      "…",
    ],
  ),
];

const PATH_ROWS: readonly QuicAttack[] = [
  paths.observer(
    "a hundred thousand PATH_CHALLENGE",
    flooded("client", 1_000, () => many(100, (at) => frames.pathChallenge(uint(at, 8)))),
    GOES_ON,
    { reports: 110_000, memory: MIB },
  ),
  paths.observer(
    "PATH_RESPONSE without a challenge",
    flooded("server", 100, () => frames.pathResponse()),
    GOES_ON,
    { reports: 400 },
  ),
  paths.observer(
    "a client with another port for each packet",
    (tools) => {
      const peers = new QuicPeers(tools);
      return [
        ...peers.handshake(),
        ...each(20_000, (at) =>
          peers.datagram(
            "client",
            [peers.packet("client", "1-RTT", [frames.pathChallenge()])],
            `127.0.0.1:${at + 1}`,
          ),
        ),
      ];
    },
    [START, "…"],
    { reports: 60_000, memory: MIB },
  ),
];

/** So many connections that begin and say no more. */
const manyConnections = (tools: QuicTools, count: number): QuicDatagram[] =>
  each(count, (at) => {
    const first = concat([uint(at, 4), new Uint8Array(4)]);
    const peers = new QuicPeers(tools, { first, clientId: id(at), client: `192.0.2.1:${at + 1}` });
    return peers.firstFlight();
  });

const STATE_ROWS: readonly QuicAttack[] = [
  states.observer(
    "six thousand connections that only begin",
    (tools) => manyConnections(tools, 6_000),
    [START, "…", "5999 client connection", "…"],
    { reports: 40_000, memory: 80 * MIB },
  ),
  states.observer(
    "two thousand Initial packets that do not open",
    (tools) =>
      manyConnections(tools, 2_000).map((one) => {
        const bytes = one.bytes.slice();
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        return { ...one, bytes };
      }),
    ["…"],
    { reports: 6_000, memory: 40 * MIB },
  ),
  states.observer(
    "two hundred thousand streams",
    flooded("client", 2_000, (at) => many(100, (n) => frames.stream(4 * (100 * at + n + 1), "x"))),
    [START, "…"],
    { reports: 210_000, memory: 4 * MIB, nanoseconds: 20_000 },
  ),
  states.observer(
    "a hundred thousand streams that end",
    flooded("client", 1_001, (at) =>
      at === 1_000
        ? frames.stream(500_000, "later")
        : many(100, (n) => frames.stream(4 * (100 * at + n + 1), "x", { fin: true })),
    ),
    [START, "…", "0 client stream 500000 5", "…"],
    { reports: 110_000, memory: 2 * MIB },
  ),
  states.observer(
    "streams of ids up to 2^62 - 1",
    flooded("client", 100, (at) => frames.stream(VARINT_MAX - 3n - 4n * BigInt(at), "x")),
    [START, "…"],
    { reports: 400 },
  ),
];

/** Acknowledgements, connection ids, paths, streams. */
export const FLOOD_ATTACKS: readonly QuicAttack[] = [
  ...ACK_ROWS,
  ...ID_ROWS,
  ...PATH_ROWS,
  ...STATE_ROWS,
];
