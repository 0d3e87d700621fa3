// Seeds of other projects' fuzzers for HTTP/2, fed to both roles from the first octet and behind the first SETTINGS:
// nothing is thrown, nothing hangs, cuts change nothing, and what we write back is bounded.

import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import { connected } from "../helpers/h2-dialogue.js";
import { concat, PREFACE } from "../helpers/h2-wire.js";
import { byteWise, cutAt, randomPieces } from "../helpers/pieces.js";
import { describeData } from "./data-folder.js";
import { type Seed, seedsOf } from "./tar.js";

/** A connection to feed, from the first octet or behind the first SETTINGS. */
const READERS: [string, () => H2Connection][] = [
  ["server", () => new H2Connection({ role: "server" })],
  ["server behind SETTINGS", () => connected("server").connection],
  ["client", () => asking(new H2Connection({ role: "client" }))],
  ["client behind SETTINGS", () => asking(connected("client").connection)],
];

function asking(client: H2Connection): H2Connection {
  for (const method of ["GET", "HEAD", "POST"])
    client.sendRequest({ method, authority: "a", path: "/", headers: [] });
  return client;
}

interface Outcome {
  log: string;
  written: number;
}

function play(connection: H2Connection, pieces: readonly Uint8Array[]): Outcome {
  const events = pieces.flatMap((piece) => connection.receive(piece));
  events.push(...connection.receiveEnd());
  const written = concat(...connection.take()).length;
  const at = events.findIndex(
    (event) => event.type === "error" && event.error.scope === "connection",
  );
  if (at >= 0 && at !== events.length - 1) throw new Error("events after a connection error");
  return { log: logOf(events).join("\n"), written };
}

function check({ name, bytes }: Seed, cutCount: number): void {
  for (const [reader, make] of READERS) {
    const whole = play(make(), [bytes]);
    expect(whole.written, `${name}, ${reader}`).toBeLessThan(70_000 + 8 * bytes.length);
    const ways = [byteWise(bytes), randomPieces(bytes, bytes.length + 1, 17)];
    for (let cut = 1; cut <= cutCount; cut++)
      ways.push(cutAt(bytes, Math.floor((bytes.length * cut) / (cutCount + 1))));
    for (const [way, pieces] of ways.entries()) {
      const { log } = play(make(), pieces);
      if (log !== whole.log) expect(log, `${name}, ${reader}, way ${way}`).toBe(whole.log);
    }
  }
}

describeData("HTTP/2 corpora", () => {
  test("h2o-http2", () => {
    const seeds = seedsOf("h2o-http2-dev.tar.gz");
    expect(seeds.length).toBeGreaterThan(300);
    for (const seed of seeds) check(seed, 8);
  });

  test("nghttp2", () => {
    const seeds = seedsOf("nghttp2-dev.tar.gz");
    expect(seeds.length).toBeGreaterThan(20);
    for (const seed of seeds) check(seed, 24);
  });

  test.each(["h2o-http1-dev.tar.gz", "neqo-dev.tar.gz", "quiche-dev.tar.gz"])(
    "%s: seeds of another protocol",
    (archive) => {
      for (const seed of seedsOf(archive).slice(0, 150))
        check({ name: seed.name, bytes: seed.bytes.subarray(0, 4_000) }, 1);
    },
  );
});

describe("the preface in front of garbage", () => {
  test("ends in one error at most", () => {
    for (let first = 0; first < 256; first++) {
      const bytes = concat(PREFACE, new Uint8Array(64).fill(first));
      const { log } = play(new H2Connection({ role: "server" }), [bytes]);
      expect(
        log.split("\n").filter((line) => line.startsWith("error H2")).length,
      ).toBeLessThanOrEqual(1);
    }
  });
});
