// A fresh process that receives header bombs on many connections, keeps every head as an application does whose streams are open,
// and prints what is held and what was sent, in bytes: {"sent":..,"held":..,"streams":..}, a connection.
//
//   node --expose-gc --max-semi-space-size=1 h3-bomb-child.js KIND CONNECTIONS
//
//   table       one large field in the dynamic table, then as many references to it as a list may hold, on every stream
//   tiny        a field of two octets in the dynamic table, then as many references as a list may have fields
//   static      the same with a field of the static table
//   crumbs      the same with cookies
//   streams     requests of nine octets, on as many streams as there may be
//   blocked     sections that wait for insertions which never come
//   unfinished  HEADERS frames that say they are long, and end after an octet

import type { ConnectionEvent } from "tercet";
import { H3Connection } from "tercet/h3";
import { h3Frame, INSERTION, OPENING, SECTION } from "../inputs/h3-hello.js";

const [kind = "", amount = ""] = process.argv.slice(2);
const connections = Number(amount);

const HEADERS = 1;
const ENCODER_STREAM = 6;
const STREAMS = 128;
const FIELDS = 190;
const NOTHING = Buffer.alloc(0);

/** What the encoder stream inserts behind :authority, and the lines of each section behind the pseudo-fields. */
const BOMBS: Readonly<Record<string, readonly [inserted: Buffer, lines: Buffer]>> = {
  // x-bomb, and a value of 3,900 octets: 15 of them are a list of 64 KiB.
  table: [
    Buffer.concat([Buffer.from("46782d626f6d627fbd1d", "hex"), Buffer.alloc(3900, "v")]),
    Buffer.alloc(15, 0x80),
  ],
  tiny: [Buffer.from("41780176", "hex"), Buffer.alloc(FIELDS, 0x80)],
  // accept-encoding: gzip, deflate, br
  static: [NOTHING, Buffer.alloc(FIELDS, 0xdf)],
  // cookie: a
  crumbs: [Buffer.from("c50161", "hex"), Buffer.alloc(FIELDS, 0x80)],
  streams: [NOTHING, NOTHING],
  blocked: [NOTHING, NOTHING],
  unfinished: [NOTHING, NOTHING],
};

const kept: unknown[] = [];
let streams = 0;
// The first one loads and compiles what all share.
attack();
kept.length = 0;
streams = 0;
const before = memory();
let sent = 0;
for (let i = 0; i < connections; i++) sent += attack();
const held = memory() - before;
process.stdout.write(
  JSON.stringify({
    sent: sent / connections,
    held: held / connections,
    streams: streams / connections,
  }),
);
if (kept.length === 0) process.exitCode = 1;

/** One connection under attack, until it refuses or has all streams open. Gives the octets that were sent. */
function attack(): number {
  const connection = new H3Connection({ role: "server" });
  const [inserted, lines] = BOMBS[kind] as readonly [Buffer, Buffer];
  let octets = 0;
  const send = (streamId: number, bytes: Buffer): void => {
    octets += bytes.length;
    // The pieces of a transport do not stay: what is held must be the connection's own.
    const piece = Uint8Array.from(bytes);
    for (const event of connection.receiveStream(streamId, piece, false)) keep(event);
    connection.takeStreams();
  };
  for (const [streamId, bytes] of OPENING) send(streamId, bytes);
  send(ENCODER_STREAM, Buffer.concat([INSERTION, inserted]));
  const frame = request(inserted.length > 0, lines);
  for (let i = 0; i < STREAMS && connection.state === "open"; i++) {
    send(4 * i, frame);
    streams++;
  }
  kept.push(connection);
  return octets;
}

/** HEADERS of each stream. */
function request(isSecond: boolean, lines: Buffer): Buffer {
  // 16 KiB are announced, one octet comes.
  if (kind === "unfinished") return Buffer.from("018000400000", "hex");
  if (kind === "blocked") return h3Frame(HEADERS, Buffer.from("5000d1d7c180", "hex"));
  if (!isSecond) return h3Frame(HEADERS, Buffer.concat([SECTION, lines]));
  // Two insertions: the authority is behind what the bomb inserted.
  return h3Frame(HEADERS, Buffer.concat([Buffer.from("0300d1d7c181", "hex"), lines]));
}

/** An application keeps the heads of streams that it has not answered, and has looked at their fields. */
function keep(event: ConnectionEvent): void {
  if (event.type !== "head") return;
  if (event.head.rawHeaders.length === 0 && event.head.get("x-none") !== null) throw new Error("x");
  kept.push(event.head);
}

function memory(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
