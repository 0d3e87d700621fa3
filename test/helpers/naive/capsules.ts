// Capsules read in the plainest way (RFC 9297 section 3, drafts of WebTransport): all bytes are here, numbers are bigints.

import { endsBetweenFrames, naiveFrames, naiveVarint, type Said } from "./h3-frames.js";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const plain = (value: bigint) => (value < 2n ** 53n ? Number(value) : value);

/** Names and numbers by the last octet of the types 0x190b4d38 to 0x190b4d44. */
const FIELDS: Record<number, readonly [name: string, ...numbers: string[]]> = {
  56: ["PADDING"],
  57: ["WT_RESET_STREAM", "streamId", "applicationErrorCode", "reliableSize"],
  58: ["WT_STOP_SENDING", "streamId", "applicationErrorCode"],
  59: ["WT_STREAM", "streamId"],
  60: ["WT_STREAM", "streamId"],
  61: ["WT_MAX_DATA", "maximumData"],
  62: ["WT_MAX_STREAM_DATA", "streamId", "maximumStreamData"],
  63: ["WT_MAX_STREAMS", "maximumStreams"],
  64: ["WT_MAX_STREAMS", "maximumStreams"],
  65: ["WT_DATA_BLOCKED", "maximumData"],
  66: ["WT_STREAM_DATA_BLOCKED", "streamId", "maximumStreamData"],
  67: ["WT_STREAMS_BLOCKED", "maximumStreams"],
  68: ["WT_STREAMS_BLOCKED", "maximumStreams"],
};

/** What CapsuleParser says of content that has these bytes, and with `isEnded` its end. */
export function naiveCapsules(
  bytes: Uint8Array,
  { max, draft }: { max: number; draft: number },
  isEnded: boolean,
): Said[] {
  const said: Said[] = [];
  for (const { type, length, offset, payload, isWhole } of naiveFrames(bytes)) {
    const head = {
      type: "capsule",
      capsuleType: plain(type),
      length: Number(length),
      offset,
    };
    const isKnown = nameOf(type) !== null;
    if (length > BigInt(max)) {
      if (isKnown) return [...said, `H3_CAPSULE_TOO_LARGE @${offset}`];
      said.push({ ...head, name: type === 0n ? "DATAGRAM" : "UNKNOWN", value: null });
      continue;
    }
    if (!isWhole) continue;
    const members = membersOf(type, payload, draft);
    if (typeof members === "string") return [...said, `${members} @${offset}`];
    said.push({ ...head, value: text(payload), ...members });
  }
  if (!isEnded || endsBetweenFrames(bytes)) return said;
  return [...said, `H3_CAPSULE_TRUNCATED @${bytes.length}`];
}

/** Name of a type whose value means something; null for others and for DATAGRAM. */
function nameOf(type: bigint): string | null {
  if (type === 0x2843n) return "WT_CLOSE_SESSION";
  if (type === 0x78aen) return "WT_DRAIN_SESSION";
  const isWt = type >= 0x190b4d38n && type <= 0x190b4d44n;
  return isWt ? (FIELDS[Number(type & 0xffn)]?.[0] ?? null) : null;
}

function membersOf(
  type: bigint,
  value: Uint8Array,
  draft: number,
): Record<string, unknown> | string {
  const name = nameOf(type);
  if (name === null) return { name: type === 0n ? "DATAGRAM" : "UNKNOWN" };
  if (name === "WT_CLOSE_SESSION") return closeOf(value);
  const invalid = "WT_CAPSULE_INVALID";
  if (name === "WT_DRAIN_SESSION") return value.length === 0 ? { name } : invalid;
  if (name === "PADDING") return { name };
  const members: Record<string, unknown> = { name };
  const [, ...numbers] = FIELDS[Number(type & 0xffn)] ?? [""];
  let at = 0;
  for (const member of numbers) {
    if (member === "reliableSize" && at === value.length) break;
    const number = naiveVarint(value, at);
    if (number === null) return invalid;
    members[member] = plain(number.value);
    at += number.length;
  }
  const last = Number(type & 0xffn);
  if (name === "WT_STREAM")
    return { ...members, streamData: text(value.slice(at)), fin: (last === 0x3c) === draft < 15 };
  if (at !== value.length) return invalid;
  if (!("maximumStreams" in members)) return members;
  return { ...members, unidirectional: last === 0x40 || last === 0x44 };
}

function closeOf(value: Uint8Array): Record<string, unknown> | string {
  const message = Buffer.from(value.slice(4));
  const utf8 = message.toString("utf8");
  const isUtf8 = Buffer.from(utf8, "utf8").equals(message);
  if (value.length < 4 || message.length > 1024 || !isUtf8) return "WT_CLOSE_INVALID";
  return {
    name: "WT_CLOSE_SESSION",
    applicationErrorCode: Buffer.from(value).readUInt32BE(),
    applicationErrorMessage: utf8,
  };
}
