// Captures for the tests of the inspector: conversations of our own connections, wrapped in packets.

import { H1Connection } from "../../src/h1.js";
import { H2Connection } from "../../src/h2.js";
import type { InspectEvent } from "../../src/inspect/index.js";
import { Conversation, type ConversationOptions } from "./capture-conversation.js";
import { ascii, concat } from "./capture-octets.js";
import { ethernet, ipv4, udp } from "./capture-packet.js";
import { traceTls } from "./tls-wire.js";

/** Who said what. */
export type Said = readonly (readonly [side: "client" | "server", bytes: Uint8Array])[];

type Ends = { client: H1Connection | H2Connection; server: H1Connection | H2Connection };

/** Plays requests through a pair of connections; the server answers each with its path. */
function play({ client, server }: Ends, paths: readonly string[]): Said {
  const said: (readonly ["client" | "server", Uint8Array])[] = [];
  const carry = () => {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const [name, from, to] of [
        ["client", client, server],
        ["server", server, client],
      ] as const) {
        const bytes = concat(...from.take());
        if (bytes.length === 0) continue;
        isBusy = true;
        said.push([name, bytes]);
        for (const event of to.receive(bytes)) {
          if (event.type !== "end" || name === "server") continue;
          const headers = ["content-type", "text/plain", "server", "sample"];
          server.sendResponse(event.streamId, {
            status: 200,
            headers,
            content: `hello ${event.streamId}\n`,
          });
        }
      }
    }
  };
  for (const path of paths) {
    const headers = ["user-agent", "sample/1", "accept", "*/*"];
    client.sendRequest({ method: "GET", path, scheme: "http", authority: "example.com", headers });
    carry();
  }
  return said;
}

/** An HTTP/1.1 conversation. */
export const sayH1 = (...paths: string[]): Said =>
  play(
    { client: new H1Connection({ role: "client" }), server: new H1Connection({ role: "server" }) },
    paths,
  );

/** An HTTP/2 conversation by prior knowledge. */
export const sayH2 = (...paths: string[]): Said =>
  play(
    { client: new H2Connection({ role: "client" }), server: new H2Connection({ role: "server" }) },
    paths,
  );

/** What one side said. */
export function saidBy(side: "client" | "server", said: Said): Uint8Array {
  return concat(...said.filter(([who]) => who === side).map(([, bytes]) => bytes));
}

/** A conversation as packets. */
export function packetsOf(said: Said, options: ConversationOptions = {}): Uint8Array[] {
  const conversation = new Conversation({ serverPort: 8080, ...options }).open();
  for (const [side, bytes] of said) conversation.say(side, bytes);
  return conversation.close().packets;
}

/** A conversation inside TLS 1.3, and its key log. */
export async function sayInTls(said: Said, alpn: string): Promise<{ said: Said; keyLog: string }> {
  const trace = await traceTls({
    server: { ALPNProtocols: [alpn] },
    client: { ALPNProtocols: [alpn] },
    chunks: said.map(([, bytes]) => bytes),
  });
  return {
    said: trace.wire.map(({ direction, bytes }) => [direction, bytes]),
    keyLog: trace.keyLog,
  };
}

/** Packets that are none of ours to read: ARP, DNS. */
export const OTHERS: readonly Uint8Array[] = [
  ethernet(new Uint8Array(28), [], 0x0806),
  ethernet(ipv4(udp(ascii("\x12\x34 no QUIC at all"), { destinationPort: 53 }))),
];

/** Packets of several conversations, one of each in turn. */
export function interleaved(...lists: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const most = Math.max(...lists.map((list) => list.length));
  for (let at = 0; at < most; at++) {
    for (const list of lists) if (at < list.length) packets.push(list[at] as Uint8Array);
  }
  return packets;
}

/** An event on one line, for golden lists. */
export function brief(event: InspectEvent): string {
  const head = `${event.connection} ${event.direction} ${event.event}`;
  switch (event.event) {
    case "connection":
      return [head, event.protocol, event.security, event.alpn, event.serverName]
        .filter(Boolean)
        .join(" ");
    case "head":
    case "informational":
    case "trailers": {
      const pseudo = event.headers
        .filter(([name]) => name.startsWith(":"))
        .map(([, value]) => value);
      return `${head} ${event.streamId} ${event.startLine ?? pseudo.join(" ")}`;
    }
    case "data":
      return `${head} ${event.streamId} ${event.length}`;
    case "end":
      return `${head} ${event.streamId}`;
    case "error":
      return `${head} ${event.code} ${event.offset}`;
    case "frame":
      return `${head} ${event.protocol} ${event.name}`;
    case "packet":
      return `${head} ${event.packetType} ${event.decrypted ? "open" : event.reason}`;
    default:
      return head;
  }
}
