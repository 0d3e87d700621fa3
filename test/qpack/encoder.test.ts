// The QPACK encoder: which representation a field gets, what is inserted and when, and where the examples of RFC 9204 appendix B
// are determined, their octets.

import { QpackEncoder, type QpackEncoderOptions } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { hex } from "../helpers/hpack-wire.js";
import { NAIVE_STATIC } from "../helpers/naive/qpack-static.js";
import { QpackObserver, type SeenSection } from "../helpers/qpack-observer.js";
import { acknowledge, insert, line, octets, section } from "../helpers/qpack-wire.js";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** An encoder and what it did; acknowledges at will. */
class Seen {
  readonly encoder: QpackEncoder;
  readonly observer: QpackObserver;
  instructions = 0;
  #streamId = 0;

  constructor(options: QpackEncoderOptions = {}) {
    const all = { maxTableCapacity: 4096, maxBlockedStreams: 100, ...options };
    this.encoder = new QpackEncoder(all);
    this.observer = new QpackObserver(all.maxTableCapacity);
    this.observer.instructions(this.encoder.takeEncoderStream());
  }

  /** Encodes on the next stream. */
  section(list: readonly string[], sensitive?: ReadonlySet<string>): SeenSection {
    this.#streamId += 4;
    const bytes = this.encoder.encode(this.#streamId, list, sensitive);
    this.instructions = this.observer.instructions(this.encoder.takeEncoderStream()).length;
    return this.observer.section(bytes);
  }

  forms(list: readonly string[], sensitive?: ReadonlySet<string>): string[] {
    return this.section(list, sensitive).lines.map(({ form, never }) =>
      never ? `never ${form}` : form,
    );
  }

  /** The peer has everything and has read everything. */
  acknowledge(): void {
    for (let id = 4; id <= this.#streamId; id += 4)
      if (this.#isOutstanding()) this.#tryAcknowledging(id);
    const count = this.encoder.insertCount - this.encoder.knownReceivedCount;
    if (count > 0) this.encoder.receiveDecoderStream(octets(acknowledge.increment(count)));
  }

  #isOutstanding(): boolean {
    return this.encoder.outstandingSections > 0;
  }

  #tryAcknowledging(id: number): void {
    this.encoder.receiveDecoderStream(octets(acknowledge.cancel(id)));
  }
}

describe("the examples of RFC 9204 appendix B", () => {
  test("QP-FLD-3 B.1 a literal with the name of a static entry", () => {
    const encoder = new QpackEncoder({ huffman: false });
    const bytes = encoder.encode(0, [":path", "/index.html"]);
    expect(text(bytes)).toBe("0000510b2f696e6465782e68746d6c");
  });

  test("QP-FLD-2 B.2 insertions with static names, referred to behind the Base", () => {
    const encoder = new QpackEncoder({
      maxTableCapacity: 220,
      maxBlockedStreams: 1,
      huffman: false,
    });
    // The example's path is inserted; ours is sent without, as it is another one each time.
    const bytes = encoder.encode(4, [":authority", "www.example.com"]);
    expect(text(encoder.takeEncoderStream())).toBe("3fbd01c00f7777772e6578616d706c652e636f6d");
    expect(text(bytes)).toBe("028010");
  });

  test("QP-ENC-4 B.3 an insertion with a literal name", () => {
    const encoder = new QpackEncoder({
      maxTableCapacity: 220,
      maxBlockedStreams: 1,
      huffman: false,
    });
    encoder.takeEncoderStream();
    encoder.encode(4, ["custom-key", "custom-value"]);
    expect(text(encoder.takeEncoderStream())).toBe(
      "4a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    );
  });
});

describe("representations", () => {
  test("QP-FLD-9 an empty list is the prefix alone", () => {
    expect(new QpackEncoder().encode(0, [])).toEqual(octets([0, 0]));
  });

  test("QP-TAB-1 every entry of the static table with a value is an index", () => {
    const encoder = new QpackEncoder();
    NAIVE_STATIC.forEach(([name, value], index) => {
      const isSecret = ["authorization", "set-cookie", "cookie"].includes(name);
      if (!isSecret)
        expect([name, value, encoder.encode(0, [name, value])]).toEqual([
          ...[name, value],
          section(line.static(index)),
        ]);
    });
  });

  test("without a dynamic table: names by the first static index, else as literals", () => {
    const encoder = new QpackEncoder({ huffman: false });
    expect(encoder.encode(0, [":status", "418", "x-a", "b", "date", ""])).toEqual(
      section(line.staticName(24, "418"), line.literal("x-a", "b"), line.static(6)),
    );
    expect(encoder.takeEncoderStream()).toHaveLength(0);
  });

  test("names go out in lower case, A to Z alone", () => {
    const { lines } = new Seen().section(["X-UPPER", "V", "\xc0\xdeA@[`", "W", "ACCEPT", "*/*"]);
    expect(lines.map(({ name, value }) => [name, value])).toEqual([
      ...[
        ["x-upper", "V"],
        ["\xc0\xdea@[`", "W"],
        ["accept", "*/*"],
      ],
    ]);
  });

  test.each<[QpackEncoderOptions["huffman"], string, boolean]>([
    ["auto", "aaaa", true],
    ["auto", "{}~^", false],
    ["auto", "", false],
    [true, "\x00\x01", true],
    [false, "aaaaaaaa", false],
  ])("Huffman %s: %j", (huffman, value, isCoded) => {
    const encoder = new QpackEncoder({ huffman });
    const { lines } = new QpackObserver(0).section(encoder.encode(0, [":path", value]));
    expect(lines).toMatchObject([{ value, huffman: [isCoded] }]);
  });

  test("lengths and indices of more octets", () => {
    const seen = new Seen({ maxTableCapacity: 65_536, tableCapacityCap: 65_536 });
    const names = Array.from({ length: 300 }, (_, i) => [`x-${i}`, `${i}`]).flat();
    for (let i = 0; i < 3; i++) {
      const { lines } = seen.section(names);
      expect(lines.flatMap(({ name, value }) => [name, value])).toEqual(names);
    }
    expect(seen.observer.entries).toHaveLength(300);
    for (const length of [6, 7, 8, 126, 127, 128, 254, 255, 16_510]) {
      const list = ["a".repeat(length), "\xff".repeat(length), "~".repeat(length), "b"];
      const { lines } = seen.section(list);
      expect(lines.flatMap(({ name, value }) => [name, value])).toEqual(list);
    }
  });

  test("QP-PFX-3 the Required Insert Count wraps around at twice the entries of the maximum", () => {
    const seen = new Seen({ maxTableCapacity: 128 });
    const firsts = Array.from({ length: 40 }, (_, i) => {
      const { required } = seen.section(["x-a", `${i % 2}`, "x-b", `${i >> 1}`]);
      seen.acknowledge();
      return required;
    });
    expect(Math.max(...firsts)).toBeGreaterThan(8);
  });
});

describe("eager", () => {
  const list = ["x-a", "1", "x-b", "2"];

  test("QP-FLD-2 refers at once to what it inserts, behind the Base, and before it from then on", () => {
    const seen = new Seen();
    expect(seen.forms(list)).toEqual(["post-base", "post-base"]);
    expect(seen.section(list)).toMatchObject({
      ...{ required: 2, base: 2 },
      lines: [
        { form: "dynamic", entry: 0 },
        { form: "dynamic", entry: 1 },
      ],
    });
    expect(seen.instructions).toBe(0);
  });

  test("QP-EN-2 where no further stream may block: what the peer has, else literals", () => {
    const seen = new Seen({ maxBlockedStreams: 1 });
    expect(seen.forms(list)).toEqual(["post-base", "post-base"]);
    expect(seen.forms(list)).toEqual(["literal", "literal"]);
    seen.encoder.receiveDecoderStream(octets(acknowledge.section(4)));
    expect(seen.forms(list)).toEqual(["dynamic", "dynamic"]);
    expect(seen.encoder.blockedStreams).toBe(0);
  });

  test("a name by reference, before the Base and behind it", () => {
    const seen = new Seen();
    const long = "v".repeat(4000);
    expect(seen.forms(["x-a", "1", "x-a", long])).toEqual(["post-base", "post-base-name"]);
    expect(seen.forms(["x-a", long])).toEqual(["dynamic-name"]);
    const secrets = new Set(["x-a", "x-c"]);
    expect(seen.forms(["x-a", "9", "x-c", "9"], secrets)).toEqual([
      ...["never dynamic-name", "never literal"],
    ]);
    expect(seen.forms(["x-b", "1", "x-b", "2"], new Set(["x-a"]))).toEqual([
      "post-base",
      "post-base",
    ]);
  });

  test("values that are another one each time are not inserted, but are when they come again", () => {
    const seen = new Seen();
    expect(seen.forms([":path", "/one"])).toEqual(["static-name"]);
    expect(seen.forms([":path", "/two"])).toEqual(["static-name"]);
    expect(seen.forms([":path", "/one"])).toEqual(["post-base"]);
    expect(seen.forms([":path", "/one"])).toEqual(["dynamic"]);
  });

  test("QP-ENC-5 an entry in use is duplicated rather than lost", () => {
    const seen = new Seen({ maxTableCapacity: 400 });
    const agent = ["user-agent", "an agent that comes with every request there is"];
    const kinds = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const forms = seen.forms([...agent, "x-other", `value number ${i >> 1} of many`]);
      if (i > 0) expect(["dynamic", "post-base"]).toContain(forms[0]);
      kinds.add(forms[1] ?? "");
      seen.acknowledge();
    }
    const agents = seen.observer.entries.filter(([name]) => name === "user-agent").length;
    expect(agents).toBeGreaterThan(1);
    expect(kinds).toContain("dynamic");
  });

  test("an entry that is larger than three quarters of the table is not inserted", () => {
    const forms = (length: number) =>
      new Seen({ maxTableCapacity: 400 }).forms(["x", "y".repeat(length)]);
    expect(forms(300 - 33)).toEqual(["post-base"]);
    expect(forms(300 - 32)).toEqual(["literal"]);
  });
});

describe("safe", () => {
  test("inserts, and refers once the peer has it", () => {
    const seen = new Seen({ strategy: "safe" });
    const list = ["x-a", "1"];
    expect(seen.forms(list)).toEqual(["literal"]);
    expect(seen.instructions).toBe(1);
    expect(seen.forms(list)).toEqual(["literal"]);
    expect(seen.instructions).toBe(0);
    seen.encoder.receiveDecoderStream(octets(acknowledge.increment(1)));
    expect(seen.forms(list)).toEqual(["dynamic"]);
  });

  test("a peer that never acknowledges gets next to nothing", () => {
    const seen = new Seen({ strategy: "safe" });
    for (let i = 0; i < 50; i++) seen.section([`x-${i}`, "value", "x-same", "value"]);
    expect(seen.encoder.tableSize).toBeLessThanOrEqual(4096 / 16);
  });
});

describe("settings", () => {
  test("QP-TAB-8 nothing is inserted and nothing said before they are known, or where they forbid it", () => {
    const encoder = new QpackEncoder();
    const list = ["x-a", "1"];
    expect(encoder.encode(0, list)).toEqual(encoder.encode(0, list));
    expect(encoder.encoderStreamLength).toBe(0);
    for (const capacity of [0, 31]) {
      const seen = new QpackEncoder({ maxTableCapacity: capacity, maxBlockedStreams: 9 });
      expect(seen.encode(0, list)[0]).toBe(0);
      expect(seen.takeEncoderStream()).toHaveLength(0);
    }
    encoder.setPeerSettings(4096, 10);
    expect(encoder.takeEncoderStream()).toEqual(octets(insert.capacity(4096)));
    expect(encoder.encode(4, list)[0]).toBe(2);
  });

  test("QP-TAB-8 the capacity is the smaller one of the peer's and ours", () => {
    const capacity = (options: QpackEncoderOptions) =>
      new QpackEncoder(options).takeEncoderStream();
    expect(capacity({ maxTableCapacity: 2 ** 40 })).toEqual(octets(insert.capacity(4096)));
    expect(capacity({ maxTableCapacity: 100 })).toEqual(octets(insert.capacity(100)));
    expect(capacity({ maxTableCapacity: 9000, tableCapacityCap: 8000 })).toEqual(
      octets(insert.capacity(8000)),
    );
    expect(capacity({ maxTableCapacity: 4096, strategy: "static" })).toHaveLength(0);
  });

  test("QP-PFX-3 a table below the peer's maximum counts by the maximum", () => {
    const seen = new Seen({ maxTableCapacity: 65_536, tableCapacityCap: 100 });
    for (let i = 0; i < 20; i++) {
      seen.section(["x-a", `${i >> 1}`]);
      seen.acknowledge();
    }
    expect(seen.observer.capacity).toBe(100);
    expect(seen.observer.entries.length).toBeGreaterThan(4);
  });

  test("QP-TAB-9 settings again: more streams, the same capacity", () => {
    const encoder = new QpackEncoder({ maxTableCapacity: 4096 });
    encoder.takeEncoderStream();
    encoder.setPeerSettings(4096, 1);
    expect(encoder.encoderStreamLength).toBe(0);
    encoder.encode(0, ["x-a", "1"]);
    expect(encoder.blockedStreams).toBe(1);
  });
});

describe("bytes", () => {
  test("QP-EN-3 instructions are whole however they are taken, and sections stay as they are", () => {
    const encoder = new QpackEncoder({ maxTableCapacity: 4096, maxBlockedStreams: 1000 });
    const sections = Array.from({ length: 500 }, (_, i) => {
      const bytes = encoder.encode(4 * i, ["x-a", `${i % 20}`.repeat(9), ":path", `/${i}`]);
      return [bytes, text(bytes)] as const;
    });
    const { encoderStreamLength } = encoder;
    const bytes = encoder.takeEncoderStream();
    expect(bytes).toHaveLength(encoderStreamLength);
    expect(new QpackObserver(4096).instructions(bytes).length).toBeGreaterThan(10);
    expect(sections.filter(([section, before]) => text(section) !== before)).toEqual([]);
    expect(encoder.takeEncoderStream()).toHaveLength(0);
  });

  test("memory that was transferred away harms nothing later", () => {
    const encoder = new QpackEncoder({ maxTableCapacity: 4096, maxBlockedStreams: 9 });
    const first = encoder.encode(0, ["x-a", "1"]);
    const instructions = encoder.takeEncoderStream();
    structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
    const observer = new QpackObserver(4096);
    observer.instructions(instructions);
    structuredClone(instructions.buffer, { transfer: [instructions.buffer as ArrayBuffer] });
    const { lines } = observer.section(encoder.encode(4, ["x-a", "1", "date", "now"].slice(0, 2)));
    expect(lines).toMatchObject([{ name: "x-a", value: "1", form: "dynamic" }]);
    expect(hex(text(encoder.encode(8, [])))).toEqual(octets([0, 0]));
  });
});
