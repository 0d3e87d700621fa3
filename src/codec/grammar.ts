// Characters of fields, targets and authorities, as a sender may generate them in any version of HTTP:
// RFC 9110 sections 5.5, 5.6.2 and 7.2, RFC 3986 appendix A. Nothing here is lenient: what passes is
// what our own strict receiver accepts. Every check is linear: one class, no nested repetition.

import { quoted } from "./quoted.js";

const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const NOT_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** What most values are free of; a class of one range is the quickest (measured: a quarter). */
const NOT_PRINTABLE = /[^ -~]/;
const NOT_PATH = /[^!$&'()*+,\-./0-9:;=?@A-Z_a-z~%]/;
const NOT_REG_NAME = /[^!$&'()*+\-.0-9;=A-Z_a-z~%]/;
/** What nearly every target and every Host is; the rest is looked at part by part. */
const PLAIN_PATH = /^\/[!$&'()*+,\-./0-9:;=?@A-Z_a-z~]*$/;
const PLAIN_HOST = /^[-.0-9A-Za-z]+(?::[0-9]{1,4})?$/;
const SCHEME = /^[A-Za-z][+\-.0-9A-Za-z]*$/;
const NOT_DIGIT = /[^0-9]/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/** Methods that need no check (RFC 9110 section 9.3, RFC 5789). */
const METHODS = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
]);

/** Whether text is a token (RFC 9110 section 5.6.2). */
export function isToken(text: string): boolean {
  return text.length > 0 && !NOT_TOKEN.test(text);
}

/**
 * Whether text has octets of a field value or reason phrase only, and no whitespace at its ends.
 */
export function isFieldValue(text: string): boolean {
  return (!NOT_PRINTABLE.test(text) || !NOT_VALUE.test(text)) && !isPadded(text);
}

/**
 * Whether text begins or ends with whitespace or a control character below it. Empty text does not.
 */
export function isPadded(text: string): boolean {
  // charCodeAt gives NaN for an empty text, and NaN is not below anything.
  return text.charCodeAt(0) <= 0x20 || text.charCodeAt(text.length - 1) <= 0x20;
}

/** What is wrong with a value that isFieldValue refuses; never the value itself. */
export function valueFault(text: string): string {
  const at = text.search(NOT_VALUE);
  if (at < 0) return "begins or ends with whitespace";
  return `has U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0")} at ${at}`;
}

/**
 * Any token, but PRI, which belongs to the HTTP/2 preface (RFC 9113 section 11.6).
 */
export function isMethod(method: string): boolean {
  if (METHODS.has(method)) return true;
  return typeof method === "string" && isToken(method) && method !== "PRI";
}

/** A whole number from 100 to 599. */
export function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 100 && status <= 599;
}

/** A whole number in decimal digits, as Content-Length has it; -1: none, or above 2^53 - 1. */
export function decimal(text: string): number {
  let number = text === "" ? Number.NaN : 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return Number.isSafeInteger(number) ? number : -1;
}

/** Whether text is a scheme (RFC 3986 section 3.1). */
export function isScheme(text: string): boolean {
  return SCHEME.test(text);
}

/** Whether path and query begin with "/" and need no closer look: no escapes. */
export function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path);
}

/**
 * What is wrong with the octets of path and query, or null; where "/" and "?" stand does not matter
 * to the grammar.
 */
export function pathFault(path: string): string | null {
  const at = path.search(NOT_PATH);
  if (at >= 0) return `has ${quoted(path.charAt(at))}; escape it`;
  if (path.includes("%") && BAD_ESCAPE.test(path))
    return "has a % that is not followed by two hexadecimal digits";
  return null;
}

/** Where the digits of a port begin: behind the colon after the host; 0 where there is none. */
export function portStart(authority: string): number {
  return authority.indexOf(":", authority.lastIndexOf("]") + 1) + 1;
}

/**
 * Whether a value is uri-host [ ":" port ], as Host has it (RFC 9110 section 7.2). Empty is good: a
 * target may have no authority. A comma is refused although RFC 3986 has it: Host is no list, and
 * some read one.
 */
export function isHostValue(value: string): boolean {
  if (PLAIN_HOST.test(value)) return true;
  const colon = portStart(value) - 1;
  const host = colon < 0 ? value : value.slice(0, colon);
  const port = colon < 0 ? "" : value.slice(colon + 1);
  if (NOT_DIGIT.test(port) || Number(port) > 65_535) return false;
  if (host === "") return value === "";
  if (host.startsWith("[")) return host.endsWith("]") && isIpLiteral(host.slice(1, -1));
  return !NOT_REG_NAME.test(host) && !BAD_ESCAPE.test(host);
}

/** IPv6address or IPvFuture, RFC 3986 section 3.2.2. */
function isIpLiteral(text: string): boolean {
  if (/^v/i.test(text)) return /^v[0-9a-f]+\.[!$&'()*+\-.0-9:;=a-z_~]+$/i.test(text);
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [i, half] of halves.entries()) {
    const count =
      half === "" && halves.length === 2 ? 0 : groupCount(half, i === halves.length - 1);
    if (count < 0) return false;
    groups += count;
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** Groups of 16 bits between colons; an IPv4 address at the very end is two. -1: not an address. */
function groupCount(text: string, isLast: boolean): number {
  const parts = text.split(":");
  let count = 0;
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) count++;
    else if (isLast && i === parts.length - 1 && isIpv4(part)) count += 2;
    else return -1;
  }
  return count;
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return (
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  );
}
