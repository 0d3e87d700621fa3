// Things in the wrong order, again, or in a loop, as QuicObserver sees them: Q-S15, Q-S16, Q-S21, Q-S24 to Q-S26.

import { concat } from "../../latin1.js";
import { many, uint } from "../../octets.js";
import { finished } from "../../tls.js";
import { VARINT_MAX } from "../../varint.js";
import * as frames from "../frames.js";
import { retry, versionNegotiation } from "../packets.js";
import { type QuicDatagram, QuicPeers } from "../peers.js";
import { QUIC_VERSION } from "../registry.js";
import { each, type QuicAttack, quicRowsOf } from "../row.js";
import type { QuicTools } from "../tools.js";
import { ALIVE, aliveFrom, flooded, GOES_ON, MIB, START } from "./flooded.js";

const done = quicRowsOf("Q-S15");
const spaces = quicRowsOf("Q-S16");
const resets = quicRowsOf("Q-S21");

const id = (at: number): Uint8Array => concat([uint(at, 4), new Uint8Array(4).fill(0x1d)]);

const ORDER_ROWS: readonly QuicAttack[] = [
  done.observer(
    "HANDSHAKE_DONE before the handshake is over",
    (tools) => {
      const peers = new QuicPeers(tools);
      return [
        peers.firstFlight(),
        peers.serverFlight(),
        peers.send("server", "1-RTT", [frames.handshakeDone()]),
        peers.send("client", "Handshake", [frames.crypto(0, finished())]),
        aliveFrom(peers),
      ];
    },
    GOES_ON,
  ),
  done.observer(
    "HANDSHAKE_DONE a thousand times",
    flooded("server", 1_000, () => frames.handshakeDone()),
    GOES_ON,
    { reports: 3_000 },
  ),
  done.observer(
    "HANDSHAKE_DONE from a client",
    flooded("client", 1, () => frames.handshakeDone()),
    [START, "…", "0 client error QUIC_HANDSHAKE_DONE_FROM_CLIENT", "…"],
  ),
  spaces.observer(
    "ACK behind the CRYPTO that completes the handshake",
    (tools) => {
      const peers = new QuicPeers(tools);
      return [
        ...peers.greeting(),
        peers.send("client", "Handshake", [frames.crypto(0, finished()), frames.ack(0)]),
        peers.send("client", "Initial", [frames.ack(0)]),
        peers.send("server", "Initial", [frames.ack(0)]),
        aliveFrom(peers),
      ];
    },
    GOES_ON,
  ),
  spaces.observer(
    "1-RTT and Handshake packets before any other",
    (tools) => {
      const peers = new QuicPeers(tools);
      const early = each(100, () => peers.send("server", "1-RTT", [frames.stream(3, "x")]));
      const late = each(100, () => peers.send("server", "Handshake", [frames.crypto(0, "x")]));
      return [...early, ...late, ...peers.handshake(), aliveFrom(peers)];
    },
    ["…", "0 client stream 0 5 fin", "…"],
    { reports: 600 },
  ),
];

const RESET_ROWS: readonly QuicAttack[] = [
  resets.observer(
    "RESET_STREAM of a hundred thousand streams that never were",
    flooded("client", 1_000, (at) =>
      many(100, (n) => frames.resetStream(4 * (100 * at + n + 1), 1, 0)),
    ),
    [START, "…"],
    { reports: 110_000, memory: 2 * MIB },
  ),
  resets.observer(
    "a final size of 2^62 - 1",
    flooded("client", 1, () => frames.resetStream(4, 1, VARINT_MAX)),
    [START, "…"],
  ),
  resets.observer(
    "a final size below what was sent",
    flooded("client", 1, () => concat([frames.stream(4, "abc"), frames.resetStream(4, 1, 1)])),
    [START, "…", "0 client error QUIC_FINAL_SIZE_CHANGED", "…"],
  ),
  resets.observer(
    "data behind a final size",
    flooded("client", 1, () =>
      concat([
        frames.stream(4, "bc", { offset: 1, fin: true }),
        frames.stream(4, "d", { offset: 3 }),
      ]),
    ),
    [START, "…", "0 client error QUIC_FINAL_SIZE_CHANGED", "…"],
  ),
  resets.observer(
    "data behind a stream that is over",
    flooded("client", 1, () =>
      concat([frames.stream(4, "abc", { fin: true }), frames.stream(4, "d", { offset: 3 })]),
    ),
    [START, "…", "0 client stream 4 3 fin", "…"],
    { reports: 10 },
  ),
  resets.observer(
    "STOP_SENDING without end",
    flooded("server", 1_000, (at) => many(100, (n) => frames.stopSending(4 * (100 * at + n), 1))),
    [START, "…"],
    { reports: 110_000, memory: 2 * MIB },
  ),
];

const loops = quicRowsOf("Q-S24");
const phases = quicRowsOf("Q-S25");
const replays = quicRowsOf("Q-S26");

