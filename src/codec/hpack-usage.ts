// What the HPACK encoder refuses: ONE table of its UsageError codes and the rows of the rule list
// that each of them keeps. Characters that a field may have are the connection's matter: HPACK
// carries any octets (RFC 7541 section 2.1).

import { UsageError } from "../errors.js";

/** Every code that the HPACK encoder throws, and the rules it stands for. */
export const HPACK_USAGE_RULES = {
  /** Not a flat list [name, value, …] of strings whose characters are octets. */
  HPACK_HEADER_LIST_INVALID: "HP-001",
  /** A table size is not a whole number from 0 to 2^32 - 1. */
  HPACK_TABLE_SIZE_INVALID: "HP-009 H2-107",
  /** `huffman` is not true, false or "auto". */
  HPACK_OPTION_INVALID: "HP-036",
} as const satisfies Readonly<Record<string, string>>;

/** The code of a UsageError of the HPACK encoder. */
export type HpackUsageCode = keyof typeof HPACK_USAGE_RULES;

/** Throws the UsageError. */
export function refuseHpack(code: HpackUsageCode, message: string): never {
  throw new UsageError(code, message);
}
