// Reads a capture of QUIC with a key log, as `tercet inspect` does, and says of each connection what it carried: streams,
// frames, sections, and packets that stayed closed.

import { CaptureReader } from "../../src/inspect/capture/capture-reader.js";
import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import type { UdpSegment } from "../../src/inspect/capture/segment.js";
import type { Direction, Draft } from "../../src/inspect/events.js";
import { type NumberedDraft, QuicInspector } from "../../src/inspect/quic-inspector.js";
import { KeyLog } from "../../src/inspect/tls/key-log.js";

/** The UDP datagrams of a capture, to own. */
export function datagramsOf(capture: Uint8Array): UdpSegment[] {
  const reader = new CaptureReader();
  const decoder = new PacketDecoder();
  const found: UdpSegment[] = [];
  for (const item of [...reader.push(capture), ...reader.end()]) {
    if (item.kind === "error") throw new Error(`${item.code} at ${item.offset}`);
    if (item.kind !== "packet") continue;
    const segment = decoder.decode(item);
    if (segment?.kind === "udp") found.push({ ...segment, bytes: segment.bytes.slice() });
  }
  return found;
}

/** Everything that datagrams say. */
export function inspectDatagrams(
  datagrams: readonly UdpSegment[],
  keys: Uint8Array | string,
  options: { lenient?: boolean; keepBytes?: boolean } = {},
): NumberedDraft[] {
  const keyLog = new KeyLog();
  keyLog.push(keys);
  keyLog.end();
  const inspector = new QuicInspector({ keyLog, ...options });
  const drafts: NumberedDraft[] = [];
  for (const datagram of datagrams) drafts.push(...(inspector.receive(datagram) ?? []));
  drafts.push(...inspector.end());
  return drafts;
}

/** Packets and pieces that stayed closed, by reason. */
export function closedOf(drafts: readonly Draft[]): Record<string, number> {
  const closed: Record<string, number> = {};
  for (const draft of drafts)
    if (draft.event === "packet" && draft.reason !== null)
      closed[`${draft.reason}`] = (closed[`${draft.reason}`] ?? 0) + 1;
  return closed;
}

/** Packets that were opened, by type. */
export function openedOf(drafts: readonly Draft[]): Record<string, number> {
  const opened: Record<string, number> = {};
  for (const draft of drafts)
    if (draft.event === "packet" && draft.decrypted)
      opened[`${draft.packetType}`] = (opened[`${draft.packetType}`] ?? 0) + 1;
  return opened;
}

/** A stream in one direction, in the form of the .h3.json files. */
export interface SeenStream {
  type: number | null;
  frames: { type: string; len: number; [member: string]: unknown }[];
  fin: number | null;
  /** Octets of instructions, in hex. */
  instructions: string;
  /** Octets of DATA, or of a stream that has no frames. */
  data: number;
}

/** The streams of one direction of a connection. */
export function streamsOf(drafts: readonly Draft[], direction: Direction): Map<string, SeenStream> {
  const streams = new Map<string, SeenStream>();
  for (const draft of drafts) {
    if (draft.direction !== direction || !("streamId" in draft) || draft.streamId === null)
      continue;
    if (draft.protocol !== "h3" && draft.protocol !== "qpack") continue;
    const id = String(draft.streamId);
    const stream = streams.get(id) ?? newStream();
    streams.set(id, stream);
    note(stream, draft);
  }
  return streams;
}

const newStream = (): SeenStream => ({
  type: null,
  frames: [],
  fin: null,
  instructions: "",
  data: 0,
});

function note(stream: SeenStream, draft: Draft): void {
  switch (draft.event) {
    case "frame":
      if (draft.name === "STREAM_TYPE") stream.type = Number(draft.type);
      else if (draft.protocol === "qpack")
        stream.instructions += Buffer.from(draft.bytes as Uint8Array).toString("hex");
      else stream.frames.push(frameOf(draft));
      break;
    case "head":
    case "informational":
    case "trailers":
      Object.assign(stream.frames.at(-1) as object, { headers: draft.headers });
      break;
    case "data":
      stream.data += Number(draft.length);
      break;
    case "end":
      stream.fin = Number(draft.offset);
  }
}

function frameOf(draft: Readonly<Record<string, unknown>>): SeenStream["frames"][number] {
  const { type, length: len, settings, prioritizedElementId, priorityFieldValue } = draft;
  const section = draft.encodedFieldSection as Uint8Array | undefined;
  const pairs = settings as [unknown, unknown][] | undefined;
  const isHeaders = type === 1 && section !== undefined;
  return {
    type: `0x${BigInt(type as number).toString(16)}`,
    len: Number(len),
    ...(pairs === undefined
      ? {}
      : {
          settings: pairs.map(([id, value]) => [
            `0x${BigInt(id as number).toString(16)}`,
            `${value}`,
          ]),
        }),
    ...(prioritizedElementId === undefined
      ? {}
      : { priority: [`${prioritizedElementId}`, priorityFieldValue] }),
    ...(isHeaders ? { ric: encodedCount(section) } : {}),
  };
}

/** Required Insert Count as it is encoded (RFC 9204 section 4.5.1.1). */
function encodedCount(section: Uint8Array): number {
  let value = section[0] as number;
  if (value < 255) return value;
  for (let at = 1, shift = 0; ; at++, shift += 7) {
    const octet = section[at] as number;
    value += (octet & 127) << shift;
    if (octet < 128) return value;
  }
}
