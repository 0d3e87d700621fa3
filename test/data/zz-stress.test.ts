// Captures of real HTTP/3 peers, from the file to the fields: pcap, UDP, QUIC packets with the key log, TLS, streams, QPACK.
// What comes out is what the captures list; what stays closed is what nobody can open, each piece with its reason. Datagrams
// in another order, twice or not at all are no mistakes of anybody.

import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { UdpSegment } from "../../src/inspect/capture/segment.js";
import type { Captured, CapturedSide } from "../helpers/h3-captured.js";
import {
  closedOf,
  datagramsOf,
  inspectDatagrams,
  openedOf,
  type SeenStream,
  streamsOf,
} from "../helpers/quic-capture.js";
import { dataBytes, dataJson, dataPath, describeData } from "./data-folder.js";

/** Packets of a capture by type, opened and closed. */
interface Counts {
  /** Initial, 0-RTT, Handshake, 1-RTT. */
  readonly opened: readonly [initial: number, zeroRtt: number, handshake: number, oneRtt: number];
  readonly closed: Readonly<Record<string, number>>;
}

/**
 * As tshark 4.0 counts them with the same keys, but for two captures that it cannot read: the ClientHello behind a Retry that
 * differs from the first one (aq-retry), and the draft of version 2 (ng-v2draft), where its numbers of packets are these.
 */
const COUNTS: Readonly<Record<string, Counts>> = {
  "aq-get": { opened: [3, 0, 2, 28], closed: { padding: 1 } },
  "aq-retry": { opened: [4, 0, 2, 27], closed: { padding: 2, retry: 1 } },
  "bunc-denos": { opened: [5, 0, 0, 0], closed: { "no keys": 26 } },
  "bunc-ngs": { opened: [5, 0, 2, 217], closed: {} },
  "cr-caddy": { opened: [5, 0, 3, 285], closed: {} },
  "cr-ngs": { opened: [5, 0, 2, 247], closed: {} },
  "denoc-ngs": { opened: [3, 0, 2, 28], closed: {} },
  "ng-0rtt": { opened: [4, 1, 6, 18], closed: {} },
  "ng-404": { opened: [2, 0, 3, 11], closed: {} },
  "ng-aes256": { opened: [2, 0, 3, 9], closed: {} },
  "ng-big": { opened: [2, 0, 3, 118], closed: {} },
  "ng-chacha": { opened: [2, 0, 3, 11], closed: {} },
  "ng-clientcert": { opened: [2, 0, 3, 7], closed: {} },
  "ng-get": { opened: [2, 0, 3, 7], closed: {} },
  "ng-get40": { opened: [2, 0, 3, 14], closed: {} },
  "ng-head": { opened: [2, 0, 3, 7], closed: {} },
  "ng-keyupdate": { opened: [2, 0, 3, 121], closed: {} },
  "ng-migrate": { opened: [2, 0, 3, 137], closed: {} },
  "ng-post": { opened: [2, 0, 4, 44], closed: {} },
  "ng-retry": { opened: [3, 0, 3, 7], closed: { retry: 1 } },
  "ng-smallwin": { opened: [2, 0, 3, 153], closed: {} },
  "ng-token": { opened: [6, 0, 6, 17], closed: { retry: 2 } },
  "ng-trailers": { opened: [2, 0, 3, 11], closed: {} },
  "ng-v2draft": { opened: [2, 0, 3, 11], closed: {} },
  "ng-vneg": { opened: [2, 0, 3, 9], closed: { "unknown version": 1, "version negotiation": 1 } },
  "ng-zeroscid": { opened: [2, 0, 3, 12], closed: {} },
  "ngc-caddy": { opened: [2, 0, 4, 144], closed: {} },
  "qc-ngs": { opened: [3, 0, 5, 9], closed: { padding: 1 } },
  "wt-deno-deno": { opened: [3, 0, 0, 0], closed: { "no keys": 39 } },
};

const namesOf = (end: string) =>
  readdirSync(dataPath("h3-captures"))
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length));

const captureOf = (name: string) => datagramsOf(dataBytes(`h3-captures/${name}.pcap`));
const keysOf = (name: string) => dataBytes(`h3-captures/${name}.keys`);

