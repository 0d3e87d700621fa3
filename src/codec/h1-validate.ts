// The HTTP/1.1 start line, as a sender may generate it: RFC 9110 section 9.1, RFC 9112 sections 3.2
// and 4. Nothing here is lenient: what passes is what our own strict receiver accepts (grammar.ts).
// Rules: H1-028.

import {
  isFieldValue,
  isHostValue,
  isMethod,
  isPlainPath,
  isScheme,
  isStatus,
  pathFault,
  portStart,
  valueFault,
} from "./grammar.js";
import { quoted, refuse } from "./h1-usage.js";

/**
 * Any token, but PRI, which belongs to the HTTP/2 preface (RFC 9113 section 11.6).
 * @throws UsageError H1_METHOD_INVALID
 */
export function validateMethod(method: string): void {
  if (!isMethod(method)) refuse("H1_METHOD_INVALID", `${quoted(String(method))} is no method`);
}

/** @throws UsageError H1_STATUS_INVALID unless it is a whole number from 100 to 599. */
export function validateStatus(status: number): void {
  if (!isStatus(status)) {
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
  if (isPlainPath(target)) return null;
  if (target.charCodeAt(0) === 0x2f) {
    validatePath(target);
    return null;
  }
  if (target !== "*") return absoluteForm(target);
  if (method !== "OPTIONS") refuse("H1_TARGET_FORM_INVALID", "the target * belongs to OPTIONS");
  return null;
}

function validatePath(path: string): void {
  const fault = pathFault(path);
  if (fault !== null) refuse("H1_TARGET_INVALID", `the target ${fault}`);
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
  if (colon < 1 || !isScheme(scheme)) {
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
