// H3Connection of a client that has sent requests: any session, uncut and cut, with push and without.

import { H3_SESSION_TOKENS, h3Arbitraries, sessionOf } from "tercet/fuzz";
import { h3ClientAfter, h3Compared, h3Seeds } from "./h3-target.js";
import { seedOf, streamsSignature, type Target } from "./target.js";

/** What the client has asked for; the input chooses one. */
const ASKED: readonly (readonly string[])[] = [
  ["GET"],
  ["GET", "GET", "GET"],
  ["HEAD", "GET"],
  ["POST", "HEAD", "GET", "PUT"],
  ["CONNECT", "GET"],
  [],
];

/** The target. */
export const h3ClientReceive: Target = {
  name: "h3-client-receive",
  about: "a client's streams over HTTP/3: cuts, order of events, what it sends back",
  corpus: "h3-responses",
  tokens: H3_SESSION_TOKENS,
  seeds: h3Seeds,
  arbitrary: (fc) => h3Arbitraries(fc).broken("client"),
  check(input) {
    const seed = seedOf(input);
    const methods = ASKED[seed % ASKED.length] ?? [];
    const arrivals = sessionOf(input, { role: "client", requests: methods.length });
    const push = seed % 2 === 0 ? { maxPushId: 5 } : {};
    const observe = seed % 4 === 0;
    const make = () => h3ClientAfter(methods, { ...push, observe, datagrams: seed % 5 < 2 });
    const whole = h3Compared(make, "client", arrivals, seed);
    const manual = () => h3ClientAfter(methods, { ...push, window: "manual" });
    h3Compared(manual, "client", arrivals, seed + 1);
    return `${methods.length} ${streamsSignature(whole)}`;
  },
};
