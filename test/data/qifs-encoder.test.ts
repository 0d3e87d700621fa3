// The public QPACK lists through our own encoder, read back by the naive reader and by QpackDecoder: capacities, strategies, and
// peers that answer at once, late or never. And what they take, against the encoders of the collection.

import { QpackDecoder, QpackEncoder, type QpackStrategy } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { type Qifs, qifs } from "../../bench/inputs/qifs.js";
import { qpackSizes } from "../../bench/protocols/qpack-sizes.js";
import { NaiveQpack } from "../helpers/naive/qpack.js";
import { describeData } from "./data-folder.js";

interface Setting {
  maxTableCapacity: number;
  maxBlockedStreams: number;
  strategy: QpackStrategy;
  /** Sections that are sent before the first one is answered; Infinity: none is. */
  delay: number;
}

const SETTINGS: Setting[] = [
  { maxTableCapacity: 0, maxBlockedStreams: 0, strategy: "eager", delay: 0 },
  { maxTableCapacity: 4096, maxBlockedStreams: 100, strategy: "static", delay: 0 },
  ...[256, 4096].flatMap((maxTableCapacity) =>
    (["safe", "eager"] as const).flatMap((strategy) =>
      [0, 7, Number.POSITIVE_INFINITY].map((delay) => ({
        ...{ maxTableCapacity, maxBlockedStreams: 20, strategy, delay },
      })),
    ),
  ),
];

/** One whole connection; the first list that is not read as it was, or null. */
function firstDifference(lists: readonly (readonly string[])[], setting: Setting) {
  const encoder = new QpackEncoder(setting);
  const naive = new NaiveQpack(setting);
  const decoder = new QpackDecoder({ ...setting, maxFields: 1000, maxListSize: 262_144 });
  const answers: Uint8Array[] = [];
  for (const [i, list] of lists.entries()) {
    const section = encoder.encode(4 * i, list);
    const instructions = encoder.takeEncoderStream();
    expect(naive.encoderStream(instructions)).toBeNull();
    decoder.receiveEncoderStream(instructions);
    const outcome = naive.section(4 * i, section);
    const read =
      "fields" in outcome ? outcome.fields.flatMap((one) => [one.name, one.value]) : null;
    const decoded = decoder.decode(4 * i, section);
    for (const one of [read, decoded])
      if (one?.join("\0") !== list.join("\0")) return { list: i, expected: list, got: one };
    answers.push(decoder.takeDecoderStream());
    if (i >= setting.delay) encoder.receiveDecoderStream(answers[i - setting.delay] as Uint8Array);
  }
  decoder.release();
  return null;
}

describeData("qifs through our encoder", () => {
  const { lists, cases } = qifs() as Qifs;
  const names = [...lists.keys()];

  describe.each(names)("%s", (name) => {
    test.each(SETTINGS)("QP-EN-1 QP-EN-2 QP-EN-5 %o", (setting) => {
      expect(firstDifference(lists.get(name) ?? [], setting)).toBeNull();
    });
  });

  test("no encoder of the collection wrote less, or it is said why", () => {
    const rows = qpackSizes({ lists, cases });
    expect(rows).toHaveLength(96);
    const more = rows.filter(({ ours, best }) => ours > best);
    expect(more.map(({ qif, cap, blocked, ack }) => [qif, cap, blocked, ack])).toEqual([
      ["netbsd-hq", 256, 0, 1],
      ["netbsd", 256, 0, 1],
    ]);
    for (const { why, ours, best } of more) {
      expect(why).toContain("before the first acknowledgement");
      expect(ours - best).toBeLessThanOrEqual(73);
    }
    const sum = (key: "ours" | "best") => rows.reduce((all, row) => all + row[key], 0);
    expect(sum("ours")).toBeLessThan(0.975 * sum("best"));
  });
});
