// H2Connection.receive with a handler: its calls say the same as the events, in both roles.

import type { ConnectionEvent, Handler } from "tercet";
import { feed, firstDifference, H2_TOKENS, h2Arbitraries } from "tercet/fuzz";
import type { H2Connection } from "tercet/h2";
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

/** A handler that turns its calls into events. */
function collector(list: ConnectionEvent[]): Handler {
  const add = (event: ConnectionEvent) => void list.push(event);
  return {
    head: (streamId, head) => add({ type: "head", streamId, head: head.keep() }),
    informational: (streamId, head) => add({ type: "informational", streamId, head: head.keep() }),
    data: (streamId, bytes) => add({ type: "data", streamId, bytes }),
    trailers: (streamId, trailers) => add({ type: "trailers", streamId, trailers }),
    end: (streamId) => add({ type: "end", streamId }),
    reset: (streamId, code) => add({ type: "reset", streamId, code }),
    writable: (streamId) => add({ type: "writable", streamId }),
    tunnel: (streamId, bytes) => add({ type: "tunnel", streamId, bytes }),
    settings: (settings) => add({ type: "settings", settings }),
    settingsAck: () => add({ type: "settingsAck" }),
    ping: (ack, payload) => add({ type: "ping", ack, payload }),
    goaway: (lastStreamId, code, debugData) =>
      add({ type: "goaway", lastStreamId, code, debugData }),
    priority: (streamId, urgency, incremental) =>
      add({ type: "priority", streamId, urgency, incremental }),
    push: (streamId, promisedId, head) => add({ type: "push", streamId, promisedId, head }),
    altsvc: (streamId, origin, value) => add({ type: "altsvc", streamId, origin, value }),
    origin: (origins) => add({ type: "origin", origins }),
    frame: (frame) => add({ type: "frame", ...frame }),
    error: (error) => add({ type: "error", error }),
  };
}
