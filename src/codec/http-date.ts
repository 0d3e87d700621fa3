// HTTP dates: IMF-fixdate, the one form that a sender may generate (RFC 9110 section 5.6.7,
// H1-145).

import { refuse } from "./h1-usage.js";

/**
 * The value of Date, Last-Modified, Expires, …: "Sun, 06 Nov 1994 08:49:37 GMT". Parts of a second
 * are cut off.
 * @throws UsageError H1_DATE_INVALID for an invalid Date or a year outside 0 to 9999.
 */
export function formatHttpDate(date: Date): string {
  const year = date.getUTCFullYear();
  // NaN, which an invalid Date gives, fails both comparisons.
  if (!(year >= 0 && year <= 9999)) refuse("H1_DATE_INVALID", "not a date from year 0 to 9999");
  return date.toUTCString();
}
