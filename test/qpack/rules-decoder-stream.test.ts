// The decoder stream of QPACK (RFC 9204 sections 2.2.2 and 4.4): what an encoder takes from it, and what a decoder writes. Titles
// carry the rows of the rule list.

import { ProtocolError } from "tercet";
import { QpackDecoder, QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { CODE } from "../helpers/h3-names.js";
import { NaiveQpack } from "../helpers/naive/qpack.js";
import {
  cancel,
  drive,
  instructionLines,
  type QpackStep,
  read,
  stream,
} from "../helpers/qpack-drive.js";
import {
  acknowledge,
  bigInteger,
  dynamicSection,
  insert,
  line,
  octets,
  section,
} from "../helpers/qpack-wire.js";

const LARGEST = 2n ** 62n - 1n;
const OPTIONS = { maxTableCapacity: 4096, maxBlockedStreams: 100, strategy: "eager" } as const;

/** An encoder that has inserted and referred to fields on these streams; and its peer, which has read all of it. */
function encoded(...ids: readonly number[]): { encoder: QpackEncoder; peer: NaiveQpack } {
  const encoder = new QpackEncoder(OPTIONS);
  const peer = new NaiveQpack(OPTIONS);
  for (const id of ids) {
    const bytes = encoder.encode(id, ["x-first", "value one", `x-${id}`, "value two"]);
    peer.encoderStream(encoder.takeEncoderStream());
    expect("fields" in peer.section(id, bytes)).toBe(true);
  }
  return { encoder, peer };
}

function faultOf(encoder: QpackEncoder, ...parts: readonly (readonly number[])[]) {
  try {
    encoder.receiveDecoderStream(octets(...parts));
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

function expectFault(error: ProtocolError | null, code: string): void {
  expect([error?.code, error?.scope, error?.wireCode]).toEqual([
    code,
    "connection",
    CODE.QPACK_DECODER_STREAM_ERROR,
  ]);
}

describe("QP-DECS-1 an acknowledgement of nothing", () => {
  test("QP-DECS-1 of a stream that has no section", () => {
    expectFault(faultOf(encoded(4).encoder, acknowledge.section(8)), "QPACK_DECODER_ACK_INVALID");
    expectFault(faultOf(new QpackEncoder(), acknowledge.section(0)), "QPACK_DECODER_ACK_INVALID");
  });

  test("QP-DECS-1 of a section that refers to nothing dynamic", () => {
    const { encoder } = encoded(4);
    encoder.encode(8, [":method", "GET"]);
    expectFault(faultOf(encoder, acknowledge.section(8)), "QPACK_DECODER_ACK_INVALID");
  });

  test("QP-DECS-1 once more than sections", () => {
    const { encoder } = encoded(4, 4);
    expect(faultOf(encoder, acknowledge.section(4), acknowledge.section(4))).toBeNull();
    expectFault(faultOf(encoder, acknowledge.section(4)), "QPACK_DECODER_ACK_INVALID");
  });

  test("QP-DECS-1 behind a cancellation", () => {
    const { encoder } = encoded(4);
    const error = faultOf(encoder, acknowledge.cancel(4), acknowledge.section(4));
    expectFault(error, "QPACK_DECODER_ACK_INVALID");
  });
});

describe("QP-DECS-2 a cancellation", () => {
  test("QP-DECS-2 of any stream is allowed, also of one that has no section", () => {
    const { encoder } = encoded(4);
    expect(faultOf(encoder, acknowledge.cancel(4), acknowledge.cancel(4000))).toBeNull();
    expect(faultOf(new QpackEncoder(), acknowledge.cancel(0))).toBeNull();
  });

  /** How many insertions come of forty more sections, when a table for two entries was filled on stream 4. */
  const insertionsAfter = (...feedback: readonly (readonly number[])[]): number => {
    const options = { maxTableCapacity: 100, maxBlockedStreams: 100 };
    const encoder = new QpackEncoder({ ...options, strategy: "eager" });
    const peer = new NaiveQpack(options);
    const encode = (id: number, name: string) => {
      const bytes = encoder.encode(id, [name, "v"]);
      peer.encoderStream(encoder.takeEncoderStream());
      expect("fields" in peer.section(id, bytes)).toBe(true);
    };
    for (let at = 0; at < 4; at++) encode(4, `x-${at}`);
    const before = peer.insertCount;
    expect(before).toBeGreaterThan(0);
    encoder.receiveDecoderStream(octets(...feedback));
    for (let at = 0; at < 40; at++) encode(8, `y-${at}`);
    return peer.insertCount - before;
  };

  test("QP-DECS-2 QP-EN-1 drops the references of its stream; without it nothing may be evicted", () => {
    expect(insertionsAfter()).toBe(0);
    // The insertions themselves must be known, too.
    expect(insertionsAfter(acknowledge.cancel(4))).toBe(0);
    expect(insertionsAfter(acknowledge.increment(1))).toBe(0);
    expect(insertionsAfter(acknowledge.cancel(4), acknowledge.increment(2))).toBeGreaterThan(0);
  });
});

describe("QP-DECS-3 QP-DECS-4 an increment", () => {
  test("QP-DECS-3 of 0", () => {
    const error = faultOf(encoded(4).encoder, acknowledge.increment(0));
    expectFault(error, "QPACK_DECODER_INCREMENT_INVALID");
  });

  test("QP-DECS-4 beyond the insertions", () => {
    const { encoder, peer } = encoded(4, 8);
    const count = peer.insertCount;
    expect(faultOf(encoder, acknowledge.increment(count))).toBeNull();
    expectFault(faultOf(encoder, acknowledge.increment(1)), "QPACK_DECODER_INCREMENT_INVALID");
  });

  test.each([
    ["one more", (count: number) => acknowledge.increment(count + 1)],
    ["2^31", () => acknowledge.increment(2 ** 31)],
    ["2^32", () => acknowledge.increment(2 ** 32)],
    ["2^32 + 1", () => acknowledge.increment(2 ** 32 + 1)],
    ["2^62 - 1", () => bigInteger(0, 6, LARGEST)],
  ])("QP-DECS-4 %s than there are, at once", (_name, of) => {
    const { encoder, peer } = encoded(4);
    expectFault(faultOf(encoder, of(peer.insertCount)), "QPACK_DECODER_INCREMENT_INVALID");
  });

  test("QP-DECS-4 increments that overflow together", () => {
    const { encoder, peer } = encoded(4);
    const error = faultOf(
      encoder,
      acknowledge.increment(peer.insertCount),
      bigInteger(0, 6, LARGEST),
    );
    expectFault(error, "QPACK_DECODER_INCREMENT_INVALID");
  });
});

const written = (steps: readonly QpackStep[], options = {}) =>
  instructionLines(drive(steps, options).decoderStream);
const opened = (count: number) =>
  stream(
    insert.capacity(4096),
    ...Array.from({ length: count }, (_, at) => insert.literal("k", String(at))),
  );
const one = dynamicSection(1, line.dynamic(0));

describe("QP-DECS-5 a Section Acknowledgment", () => {
  test("QP-DECS-5 for each section that requires insertions, none for others", () => {
    const lines = written([
      opened(1),
      read(4, one),
      read(8, section(line.static(17))),
      read(12, one),
      read(4, one),
    ]);
    expect(lines.filter((entry) => !entry.startsWith("increment"))).toEqual([
      "ack 4",
      "ack 12",
      "ack 4",
    ]);
  });

  test("QP-DECS-5 for a section that requires more than it refers to", () => {
    expect(written([opened(1), read(4, dynamicSection(1, line.static(17)))])).toContain("ack 4");
  });

  test("QP-DECS-5 for a blocked section when it was read, not before", () => {
    expect(written([read(4, one)])).toEqual([]);
    expect(written([read(4, one), opened(1)])).toEqual(["ack 4"]);
  });
});

describe("QP-DECS-6 a Stream Cancellation", () => {
  test("QP-DECS-6 for a stream whose section waits, and no acknowledgement behind it", () => {
    expect(written([read(4, one), cancel(4), opened(1)])).toEqual(["cancel 4", "increment 1"]);
  });

  test("QP-DECS-6 for a stream that was read in part", () => {
    expect(written([opened(1), read(4, one), cancel(4)])).toEqual(["ack 4", "cancel 4"]);
  });

  test("QP-DECS-6 is left out where there can be no reference", () => {
    expect(
      written([read(4, section(line.static(17))), cancel(4)], { maxTableCapacity: 0 }),
    ).toEqual([]);
  });
});

describe("QP-DECS-7 Insert Count Increments", () => {
  test("QP-DECS-7 of many insertions are one", () => {
    expect(written([opened(20)])).toEqual(["increment 20"]);
  });

  test("QP-DECS-7 QP-DECS-8 what an acknowledgement says is not said again", () => {
    expect(written([opened(1), read(4, one)])).toEqual(["ack 4"]);
    const two = dynamicSection(2, line.dynamic(0));
    const lines = written([opened(3), read(4, two)]);
    expect([...lines].sort()).toEqual(["ack 4", "increment 1"]);
  });
});

describe("QP-DECS-8 the Known Received Count", () => {
  test("QP-DECS-8 rises to the Required Insert Count of what was acknowledged", () => {
    const { encoder, peer } = encoded(4);
    expect(peer.insertCount).toBe(2);
    expect(faultOf(encoder, acknowledge.section(4))).toBeNull();
    expectFault(faultOf(encoder, acknowledge.increment(1)), "QPACK_DECODER_INCREMENT_INVALID");
  });

  test("QP-DECS-8 does not fall", () => {
    const { encoder, peer } = encoded(4, 8);
    expect(faultOf(encoder, acknowledge.increment(peer.insertCount))).toBeNull();
    expect(faultOf(encoder, acknowledge.section(4), acknowledge.section(8))).toBeNull();
    expectFault(faultOf(encoder, acknowledge.increment(1)), "QPACK_DECODER_INCREMENT_INVALID");
  });

  test("QP-DECS-8 the two ends agree over a long dialogue", () => {
    const encoder = new QpackEncoder({ ...OPTIONS, maxTableCapacity: 300 });
    const decoder = new QpackDecoder({ maxTableCapacity: 300, maxBlockedStreams: 100 });
    for (let id = 0; id < 2000; id += 4) {
      const fields = [`x-${id % 28}`, `v-${id % 12}`, "x-same", "same"];
      const bytes = encoder.encode(id, fields);
      decoder.receiveEncoderStream(encoder.takeEncoderStream());
      expect(decoder.decode(id, bytes)).toEqual(fields);
      if (id % 12 === 0) encoder.receiveDecoderStream(decoder.takeDecoderStream());
    }
  });
});
