// Bytes that are said to be one stream of HTTP/3, a field block, or one datagram of QUIC: what is in them, what is wrong with
// them, in any cuts.

import fc from "fast-check";
import { HpackEncoder } from "tercet/hpack";
import { QpackEncoder } from "tercet/qpack";
import { deriveInitialKeys, encodeFrames, protect } from "tercet/quic";
import { describe, expect, test } from "vitest";
import type { Direction, Draft } from "../../src/inspect/events.js";
import { type RawKind, rawInspector } from "../../src/inspect/raw.js";
import {
  concat,
  control,
  data,
  GET,
  goaway,
  headers,
  OK,
  settings,
  uni,
} from "../helpers/h3-frames.js";
import { byteWise } from "../helpers/pieces.js";
import { insert, octets } from "../helpers/qpack-wire.js";

type Any = Draft & { readonly [member: string]: unknown };

function read(as: RawKind, bytes: Uint8Array, from: Direction = "client", cut = false): Any[] {
  const inspector = rawInspector(as, { keepBytes: true });
  const drafts: Draft[] = [];
  for (const piece of cut ? byteWise(bytes) : [bytes])
    drafts.push(...inspector.receive(from, piece));
  const other = from === "client" ? "server" : "client";
  drafts.push(...inspector.end(from), ...inspector.end(other));
  return drafts as Any[];
}

const names = (drafts: readonly Any[]) =>
  drafts.map(({ event, name, code }) => `${event} ${name ?? code ?? ""}`.trim());

describe("h3", () => {
  test("a request, which ends with the bytes", () => {
    const bytes = concat(headers(GET), data("abc"));
    for (const cut of [false, true])
      expect(names(read("h3", bytes, "client", cut))).toEqual([
        ...["frame HEADERS", "head", "frame DATA", "data", "end"],
      ]);
  });

  test("a response", () => {
    const drafts = read("h3", concat(headers(OK), data("abc")), "server");
    expect(drafts[1]).toMatchObject({ event: "head", headers: [[":status", "200"]] });
  });

  test("half a request is a mistake", () => {
    expect(names(read("h3", headers(GET).subarray(0, 8)))).toEqual(["error H3_FRAME_TRUNCATED"]);
  });

  test("a control stream, with its type and without", () => {
    const said = ["frame SETTINGS", "settings", "frame GOAWAY", "goaway 256"];
    const typed = read("h3", control(goaway(0)));
    expect(names(typed)).toEqual(["frame STREAM_TYPE", ...said]);
    const bare = read("h3", concat(settings(), goaway(0)));
    expect(names(bare)).toEqual(said);
    expect(bare.map(({ offset }) => offset)).toEqual([0, 0, 2, 2]);
  });

  test("QPACK's streams", () => {
    const inserts = octets(insert.capacity(100), insert.static(0, "a"), insert.duplicate(0));
    expect(names(read("h3", uni("encoder", inserts)))).toEqual([
      "frame STREAM_TYPE",
      "frame SET_DYNAMIC_TABLE_CAPACITY",
      "frame INSERT_WITH_NAME_REFERENCE",
      "frame DUPLICATE",
    ]);
    expect(names(read("h3", uni("decoder", octets([0x84, 0x42]))))).toEqual([
      "frame STREAM_TYPE",
      "frame SECTION_ACKNOWLEDGMENT",
      "frame STREAM_CANCELLATION",
    ]);
  });
});

describe("hpack", () => {
  test("a field block", () => {
    const block = new HpackEncoder().encode([":method", "GET", "a", "b"]);
    const [head] = read("hpack", block, "client", true);
    expect(head).toMatchObject({
      ...{ event: "head", protocol: "hpack", wireLength: block.length, fieldLength: 12 },
      headers: [
        [":method", "GET"],
        ["a", "b"],
      ],
      bytes: block,
    });
  });

  test("one that is broken", () => {
    expect(read("hpack", Uint8Array.of(0xff))).toMatchObject([
      { event: "error", protocol: "hpack" },
    ]);
  });
});

describe("qpack", () => {
  const fields = [":method", "GET", "x-name", "a value that is worth it"];

  test("a section that needs no table", () => {
    const section = new QpackEncoder({ strategy: "static" }).encode(0, fields);
    expect(read("qpack", section)).toMatchObject([
      { event: "head", headers: [fields.slice(0, 2), fields.slice(2)], wireLength: section.length },
    ]);
  });

  test("records of streams, in any cuts and with sections that wait", () => {
    const qpack = new QpackEncoder({
      ...{ maxTableCapacity: 4_096, maxBlockedStreams: 9, strategy: "eager" },
    });
    const sections = [4, 8].map((id) => [id, qpack.encode(id, fields)] as const);
    const record = (id: number, bytes: Uint8Array) => {
      const header = new DataView(new ArrayBuffer(12));
      header.setUint32(4, id);
      header.setUint32(8, bytes.length);
      return concat(new Uint8Array(header.buffer), bytes);
    };
    const waiting = sections.map(([id, section]) => record(id, section));
    const bytes = concat(...waiting, record(0, qpack.takeEncoderStream()));
    for (const cut of [false, true]) {
      const heads = read("qpack", bytes, "client", cut).filter(({ event }) => event === "head");
      expect(heads.map(({ streamId }) => streamId)).toEqual([4, 8]);
      expect(heads[0]).toMatchObject({
        offset: 12,
        headers: [fields.slice(0, 2), fields.slice(2)],
      });
    }
    const half = read("qpack", bytes.subarray(0, bytes.length - 1)).at(-1);
    expect(half).toMatchObject({ event: "error", code: "QPACK_TRUNCATED" });
  });

  test("one that is broken", () => {
    expect(names(read("qpack", Uint8Array.of(0, 0, 0xff, 0xff, 1)))).toEqual([
      "error QPACK_INDEX_INVALID",
    ]);
  });
});

describe("quic", () => {
  test("an Initial, whose keys everybody has", () => {
    const id = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const cryptoData = Uint8Array.of(1, 0, 0, 0);
    const payload = encodeFrames([
      { name: "PING" },
      { name: "CRYPTO", offset: 4, cryptoData },
      { name: "PADDING", size: 1_100 },
    ]);
    const fields = { type: "Initial", version: 1, packetNumber: 5n, payload } as const;
    const ids = { destinationConnectionId: id, sourceConnectionId: id.subarray(2) };
    const packet = protect({ ...fields, ...ids }, deriveInitialKeys(1, id).client);
    const drafts = read("quic", packet, "client", true);
    expect(names(drafts)).toEqual(["packet", "frame PING", "frame CRYPTO", "frame PADDING"]);
    expect(drafts[0]).toMatchObject({ packetType: "Initial", packetNumber: 5, decrypted: true });
    expect(drafts[2]).toMatchObject({ cryptoOffset: 4, length: 4, rfc: "RFC 9000 section 19.6" });
  });

  test("bytes that are no datagram", () => {
    for (const length of [1, 70_000])
      expect(names(read("quic", new Uint8Array(length).fill(1)))).toEqual([
        "error CAPTURE_UNKNOWN",
      ]);
  });
});

test("nothing throws, and cuts do not matter", () => {
  const kinds = ["h3", "hpack", "qpack", "quic"] as const;
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 60 }), (as, bytes) => {
      const whole = read(as, bytes);
      expect(read(as, bytes, "client", true)).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});
