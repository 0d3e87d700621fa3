// Seeds of other projects' fuzzers, fed to both roles: nothing is thrown, nothing hangs, cuts change nothing. The
// seeds for HTTP/1 and for URLs at many cuts; those for other protocols are garbage to us, and garbage is welcome.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { CONNECT, GET, HEAD, type ReadOptions, readPieces } from "../helpers/h1-drive.js";
import { logOf } from "../helpers/h1-log.js";
import { byteWise, cutAt, randomPieces } from "../helpers/pieces.js";
import { dataPath, describeData } from "./data-folder.js";
import { type Seed, seedsOf } from "./tar.js";

const SENT = [GET, HEAD, CONNECT, GET];
const READERS: [string, "server" | "client", ReadOptions][] = [
  ["server", "server", { end: true }],
  ["client", "client", { end: true, sent: SENT }],
  ["lenient client", "client", { end: true, sent: SENT, lenient: "browser" }],
];

/** Whole, byte by byte, in random pieces and at some cuts: the log must be the same. */
function check(seed: Seed, cutCount: number): void {
  for (const [reader, role, options] of READERS) {
    const log = (pieces: Uint8Array[]) => logOf(readPieces(role, pieces, options)).join("\n");
    const whole = log([seed.bytes]);
    const ways = [byteWise(seed.bytes), randomPieces(seed.bytes, seed.bytes.length + 1, 17)];
    for (let cut = 1; cut <= cutCount; cut++) {
      ways.push(cutAt(seed.bytes, Math.floor((seed.bytes.length * cut) / (cutCount + 1))));
    }
    for (const [way, pieces] of ways.entries()) {
      const cut = log(pieces);
      if (cut !== whole) expect(cut, `${seed.name}, ${reader}, way ${way}`).toBe(whole);
    }
  }
}

describeData("corpora", () => {
  test("h2o-http1: requests and responses at many cuts", () => {
    const seeds = seedsOf("h2o-http1-dev.tar.gz");
    expect(seeds.length).toBeGreaterThan(900);
    for (const seed of seeds) check(seed, 24);
  });

  test("h2o-url: each seed as a request target", () => {
    const seeds = seedsOf("h2o-url-dev.tar.gz");
    expect(seeds.length).toBeGreaterThan(40);
    for (const { name, bytes } of seeds) {
      const parts = [Buffer.from("GET "), bytes, Buffer.from(" HTTP/1.1\r\nHost: a\r\n\r\n")];
      check({ name, bytes: new Uint8Array(Buffer.concat(parts)) }, 24);
    }
  });

  const others = process.env.TERCET_DATA === undefined ? [] : readdirSync(dataPath("corpora"));
  test.each(others.filter((name) => name.endsWith(".tar.gz") && !/h2o-(http1|url)/.test(name)))(
    "%s: seeds of another protocol",
    (archive) => {
      const seeds = seedsOf(archive);
      expect(seeds.length).toBeGreaterThan(0);
      for (const seed of seeds) check(seed, 4);
    },
  );
});
