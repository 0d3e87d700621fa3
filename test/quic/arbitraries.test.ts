// The arbitraries of tercet/fuzz for QUIC and captures: what is called good is read without an error, most of what may be wrong
// is not all wrong, scripts are read as they were written, and hostile peers are heard.

import * as fc from "fast-check";
import {
  captures,
  inspectArbitraries,
  keyLogOf,
  network,
  QuicPeers,
  quicArbitraries,
  readVarint,
  scriptBytes,
  scriptDatagrams,
  scriptOf,
  tlsMessages,
  varint,
} from "tercet/fuzz";
import { CaptureReader, inspect, KeyLog, PacketDecoder } from "tercet/inspect";
import * as quic from "tercet/quic";
import { describe, expect, test } from "vitest";

const q = quicArbitraries(fc);
const files = inspectArbitraries(fc);
const errorsIn = (events: readonly object[]) => events.filter((event) => "error" in event);

describe("QUIC", () => {
  test("good payloads are good in 1-RTT packets", () => {
    fc.assert(
      fc.property(q.payload, (payload) => {
        expect(errorsIn(quic.parseFrames(payload, "1-RTT"))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("broken frames are mostly broken, parameters mostly good", () => {
    const share = (list: readonly boolean[]) => list.filter(Boolean).length / list.length;
    const frames = fc.sample(q.anyFrame, { numRuns: 500, seed: 1 });
    const good = share(frames.map((one) => errorsIn(quic.parseFrames(one, "1-RTT")).length === 0));
    expect(good).toBeGreaterThan(0.05);
    expect(good).toBeLessThan(0.7);
    const lists = fc.sample(q.parameters, { numRuns: 500, seed: 1 });
    const read = share(
      lists.map((one) => errorsIn(quic.parseTransportParameters(one)).length === 0),
    );
    expect(read).toBeGreaterThan(0.5);
  });

  test("datagrams have packets of every type", () => {
    const list = fc.sample(q.datagram, { numRuns: 400, seed: 1 });
    const types = list.flatMap((one) =>
      quic.parseDatagram(one, { connectionIdLength: 4 }).map(({ type }) => type),
    );
    const all = [
      "0-RTT",
      "1-RTT",
      "Handshake",
      "Initial",
      "Retry",
      "Unknown",
      "Version Negotiation",
    ];
    expect([...new Set(types)].sort()).toEqual(all);
  });

  test("integers are read as they were written", () => {
    fc.assert(
      fc.property(q.varint, (bytes) => {
        const plain = readVarint(bytes, 0);
        expect(quic.decodeVarint(bytes)?.value).toBe(plain?.value);
        if (plain !== null) expect(quic.decodeVarint(varint(plain.value))?.value).toBe(plain.value);
      }),
    );
  });

  test("scripts are read as they were written, and any bytes are some script", () => {
    fc.assert(
      fc.property(q.script, (steps) => {
        expect(scriptOf(scriptBytes(steps))).toEqual(steps);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const { bytes: datagram } of scriptDatagrams(quic, scriptOf(bytes))) {
          expect(datagram).toBeInstanceOf(Uint8Array);
        }
      }),
    );
  });

  test("peers are heard by who has their secrets, and by nobody else", () => {
    const heard = (secrets: ReadonlyMap<string, Uint8Array> | null) => {
      const observer = new quic.QuicObserver({ secrets: () => secrets });
      const peers = new QuicPeers(quic);
      const frame = Uint8Array.of(0x0b, 0, 2, 1, 2);
      const datagrams = [...peers.handshake(), peers.send("client", "1-RTT", [frame])];
      return datagrams
        .flatMap((one) => observer.receive(one))
        .filter(({ kind }) => kind === "stream").length;
    };
    expect(heard(tlsMessages.SECRETS)).toBe(1);
    expect(heard(null)).toBe(0);
  });
});

describe("captures", () => {
  test("most packets are UDP or TCP", () => {
    const list = fc.sample(files.packet(network.LINK.RAW), { numRuns: 300, seed: 1 });
    const decoder = new PacketDecoder();
    const kinds = list.map((bytes) => {
      const [packet] = new CaptureReader().push(captures.pcap([bytes]));
      return packet?.kind === "packet" ? (decoder.decode(packet)?.kind ?? "waits") : "none";
    });
    for (const kind of ["udp", "tcp", "other", "waits"]) expect(kinds).toContain(kind);
  });

  test("files are read by the inspector, whatever they are", () => {
    fc.assert(
      fc.property(fc.oneof(files.pcap, files.pcapng), (bytes) => {
        expect(inspect(bytes, { keyLog: keyLogOf() }).at(-1)?.event).toBe("summary");
      }),
      { numRuns: 200 },
    );
  });

  test("key logs have good lines, and bad ones", () => {
    const logs = fc.sample(files.keyLog, { numRuns: 200, seed: 1 }).map((text) => {
      const log = new KeyLog();
      log.push(text);
      log.end();
      return log;
    });
    expect(logs.some(({ size }) => size > 3)).toBe(true);
    expect(logs.some(({ errors }) => errors.length > 0)).toBe(true);
    expect(logs.some(({ errors, size }) => errors.length === 0 && size > 0)).toBe(true);
  });
});
