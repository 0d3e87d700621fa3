// Which fields of a message are never indexed: the encoder's own list, and what the caller names. A proxy names those
// that came so (RFC 7541 section 6.2.3, rules HP-030, HP-031).

import { UsageError } from "../errors.js";
import type { StreamProtocol } from "./message-content.js";

/** Names of fields whose values no table on the way may keep; case does not matter. */
export type SensitiveNames = Iterable<string>;

/** As the encoder takes them. @throws UsageError for what is no list of names */
export function sensitiveSet(
  protocol: StreamProtocol,
  names: SensitiveNames | undefined,
): ReadonlySet<string> | null {
  if (names === undefined) return null;
  const isList = typeof names === "object" && names !== null && Symbol.iterator in names;
  if (!isList) throw invalid(protocol);
  const set = new Set<string>();
  for (const name of names) {
    if (typeof name !== "string") throw invalid(protocol);
    set.add(name.toLowerCase());
  }
  return set;
}

function invalid(protocol: StreamProtocol): UsageError {
  return new UsageError(`${protocol}_SENSITIVE_INVALID`, "sensitive is a list of field names");
}
