// A structured item that is a boolean (RFC 8941 section 3.3.6), which is what Capsule-Protocol is (RFC 9297 section 3.4).
// Rules: H3-CAP-6.

import { StructuredReader } from "./structured-field.js";

/**
 * Whether the value is ?1 or ?0; parameters say nothing. Several field lines are joined by ", " first.
 * @returns null where it is an item of another type, or no item: then the field is as if it were not there
 */
export function parseBoolean(value: string): boolean | null {
  if (value === "?1") return true;
  const reader = new StructuredReader(value);
  const item = reader.item();
  reader.skipSpaces();
  if (!reader.isAtEnd || item === null || !item.startsWith("?")) return null;
  return item === "?1";
}
