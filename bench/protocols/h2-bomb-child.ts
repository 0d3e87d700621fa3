// A fresh process that receives header bombs on many connections, keeps every head as an application does whose streams are open,
// and prints what is held and what was sent, in bytes: {"sent":..,"held":..,"heads":..}, a connection.
//
//   node --expose-gc --max-semi-space-size=1 h2-bomb-child.js KIND CONNECTIONS
//
//   table    one large field in the dynamic table, then as many references to it as a list may hold, on every stream
//   tiny     a field of two octets in the dynamic table, then as many references as a list may have fields
//   static   the same with a field of the static table
//   crumbs   the same with cookies
//   streams  requests of four octets, on as many streams as there may be

import type { ConnectionEvent } from "tercet";
import { H2Connection } from "tercet/h2";

const [kind = "", amount = ""] = process.argv.slice(2);
const connections = Number(amount);

const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  Buffer.from("000000040000000000000000040100000000", "hex"),
]);
/** :method GET, :scheme https, :path /; :authority example.org, inserted or from the dynamic table. */
const INSERTING = Buffer.from("828784410b6578616d706c652e6f7267", "hex");
const STREAMS = 128;
const FIELDS = 190;

/** What the first request inserts, and what each further one has behind its pseudo-fields. */
const BOMBS: Readonly<Record<string, readonly [first: Buffer, further: Buffer]>> = {
  // x-bomb, and a value of 3,900 octets: 15 of them are a list of 64 KiB.
  table: [
    Buffer.concat([Buffer.from("4006782d626f6d627fbd1d", "hex"), Buffer.alloc(3900, "v")]),
    Buffer.alloc(15, 0xbe),
  ],
  tiny: [Buffer.from("4001780176", "hex"), Buffer.alloc(FIELDS, 0xbe)],
  // accept-encoding: gzip, deflate
  static: [Buffer.alloc(0), Buffer.alloc(FIELDS, 0x90)],
  crumbs: [Buffer.from("600161", "hex"), Buffer.alloc(FIELDS, 0xbe)],
  streams: [Buffer.alloc(0), Buffer.alloc(0)],
};

const kept: unknown[] = [];
let heads = 0;
// The first one loads and compiles what all share.
attack();
kept.length = 0;
heads = 0;
const before = memory();
let sent = 0;
for (let i = 0; i < connections; i++) sent += attack();
const held = memory() - before;
process.stdout.write(
  JSON.stringify({
    sent: sent / connections,
    held: held / connections,
    heads: heads / connections,
  }),
);
if (kept.length === 0) process.exitCode = 1;

/** One connection under attack, until it refuses or has all streams open. Gives the octets that were sent. */
function attack(): number {
  const connection = new H2Connection({ role: "server" });
  const [first, further] = BOMBS[kind] as readonly [Buffer, Buffer];
  let octets = 0;
  const send = (bytes: Buffer): void => {
    octets += bytes.length;
    for (const event of connection.receive(bytes)) keep(event);
    connection.take();
  };
  send(OPENING);
  send(headers(1, Buffer.concat([INSERTING, first])));
  // The authority is behind what the bomb inserted.
  const index = first.length === 0 ? 0xbe : 0xbf;
  const block = Buffer.concat([Buffer.from([0x82, 0x87, 0x84, index]), further]);
  for (let i = 1; i < STREAMS && connection.state === "open"; i++) send(headers(2 * i + 1, block));
  kept.push(connection);
  return octets;
}

/** An application keeps the heads of streams that it has not answered, and has looked at their fields. */
function keep(event: ConnectionEvent): void {
  if (event.type !== "head") return;
  heads++;
  if (event.head.rawHeaders.length === 0 && event.head.get("x-none") !== null) throw new Error("x");
  kept.push(event.head);
}

/** HEADERS without END_STREAM. */
function headers(id: number, block: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.from("000000010400000000", "hex"), block]);
  frame.writeUIntBE(block.length, 0, 3);
  frame.writeUInt32BE(id, 5);
  return frame;
}

function memory(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
