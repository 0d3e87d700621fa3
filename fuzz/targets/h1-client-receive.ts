// H1Connection.receive of a client that has sent requests: any bytes, uncut and cut, against the oracle.

import { feed, firstDifference, H1_TOKENS, h1Arbitraries, textOf } from "tercet/fuzz";
import { disagreement } from "../../test/helpers/naive/compare.js";
import { decodeResponses } from "../../test/helpers/naive/responses.js";
import {
  checkedEvents,
  clientAfter,
  fault,
  ORACLE_LENGTH,
  seedOf,
  signatureOf,
  somePieces,
  type Target,
  WIDE_LIMITS,
} from "./target.js";

/** What the client has asked for; the input chooses one. */
const ASKED: readonly (readonly string[])[] = [
  ["GET"],
  ["GET", "GET", "GET"],
  ["HEAD", "GET"],
  ["POST", "HEAD", "GET", "GET"],
  ["CONNECT"],
  [],
];

/** The target. */
export const h1ClientReceive: Target = {
  name: "h1-client-receive",
  about: "a client's receive(bytes): cuts, order of events, agreement with the naive oracle",
  corpus: "responses",
  tokens: H1_TOKENS,
  arbitrary: (fc) => h1Arbitraries(fc).broken("client"),
  check(input) {
    const methods = ASKED[seedOf(input) % ASKED.length] ?? [];
    const whole = checkedEvents(clientAfter(methods), "client", input, [input]);
    fault(firstDifference(whole, feed(clientAfter(methods), somePieces(input))));
    if (input.length <= ORACLE_LENGTH) {
      const wide = feed(clientAfter(methods, { limits: WIDE_LIMITS }), [input]);
      const asked = methods.map((method) => ({ method }));
      fault(disagreement(wide, textOf(input), (text) => decodeResponses(text, asked)));
    }
    return `${methods.length} ${signatureOf(whole)}`;
  },
};
