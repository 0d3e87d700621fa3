// H3Connection.receiveStream with a handler: its calls say the same as the events, in both roles.

import type { ConnectionEvent } from "tercet";
import {
  feedArrivals,
  firstDifference,
  H3_SESSION_TOKENS,
  type H3Arrival,
  h3Arbitraries,
  sessionOf,
} from "tercet/fuzz";
import type { H3Connection } from "tercet/h3";
import { collector } from "./collector.js";
import { h3ClientAfter, h3Events, h3Server } from "./h3-target.js";
import { fault, streamsSignature, type Target } from "./target.js";

/** The target. */
export const h3ReceiveHandler: Target = {
  name: "h3-receive-handler",
  about: "receiveStream with a handler, both roles over HTTP/3: the same as the events",
  corpus: "h3-requests",
  tokens: H3_SESSION_TOKENS,
  arbitrary: (fc) => {
    const h3 = h3Arbitraries(fc);
    return fc.oneof(h3.broken("server"), h3.broken("client"));
  },
  check(input) {
    const settings = { enableConnectProtocol: true };
    const server = () => h3Server({ observe: true, settings, datagrams: true });
    const client = () =>
      h3ClientAfter(["GET", "HEAD", "POST"], { observe: true, maxPushId: 9, datagrams: true });
    const said = compared(server, "server", sessionOf(input, { role: "server" }));
    const heard = compared(client, "client", sessionOf(input, { role: "client", requests: 3 }));
    return `${said} | ${heard}`;
  },
};

function compared(
  make: () => H3Connection,
  role: "server" | "client",
  arrivals: readonly H3Arrival[],
): string {
  const events = h3Events(make(), role, arrivals);
  const connection = make();
  const handled = feedArrivals(
    {
      receiveStream(streamId, bytes, fin) {
        const list: ConnectionEvent[] = [];
        connection.receiveStream(streamId, bytes, fin, collector(list));
        return list;
      },
      receiveReset: (streamId, code) => connection.receiveReset(streamId, code),
      receiveStopSending: (streamId, code) => connection.receiveStopSending(streamId, code),
      receiveDatagram: (bytes) => connection.receiveDatagram(bytes),
    },
    arrivals,
  );
  fault(firstDifference(events, handled));
  return streamsSignature(events);
}