const LOOP_ROWS: readonly QuicAttack[] = [
  loops.observer(
    "Version Negotiation ten thousand times",
    (tools) => {
      const peers = new QuicPeers(tools);
      const fields = { destination: peers.id("client"), source: "original" };
      const answer = peers.datagram("server", [
        versionNegotiation([QUIC_VERSION.V1, QUIC_VERSION.V2], fields),
      ]);
      return [
        ...each(10_000, (at) => (at % 2 === 0 ? peers.firstFlight() : answer)),
        ...peers.handshake(),
        aliveFrom(peers),
      ];
    },
    [START, "…"],
    { reports: 40_000, memory: MIB },
  ),
  loops.observer(
    "Retry with another id ten thousand times",
    (tools) => {
      const peers = new QuicPeers(tools);
      return [
        peers.firstFlight(),
        ...each(10_000, (at) => peers.retry(id(at))),
        peers.firstFlight(),
        peers.serverFlight(),
      ];
    },
    [START, "…"],
    { reports: 40_000, memory: MIB },
  ),
  loops.observer(
    "Retry that is forged, between good packets",
    (tools) => {
      const peers = new QuicPeers(tools);
      const [hello, ...rest] = peers.handshake();
      const forged = peers.datagram("server", [
        retry("token", { destination: peers.id("client"), source: "forged-1" }),
      ]);
      return [...(hello === undefined ? [] : [hello]), forged, ...rest, aliveFrom(peers)];
    },
    GOES_ON,
  ),
  loops.observer(
    "Version Negotiation of another connection, between good packets",
    (tools) => {
      const peers = new QuicPeers(tools);
      const [hello, ...rest] = peers.handshake();
      const forged = peers.datagram("server", [
        versionNegotiation([QUIC_VERSION.V2], { destination: "stranger", source: "original" }),
      ]);
      return [...(hello === undefined ? [] : [hello]), forged, ...rest, aliveFrom(peers)];
    },
    GOES_ON,
  ),
];

const PHASE_ROWS: readonly QuicAttack[] = [
  phases.observer(
    "a thousand key updates",
    (tools) => {
      const peers = new QuicPeers(tools);
      const out = peers.handshake();
      for (const side of ["client", "server"] as const) {
        out.push(peers.send(side, "1-RTT", [frames.ping()]));
      }
      for (let at = 0; at < 1_000; at++) {
        for (const side of ["client", "server"] as const) {
          peers.update(side);
          out.push(peers.send(side, "1-RTT", [frames.ping()]));
        }
      }
      out.push(aliveFrom(peers));
      return out;
    },
    GOES_ON,
    { reports: 4_000, memory: MIB },
  ),
  phases.observer(
    "the bit of the key phase flipped in packets of the old keys",
    (tools) => {
      const peers = new QuicPeers(tools);
      return [
        ...peers.handshake(),
        ...each(2_000, (at) =>
          peers.send("client", "1-RTT", [frames.ping()], { keyPhase: at % 2 === 0 ? 1 : 0 }),
        ),
        aliveFrom(peers),
      ];
    },
    GOES_ON,
    { reports: 4_000, never: ["keyUpdate", "error"] },
  ),
  phases.observer(
    "packets of neither key",
    (tools) => {
      const peers = new QuicPeers(tools);
      const strange = tools.deriveKeys(QUIC_VERSION.V1, 0x1301, new Uint8Array(32).fill(7));
      return [
        ...peers.handshake(),
        ...each(2_000, (at) =>
          peers.send("client", "1-RTT", [frames.ping()], {
            keys: strange,
            keyPhase: at % 2 === 0 ? 1 : 0,
          }),
        ),
        aliveFrom(peers),
      ];
    },
    GOES_ON,
    { reports: 4_000 },
  ),
];

const REPLAY_ROWS: readonly QuicAttack[] = [
  replays.observer(
    "one packet ten thousand times",
    (tools) => {
      const peers = new QuicPeers(tools);
      const one = peers.send("client", "1-RTT", [
        frames.stream(0, "alive", { fin: true }),
        frames.datagram("once"),
      ]);
      return [...peers.handshake(), ...each(10_000, () => one)];
    },
    [START, "…", ALIVE, "0 client datagram 4"],
    { reports: 64 },
  ),
  replays.observer(
    "packet numbers that jump to 2^62 - 1 and back",
    (tools) => {
      const peers = new QuicPeers(tools);
      const numbers = [1, 2n ** 31n, 2n ** 32n + 5n, 2n ** 40n, 2, 3].map(BigInt);
      return [
        ...peers.handshake(),
        ...numbers.map((packetNumber) =>
          peers.send("client", "1-RTT", [frames.ping()], { packetNumber }),
        ),
      ];
    },
    [START, "…"],
    { reports: 32 },
  ),
  replays.observer("every second packet number, fifty thousand times", flooded2(), GOES_ON, {
    reports: 1_000,
    memory: 4 * MIB,
  }),
];

function flooded2() {
  return (tools: QuicTools): QuicDatagram[] => {
    const peers = new QuicPeers(tools);
    return [
      ...peers.handshake(),
      ...each(50_000, (at) =>
        peers.send("client", "1-RTT", [frames.ping()], { packetNumber: 2 * at + 2 }),
      ),
      peers.send("client", "1-RTT", [frames.stream(0, "alive", { fin: true })], {
        packetNumber: 100_003,
      }),
    ];
  };
}

/** What comes too early, too late, or again. */
export const ORDER_ATTACKS: readonly QuicAttack[] = [
  ...ORDER_ROWS,
  ...RESET_ROWS,
  ...LOOP_ROWS,
  ...PHASE_ROWS,
  ...REPLAY_ROWS,
];
