// What a field section of the peer must have, beyond what the engine sees in one field: pseudo-header fields
// by kind of message, CONNECT, host against :authority, content-length (RFC 9113 section 8).
// Rules: H2-157, H2-158, H2-159, H2-161, H2-164, H2-182, H2-185, H2-186, H2-187, H2-192, H2-193, H2-194,
// H2-195, H2-176, XC-004, XC-005, H2-123.

import { ErrorCode } from "../abi/error-code.js";
import { SectionFlag } from "../abi/field-tape.js";
import type { FieldSection } from "../codec/h2.js";

const REQUEST_PSEUDO =
  SectionFlag.Method |
  SectionFlag.Scheme |
  SectionFlag.Authority |
  SectionFlag.Path |
  SectionFlag.Protocol;

/** The first violation in a request head, or ErrorCode.NONE. */
export function requestFault(section: FieldSection, connectProtocol: boolean): ErrorCode {
  const { flags } = section;
  if ((flags & SectionFlag.TooMany) !== 0) return ErrorCode.H2_FIELD_COUNT_TOO_LARGE;
  if ((flags & SectionFlag.TooLarge) !== 0) return ErrorCode.H2_FIELD_SECTION_TOO_LARGE;
  if (section.fault !== 0) return section.fault;
  if ((flags & SectionFlag.Status) !== 0) return ErrorCode.H2_PSEUDO_WRONG;
  if ((flags & SectionFlag.Method) === 0) return ErrorCode.H2_PSEUDO_MISSING;
  if ((flags & SectionFlag.Protocol) !== 0) {
    // RFC 8441 section 4: only with CONNECT, only when we said so, and then like any other request.
    if (!connectProtocol || section.method !== "CONNECT") return ErrorCode.H2_PROTOCOL_INVALID;
    if ((flags & SectionFlag.Authority) === 0) return ErrorCode.H2_PSEUDO_MISSING;
  } else if (section.method === "CONNECT") return connectFault(section);
  return targetFault(section) || hostFault(section) || contentLengthFault(section);
}

/** Plain CONNECT: host:port, and neither :scheme nor :path (RFC 9113 section 8.5). */
function connectFault(section: FieldSection): ErrorCode {
  const { flags } = section;
  if ((flags & (SectionFlag.Scheme | SectionFlag.Path)) !== 0) return ErrorCode.H2_CONNECT_INVALID;
  if ((flags & SectionFlag.Authority) === 0 || !/:\d+$/.test(section.authority))
    return ErrorCode.H2_CONNECT_INVALID;
  return hostFault(section) || contentLengthFault(section);
}

function targetFault(section: FieldSection): ErrorCode {
  const { flags } = section;
  const needed = SectionFlag.Scheme | SectionFlag.Path;
  if ((flags & needed) !== needed) return ErrorCode.H2_PSEUDO_MISSING;
  const plain = SectionFlag.PathAsterisk | SectionFlag.PathOther | SectionFlag.PathEmpty;
  if ((flags & plain) === 0) return ErrorCode.NONE;
  const { scheme } = section;
  if (scheme !== "http" && scheme !== "https") return ErrorCode.NONE;
  // "*" is the server itself, and OPTIONS alone asks about that (RFC 9113 section 8.3.1).
  if ((flags & SectionFlag.PathAsterisk) !== 0 && section.method === "OPTIONS")
    return ErrorCode.NONE;
  return ErrorCode.H2_PATH_INVALID;
}

/** host may repeat :authority, and may not say anything else (RFC 9113 section 8.3.1). */
function hostFault(section: FieldSection): ErrorCode {
  const { flags } = section;
  if ((flags & SectionFlag.HostRepeated) !== 0) return ErrorCode.H2_HOST_DIFFERS;
  const both = SectionFlag.Host | SectionFlag.Authority;
  if ((flags & both) !== both) return ErrorCode.NONE;
  const host = section.value("host") as string;
  const { authority } = section;
  if (host === authority || host.toLowerCase() === authority.toLowerCase()) return ErrorCode.NONE;
  return ErrorCode.H2_HOST_DIFFERS;
}

/** One number, however often it is said (RFC 9110 section 8.6); lists of it are no digits. */
function contentLengthFault(section: FieldSection): ErrorCode {
  if ((section.flags & SectionFlag.ContentLength) === 0) return ErrorCode.NONE;
  return Number.isSafeInteger(section.contentLength)
    ? ErrorCode.NONE
    : ErrorCode.H2_CONTENT_LENGTH_INVALID;
}

/** The content-length of a section that passed the rules, -1 = none. */
export function contentLengthOf(section: FieldSection): number {
  if ((section.flags & SectionFlag.ContentLength) === 0) return -1;
  return section.contentLength;
}

/** The first violation in a response head. */
export function responseFault(section: FieldSection): ErrorCode {
  const { flags } = section;
  if ((flags & SectionFlag.TooMany) !== 0) return ErrorCode.H2_FIELD_COUNT_TOO_LARGE;
  if ((flags & SectionFlag.TooLarge) !== 0) return ErrorCode.H2_FIELD_SECTION_TOO_LARGE;
  if (section.fault !== 0) return section.fault;
  if ((flags & REQUEST_PSEUDO) !== 0) return ErrorCode.H2_PSEUDO_WRONG;
  if ((flags & SectionFlag.Status) === 0) return ErrorCode.H2_PSEUDO_MISSING;
  if ((flags & SectionFlag.Te) !== 0) return ErrorCode.H2_TE_INVALID;
  return contentLengthFault(section);
}

/** The first violation in a trailer section. */
export function trailersFault(
  section: FieldSection,
  limits: { readonly trailerSectionLength: number; readonly trailerCount: number },
): ErrorCode {
  const { flags } = section;
  if ((flags & SectionFlag.TooMany) !== 0 || section.fieldCount > limits.trailerCount)
    return ErrorCode.H2_FIELD_COUNT_TOO_LARGE;
  if ((flags & SectionFlag.TooLarge) !== 0 || section.listSize > limits.trailerSectionLength)
    return ErrorCode.H2_FIELD_SECTION_TOO_LARGE;
  if (section.fault !== 0) return section.fault;
  if ((flags & SectionFlag.AnyPseudo) !== 0) return ErrorCode.H2_PSEUDO_IN_TRAILERS;
  if ((flags & SectionFlag.Te) !== 0) return ErrorCode.H2_TE_INVALID;
  return ErrorCode.NONE;
}

/** The first violation in a promised request: safe, complete, without content (RFC 9113 section 8.4.1). */
export function promiseFault(section: FieldSection): ErrorCode {
  const fault = requestFault(section, false);
  if (fault !== ErrorCode.NONE) return fault;
  const { method } = section;
  const isSafe = method === "GET" || method === "HEAD";
  if (!isSafe || (section.flags & SectionFlag.Authority) === 0) return ErrorCode.H2_PUSH_INVALID;
  return contentLengthOf(section) > 0 ? ErrorCode.H2_PUSH_INVALID : ErrorCode.NONE;
}
