// What is wrong with the place of a frame among others: the first one, and those inside of a field block (RFC 9113 sections
// 3.4, 4.3, 6.10).

import type { ErrorName } from "../index.js";
import type { AuditEnd } from "./h2-audit-end.js";
import { FLAG, TYPE } from "./h2-frames.js";
import type { WalkedFrame } from "./h2-walker.js";

/** "HTT" and "P", where a frame header has its length and its type. */
const HTTP1 = { length: 0x485454, type: 0x50 } as const;

/** Faults of a frame's place; notes what the frame means for those behind it. */
export function orderFaults(end: AuditEnd, frame: WalkedFrame): ErrorName[] {
  const faults: ErrorName[] = [];
  const first = firstFault(end, frame);
  if (first !== null) faults.push(first);
  const sequence = sequenceFault(end, frame);
  if (sequence !== null) faults.push(sequence);
  return faults;
}

function firstFault(end: AuditEnd, { type, flags, length }: WalkedFrame): ErrorName | null {
  if (end.hasBegun || end.isLost) return null;
  end.hasBegun = true;
  const isHttp1 = type === HTTP1.type && length === HTTP1.length;
  if (isHttp1 && end.direction === "server") return "H2_HTTP1_RESPONSE";
  return type !== TYPE.SETTINGS || (flags & FLAG.ACK) !== 0 ? "H2_SETTINGS_EXPECTED" : null;
}

/** Nothing stands between the frames of a field block. */
function sequenceFault(end: AuditEnd, { type, flags, streamId }: WalkedFrame): ErrorName | null {
  const isLast = (flags & FLAG.END_HEADERS) !== 0;
  const open = end.openBlock;
  if (type !== TYPE.CONTINUATION) {
    if (type === TYPE.HEADERS || type === TYPE.PUSH_PROMISE) end.openBlock = isLast ? 0 : streamId;
    return open === 0 ? null : "H2_CONTINUATION_EXPECTED";
  }
  if (streamId === 0) return null; // said by its own rule
  if (open === 0) return end.isLost ? null : "H2_CONTINUATION_UNEXPECTED";
  if (streamId !== open) return "H2_CONTINUATION_EXPECTED";
  if (isLast) end.openBlock = 0;
  return null;
}
