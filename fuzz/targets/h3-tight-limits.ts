// Both roles of H3Connection under limits so small that every session reaches some of them: where two rules meet
// near the end of a piece, the same one must be named at the same offset.

import {
  byteByByte,
  cutArrivals,
  feedArrivals,
  firstDifference,
  H3_SESSION_TOKENS,
  h3Arbitraries,
  sessionOf,
} from "tercet/fuzz";
import { h3ClientAfter, h3Compared, h3Seeds, h3Server, TIGHT_H3 } from "./h3-target.js";
import { fault, seedOf, streamsSignature, type Target } from "./target.js";

/** The target. */
export const h3TightLimits: Target = {
  name: "h3-tight-limits",
  about: "streams of both roles over HTTP/3 under small limits: cuts",
  corpus: "h3-requests",
  tokens: H3_SESSION_TOKENS,
  seeds: h3Seeds,
  arbitrary: (fc) => {
    const h3 = h3Arbitraries(fc);
    return fc.oneof(h3.broken("server"), h3.broken("client"));
  },
  check(input) {
    const seed = seedOf(input);
    const limits = TIGHT_H3[seed % TIGHT_H3.length] ?? {};
    const settings = {
      qpackBlockedStreams: seed % 3,
      qpackMaxTableCapacity: [0, 100, 4_096][seed % 3] ?? 0,
    };
    const makers = {
      server: () =>
        h3Server({
          limits,
          settings: { ...settings, enableConnectProtocol: true },
          clock: () => 0,
          datagrams: true,
        }),
      client: () => h3ClientAfter(["GET", "POST", "HEAD"], { limits, settings, maxPushId: 5 }),
    };
    return (["server", "client"] as const)
      .map((role) => {
        const arrivals = sessionOf(input, { role, requests: 3 });
        const whole = h3Compared(makers[role], role, arrivals, seed);
        const bytewise = cutArrivals(arrivals, byteByByte, true);
        fault(firstDifference(whole, feedArrivals(makers[role](), bytewise)));
        return streamsSignature(whole);
      })
      .join(" | ");
  },
};
