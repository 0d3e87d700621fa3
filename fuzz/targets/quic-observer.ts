// QuicObserver: what a hostile client and server say whose secrets it knows (`scriptOf`). Streams come in order, each octet
// once and as a plain reassembly of the frames has it; errors, packets and connections are told once and within bounds.

import {
  QUIC_SCRIPT_TOKENS,
  type QuicDatagram,
  quicArbitraries,
  scriptBytes,
  scriptDatagrams,
  scriptOf,
  tlsMessages,
} from "tercet/fuzz";
import * as quic from "tercet/quic";
import { type QuicObservation, QuicObserver } from "tercet/quic";
import { archived } from "../files.js";
import { fault, seedOf, type Target } from "./target.js";

/** Limits that many scripts reach. */
const TIGHT = {
  streamFragments: 2,
  streamBuffer: 16,
  openStreams: 2,
  connectionIds: 2,
  earlyPackets: 1,
  connections: 1,
};

/** The target. */
export const quicObserver: Target = {
  name: "quic-observer",
  about: "QuicObserver: hostile peers whose secrets it has; streams against a plain reassembly",
  corpus: "quic-scripts",
  tokens: QUIC_SCRIPT_TOKENS,
  seeds: () => [
    ...archived(["quiche-dev.tar.gz"]).map((bytes) =>
      scriptBytes([{ do: "raw", side: "client", bytes }]),
    ),
    ...archived(["neqo-dev.tar.gz"], "frame").map((bytes) =>
      scriptBytes([{ do: "greeting" }, { do: "packet", side: "client", type: "1-RTT", bytes }]),
    ),
  ],
  arbitrary: (fc) => quicArbitraries(fc).broken(),
  check(input) {
    const seed = seedOf(input);
    const datagrams = scriptDatagrams(quic, scriptOf(input));
    const isLenient = seed % 2 === 0;
    const isTight = seed % 5 === 0;
    const options = { lenient: isLenient, ...(isTight ? { limits: TIGHT } : {}) };
    const hasKeys = seed % 7 !== 0;
    const make = () =>
      new QuicObserver({ secrets: () => (hasKeys ? tlsMessages.SECRETS : null), ...options });
    const told = run(make(), datagrams);
    checkTold(told, datagrams, isLenient);
    if (!isTight) sameStreams(told);
    if (text(run(make(), datagrams)) !== text(told)) fault("a second run tells something else");
    return told.map(signature).slice(-12).join(" ");
  },
};

function run(observer: QuicObserver, datagrams: readonly QuicDatagram[]): QuicObservation[] {
  const told = datagrams.flatMap((one) => observer.receive(one));
  told.push(...observer.end());
  if (observer.end().length > 0) fault("end() gives something twice");
  return told;
}

function text(told: readonly QuicObservation[]): string {
  return JSON.stringify(told, (_key, value) => (typeof value === "bigint" ? String(value) : value));
}

function signature(one: QuicObservation): string {
  if (one.kind === "error") return one.error.code;
  if (one.kind === "packet") {
    return `${one.packetType}${one.reason ?? one.frames.map(({ name }) => name[0]).join("")}`.slice(
      0,
      16,
    );
  }
  return one.kind;
}

/** Connections are numbered as they come; packets lie in datagrams; bounds hold. */
function checkTold(
  told: readonly QuicObservation[],
  datagrams: readonly QuicDatagram[],
  isLenient: boolean,
): void {
  let connections = 0;
  const failed = new Set<string>();
  let octets = 0;
  for (const one of told) {
    const side = `${one.connection} ${one.direction}`;
    if (one.kind === "connection" && one.connection !== connections++) fault(`connection ${side}`);
    if (one.connection >= connections) fault(`${one.kind} of connection ${one.connection}`);
    if (one.kind === "packet") octets += one.length;
    if (one.kind === "packet" && one.decrypted !== (one.reason === null))
      fault("decrypted, and a reason");
    if (one.kind === "error" && !isLenient) {
      if (failed.has(side)) fault(`two errors of ${side}`);
      failed.add(side);
    }
  }
  const sent = datagrams.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (octets > sent) fault(`packets of ${octets} octets in ${sent}`);
}

/** What is told of each stream, against the octets of its frames, the first ones at each place. */
function sameStreams(told: readonly QuicObservation[]): void {
  const lanes = new Map<string, Map<number, number>>();
  const places = new Map<string, number>();
  for (const one of told) {
    if (one.kind === "packet" && one.decrypted && !one.isDuplicate) {
      for (const frame of one.frames) {
        if (frame.name !== "STREAM") continue;
        const name = `${one.connection} ${one.direction} ${frame.streamId}`;
        const lane = lanes.get(name) ?? new Map<number, number>();
        lanes.set(name, lane);
        for (const [at, octet] of frame.streamData.entries()) {
          const place = Number(frame.offset) + at;
          if (!lane.has(place)) lane.set(place, octet);
        }
      }
    }
    if (one.kind !== "stream" && one.kind !== "gap") continue;
    const name = `${one.connection} ${one.direction} ${one.streamId}`;
    const from = places.get(name) ?? 0;
    if (Number(one.offset) !== from) fault(`stream ${name}: ${one.offset} behind ${from}`);
    if (one.kind === "gap") places.set(name, from + Number(one.length));
    else {
      places.set(name, from + one.bytes.length);
      for (const [at, octet] of one.bytes.entries()) {
        if (lanes.get(name)?.get(from + at) !== octet) fault(`stream ${name}: octet ${from + at}`);
      }
    }
  }
}
