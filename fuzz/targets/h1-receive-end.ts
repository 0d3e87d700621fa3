// H1Connection.receiveEnd behind any bytes, in both roles: complete, incomplete, or until close, and
// never anything after it.

import { feed, firstDifference, H1_TOKENS, h1Arbitraries, type PlainEvent } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import {
  checkedEvents,
  clientAfter,
  fault,
  signatureOf,
  somePieces,
  type Target,
} from "./target.js";

/** The target. */
export const h1ReceiveEnd: Target = {
  name: "h1-receive-end",
  about: "receiveEnd() behind any bytes, in both roles: nothing is left open",
  corpus: "responses",
  tokens: H1_TOKENS,
  arbitrary: (fc) =>
    fc.oneof(h1Arbitraries(fc).broken("client"), h1Arbitraries(fc).broken("server")),
  check(input) {
    const server = ended(() => new H1Connection({ role: "server" }), "server", input);
    const client = ended(() => clientAfter(["GET", "GET"]), "client", input);
    return `${signatureOf(server)} | ${signatureOf(client)}`;
  },
};

function ended(
  make: () => H1Connection,
  role: "server" | "client",
  input: Uint8Array,
): PlainEvent[] {
  const connection = make();
  const events = checkedEvents(connection, role, input, [input], true);
  fault(firstDifference(events, feed(make(), somePieces(input), { end: true })));
  if (connection.receive(input).length > 0) fault("events after receiveEnd");
  if (connection.receiveEnd().length > 0) fault("events of a second receiveEnd");

  const heads = events.filter(
    (event) => event.type === "request" || event.type === "response",
  ).length;
  const ends = events.filter((event) => event.type === "end").length;
  const failed = events.at(-1)?.type === "error";
  if (!failed && heads !== ends) fault("a message is open and there is no error");
  if (heads - ends > 1 || ends > heads) fault(`${heads} heads and ${ends} ends`);
  return events;
}