describeData("h3-captures, from the file to the fields", () => {
  test("the table has them all", () => {
    expect(Object.keys(COUNTS)).toEqual(namesOf(".pcap"));
  });

  describe.each(namesOf(".pcap"))("%s", (name) => {
    test("the packets that stay closed are those that nobody can open", () => {
      const drafts = inspectDatagrams(captureOf(name), keysOf(name));
      const types = ["Initial", "0-RTT", "Handshake", "1-RTT"];
      const opened = openedOf(drafts);
      const { opened: expected, closed } = COUNTS[name] as Counts;
      expect(types.map((type) => opened[type] ?? 0)).toEqual(expected);
      expect(closedOf(drafts)).toEqual(closed);
    });

    test.each([false, true])("nothing is wrong with it, lenient: %s", (lenient) => {
      const drafts = inspectDatagrams(captureOf(name), keysOf(name), { lenient });
      expect(drafts.filter(({ event }) => event === "error" || event === "gap")).toEqual([]);
    });
  });

  describe.each(namesOf(".h3.json"))("%s", (name) => {
    const list = dataJson<Captured[]>(`h3-captures/${name}.h3.json`);

    test("every frame, every setting, every field", () => {
      const drafts = inspectDatagrams(captureOf(name), keysOf(name), { keepBytes: true });
      expectCaptured(drafts, list);
    });

    test("twice, and in another order, the same", () => {
      for (const seed of Array.from({ length: 40 }, (_, i) => 31 * i + 1)) {
        const random = generator(seed);
        const twice = captureOf(name).flatMap((one) => (random() < 0.2 ? [one, one] : [one]));
        const drafts = inspectDatagrams(shuffled(twice, random), keysOf(name), { keepBytes: true });
        expectCaptured(drafts, list);
        expect(drafts.filter(({ event }) => event === "gap")).toEqual([]);
      }
    });

    test("with one datagram in ten lost: no throw, no mistake", () => {
      for (const seed of Array.from({ length: 20 }, (_, i) => 17 * i + 3)) {
        const random = generator(seed);
        const some = captureOf(name).filter(() => random() >= 0.1);
        const drafts = inspectDatagrams(some, keysOf(name));
        expect(drafts.filter(({ event }) => event === "error")).toEqual([]);
      }
    });
  });
});

/** The listed connections, in order, are those that carried something. */
function expectCaptured(
  drafts: ReturnType<typeof inspectDatagrams>,
  list: readonly Captured[],
): void {
  const carried = drafts.filter((draft) => "protocol" in draft && draft.protocol === "h3");
  const numbers = [...new Set(carried.map(({ connection }) => connection))].sort((a, b) => a - b);
  expect(numbers.length).toBe(list.length);
  for (const [at, captured] of list.entries()) {
    const own = drafts.filter(({ connection }) => connection === numbers[at]);
    expectSide(captured.c, streamsOf(own, "client"));
    expectSide(captured.s, streamsOf(own, "server"));
  }
}

function expectSide(side: CapturedSide, seen: Map<string, SeenStream>): void {
  const listed = [...Object.keys(side.uni), ...Object.keys(side.req)];
  expect([...seen.keys()].sort()).toEqual(listed.sort());
  for (const [id, stream] of Object.entries(side.uni)) {
    const found = seen.get(id) as SeenStream;
    expect(found.type, `stream ${id}`).toBe(stream.type);
    if (stream.frames !== undefined) expect(found.frames).toEqual(stream.frames);
    expect(found.instructions).toBe(stream.encoder ?? stream.decoder ?? "");
    if (stream.fin !== undefined) expect(found.fin, `stream ${id}`).toBe(stream.fin);
  }
  for (const [id, { frames, fin }] of Object.entries(side.req)) {
    const found = seen.get(id) as SeenStream;
    expect(found.frames, `stream ${id}`).toEqual(frames);
    expect(found.fin ?? undefined, `stream ${id}`).toBe(fin);
    const data = frames.filter(({ type }) => type === "0x0");
    expect(found.data).toBe(data.reduce((sum, { len }) => sum + len, 0));
  }
}

/** Numbers of 0 to 1 that are the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x8000_0000;
  };
}

/** Each datagram up to four places later; those that begin a connection stay before all others of it. */
function shuffled(items: readonly UdpSegment[], random: () => number): UdpSegment[] {
  const paths = new Set<string>();
  const places = items.map((item, at) => {
    const path = [item.source, item.destination].sort().join();
    const isFirst = !paths.has(path);
    paths.add(path);
    return { item, place: isFirst ? at : at + 4 * random() };
  });
  return places.sort((a, b) => a.place - b.place).map(({ item }) => item);
}
