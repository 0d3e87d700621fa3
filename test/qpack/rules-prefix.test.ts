// The prefix of a field section: Required Insert Count and Base (RFC 9204 sections 2.1.2, 2.2.1 and 4.5.1), and sections that
// wait. Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import { agreed, cancel, drive, expectRefused, read, stream } from "../helpers/qpack-drive.js";
import { dynamicSection, insert, line, octets, prefix, rawPrefix } from "../helpers/qpack-wire.js";

const FAILED = "QPACK_DECOMPRESSION_FAILED";
const letters = (count: number) =>
  Array.from({ length: count }, (_, at) => insert.literal("k", String(at)));
const opened = (count: number, capacity = 4096) =>
  stream(insert.capacity(capacity), ...letters(count));

describe("QP-PFX-1 an encoded count above twice the entries", () => {
  test.each([
    [4096, 257],
    [4096, 1000],
    [4096, 2 ** 40],
    [64, 5],
    [32, 3],
    [31, 1],
    [0, 1],
  ])("QP-PFX-1 a maximum of %i, an encoded count of %i", (maxTableCapacity, encoded) => {
    expectRefused(
      [read(4, octets(rawPrefix(encoded), line.static(17)))],
      "QPACK_INSERT_COUNT_INVALID",
      FAILED,
      { maxTableCapacity },
    );
  });

  test("QP-PFX-1 the largest that there is", () => {
    const { lines } = agreed(
      [stream(insert.capacity(64), ...letters(3)), read(4, octets(rawPrefix(4), line.dynamic(0)))],
      { maxTableCapacity: 64 },
    );
    expect(lines).toEqual(["4 k: 2"]);
  });
});

describe("QP-PFX-2 an encoded count that means no count", () => {
  test("QP-PFX-2 one that would be 0", () => {
    expectRefused([read(4, octets(rawPrefix(1)))], "QPACK_INSERT_COUNT_INVALID", FAILED);
    expectRefused([opened(3), read(4, octets(rawPrefix(1)))], "QPACK_INSERT_COUNT_INVALID", FAILED);
  });

  test("QP-PFX-2 one that wraps below 0", () => {
    // Two entries at most, none inserted: 2 + 2 is the most that can be meant.
    expectRefused([read(4, octets(rawPrefix(4)))], "QPACK_INSERT_COUNT_INVALID", FAILED, {
      maxTableCapacity: 64,
    });
  });

  test("QP-PFX-2 every encoded count of a small table, as the text of the RFC has it", () => {
    for (let inserted = 0; inserted <= 9; inserted++)
      for (let encoded = 0; encoded <= 7; encoded++)
        agreed([opened(inserted, 96), read(4, octets(rawPrefix(encoded), line.static(17)))], {
          maxTableCapacity: 96,
          maxBlockedStreams: 1,
        });
  });
});

describe("QP-PFX-3 the entries of the maximum, not of the capacity", () => {
  test("QP-PFX-3 a capacity below the maximum", () => {
    const { lines } = agreed([
      opened(140, 102),
      read(4, octets(prefix(140, 140, 4096), line.dynamic(0))),
      read(8, octets(prefix(139, 139, 4096), line.dynamic(0))),
    ]);
    expect(lines).toEqual(["4 k: 139", "8 k: 138"]);
  });

  test("QP-PFX-3 by the entries of the capacity it would be another count", () => {
    // 140 of a table of three entries would be written as 3, which means 258 to a table of 128.
    const steps = [opened(140, 102), read(4, octets(prefix(140, 140, 102), line.dynamic(0)))];
    expect(agreed(steps).lines).toEqual(["4 blocked"]);
  });
});

describe("QP-PFX-4 a Base below zero", () => {
  test.each([
    ["Required Insert Count 0, Delta Base 0", 0, 0, 0],
    ["0, 5", 0, 5, 0],
    ["1, 1", 2, 1, 1],
    ["2, 2", 3, 2, 2],
    ["2, 2^40", 3, 2 ** 40, 2],
  ])("QP-PFX-4 %s with the sign", (_name, encoded, delta, inserted) => {
    const bytes = octets(rawPrefix(encoded, delta, true), line.static(17));
    expectRefused([opened(inserted), read(4, bytes)], "QPACK_BASE_INVALID", FAILED);
  });

  test("QP-PFX-4 a Base of 0", () => {
    const bytes = octets(rawPrefix(3, 1, true), line.postBase(0), line.postBase(1));
    expect(agreed([opened(2), read(4, bytes)]).lines).toEqual(["4 k: 0 | k: 1"]);
  });
});

