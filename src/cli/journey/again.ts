// The same bytes once more, on a connection of their own, right after the trip: the difference to the trip is cold
// caches. Of HTTP/2 the field blocks are decoded alone, too, which the connection does inside of receive().

import { H1Connection } from "../../h1.js";
import { H2Connection, H2FrameParser } from "../../h2.js";
import { HpackDecoder } from "../../hpack.js";
import { now } from "./stopwatch.js";
import type { Again } from "./trip.js";

/** Twice: the first time only warms. */
export function againWarm(received: readonly Uint8Array[], isH2: boolean): Again {
  parseAgain(received, isH2);
  const parse = parseAgain(received, isH2);
  if (!isH2) return { parse, hpack: null, blockLength: 0, fieldLength: 0, packets: null };
  const blocks = fieldBlocks(received);
  decodeAgain(blocks);
  const { ns, fieldLength } = decodeAgain(blocks);
  const blockLength = blocks.reduce((length, block) => length + block.length, 0);
  return { parse, hpack: ns, blockLength, fieldLength, packets: null };
}

function parseAgain(received: readonly Uint8Array[], isH2: boolean): number {
  const connection = isH2
    ? new H2Connection({ role: "server" })
    : new H1Connection({ role: "server" });
  const from = now();
  for (const bytes of received) connection.receive(bytes);
  const time = now() - from;
  if (connection instanceof H1Connection) connection.reset(1);
  else connection.receiveEnd();
  return time;
}

/** The field block of each request; CONTINUATION frames are put behind their HEADERS. */
function fieldBlocks(received: readonly Uint8Array[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const parser = new H2FrameParser({ preface: true });
  for (const bytes of received) {
    for (const frame of parser.receive(bytes)) {
      if (!("name" in frame)) continue;
      if (frame.name === "HEADERS") blocks.push(frame.fieldBlockFragment);
      else if (frame.name === "CONTINUATION") {
        blocks.push(Buffer.concat([blocks.pop() as Uint8Array, frame.fieldBlockFragment]));
      }
    }
  }
  return blocks;
}

function decodeAgain(blocks: readonly Uint8Array[]): { ns: number; fieldLength: number } {
  const decoder = new HpackDecoder();
  const from = now();
  const lists = blocks.map((block) => decoder.decode(block));
  const ns = now() - from;
  decoder.release();
  const fieldLength = lists.flat().reduce((length, text) => length + text.length, 0);
  return { ns, fieldLength };
}
