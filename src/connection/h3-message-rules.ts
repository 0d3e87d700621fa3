// What a field section of the peer must have in HTTP/3: the rules of both protocols with streams (message-rules.ts) with
// codes of HTTP/3, and what RFC 9114 says beyond them.
// Rules: H3-MSG-1, H3-MSG-2, H3-MSG-3, H3-MSG-4, H3-MSG-5, H3-MSG-6, H3-MSG-7, H3-MSG-8, H3-MSG-9, H3-MSG-10,
// H3-MSG-11, H3-MSG-12, H3-MSG-13, H3-MSG-14, H3-MSG-15, H3-MSG-16, H3-MSG-17, H3-MSG-18, H3-MSG-19, H3-MSG-21,
// H3-MSG-23, H3-MSG-25, H3-CAP-5.

import { ErrorCode, MESSAGE_CODES_H3 } from "../abi/error-code.js";
import { SectionFlag } from "../abi/field-tape.js";
import type { FieldSection } from "../codec/field-section.js";
import { promiseFault, requestFault, responseFault, trailersFault } from "./message-rules.js";

export { contentLengthOf } from "./message-rules.js";

/** The same mistake, by its name in HTTP/3. */
function h3(code: ErrorCode): ErrorCode {
  return code === ErrorCode.NONE ? code : code + MESSAGE_CODES_H3;
}

/** The first violation in a request head, or ErrorCode.NONE. */
export function h3RequestFault(section: FieldSection, connectProtocol: boolean): ErrorCode {
  const fault = requestFault(section, connectProtocol);
  return fault === ErrorCode.NONE ? authorityFault(section) : h3(fault);
}

/** A request for http or https says whose it is (RFC 9114 section 4.3.1). */
function authorityFault(section: FieldSection): ErrorCode {
  if ((section.flags & (SectionFlag.Authority | SectionFlag.Host)) !== 0) return ErrorCode.NONE;
  const { scheme } = section;
  const isHttp = scheme === "https" || scheme === "http";
  return isHttp ? ErrorCode.H3_PSEUDO_MISSING : ErrorCode.NONE;
}

/** The first violation in a response head. */
export function h3ResponseFault(section: FieldSection): ErrorCode {
  return h3(responseFault(section));
}

/** The first violation in a trailer section. */
export function h3TrailersFault(
  section: FieldSection,
  limits: { readonly trailerSectionLength: number; readonly trailerCount: number },
): ErrorCode {
  return h3(trailersFault(section, limits));
}

/** The first violation in a promised request. */
export function h3PromiseFault(section: FieldSection): ErrorCode {
  const fault = promiseFault(section);
  return fault === ErrorCode.H2_PUSH_INVALID ? ErrorCode.H3_PUSH_INVALID : h3(fault);
}

/** Upgrade tokens whose content is capsules (RFC 9298, RFC 9484, drafts of WebTransport). */
const WITH_CAPSULES: ReadonlySet<string> = new Set([
  "webtransport",
  "webtransport-h3",
  "connect-udp",
  "connect-ip",
  "connect-ethernet",
]);

/** Whether an extended CONNECT with this protocol has capsules whatever its fields say. */
export function hasCapsules(protocol: string): boolean {
  return WITH_CAPSULES.has(protocol);
}

/** Whether a CONNECT with this protocol makes a WebTransport session. */
export function isWebTransport(protocol: string): boolean {
  return protocol === "webtransport" || protocol === "webtransport-h3";
}

/** Fields that a message with capsules must not have (RFC 9297 section 3.2). */
export function capsuleFieldsFault(section: FieldSection, status: number): ErrorCode {
  const isForbidden =
    (section.flags & SectionFlag.ContentLength) !== 0 ||
    section.value("content-type") !== null ||
    status === 204 ||
    status === 205 ||
    status === 206;
  return isForbidden ? ErrorCode.H3_CAPSULE_FORBIDDEN : ErrorCode.NONE;
}
