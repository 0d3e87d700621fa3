// Characters of the HTTP/1.1 start line and fields, as a sender may generate them: RFC 9110
// sections 5.5, 5.6.2 and 9.1, RFC 9112 sections 3.2 and 4, RFC 3986 appendix A. Nothing here is
// lenient: what passes is what our own strict receiver accepts. Every check is linear: one class,
// no nested repetition.
// Rules: H1-028.

import { quoted, refuse } from "./h1-usage.js";

const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const NOT_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const NOT_PATH = /[^!$&'()*+,\-./0-9:;=?@A-Z_a-z~%]/;
const NOT_REG_NAME = /[^!$&'()*+\-.0-9;=A-Z_a-z~%]/;
/** What nearly every target and every Host is; the rest is looked at part by part. */
const PLAIN_PATH = /^\/[!$&'()*+,\-./0-9:;=?@A-Z_a-z~]*$/;
const PLAIN_HOST = /^[-.0-9A-Za-z]+(?::[0-9]{1,4})?$/;
const NOT_SCHEME = /[^+\-.0-9A-Za-z]/;
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
  return !NOT_VALUE.test(text) && !isPadded(text);
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
 * @throws UsageError H1_METHOD_INVALID
 */
export function validateMethod(method: string): void {
  if (METHODS.has(method)) return;
  if (typeof method !== "string" || !isToken(method) || method === "PRI") {
    refuse("H1_METHOD_INVALID", `${quoted(String(method))} is no method`);
  }
}

/** @throws UsageError H1_STATUS_INVALID unless it is a whole number from 100 to 599. */
export function validateStatus(status: number): void {
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    refuse("H1_STATUS_INVALID", `${quoted(String(status))} is not a status code from 100 to 599`);
  }
}

/** @throws UsageError H1_REASON_INVALID; an empty reason phrase is good (RFC 9112 section 4). */
export function validateReason(reason: string): void {
  if (typeof reason !== "string") refuse("H1_REASON_INVALID", "the reason phrase is not a string");
  if (!isFieldValue(reason)) refuse("H1_REASON_INVALID", `the reason phrase ${valueFault(reason)}`);
}

/**
 * A request target in the form that its method asks for (RFC 9112 section 3.2): authority-form for
 * CONNECT, asterisk-form for OPTIONS only, else origin-form or absolute-form. Percent escapes must
 * be whole, a fragment, userinfo (RFC 9110 section 4.2.4) and every octet outside RFC 3986 are
 * refused.
 * @returns the authority of an absolute-form target, which Host must repeat; null for the other
 * forms.
 * @throws UsageError H1_TARGET_INVALID, H1_TARGET_FORM_INVALID
 */
export function validateTarget(method: string, target: string): string | null {
  if (typeof target !== "string" || target === "")
    refuse("H1_TARGET_INVALID", "the target is empty");
  if (method === "CONNECT") return authorityForm(target);
  if (PLAIN_PATH.test(target)) return null;
  if (target.charCodeAt(0) === 0x2f) {
    validatePath(target);
    return null;
  }
  if (target !== "*") return absoluteForm(target);
  if (method !== "OPTIONS") refuse("H1_TARGET_FORM_INVALID", "the target * belongs to OPTIONS");
  return null;
}

/** Path and query, the octets alone: where "/" and "?" stand does not matter to the grammar. */
function validatePath(path: string): void {
  if (NOT_PATH.test(path)) {
    const octet = path.charAt(path.search(NOT_PATH));
    refuse("H1_TARGET_INVALID", `the target has ${quoted(octet)}; escape it`);
  }
  if (path.includes("%") && BAD_ESCAPE.test(path)) {
    refuse("H1_TARGET_INVALID", "a % of the target is not followed by two hexadecimal digits");
  }
}

function authorityForm(target: string): null {
  const port = portStart(target);
  const good = isHostValue(target) && port > 0 && port < target.length;
  if (!good) refuse("H1_TARGET_FORM_INVALID", "the target of CONNECT is not host:port");
  return null;
}

function absoluteForm(target: string): string {
  const colon = target.indexOf("://");
  const scheme = target.slice(0, colon);
  if (colon < 1 || NOT_SCHEME.test(scheme) || !/^[A-Za-z]/.test(scheme)) {
    refuse("H1_TARGET_FORM_INVALID", "the target is neither /path nor scheme://authority");
  }
  const start = colon + 3;
  const length = target.slice(start).search(/[/?#]/);
  const end = length < 0 ? target.length : start + length;
  const authority = target.slice(start, end);
  if (authority.includes("@")) {
    refuse("H1_TARGET_INVALID", "the target has userinfo; send credentials in Authorization");
  }
  if (authority === "" || !isHostValue(authority)) {
    refuse("H1_TARGET_INVALID", "the target's authority is not host[:port]");
  }
  validatePath(target.slice(end));
  return authority;
}

/** Where the digits of a port begin: behind the colon after the host; 0 where there is none. */
function portStart(authority: string): number {
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
