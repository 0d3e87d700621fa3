// H2Connection.receive with a handler: its calls say the same as the events, in both roles.

import type { ConnectionEvent } from "tercet";
import { feed, firstDifference, H2_TOKENS, h2Arbitraries } from "tercet/fuzz";
import type { H2Connection } from "tercet/h2";
import { collector } from "./collector.js";
import { h2ClientAfter, h2Events, h2Server } from "./h2-target.js";
import { fault, somePieces, streamsSignature, type Target } from "./target.js";

/** The target. */
export const h2ReceiveHandler: Target = {
  name: "h2-receive-handler",
  about: "receive(bytes, handler) of both roles over HTTP/2: the same as the events",
  corpus: "h2-requests",
  tokens: H2_TOKENS,
  arbitrary: (fc) => {
    const h2 = h2Arbitraries(fc);
    return fc.oneof(h2.broken("server"), h2.broken("client"));
  },
  check(input) {
    const settings = { enablePush: true, enableConnectProtocol: true };
    const server = () => h2Server({ observe: true, settings: { enableConnectProtocol: true } });
    const client = () =>
      h2ClientAfter(["GET", "HEAD", "POST"], {
        observe: true,
        settings: { enablePush: settings.enablePush },
      });
    return `${compared(server, "server", input)} | ${compared(client, "client", input)}`;
  },
};

function compared(make: () => H2Connection, role: "server" | "client", input: Uint8Array): string {
  const pieces = somePieces(input);
  const events = h2Events(make(), role, pieces);
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
  return streamsSignature(events);
}
