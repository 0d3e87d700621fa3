// Frames of QUIC, read in the plainest way (RFC 9000 sections 12.4 and 19, RFC 9221, drafts of ACK frequency and reliable
// resets): every number a bigint, every field by its name from a list, mistakes thrown and caught. Written from the RFCs,
// against which the codec is tested.

import { naiveVarint } from "./h3-frames.js";

/** A frame as plain members (numbers as text, octets as hex), or "CODE @offset of TYPE". */
export type Said = Record<string, unknown> | string;

/** Names of the packets, in the order of the letters of table 3 of RFC 9000. */
const PACKETS = ["Initial", "Handshake", "0-RTT", "1-RTT"] as const;
export type NaivePacket = (typeof PACKETS)[number];

const MAX = 2n ** 62n - 1n;

class Mistake extends Error {
  constructor(
    readonly code: string,
    readonly at: number,
  ) {
    super(code);
  }
}

/** Octets that are read from front to back. */
class Cursor {
  at: number;
  constructor(
    readonly bytes: Uint8Array,
    at: number,
  ) {
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  number(): bigint {
    const found = naiveVarint(this.bytes, this.at);
    if (found === null) throw new Mistake("QUIC_FRAME_TRUNCATED", this.at);
    this.at += found.length;
    return found.value;
  }

  octets(length: bigint | number, blame = this.at): string {
    if (BigInt(length) > BigInt(this.left)) throw new Mistake("QUIC_FRAME_TRUNCATED", blame);
    const from = this.at;
    this.at += Number(length);
    return Buffer.from(this.bytes.slice(from, this.at)).toString("hex");
  }

  /** A length and so many octets. */
  counted(): string {
    const blame = this.at;
    return this.octets(this.number(), blame);
  }
}

type Fields = Record<string, unknown>;
interface Kind {
  name: string;
  /** As the column Pkts of table 3. */
  packets: string;
  read(cursor: Cursor, type: number): Fields;
}

/** A frame of numbers with these names. */
const numbers =
  (...names: string[]) =>
  (cursor: Cursor): Fields =>
    Object.fromEntries(names.map((name) => [name, cursor.number()]));

function ack(cursor: Cursor, type: number): Fields {
  const largestAcknowledged = cursor.number();
  const ackDelay = cursor.number();
  const countAt = cursor.at;
  const ackRangeCount = cursor.number();
  const firstAt = cursor.at;
  const firstAckRange = cursor.number();
  if (ackRangeCount * 2n > BigInt(cursor.left))
    throw new Mistake("QUIC_ACK_RANGES_TOO_MANY", countAt);
  let smallest = largestAcknowledged - firstAckRange;
  if (smallest < 0n) throw new Mistake("QUIC_ACK_RANGE_INVALID", firstAt);
  const ackRanges: bigint[][] = [];
  for (let i = 0n; i < ackRangeCount; i++) {
    const gapAt = cursor.at;
    const gap = cursor.number();
    const largest = smallest - gap - 2n;
    if (largest < 0n) throw new Mistake("QUIC_ACK_RANGE_INVALID", gapAt);
    const lengthAt = cursor.at;
    const length = cursor.number();
    smallest = largest - length;
    if (smallest < 0n) throw new Mistake("QUIC_ACK_RANGE_INVALID", lengthAt);
    ackRanges.push([gap, length]);
  }
  const ecnCounts = type === 3 ? numbers("ect0Count", "ect1Count", "ecnCeCount")(cursor) : null;
  return { largestAcknowledged, ackDelay, ackRangeCount, firstAckRange, ackRanges, ecnCounts };
}

function stream(cursor: Cursor, type: number): Fields {
  const streamId = cursor.number();
  const offsetAt = cursor.at;
  const offset = type & 4 ? cursor.number() : 0n;
  const streamData = type & 2 ? cursor.counted() : cursor.octets(cursor.left);
  const length = streamData.length / 2;
  if (offset + BigInt(length) > MAX) throw new Mistake("QUIC_STREAM_OFFSET_TOO_LARGE", offsetAt);
  return { streamId, offset, length, fin: (type & 1) === 1, streamData };
}

function crypto(cursor: Cursor): Fields {
  const offsetAt = cursor.at;
  const offset = cursor.number();
  const cryptoData = cursor.counted();
  const length = cryptoData.length / 2;
  if (offset + BigInt(length) > MAX) throw new Mistake("QUIC_CRYPTO_OFFSET_TOO_LARGE", offsetAt);
  return { offset, length, cryptoData };
}

function newToken(cursor: Cursor): Fields {
  const at = cursor.at;
  const length = naiveVarint(cursor.bytes, at);
  if (length?.value === 0n) throw new Mistake("QUIC_NEW_TOKEN_EMPTY", at);
  return { token: cursor.counted() };
}

function streamCount(cursor: Cursor, type: number): Fields {
  const at = cursor.at;
  const maximumStreams = cursor.number();
  if (maximumStreams > 2n ** 60n) throw new Mistake("QUIC_STREAM_COUNT_TOO_LARGE", at);
  return { maximumStreams, bidirectional: type % 2 === 0 };
}

function newConnectionId(cursor: Cursor): Fields {
  const sequenceNumber = cursor.number();
  const retireAt = cursor.at;
  const retirePriorTo = cursor.number();
  if (retirePriorTo > sequenceNumber) throw new Mistake("QUIC_RETIRE_PRIOR_TO_INVALID", retireAt);
  const lengthAt = cursor.at;
  const length = Number.parseInt(cursor.octets(1), 16);
  if (length < 1 || length > 20) throw new Mistake("QUIC_CONNECTION_ID_INVALID", lengthAt);
  const connectionId = cursor.octets(length, lengthAt);
  return { sequenceNumber, retirePriorTo, connectionId, statelessResetToken: cursor.octets(16) };
}

function close(cursor: Cursor, type: number): Fields {
  const errorCode = cursor.number();
  const frameType = type === 0x1c ? cursor.number() : null;
  return { errorCode, frameType, reasonPhrase: cursor.counted() };
}

function resetStreamAt(cursor: Cursor): Fields {
  const fields = numbers("streamId", "applicationProtocolErrorCode", "finalSize")(cursor);
  const at = cursor.at;
  const reliableSize = cursor.number();
  if (reliableSize > (fields.finalSize as bigint))
    throw new Mistake("QUIC_RELIABLE_SIZE_INVALID", at);
  return { ...fields, reliableSize };
}

function datagram(cursor: Cursor, type: number): Fields {
  const datagramData = type === 0x31 ? cursor.counted() : cursor.octets(cursor.left);
  return { length: datagramData.length / 2, datagramData };
}

function padding(cursor: Cursor): Fields {
  while (cursor.left > 0 && cursor.bytes[cursor.at] === 0) cursor.at++;
  return {};
}

const nothing = () => ({});
const pathData = (cursor: Cursor) => ({ data: cursor.octets(8) });
const blocked = numbers("streamId", "maximumStreamData");
const kind = (name: string, packets: string, read: Kind["read"]): Kind => ({ name, packets, read });

const KINDS = new Map<bigint, Kind>([
  [0x00n, kind("PADDING", "IH01", padding)],
  [0x01n, kind("PING", "IH01", nothing)],
  [0x02n, kind("ACK", "IH_1", ack)],
  [0x03n, kind("ACK", "IH_1", ack)],
  [
    0x04n,
    kind("RESET_STREAM", "__01", numbers("streamId", "applicationProtocolErrorCode", "finalSize")),
  ],
  [0x05n, kind("STOP_SENDING", "__01", numbers("streamId", "applicationProtocolErrorCode"))],
  [0x06n, kind("CRYPTO", "IH_1", crypto)],
  [0x07n, kind("NEW_TOKEN", "___1", newToken)],
  ...[8n, 9n, 10n, 11n, 12n, 13n, 14n, 15n].map((type): [bigint, Kind] => [
    type,
    kind("STREAM", "__01", stream),
  ]),
  [0x10n, kind("MAX_DATA", "__01", numbers("maximumData"))],
  [0x11n, kind("MAX_STREAM_DATA", "__01", blocked)],
  [0x12n, kind("MAX_STREAMS", "__01", streamCount)],
  [0x13n, kind("MAX_STREAMS", "__01", streamCount)],
  [0x14n, kind("DATA_BLOCKED", "__01", numbers("maximumData"))],
  [0x15n, kind("STREAM_DATA_BLOCKED", "__01", blocked)],
  [0x16n, kind("STREAMS_BLOCKED", "__01", streamCount)],
  [0x17n, kind("STREAMS_BLOCKED", "__01", streamCount)],
  [0x18n, kind("NEW_CONNECTION_ID", "__01", newConnectionId)],
  [0x19n, kind("RETIRE_CONNECTION_ID", "___1", numbers("sequenceNumber"))],
  [0x1an, kind("PATH_CHALLENGE", "__01", pathData)],
  [0x1bn, kind("PATH_RESPONSE", "___1", pathData)],
  [0x1cn, kind("CONNECTION_CLOSE", "IH01", close)],
  [0x1dn, kind("CONNECTION_CLOSE", "__01", close)],
  [0x1en, kind("HANDSHAKE_DONE", "___1", nothing)],
  [0x1fn, kind("IMMEDIATE_ACK", "___1", nothing)],
  [0x24n, kind("RESET_STREAM_AT", "__01", resetStreamAt)],
  [0x30n, kind("DATAGRAM", "__01", datagram)],
  [0x31n, kind("DATAGRAM", "__01", datagram)],
  [
    0xafn,
    kind(
      "ACK_FREQUENCY",
      "___1",
      numbers(
        ...["sequenceNumber", "ackElicitingThreshold"],
        ...["requestedMaxAckDelay", "reorderingThreshold"],
      ),
    ),
  ],
]);

/** What only servers send, and what it is from a client. */
const SERVERS = new Map([
  [0x07n, "QUIC_NEW_TOKEN_FROM_CLIENT"],
  [0x1en, "QUIC_HANDSHAKE_DONE_FROM_CLIENT"],
]);

/** The frames of a payload. */
export function naiveFrames(
  payload: Uint8Array,
  packet: NaivePacket,
  from?: "client" | "server",
): Said[] {
  const said: Said[] = [];
  if (payload.length === 0) return ["QUIC_PACKET_EMPTY @0 of null"];
  let at = 0;
  while (at < payload.length) {
    const found = naiveVarint(payload, at);
    try {
      const cursor = new Cursor(payload, at);
      const frame = readFrame(cursor, packet, from);
      said.push(plain({ ...frame, at, size: cursor.at - at }));
      if (frame.name === "UNKNOWN") throw new Mistake("QUIC_FRAME_TYPE_UNKNOWN", at);
      at = cursor.at;
    } catch (mistake) {
      if (!(mistake instanceof Mistake)) throw mistake;
      said.push(`${mistake.code} @${mistake.at} of ${found === null ? null : found.value}`);
      break;
    }
  }
  return said;
}

function readFrame(cursor: Cursor, packet: NaivePacket, from: string | undefined): Fields {
  const at = cursor.at;
  const type = cursor.number();
  const isShortest =
    [1, 2, 4, 8].find((size) => type < 2n ** BigInt(8 * size - 2)) === cursor.at - at;
  if (!isShortest) throw new Mistake("QUIC_FRAME_TYPE_TOO_LONG", at);
  const known = KINDS.get(type);
  if (known === undefined) return { name: "UNKNOWN", type, payload: cursor.octets(cursor.left) };
  const letter = ["I", "H", "0", "1"][PACKETS.indexOf(packet)] as string;
  if (!known.packets.includes(letter)) throw new Mistake("QUIC_FRAME_FORBIDDEN", at);
  const servers = SERVERS.get(type);
  if (servers !== undefined && from === "client") throw new Mistake(servers, at);
  return { name: known.name, type, ...known.read(cursor, Number(type)) };
}

/** Numbers as text, octets as hex: what both parsers say can be compared. */
export function plain(value: Fields): Fields {
  return JSON.parse(
    JSON.stringify(value, (_key, member) => {
      if (typeof member === "bigint" || typeof member === "number") return String(member);
      return member instanceof Uint8Array ? Buffer.from(member).toString("hex") : member;
    }),
  );
}
