// Seeds of other projects' fuzzers for QUIC, read in place: as datagrams, payloads of packets, transport parameters, handshake
// messages, files. Nothing is thrown, nothing hangs, frames and packets tile what they were read from, cuts change nothing.

import {
  captures,
  concat,
  network,
  QuicPeers,
  randomPieces,
  readVarint,
  tlsMessages,
  varint,
} from "tercet/fuzz";
import { type InspectEvent, Inspector } from "tercet/inspect";
import * as quic from "tercet/quic";
import {
  decodeVarint,
  encodeFrames,
  encodeTransportParameters,
  parseFrames,
  parseTransportParameters,
  type QuicFrameInput,
  QuicObserver,
  splitDatagram,
  TlsMessageReader,
  type TransportParameter,
} from "tercet/quic";
import { expect, test } from "vitest";
import { describeData } from "./data-folder.js";
import { type Seed, seedsOf } from "./tar.js";

const ARCHIVES = ["quiche", "neqo", "ngtcp2", "quicly"].map((name) => `${name}-dev.tar.gz`);
const PACKET_TYPES = ["Initial", "0-RTT", "Handshake", "1-RTT"];
/** Longer seeds are streams of HTTP/3: a datagram has no more. */
const DATAGRAM_MAX = 65_507;

/** Packets, what was left out and the rest are the datagram. */
function checkDatagram({ name, bytes }: Seed): void {
  for (const connectionIdLength of [0, 8, 20]) {
    const { packets, leftOut, rest } = splitDatagram(bytes, { connectionIdLength });
    const parts = [...packets, ...leftOut, ...(rest === null ? [] : [rest])];
    parts.sort((a, b) => a.offset - b.offset);
    let end = 0;
    for (const { offset, length } of parts) {
      if (offset !== end || length === 0) expect.fail(`${name}: ${offset} behind ${end}`);
      end += length;
    }
    expect(end, name).toBe(bytes.length);
  }
}

/** Frames tile the payload up to the error; without one they come back from the encoder. */
function checkFrames({ name, bytes }: Seed): void {
  for (const type of PACKET_TYPES) {
    const events = parseFrames(bytes, type);
    const last = events.at(-1);
    const frames = events.flatMap((event) => (event.type === "error" ? [] : [event]));
    expect(frames.length, name).toBeGreaterThanOrEqual(events.length - 1);
    const end = frames.reduce((sum, frame) => {
      expect(frame.at, name).toBe(sum);
      return sum + frame.size;
    }, 0);
    if (last?.type === "error") continue;
    expect(end, name).toBe(bytes.length);
    const again = parseFrames(encodeFrames(frames as QuicFrameInput[]), type);
    const names = (list: readonly object[]) =>
      list.map((frame) => ({ ...frame, at: null, size: null }));
    expect(names(again), name).toEqual(names(frames));
  }
}

function checkParameters({ name, bytes }: Seed): void {
  for (const from of ["client", "server", undefined] as const) {
    const events = parseTransportParameters(bytes, from);
    const list = events.filter((event): event is TransportParameter => !("error" in event));
    expect(list.length, name).toBeGreaterThanOrEqual(events.length - 1);
    if (list.length < events.length) continue;
    const again = parseTransportParameters(encodeTransportParameters(list), from);
    const plain = (all: readonly object[]) => all.map((one) => ({ ...one, bytes: null }));
    expect(plain(again), name).toEqual(plain(list));
  }
}

function checkVarints({ name, bytes }: Seed): void {
  for (let at = 0; at < Math.min(bytes.length, 64); at++) {
    const plain = readVarint(bytes, at);
    const read = decodeVarint(bytes, at);
    expect(read?.value, name).toBe(plain?.value);
    if (plain !== null) expect(read?.length, name).toBe(plain.next - at);
  }
}

/** Handshake messages do not depend on cuts. */
function checkHandshake({ name, bytes }: Seed): void {
  const read = (pieces: readonly Uint8Array[]): string => {
    const reader = new TlsMessageReader();
    const messages = pieces.flatMap((piece) =>
      reader
        .receive(piece)
        .map(({ type, body, offset }) => `${type} ${offset} ${Buffer.from(body).toString("hex")}`),
    );
    return [...messages, JSON.stringify(reader.fault)].join("\n");
  };
  const whole = read([bytes]);
  expect(read(randomPieces(bytes, bytes.length + 1, 17)), name).toBe(whole);
}

/** A seed as a datagram of a stranger, and as the payload of good packets. */
function observed(seed: Seed, lenient: boolean): string[] {
  const observer = new QuicObserver({ secrets: () => tlsMessages.SECRETS, lenient });
  const peers = new QuicPeers(quic);
  const { bytes } = seed;
  const payload = bytes.subarray(0, 20_000);
  const datagrams = [
    ...(bytes.length > DATAGRAM_MAX ? [] : [peers.datagram("client", [bytes])]),
    ...peers.handshake(),
    peers.send("client", "1-RTT", [payload]),
    peers.send("server", "Handshake", [payload]),
    peers.send("server", "1-RTT", [
      concat([varint(6), varint(0), varint(payload.length), payload]),
    ]),
  ];
  const told = datagrams.flatMap((datagram) => observer.receive(datagram));
  return [...told, ...observer.end()].map(({ kind }) => kind);
}

/** A seed as a file, and as UDP and TCP in a capture; whole and cut. */
function inspected({ name, bytes }: Seed): void {
  const content = bytes.subarray(0, 60_000);
  const packets = [
    network.ipv4(network.IP.UDP, network.udp(50_000, 443, content)),
    network.ipv4(network.IP.TCP, network.tcp(50_001, 443, content, { sequence: 1 })),
    content,
  ];
  for (const file of [bytes, captures.pcap(packets), captures.pcapng(packets)]) {
    const read = (pieces: readonly Uint8Array[]): InspectEvent[] => {
      const inspector = new Inspector();
      return [...pieces.flatMap((piece) => inspector.push(piece)), ...inspector.end()];
    };
    const whole = read([file]);
    const last = whole.at(-1);
    expect(last?.event, name).toBe("summary");
    const cut = read(randomPieces(file, file.length + 1, 97)).at(-1);
    expect(cut, name).toEqual(last);
  }
}

describeData("QUIC corpora", () => {
  test.each(ARCHIVES)(
    "%s: datagrams, frames, parameters, integers, handshake messages",
    (archive) => {
      const seeds = seedsOf(archive);
      expect(seeds.length).toBeGreaterThan(5);
      for (const seed of seeds) {
        checkDatagram(seed);
        checkFrames(seed);
        checkParameters(seed);
        checkVarints(seed);
        checkHandshake(seed);
      }
    },
  );

  test.each(ARCHIVES)(
    "%s: what an observer says of strangers and of peers that it knows",
    (archive) => {
      const kinds = new Set(seedsOf(archive).flatMap((seed, at) => observed(seed, at % 2 === 0)));
      expect(kinds).toContain("packet");
    },
  );

  test.each(ARCHIVES)("%s: as files and in captures", (archive) => {
    for (const seed of seedsOf(archive).filter((_, at) => at % 5 === 0)) inspected(seed);
  });
});
