// Captures of cleartext HTTP of any size: a few connections written with the builders of the tests, and then copied with other addresses
// and other times, so that each copy is connections of its own. Requests are those of a page of the HTTP/2 benchmark, responses have
// up to 48 KB of text.

import { closeSync, openSync, writeSync } from "node:fs";
import { Conversation } from "../../test/helpers/capture-conversation.js";
import { pcapHeader, pcapRecord } from "../../test/helpers/capture-file.js";
import type { FieldLists } from "./field-lists.js";
import { pageLoad, translated } from "./field-lists.js";
import { h1Messages } from "./h1-wire.js";
import { clientBytes } from "./h2-wire.js";
import { WireEncoder } from "./hpack-wire.js";
import { Random } from "./random.js";

export type CaptureName = "HTTP/1.1" | "HTTP/2";

/** What was written. */
export interface WrittenCapture {
  readonly size: number;
  readonly requests: number;
}

/** Octets of contents, in turn: half of them below 4 KB, as on the web. */
const BODIES = [180, 650, 1200, 2600, 900, 6400, 12_000, 300, 24_000, 48_000] as const;
/** Connections of each template, and requests on each of them. */
const CONNECTIONS = 4;
const REQUESTS = 25;
const PORT = 80;

/** In a record: its seconds; then, behind header and link, the addresses of IPv4. */
const SOURCE_AT = 16 + 14 + 12;
const DESTINATION_AT = SOURCE_AT + 4;
/** Last octet of the client's address in the template. */
const CLIENT = 1;

const [DATA, HEADERS, SETTINGS] = [0, 1, 4];
const [END_STREAM, ACK, END_HEADERS] = [1, 1, 4];
const FRAME = 16_384;
const NOTHING = new Uint8Array();

/** Made once: the builders take about a microsecond an octet. */
const templates = new Map<CaptureName, Uint8Array[]>();

/** Writes copies of the template until the file has so many octets. */
export function writeCapture(file: string, name: CaptureName, atLeast: number): WrittenCapture {
  const records = templates.get(name) ?? templateOf(name);
  templates.set(name, records);
  const header = pcapHeader();
  const to = openSync(file, "w");
  let size = writeSync(to, header);
  let copies = 0;
  while (copies === 0 || size < atLeast) {
    size += writeSync(to, Buffer.concat(records.map((record) => copyOf(record, copies))));
    copies++;
  }
  closeSync(to);
  return { size, requests: copies * CONNECTIONS * REQUESTS };
}

/** The records of a few connections, packets of all of them in turn. */
function templateOf(name: CaptureName): Uint8Array[] {
  const random = new Random(0xcab);
  const lists = pageLoad();
  const all = Array.from({ length: CONNECTIONS }, (_, i) => {
    const options = { client: `10.0.0.${CLIENT}`, clientPort: 40_000 + i, serverPort: PORT };
    const some = part(lists, i * REQUESTS);
    const conversation = new Conversation(options).open();
    if (name === "HTTP/1.1") sayH1(conversation, some, random);
    else sayH2(conversation, some, random);
    return conversation.close().packets;
  });
  const packets: Uint8Array[] = [];
  for (let at = 0; all.some((list) => at < list.length); at++)
    packets.push(...all.flatMap((list) => list.slice(at, at + 1)));
  return packets.map((bytes, i) => pcapRecord({ bytes, seconds: 0, fraction: i }));
}

function part(lists: FieldLists, from: number): FieldLists {
  const of = <T>(list: readonly T[]): T[] => list.slice(from, from + REQUESTS);
  return { ...lists, lists: of(lists.lists), bodies: of(lists.bodies) };
}

/** The same packet of another connection, at another time. */
function copyOf(record: Uint8Array, number: number): Uint8Array {
  const copy = Buffer.from(record);
  copy.writeUInt32LE(1_700_000_000 + number, 0);
  const isFromClient = copy[SOURCE_AT + 3] === CLIENT;
  const at = isFromClient ? SOURCE_AT : DESTINATION_AT;
  copy.writeUInt16BE(number, at + 1);
  return copy;
}

function sayH1(conversation: Conversation, lists: FieldLists, random: Random): void {
  const responses = responseLists();
  h1Messages(lists).forEach((request, i) => {
    const [, status, ...fields] = responses[i % responses.length] as string[];
    const body = contentOf(i, random);
    const lines = [`HTTP/1.1 ${status} OK`];
    for (let at = 0; at < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`);
    const head = `${lines.join("\r\n")}\r\ncontent-length: ${body.length}\r\n\r\n`;
    conversation.say("client", request);
    conversation.say("server", Buffer.concat([Buffer.from(head, "latin1"), body]));
  });
}

function sayH2(conversation: Conversation, lists: FieldLists, random: Random): void {
  const { opening, messages } = clientBytes(lists);
  const responses = responseLists();
  const encoder = new WireEncoder();
  conversation.say("client", opening);
  conversation.say("server", Buffer.concat([frame(SETTINGS, 0, 0), frame(SETTINGS, ACK, 0)]));
  messages.forEach((request, i) => {
    const fields = responses[i % responses.length] as string[];
    const body = contentOf(i, random);
    const list = [...fields, "content-length", String(body.length)];
    const frames = [frame(HEADERS, END_HEADERS, 2 * i + 1, encoder.encode(list))];
    for (let at = 0; at < body.length; at += FRAME) {
      const flags = at + FRAME >= body.length ? END_STREAM : 0;
      frames.push(frame(DATA, flags, 2 * i + 1, body.subarray(at, at + FRAME)));
    }
    conversation.say("client", request);
    conversation.say("server", Buffer.concat(frames));
  });
}

/** Heads of responses, without what belongs to their contents. */
function responseLists(): string[][] {
  const own = new Set(["content-length", "transfer-encoding", "content-encoding"]);
  return translated("typical", 16).lists.map((list) =>
    list.flatMap((name, i) => (i % 2 === 1 || own.has(name) ? [] : [name, list[i + 1] as string])),
  );
}

/** Words, as text has them. */
function contentOf(number: number, random: Random): Buffer {
  const length = BODIES[number % BODIES.length] as number;
  const words: string[] = [];
  for (let left = length; left > 0; left -= 8) words.push(random.word(7));
  return Buffer.from(`${words.join(" ")} `, "latin1").subarray(0, length);
}

function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = NOTHING,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}
