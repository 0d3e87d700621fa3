// Two ends of ours over a simulated QUIC: the operations of the fuzzer, in lists that are long. Every message arrives as
// it was said, whatever the order of the streams; and the simulation sees it where something does not arrive.

import * as fc from "fast-check";
import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { H3Ends, type H3Operation } from "../../fuzz/operations/h3-connection.js";
import { h3Operations } from "../../fuzz/operations/h3-operations.js";
import { QuicLink } from "../../fuzz/operations/quic-link.js";

const lists = fc.array(h3Operations(fc), { minLength: 1, maxLength: 150, size: "max" });

function played(operations: readonly H3Operation[]): H3Ends {
  const ends = new H3Ends();
  for (const operation of operations) ends.run(operation);
  return ends;
}

describe("two ends of ours, random operations", () => {
  test("every message arrives as it was said", () => {
    fc.assert(
      fc.property(lists, (operations) => {
        played(operations).finish();
      }),
      { numRuns: 150, includeErrorInReport: true },
    );
  });

  test("lists reach most of what there is", () => {
    const kinds = new Set(
      fc
        .sample(lists, { numRuns: 20, seed: 1 })
        .flat()
        .map(({ kind }) => kind),
    );
    expect([...kinds].sort()).toEqual(
      [
        ...["capsule", "consume", "data", "datagram", "deliver", "end", "inform", "priority"],
        ...["request", "reset", "respond", "take"],
      ].sort(),
    );
  });
});

describe("the link", () => {
  const ends = () => ({
    client: new H3Connection({ role: "client" }),
    server: new H3Connection({ role: "server" }),
  });

  test("keeps the order of one stream, and none between streams", () => {
    const pair = ends();
    const link = new QuicLink(pair);
    for (const path of ["/0", "/4"]) {
      pair.client.sendRequest({ method: "GET", path, authority: "a", headers: [] });
    }
    link.take("client");
    const seen: string[] = [];
    // The last of the streams first, in single bytes.
    for (let at = 4; ; at = 4) {
      const events = link.deliver("server", at, 1, true);
      if (events === null) break;
      for (const event of events) if (event.type === "request") seen.push(event.head.target);
    }
    expect(seen.sort()).toEqual(["/0", "/4"]);
    expect(link.deliver("server", 0, 1, false)).toBeNull();
  });

  test("a reset takes what was on its way", () => {
    const pair = ends();
    const link = new QuicLink(pair);
    const id = pair.client.sendRequest({
      method: "POST",
      path: "/",
      authority: "a",
      headers: [],
      body: 10,
    });
    link.take("client");
    pair.client.reset(id);
    link.take("client");
    const events: string[] = [];
    for (let round = 0; round < 20; round++) {
      for (const event of link.deliver("server", round, 1_000, false) ?? [])
        events.push(event.type);
    }
    expect(events).not.toContain("request");
    expect(events).not.toContain("data");
  });
});
