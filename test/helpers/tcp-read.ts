// Reads TCP connections out of captured packets, and says what happened in short lines.

import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import type { TcpSegment } from "../../src/inspect/capture/segment.js";
import type { TcpEvent } from "../../src/inspect/tcp-event.js";
import { type TcpLimits, TcpTracker } from "../../src/inspect/tcp-tracker.js";
import { Conversation, type ConversationOptions } from "./capture-conversation.js";
import { ascii } from "./capture-octets.js";
import { LINK } from "./capture-packet.js";

/** The segments of Ethernet packets; packet n was captured at second n. */
export function tcpSegmentsOf(packets: readonly Uint8Array[]): TcpSegment[] {
  const decoder = new PacketDecoder();
  return packets.map((bytes, index) => {
    const segment = decoder.decode({
      kind: "packet",
      time: index,
      interfaceId: 0,
      linkType: LINK.ethernet,
      offset: 0,
      bytes,
      originalLength: bytes.length,
    });
    if (segment?.kind !== "tcp") throw new Error(`packet ${index} is no segment of TCP`);
    return segment;
  });
}

/** "question" from the client, "answer" from the server, both ends closed. */
export const exchange = (options: ConversationOptions = {}): Conversation =>
  new Conversation(options)
    .open()
    .say("client", ascii("question"))
    .say("server", ascii("answer"))
    .close();

/** What is said of its begin, of what it says, and of its end. */
export const OPEN = "0 open 10.0.0.1:40000 10.0.0.2:80";
export const OPEN_IN_THE_MIDDLE = `${OPEN} in the middle`;
export const SAID: readonly string[] = ["0 client data 0 question", "0 server data 0 answer"];
export const ENDS: readonly string[] = ["0 client end", "0 server end", "0 close"];

/** "0 client data 0 hello": connection, direction, what, offset, bytes. */
export function lineOf(event: TcpEvent): string {
  switch (event.kind) {
    case "open":
      return `${event.id} open ${event.client} ${event.server}${event.hasStart ? "" : " in the middle"}`;
    case "data":
      return `${event.id} ${event.direction} data ${event.offset} ${Buffer.from(event.bytes).toString("latin1")}`;
    case "gap":
      return `${event.id} ${event.direction} gap ${event.offset} ${event.length}`;
    case "close":
      return `${event.id} close`;
    default:
      return `${event.id} ${event.direction} ${event.kind}`;
  }
}

/** What a tracker says of packets; with `isOver`, and of their end. */
export function tcpLines(
  packets: readonly Uint8Array[],
  { limits = undefined as TcpLimits | undefined, isOver = true } = {},
): string[] {
  const tracker = new TcpTracker(limits);
  const lines: string[] = [];
  for (const segment of tcpSegmentsOf(packets)) lines.push(...tracker.receive(segment).map(lineOf));
  if (isOver) lines.push(...tracker.end().map(lineOf));
  return lines;
}

/** One direction of one connection, gaps as so many dots. */
export function bytesOfDirection(lines: readonly string[], id: number, direction: string): string {
  let text = "";
  for (const line of lines) {
    const [number, side, kind, , ...rest] = line.split(" ");
    if (Number(number) !== id || side !== direction) continue;
    if (kind === "data") text += rest.join(" ");
    if (kind === "gap") text += ".".repeat(Number(rest[0]));
  }
  return text;
}
