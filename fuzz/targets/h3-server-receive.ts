// H3Connection of a server: any session, uncut and cut, observed and not, answered and not.

import { H3_SESSION_TOKENS, h3Arbitraries, sessionOf } from "tercet/fuzz";
import { answerAll, h3Compared, h3Seeds, h3Server } from "./h3-target.js";
import { seedOf, streamsSignature, type Target } from "./target.js";

/** The target. */
export const h3ServerReceive: Target = {
  name: "h3-server-receive",
  about: "a server's streams over HTTP/3: cuts, order of events, what it sends back",
  corpus: "h3-requests",
  tokens: H3_SESSION_TOKENS,
  seeds: h3Seeds,
  arbitrary: (fc) => h3Arbitraries(fc).broken("server"),
  check(input) {
    const seed = seedOf(input);
    const arrivals = sessionOf(input, { role: "server" });
    const settings = { enableConnectProtocol: seed % 3 === 0 };
    const options = { observe: seed % 4 === 0, settings, datagrams: seed % 5 < 2 };
    const whole = h3Compared(() => h3Server(options), "server", arrivals, seed);
    h3Compared(() => h3Server({ window: "manual" }), "server", arrivals, seed + 1);
    answerAll(h3Server({ clock: () => 0 }), arrivals);
    return streamsSignature(whole);
  },
};
