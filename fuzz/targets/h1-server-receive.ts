// H1Connection.receive of a server: any bytes, uncut and cut, answered and not, against the oracle.

import { feed, firstDifference, H1_TOKENS, h1Arbitraries, textOf } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { disagreement } from "../../test/helpers/naive/compare.js";
import { decodeRequests } from "../../test/helpers/naive/requests.js";
import {
  checkedEvents,
  fault,
  ORACLE_LENGTH,
  signatureOf,
  somePieces,
  type Target,
  WIDE_LIMITS,
} from "./target.js";

/** The target. */
export const h1ServerReceive: Target = {
  name: "h1-server-receive",
  about: "a server's receive(bytes): cuts, order of events, agreement with the naive oracle",
  corpus: "requests",
  tokens: H1_TOKENS,
  arbitrary: (fc) => h1Arbitraries(fc).broken("server"),
  check(input) {
    const make = () => new H1Connection({ role: "server" });
    const whole = checkedEvents(make(), "server", input, [input]);
    fault(firstDifference(whole, feed(make(), somePieces(input))));
    if (input.length <= ORACLE_LENGTH) {
      const wide = feed(
        new H1Connection({ role: "server", limits: WIDE_LIMITS, handOverPreface: true }),
        [input],
      );
      fault(disagreement(wide, textOf(input), decodeRequests));
    }
    answerAll(input);
    return signatureOf(whole);
  },
};

/** Every request is answered as it ends: nothing may throw, and the answers stay in order. */
function answerAll(input: Uint8Array): void {
  const server = new H1Connection({ role: "server" });
  let pieces = somePieces(input);
  // One more round for bytes that an answer let through.
  for (let round = 0; round < 1_000 && pieces.length > 0; round++) {
    for (const piece of pieces) {
      for (const event of server.receive(piece)) {
        if (event.type === "end") {
          server.sendResponse(event.streamId, { status: 404, headers: [], content: "no" });
        }
      }
      server.take();
    }
    pieces = server.heldAmount > 0 && !server.paused ? [new Uint8Array(0)] : [];
  }
  if (server.heldAmount > 0 && !server.paused) fault("bytes are held and nothing is paused");
}
