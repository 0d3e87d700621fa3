// What a client sends on one HTTP/3 connection: control stream, QPACK streams, then messages, each as what the encoder stream carries
// before it, HEADERS and, where it has content, DATA.

import type { FieldLists } from "./field-lists.js";
import type { QpackPolicy } from "./qpack-wire.js";
import { QpackWireEncoder } from "./qpack-wire.js";

const [DATA, HEADERS, SETTINGS] = [0, 1, 4];
/** Numbers of the client's unidirectional streams, and what their first octet says they are. */
const [CONTROL, ENCODER, DECODER] = [2, 6, 10];
const [CONTROL_TYPE, ENCODER_TYPE, DECODER_TYPE] = [0, 2, 3];

/** As a current Chromium: QPACK table and blocked streams, MAX_FIELD_SECTION_SIZE. */
const CLIENT_SETTINGS: readonly (readonly [id: number, value: number])[] = [
  [1, 65_536],
  [7, 100],
  [6, 262_144],
];

/** Bytes of one stream. */
export interface StreamBytes {
  readonly streamId: number;
  readonly bytes: Uint8Array;
  /** They are its last. */
  readonly fin: boolean;
}

/** The octets of one connection, in parts that belong together: the opening, then those of each message. */
export interface ClientStreams {
  readonly opening: readonly StreamBytes[];
  readonly messages: readonly (readonly StreamBytes[])[];
}

/** @param frameSize largest payload of a DATA frame */
export function clientStreams(
  lists: FieldLists,
  policy: QpackPolicy,
  frameSize = 16_384,
): ClientStreams {
  const encoder = new QpackWireEncoder(policy);
  const messages = lists.lists.map((fields, i) => {
    const { instructions, section } = encoder.encode(fields);
    const body = lists.bodies[i] as Uint8Array;
    const frames = [frame(HEADERS, section)];
    for (let at = 0; at < body.length; at += frameSize)
      frames.push(frame(DATA, body.subarray(at, at + frameSize)));
    const request = { streamId: 4 * i, bytes: Buffer.concat(frames), fin: true };
    if (instructions.length === 0) return [request];
    return [{ streamId: ENCODER, bytes: instructions, fin: false }, request];
  });
  return { opening: opening(), messages };
}

function opening(): StreamBytes[] {
  const settings = CLIENT_SETTINGS.flatMap(([id, value]) => [...varint(id), ...varint(value)]);
  const control = [CONTROL_TYPE, ...frame(SETTINGS, Uint8Array.from(settings))];
  return [
    { streamId: CONTROL, bytes: Uint8Array.from(control), fin: false },
    { streamId: ENCODER, bytes: Uint8Array.of(ENCODER_TYPE), fin: false },
    { streamId: DECODER, bytes: Uint8Array.of(DECODER_TYPE), fin: false },
  ];
}

function frame(type: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([type, ...varint(payload.length)]), payload]);
}

/** RFC 9000 section 16, below 2^30. */
function varint(value: number): number[] {
  if (value < 64) return [value];
  if (value < 16_384) return [0x40 | (value >> 8), value & 255];
  return [0x80 | (value >>> 24), (value >> 16) & 255, (value >> 8) & 255, value & 255];
}
