// What a client sends on one HTTP/2 connection: preface, SETTINGS, acknowledgement of the server's, then messages, each as HEADERS
// and, where it has content, DATA.

import type { FieldLists } from "./field-lists.js";
import { WireEncoder } from "./hpack-wire.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEADERS = 1;
const DATA = 0;
const SETTINGS = 4;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;

/** As a current Chromium: ENABLE_PUSH 0, INITIAL_WINDOW_SIZE, MAX_HEADER_LIST_SIZE. */
const CLIENT_SETTINGS: readonly (readonly [id: number, value: number])[] = [
  [2, 0],
  [4, 6_291_456],
  [6, 262_144],
];

/** The octets of one connection, in parts that belong together: the opening, then one a message. */
export interface ClientBytes {
  readonly opening: Uint8Array;
  readonly messages: readonly Uint8Array[];
}

/** @param frameSize largest payload of a DATA frame */
export function clientBytes(lists: FieldLists, frameSize = 16_384): ClientBytes {
  const encoder = new WireEncoder();
  const messages = lists.lists.map((fields, i) => {
    const body = lists.bodies[i] as Uint8Array;
    const id = 2 * i + 1;
    const flags = END_HEADERS | (body.length === 0 ? END_STREAM : 0);
    const frames = [frame(HEADERS, flags, id, encoder.encode(fields))];
    for (let at = 0; at < body.length; at += frameSize) {
      const last = at + frameSize >= body.length;
      frames.push(frame(DATA, last ? END_STREAM : 0, id, body.subarray(at, at + frameSize)));
    }
    return Buffer.concat(frames);
  });
  return { opening: opening(), messages };
}

function opening(): Uint8Array {
  const settings = Buffer.alloc(6 * CLIENT_SETTINGS.length);
  CLIENT_SETTINGS.forEach(([id, value], i) => {
    settings.writeUInt16BE(id, i * 6);
    settings.writeUInt32BE(value, i * 6 + 2);
  });
  const window = Buffer.alloc(4);
  window.writeUInt32BE(15_663_105);
  return Buffer.concat([
    Buffer.from(PREFACE, "latin1"),
    frame(SETTINGS, 0, 0, settings),
    frame(WINDOW_UPDATE, 0, 0, window),
    frame(SETTINGS, ACK, 0, new Uint8Array()),
  ]);
}

function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}