describe("QP-PFX-5 a Base above the Required Insert Count", () => {
  test("QP-PFX-5 among the insertions", () => {
    const bytes = octets(prefix(2, 5), line.dynamic(3), line.dynamic(4));
    expect(agreed([opened(5), read(4, bytes)]).lines).toEqual(["4 k: 1 | k: 0"]);
  });

  test("QP-PFX-5 beyond the insertions", () => {
    const bytes = octets(prefix(2, 1000), line.dynamic(998), line.dynamic(999));
    expect(agreed([opened(2), read(4, bytes)]).lines).toEqual(["4 k: 1 | k: 0"]);
  });

  test("QP-PFX-5 with a count of 0", () => {
    expect(agreed([read(4, octets(rawPrefix(0, 77), line.static(17)))]).lines).toEqual([
      "4 :method: GET",
    ]);
  });
});

describe("QP-PFX-6 a section that is ahead of the insertions", () => {
  test("QP-PFX-6 waits until the last of them", () => {
    const { lines } = agreed([
      read(4, dynamicSection(2, line.dynamic(0), line.dynamic(1))),
      stream(insert.capacity(4096), ...letters(1)),
      read(8, octets([0, 0], line.static(17))),
      stream(...letters(1)),
    ]);
    expect(lines).toEqual(["4 blocked", "8 :method: GET", "4 k: 0 | k: 0"]);
  });

  test("QP-PFX-6 sections of one stream keep their order", () => {
    const { lines } = agreed([
      read(4, dynamicSection(2, line.dynamic(0))),
      read(4, octets([0, 0], line.static(17))),
      read(8, dynamicSection(1, line.dynamic(0))),
      stream(insert.capacity(4096), ...letters(1)),
      stream(insert.literal("k", "second")),
    ]);
    expect(lines).toEqual([
      ...["4 blocked", "4 blocked", "8 blocked", "8 k: 0"],
      ...["4 k: second", "4 :method: GET"],
    ]);
  });

  test("QP-PFX-6 a section that waits and then proves wrong", () => {
    const outcome = drive([
      read(4, dynamicSection(1, line.dynamic(0), line.dynamic(1))),
      stream(insert.capacity(4096), ...letters(1)),
    ]);
    expect(outcome.lines).toEqual(["4 blocked", "QPACK_REFERENCE_INVALID"]);
  });
});

describe("QP-PFX-7 as many blocked streams as we promised", () => {
  const ahead = dynamicSection(1, line.dynamic(0));
  test("QP-PFX-7 two where one is allowed", () => {
    expectRefused([read(4, ahead), read(8, ahead)], "QPACK_BLOCKED_STREAMS", FAILED, {
      maxBlockedStreams: 1,
    });
  });

  test("QP-PFX-7 one where none is allowed", () => {
    expectRefused([read(4, ahead)], "QPACK_BLOCKED_STREAMS", FAILED, { maxBlockedStreams: 0 });
  });

  test("QP-PFX-7 streams count, not sections", () => {
    const steps = [read(4, ahead), read(4, ahead), read(4, ahead), opened(1)];
    expect(agreed(steps, { maxBlockedStreams: 1 }).lines).toEqual([
      ...["4 blocked", "4 blocked", "4 blocked"],
      ...["4 k: 0", "4 k: 0", "4 k: 0"],
    ]);
  });

  test("QP-PFX-7 a stream that was unblocked, or cancelled, counts no more", () => {
    const options = { maxBlockedStreams: 1 };
    agreed([read(4, ahead), opened(1), read(8, dynamicSection(2, line.dynamic(0)))], options);
    agreed([read(4, ahead), cancel(4), read(8, ahead), opened(1)], options);
  });
});

test("QP-PFX-8 a count larger than the references need is read", () => {
  // A decoder may refuse it. It harms nobody, and encoders that are not exact would be cut off.
  const { lines } = agreed([
    opened(3),
    read(4, dynamicSection(3, line.dynamic(2))),
    read(8, dynamicSection(3, line.static(17))),
  ]);
  expect(lines).toEqual(["4 k: 0", "8 :method: GET"]);
});

describe("QP-PFX-9 a count smaller than a reference needs", () => {
  test.each([
    ["a dynamic line", octets(prefix(1, 3), line.dynamic(0))],
    ["a dynamic name", octets(prefix(1, 3), line.dynamicName(1, "v"))],
    ["a post-base line", octets(prefix(1, 1), line.postBase(0))],
    ["a post-base name", octets(prefix(1, 1), line.postBaseName(1, "v"))],
    ["any dynamic line with a count of 0", octets(rawPrefix(0, 3), line.dynamic(0))],
    ["any post-base line with a count of 0", octets(rawPrefix(0), line.postBase(0))],
  ])("QP-PFX-9 %s", (_name, bytes) => {
    expectRefused([opened(3), read(4, bytes)], "QPACK_REFERENCE_INVALID", FAILED);
  });
});
