// What the QPACK encoder refuses: ONE table of its UsageError codes and the rows of the rule list that
// each of them keeps. Characters that a field may have are the connection's matter: QPACK carries any
// octets (RFC 9204 section 2.1).

import { UsageError } from "../errors.js";

/** Every code that the QPACK encoder throws, and the rules it stands for. */
export const QPACK_USAGE_RULES = {
  /** Not a flat list [name, value, …] of strings whose characters are octets. */
  QPACK_HEADER_LIST_INVALID: "QP-EN-5",
  /** A table capacity is not a whole number from 0 to 2^30, or another one than was set before. */
  QPACK_CAPACITY_INVALID: "QP-TAB-8 QP-TAB-9",
  /** The number of blocked streams is not a whole number from 0 on. */
  QPACK_BLOCKED_STREAMS_INVALID: "QP-EN-2",
  /** A stream id is not a whole number from 0 to 2^53 - 1. */
  QPACK_STREAM_ID_INVALID: "QP-DECS-1",
  /** `strategy` is not static, safe or eager; or `huffman` is not true, false or "auto". */
  QPACK_OPTION_INVALID: "QP-EN-1",
} as const satisfies Readonly<Record<string, string>>;

/** The code of a UsageError of the QPACK encoder. */
export type QpackUsageCode = keyof typeof QPACK_USAGE_RULES;

/** Throws the UsageError. */
export function refuseQpack(code: QpackUsageCode, message: string): never {
  throw new UsageError(code, message);
}
