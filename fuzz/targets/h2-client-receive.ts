// H2Connection.receive of a client that has sent requests: any bytes, uncut and cut, with push and without.

import { H2_TOKENS, h2Arbitraries } from "tercet/fuzz";
import { h2ClientAfter, h2Compared, h2Seeds } from "./h2-target.js";
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
export const h2ClientReceive: Target = {
  name: "h2-client-receive",
  about: "a client's receive(bytes) over HTTP/2: cuts, order of events, what it sends back",
  corpus: "h2-responses",
  tokens: H2_TOKENS,
  seeds: h2Seeds,
  arbitrary: (fc) => h2Arbitraries(fc).broken("client"),
  check(input) {
    const seed = seedOf(input);
    const methods = ASKED[seed % ASKED.length] ?? [];
    const settings = { enablePush: seed % 2 === 0 };
    const observe = seed % 4 === 0;
    const make = () => h2ClientAfter(methods, { settings, observe });
    const whole = h2Compared(make, "client", input);
    h2Compared(() => h2ClientAfter(methods, { settings, window: "manual" }), "client", input, true);
    return `${methods.length} ${streamsSignature(whole)}`;
  },
};
