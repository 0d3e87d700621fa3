// Reads captures in pieces, and says what they hold, with copies of all bytes.

import { CaptureReader } from "../../src/inspect/capture/capture-reader.js";
import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import type { OtherPacket, Segment } from "../../src/inspect/capture/segment.js";

/** Items as `"packet …"` lines and so on: equal lists mean equal items. */
export function itemsOf(pieces: readonly Uint8Array[], packetMax?: number): string[] {
  const reader = new CaptureReader(packetMax);
  const lines: string[] = [];
  const log = (items: ReturnType<CaptureReader["push"]>) => {
    for (const item of items) {
      if (item.kind === "packet") {
        const { time, interfaceId, linkType, offset, originalLength } = item;
        lines.push(
          `packet ${time} if ${interfaceId} link ${linkType} at ${offset} of ${originalLength} ${hex(item.bytes)}`,
        );
      } else if (item.kind === "secrets") {
        lines.push(`secrets ${item.type}${item.isEnd ? " end" : ""} ${hex(item.bytes)}`);
      } else lines.push(`error ${item.code} at ${item.offset}`);
    }
  };
  for (const piece of pieces) log(reader.push(piece));
  log(reader.end());
  return lines;
}

/** Hexadecimal digits. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** What the packets of a capture carry; bytes are copies. @throws Error where it is broken */
export function segmentsOf(capture: Uint8Array): (Segment | OtherPacket | null)[] {
  const reader = new CaptureReader();
  const decoder = new PacketDecoder();
  const found: (Segment | OtherPacket | null)[] = [];
  for (const item of [...reader.push(capture), ...reader.end()]) {
    if (item.kind === "error") throw new Error(`${item.code} at ${item.offset}`);
    if (item.kind !== "packet") continue;
    const segment = decoder.decode(item);
    found.push(
      segment === null || segment.kind === "other"
        ? segment
        : { ...segment, bytes: segment.bytes.slice() },
    );
  }
  return found;
}

/** The bytes of each packet as hexadecimal digits, in order. */
export function packetsIn(pieces: readonly Uint8Array[]): string[] {
  return itemsOf(pieces)
    .filter((line) => line.startsWith("packet"))
    .map((line) => line.slice(line.lastIndexOf(" ") + 1));
}
