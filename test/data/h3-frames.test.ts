// Seeds of other projects' fuzzers for HTTP/3, as streams of each kind and as capsules: nothing is thrown, nothing hangs, cuts change
// nothing, and all of it is what the naive parsers say.

import { byteByByte, randomPieces } from "tercet/fuzz";
import { expect, test } from "vitest";
import { readCapsules, readFrames } from "../helpers/h3-frame-log.js";
import { naiveCapsules } from "../helpers/naive/capsules.js";
import { naiveParse } from "../helpers/naive/h3-frames.js";
import { describeData } from "./data-folder.js";
import { type Seed, seedsOf } from "./tar.js";

const KINDS = ["request", "control", "push"] as const;
const ROLES = ["server", "client", undefined] as const;
const MAX = 1024;

function check({ name, bytes }: Seed): void {
  const ways = [[bytes], byteByByte(bytes), randomPieces(bytes, bytes.length + 1, 17)];
  for (const kind of KINDS) {
    for (const role of ROLES) {
      const options = { kind, maxFrameSize: MAX, ...(role === undefined ? {} : { role }) };
      const expected = naiveParse(bytes, { kind, role, max: MAX }, true);
      for (const pieces of ways)
        expect(readFrames(pieces, options, true), `${name}, ${kind}`).toEqual(expected);
    }
  }
  const expected = naiveCapsules(bytes, { max: MAX, draft: 14 }, true);
  for (const pieces of ways)
    expect(readCapsules(pieces, { maxLength: MAX }, true), name).toEqual(expected);
}

describeData("HTTP/3 corpora, as frames", () => {
  test.each([
    ["h2o-http3-dev.tar.gz", /http3-corpus/, 290],
    ["neqo-dev.tar.gz", /corpus\/(hframe|hsettings|priority|wtframe)\//, 600],
    ["quiche-dev.tar.gz", /qpack_decode/, 200],
  ] as const)("%s", (archive, names, atLeast) => {
    const seeds = seedsOf(archive).filter(({ name }) => names.test(name));
    expect(seeds.length).toBeGreaterThan(atLeast);
    for (const seed of seeds) check(seed);
  });

  test("seeds of other protocols", () => {
    const archives = ["h2o-http2-dev.tar.gz", "nghttp2-dev.tar.gz", "quicly-dev.tar.gz"];
    for (const { name, bytes } of archives.flatMap((archive) => seedsOf(archive).slice(0, 100)))
      check({ name, bytes: bytes.subarray(0, 2_000) });
  });
});
