// A fresh process in which many decoders get what costs a peer least and them most, and which prints what is held and what was sent,
// in bytes a decoder, and how many sections of it wait: {"sent":..,"held":..,"waiting":..}.
//
//   node --expose-gc --max-semi-space-size=1 qpack-bomb-child.js KIND DECODERS
//
//   insertions   entries of two octets, as many as the table has room for
//   huffman      entries of the shortest Huffman codes
//   duplicates   one long entry, and duplicates of it at one octet each
//   waiting      sections that wait for insertions which never come, of four octets each, on as many streams as there may be
//   unfinished   a long insertion without its last octet
//   replaced     a full table, replaced many times

import { QpackDecoder } from "tercet/qpack";

const [kind = "", amount = ""] = process.argv.slice(2);
const decoders = Number(amount);

/** Set Dynamic Table Capacity: 4,096. */
const CAPACITY = Buffer.from("3fe11f", "hex");

/** What the encoder stream brings. */
const BOMBS: Readonly<Record<string, () => Buffer>> = {
  // A literal name of one octet and a value of one octet: 34 bytes of the table each.
  insertions: () =>
    repeated(120, (i) => Buffer.from([0x41, 0x61 + (i % 26), 0x01, 0x30 + (i % 10)])),
  // Values of 400 "a" in 250 octets.
  huffman: () =>
    repeated(9, (i) => Buffer.concat([Buffer.from([0x41, 0x61 + i, 0xff, 0x7b]), huffmanA(250)])),
  // :authority and a value of 1,000 octets, and four duplicates of it.
  duplicates: () =>
    Buffer.concat([Buffer.from("c07fe906", "hex"), Buffer.alloc(1000, "v"), Buffer.alloc(30, 0)]),
  waiting: () => Buffer.alloc(0),
  unfinished: () => Buffer.concat([Buffer.from("c07f891e", "hex"), Buffer.alloc(3900, "v")]),
  replaced: () =>
    repeated(100, () => Buffer.concat([Buffer.from("c07f891e", "hex"), Buffer.alloc(3976, "v")])),
};
const STREAMS = 16;

const kept: unknown[] = [];
// The first one loads and compiles what all share.
attack();
kept.length = 0;
const before = memory();
let sent = 0;
for (let i = 0; i < decoders; i++) sent += attack();
const held = memory() - before;
const waiting = kind === "waiting" ? STREAMS : 0;
process.stdout.write(JSON.stringify({ sent: sent / decoders, held: held / decoders, waiting }));
if (kept.length === 0) process.exitCode = 1;

/** One decoder under attack. Gives the octets that were sent. */
function attack(): number {
  const decoder = new QpackDecoder({ maxBlockedStreams: STREAMS });
  const bytes = Buffer.concat([CAPACITY, (BOMBS[kind] as () => Buffer)()]);
  // The pieces of a transport do not stay: what is held must be the decoder's own.
  for (let at = 0; at < bytes.length; at += 1200)
    decoder.receiveEncoderStream(Uint8Array.from(bytes.subarray(at, at + 1200)));
  decoder.takeDecoderStream();
  let octets = bytes.length;
  if (kind === "waiting") {
    for (let i = 0; i < STREAMS; i++) {
      // Required Insert Count 1, Base 1, one entry.
      const section = Uint8Array.of(2, 0, 0x80);
      if (decoder.decode(4 * i, section) !== null) throw new Error("not blocked");
      octets += section.length;
    }
  }
  kept.push(decoder);
  return octets;
}

/** The code of "a" is 00011. */
function huffmanA(octets: number): Buffer {
  return Buffer.concat(Array.from({ length: octets / 5 }, () => Buffer.from("18c6318c63", "hex")));
}

function repeated(times: number, make: (i: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: times }, (_, i) => make(i)));
}

function memory(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
