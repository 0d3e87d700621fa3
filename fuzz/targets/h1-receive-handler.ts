// H1Connection.receive with a handler: its calls say the same as the events, in both roles, and a head
// that was kept stays as it was.

import type { ConnectionEvent, Handler } from "tercet";
import { feed, firstDifference, H1_TOKENS, h1Arbitraries } from "tercet/fuzz";
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
export const h1ReceiveHandler: Target = {
  name: "h1-receive-handler",
  about: "receive(bytes, handler) of both roles: the same as the events",
  corpus: "requests",
  tokens: H1_TOKENS,
  arbitrary: (fc) =>
    fc.oneof(h1Arbitraries(fc).broken("server"), h1Arbitraries(fc).broken("client")),
  check(input) {
    const options = {
      observe: true,
      lenient: { requests: { bareLf: true }, responses: { bareLf: true } },
    };
    const server = () => new H1Connection({ ...options, role: "server" });
    const client = () => clientAfter(["GET", "HEAD", "GET"], options);
    const requests = compared(server, "server", input);
    const responses = compared(client, "client", input);
    return `${requests} | ${responses}`;
  },
};

function compared(make: () => H1Connection, role: "server" | "client", input: Uint8Array): string {
  const pieces = somePieces(input);
  const events = checkedEvents(make(), role, input, pieces);
  const connection = make();
  const handled = feed(
    {
      receive(bytes) {
        const list: ConnectionEvent[] = [];
        connection.receive(bytes, collector(list));
        return list;
      },
    },
    pieces,
  );
  fault(firstDifference(events, handled));
  return signatureOf(events);
}

/** A handler that turns its calls into events. */
function collector(list: ConnectionEvent[]): Handler {
  return {
    head: (streamId, head) => void list.push({ type: "head", streamId, head: head.keep() }),
    informational: (streamId, head) =>
      void list.push({ type: "informational", streamId, head: head.keep() }),
    data: (streamId, bytes) => void list.push({ type: "data", streamId, bytes }),
    // A view of the call: its strings are read now.
    trailers: (streamId, trailers) => {
      const rawHeaders = { value: [...trailers.rawHeaders] };
      list.push({ type: "trailers", streamId, trailers: Object.create(trailers, { rawHeaders }) });
    },
    end: (streamId) => void list.push({ type: "end", streamId }),
    tunnel: (streamId, bytes) => void list.push({ type: "tunnel", streamId, bytes }),
    preface: (streamId, bytes) => void list.push({ type: "preface", streamId, bytes }),
    leniency: (streamId, name, offset) =>
      void list.push({ type: "leniency", streamId, name, offset }),
    chunk: (streamId, size, extensions) =>
      void list.push({ type: "chunk", streamId, size, extensions }),
    error: (error) => void list.push({ type: "error", error }),
  };
}
