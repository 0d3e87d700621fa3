// The bytes of a trip by HTTP/3 once more, as again.ts does it for the others: on a connection of their own, and the field
// sections alone, which the connection decodes inside of receiveStream().

import { H3Connection, H3FrameParser } from "../../h3.js";
import { QpackDecoder } from "../../qpack.js";
import { now } from "./stopwatch.js";
import type { Again } from "./trip.js";

/** What a stream gave at once. */
export interface StreamPiece {
  readonly streamId: number;
  readonly bytes: Uint8Array;
  readonly fin: boolean;
}

/** The QPACK encoder stream of a client that opens its three streams in our order. */
const ENCODER_STREAM = 6;

/** Twice: the first time only warms. */
export function againWarmH3(received: readonly StreamPiece[]): Again {
  parseAgain(received);
  const parse = parseAgain(received);
  const sections = sectionsOf(received);
  decodeAgain(received, sections);
  const { ns, fieldLength } = decodeAgain(received, sections);
  const blockLength = sections.reduce((length, { section }) => length + section.length, 0);
  return { parse, hpack: ns, blockLength, fieldLength };
}

function parseAgain(received: readonly StreamPiece[]): number {
  const connection = new H3Connection({ role: "server" });
  const from = now();
  for (const { streamId, bytes, fin } of received) connection.receiveStream(streamId, bytes, fin);
  const time = now() - from;
  connection.receiveClose();
  return time;
}

interface Section {
  readonly streamId: number;
  readonly section: Uint8Array;
}

function sectionsOf(received: readonly StreamPiece[]): Section[] {
  const parsers = new Map<number, H3FrameParser>();
  const sections: Section[] = [];
  for (const { streamId, bytes } of received) {
    if ((streamId & 3) !== 0) continue;
    const parser = parsers.get(streamId) ?? new H3FrameParser();
    parsers.set(streamId, parser);
    for (const frame of parser.receive(bytes)) {
      if (!("name" in frame) || frame.name !== "HEADERS") continue;
      sections.push({ streamId, section: frame.encodedFieldSection });
    }
  }
  return sections;
}

function decodeAgain(
  received: readonly StreamPiece[],
  sections: readonly Section[],
): { ns: number; fieldLength: number } {
  const decoder = new QpackDecoder({ maxTableCapacity: 4_096, maxBlockedStreams: 16 });
  const instructions = received.filter(({ streamId }) => streamId === ENCODER_STREAM);
  const encoder = Buffer.concat(instructions.map(({ bytes }) => bytes)).subarray(1);
  const from = now();
  if (encoder.length > 0) decoder.receiveEncoderStream(encoder);
  const lists = sections.map(({ streamId, section }) => decoder.decode(streamId, section) ?? []);
  const ns = now() - from;
  const fieldLength = lists.flat().reduce((length, text) => length + text.length, 0);
  return { ns, fieldLength };
}
