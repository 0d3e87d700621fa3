// parseFrames and encodeFrames: any payload in every type of packet. Frames tile the payload, the error is the last event and
// stands behind them, a plain reader of lengths agrees, and what is encoded again is read again.

import { QUIC_TOKENS, quicArbitraries, readVarint } from "tercet/fuzz";
import { encodeFrames, parseFrames, type QuicFrame, type QuicFrameInput } from "tercet/quic";
import { archived } from "../files.js";
import { fault, type Target } from "./target.js";

const TYPES = ["Initial", "0-RTT", "Handshake", "1-RTT"] as const;

/** The target. */
export const quicFrames: Target = {
  name: "quic-frames",
  about:
    "parseFrames: frames tile the payload, a plain reader agrees, encodeFrames gives them back",
  corpus: "quic-frames",
  tokens: QUIC_TOKENS,
  seeds: () => [
    ...archived(["neqo-dev.tar.gz"], "frame"),
    ...archived(["ngtcp2-dev.tar.gz"], "decode_frame"),
    ...archived(["quicly-dev.tar.gz"]),
  ],
  arbitrary: (fc) => {
    const { payload, anyPayload } = quicArbitraries(fc);
    return fc.oneof(payload, anyPayload);
  },
  check(input) {
    return TYPES.map((type) => checkPayload(input, type)).join(" | ");
  },
};

function checkPayload(input: Uint8Array, packetType: string): string {
  const events = parseFrames(input, packetType);
  const frames: QuicFrame[] = [];
  let code = "";
  let end = 0;
  for (const event of events) {
    if (code !== "") fault("an event behind the error");
    if (event.type === "error") {
      const { error } = event as unknown as { error: { code: string; offset: number } };
      code = error.code;
      if (error.offset > input.length) fault(`an error at ${error.offset}`);
      continue;
    }
    const frame = event as QuicFrame;
    if (frame.at !== end || frame.size <= 0) fault(`${frame.name} at ${frame.at} behind ${end}`);
    end = frame.at + frame.size;
    const plain = frame.name === "UNKNOWN" ? input.length : plainEnd(input, frame.at);
    if (plain !== end) fault(`${frame.name} ends at ${end}, not ${plain}`);
    frames.push(frame);
  }
  if (code === "" && end !== input.length) fault(`${end} octets of ${input.length}`);
  if (code === "") encodedAgain(frames, packetType);
  return `${frames.map(({ name }) => name).slice(0, 6)} ${code}`;
}

/** Encoded and read again they are the same, but for encodings that were longer than they must be. */
function encodedAgain(frames: readonly QuicFrame[], packetType: string): void {
  const inputs = frames as readonly QuicFrameInput[];
  const bytes = encodeFrames(inputs);
  const again = parseFrames(bytes, packetType) as QuicFrame[];
  const text = (list: readonly QuicFrame[]) =>
    JSON.stringify(list, (key, value) => {
      if (key === "at" || key === "size") return undefined;
      return typeof value === "bigint" ? String(value) : value;
    });
  if (text(again) !== text(frames)) fault(`${text(frames)} came back as ${text(again)}`);
}

/** Where a frame ends, by its type and lengths alone; -1 where it is not whole. */
function plainEnd(input: Uint8Array, at: number): number {
  const type = readVarint(input, at);
  if (type === null) return -1;
  const kind = Number(type.value);
  if (kind === 0) {
    let end = at;
    while (end < input.length && input[end] === 0) end++;
    return end;
  }
  return fieldsEnd(input, kind, type.next);
}

/** Integers of a frame; "n" is a length of what follows, "r" a count of pairs, "*" goes to the end. */
const FIELDS: Readonly<Record<number, string>> = {
  1: "",
  4: "iii",
  5: "ii",
  6: "in",
  7: "n",
  16: "i",
  17: "ii",
  18: "i",
  19: "i",
  20: "i",
  21: "ii",
  22: "i",
  23: "i",
  25: "i",
  28: "iin",
  29: "in",
  30: "",
  31: "",
  36: "iiii",
  48: "*",
  49: "n",
  175: "iiii",
};

function fieldsEnd(input: Uint8Array, kind: number, from: number): number {
  if (kind === 26 || kind === 27) return from + 8;
  if (kind === 24) {
    const prior = skip(input, from, 2);
    return prior + 1 + (input[prior] ?? 0) + 16;
  }
  if (kind === 2 || kind === 3) {
    const count = readVarint(input, skip(input, from, 2));
    if (count === null) return -1;
    const end = skip(input, count.next, 1 + 2 * Number(count.value));
    return kind === 3 ? skip(input, end, 3) : end;
  }
  const isStream = kind >= 8 && kind < 16;
  const stream = `i${(kind & 4) !== 0 ? "i" : ""}${(kind & 2) !== 0 ? "n" : "*"}`;
  let end = from;
  for (const field of isStream ? stream : (FIELDS[kind] ?? "?")) {
    if (field === "*") return input.length;
    const value = readVarint(input, end);
    if (value === null || field === "?") return -1;
    end = value.next + (field === "n" ? Number(value.value) : 0);
  }
  return end;
}

function skip(input: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let index = 0; index < count && at >= 0; index++) at = readVarint(input, at)?.next ?? -1;
  return at;
}
