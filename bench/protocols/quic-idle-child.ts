// A fresh process in which one observer follows many QUIC connections, and which prints what one of them costs:
// {"heap":..,"external":..,"rss":..,"buffers":..}, bytes each.
//
//   node --expose-gc --max-semi-space-size=1 quic-idle-child.js greeted|served|closed COUNT
//
// greeted: first flights of both sides were seen, with keys. served: the handshake is over, and a request was seen with its answer.
// closed: without a key log, so that all behind the first flights stays closed.

import { type QuicDatagram, QuicPeers, quicFrames, tlsMessages } from "tercet/fuzz";
import * as tools from "tercet/quic";

const [kind = "", amount = ""] = process.argv.slice(2);
const count = Number(amount);
const secrets = kind === "closed" ? () => null : () => tlsMessages.SECRETS;
const BODY = "b".repeat(600);

// The first one loads and compiles what all share.
const first = new tools.QuicObserver({ secrets });
watch(first, 0);
// Their packets are not the connections', so that they are made and dropped one by one.
const observer = new tools.QuicObserver({ secrets });
const before = memory();
for (let i = 1; i <= count; i++) watch(observer, i);
const after = memory();

const each = (key: keyof typeof after): number => (after[key] - before[key]) / count;
const found = { heap: each("heap"), external: each("external"), rss: each("rss") };
process.stdout.write(JSON.stringify({ ...found, buffers: each("buffers") }));
if (observer.connectionCount !== count) process.exitCode = 1;

/** Shows a connection of its own. */
function watch(to: tools.QuicObserver, number: number): void {
  const name = String(number).padStart(6, "0");
  const peers = new QuicPeers(tools as never, {
    client: `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}:50000`,
    first: `first${name}`,
    clientId: `c${name}`,
    serverId: `s${name}`,
  });
  let opened = 0;
  for (const datagram of datagramsOf(peers)) {
    for (const one of to.receive({ ...datagram, bytes: Uint8Array.from(datagram.bytes) })) {
      if (one.kind === "error") throw new Error(one.error.message);
      if (one.kind === "packet" && one.decrypted) opened++;
    }
  }
  const wanted = { greeted: 3, served: 6, closed: 2 }[kind];
  if (opened !== wanted) throw new Error(`${opened} packets of ${wanted} were opened`);
}

function datagramsOf(peers: QuicPeers): QuicDatagram[] {
  if (kind === "greeted") return peers.greeting();
  return [
    ...peers.handshake(),
    peers.send("client", "1-RTT", [quicFrames.stream(0, "GET / of some octets", { fin: true })]),
    peers.send("server", "1-RTT", [quicFrames.stream(0, BODY, { fin: true })]),
  ];
}

function memory(): { heap: number; external: number; rss: number; buffers: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, external, rss, buffers: arrayBuffers };
}
