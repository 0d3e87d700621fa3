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

/** Twice: the first time only warms. `before`: what came on the connection in front of the trip, which tables are made of. */
export function againWarmH3(
  received: readonly StreamPiece[],
  before: readonly StreamPiece[],
): Again {
  parseAgain(received, before);
  const parse = parseAgain(received, before);
  const sections = sectionsOf(received);
  const instructions = [instructionsOf(before), instructionsOf(received)] as const;
  decodeAgain(...instructions, sections);
  const { ns, fieldLength } = decodeAgain(...instructions, sections);
  const blockLength = sections.reduce((length, { section }) => length + section.length, 0);
  return { parse, hpack: ns, blockLength, fieldLength, packets: null };
}

function parseAgain(received: readonly StreamPiece[], before: readonly StreamPiece[]): number {
  const connection = new H3Connection({ role: "server" });
  for (const { streamId, bytes, fin } of before) connection.receiveStream(streamId, bytes, fin);
  const from = now();
  for (const { streamId, bytes, fin } of received) connection.receiveStream(streamId, bytes, fin);
  const time = now() - from;
  connection.receiveClose();
  return time;
}

/** Bytes of the encoder stream. */
function instructionsOf(pieces: readonly StreamPiece[]): Buffer {
  const instructions = pieces.filter(({ streamId }) => streamId === ENCODER_STREAM);
  return Buffer.concat(instructions.map(({ bytes }) => bytes));
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

/** The first octet of an encoder stream is its type. */
function decodeAgain(
  before: Buffer,
  instructions: Buffer,
  sections: readonly Section[],
): { ns: number; fieldLength: number } {
  const decoder = new QpackDecoder({ maxTableCapacity: 4_096, maxBlockedStreams: 16 });
  const isFirst = before.length === 0;
  if (!isFirst) decoder.receiveEncoderStream(before.subarray(1));
  const rest = isFirst ? instructions.subarray(1) : instructions;
  const from = now();
  if (rest.length > 0) decoder.receiveEncoderStream(rest);
  const lists = sections.map(({ streamId, section }) => decoder.decode(streamId, section) ?? []);
  const ns = now() - from;
  const fieldLength = lists.flat().reduce((length, text) => length + text.length, 0);
  return { ns, fieldLength };
}
