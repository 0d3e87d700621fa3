// Both roles of H2Connection under limits so small that every input reaches some of them: where two rules
// meet near the end of a piece, the same one must be named at the same offset.

import { byteByByte, feed, firstDifference, H2_TOKENS, h2Arbitraries } from "tercet/fuzz";
import { h2ClientAfter, h2Compared, h2Seeds, h2Server, TIGHT } from "./h2-target.js";
import { fault, seedOf, streamsSignature, type Target } from "./target.js";

/** The target. */
export const h2TightLimits: Target = {
  name: "h2-tight-limits",
  about: "receive(bytes) of both roles over HTTP/2 under small limits: cuts",
  corpus: "h2-requests",
  tokens: H2_TOKENS,
  seeds: h2Seeds,
  arbitrary: (fc) => {
    const h2 = h2Arbitraries(fc);
    return fc.oneof(h2.broken("server"), h2.broken("client"));
  },
  check(input) {
    const limits = TIGHT[seedOf(input) % TIGHT.length] ?? {};
    const settings = { enablePush: true };
    const makers = {
      server: () => h2Server({ limits, clock: () => 0 }),
      client: () => h2ClientAfter(["GET", "POST", "HEAD"], { limits, settings }),
    };
    return (["server", "client"] as const)
      .map((role) => {
        const whole = h2Compared(makers[role], role, input);
        fault(firstDifference(whole, feed(makers[role](), byteByByte(input))));
        return streamsSignature(whole);
      })
      .join(" | ");
  },
};
