// Chunked bodies behind a good head, with chunks observed: against the oracle, and the chunks that are
// reported add up to the content.

import {
  bytesOf,
  concat,
  edited,
  feed,
  firstDifference,
  H1_TOKENS,
  h1Arbitraries,
  type PlainEvent,
  textOf,
} from "tercet/fuzz";
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

const HEAD = bytesOf("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");

/** The target. */
export const h1ChunkedBody: Target = {
  name: "h1-chunked-body",
  about:
    "a chunked body behind a good head: cuts, observed chunks, agreement with the naive oracle",
  corpus: "chunked",
  tokens: H1_TOKENS,
  arbitrary(fc) {
    const h1 = h1Arbitraries(fc);
    return fc.tuple(h1.chunkedBody, h1.edits()).map(([body, edits]) => edited(body.bytes, edits));
  },
  check(input) {
    const wire = concat([HEAD, input]);
    const make = () => new H1Connection({ role: "server", observe: true });
    const whole = checkedEvents(make(), "server", wire, [wire]);
    fault(firstDifference(whole, feed(make(), somePieces(wire))));
    chunksAddUp(whole);
    if (wire.length <= ORACLE_LENGTH) {
      const wide = feed(
        new H1Connection({ role: "server", limits: WIDE_LIMITS, handOverPreface: true }),
        [wire],
      );
      fault(disagreement(wide, textOf(wire), decodeRequests));
    }
    return signatureOf(whole);
  },
};

/** No more content than the sizes so far allow, and all of it where the message ended. */
function chunksAddUp(events: readonly PlainEvent[]): void {
  let room = 0;
  let observed = false;
  for (const event of events) {
    if (event.type === "request") {
      room = 0;
      observed = event.head.headers.some((text) => /^transfer-encoding$/i.test(text));
    } else if (event.type === "chunk") {
      if (room !== 0) fault(`a chunk header with ${room} bytes of the last chunk missing`);
      room = event.size;
    } else if (event.type === "data" && observed) {
      room -= event.content.length;
      if (room < 0) fault("more content than chunk sizes");
    } else if (event.type === "end" && observed && room !== 0) {
      fault(`the end with ${room} bytes missing`);
    }
  }
}
