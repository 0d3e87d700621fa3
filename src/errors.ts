// ProtocolError (a peer's mistake, always an event) and UsageError (the caller's mistake, always
// thrown), and ONE table: code -> text, rule of the rule list, RFC section, scope, suggested status.
// Rules: H1-009.

import { ErrorCode } from "./abi/error-code.js";

/** How far an error reaches: the message, one stream, or the whole connection. */
export type ErrorScope = "message" | "stream" | "connection";

/** What one code means. */
export interface ErrorInfo {
  /** What is wrong, and what to do about it where that can be said. */
  readonly text: string;
  /** Row of the rule lists: "H1-099". */
  readonly rule: string;
  /** "RFC 9112 section 7.1". */
  readonly rfc: string;
  /** What a server should answer, or null. */
  readonly status: number | null;
}

/** Stable names of all error codes. */
export type ErrorName = Exclude<keyof typeof ErrorCode, "NONE">;

const H = "RFC 9112 section ";
const S = "RFC 9110 section ";

const info = (text: string, rule: string, rfc: string, status: number | null = 400): ErrorInfo => ({
  text,
  rule,
  rfc,
  status,
});

/** The one table of what each code means. A code without a row is a type error. */
export const ERRORS: Readonly<Record<ErrorName, ErrorInfo>> = {
  H1_EMPTY_LINES_TOO_MANY: info(
    "more empty lines than allowed before a start line",
    "H1-006",
    `${H}2.2`,
  ),
  H1_METHOD_INVALID: info("the method is not a token", "H1-020", `${S}9.1`),
  H1_METHOD_TOO_LONG: info(
    "the method is longer than the limit methodLength",
    "H1-021",
    `${H}3`,
    501,
  ),
  H1_REQUEST_LINE_INVALID: info(
    "the request line is not: method SP target SP version",
    "H1-018",
    `${H}3`,
  ),
  H1_TARGET_INVALID: info(
    "the request target has an octet or escape that RFC 3986 does not allow",
    "H1-025",
    `${H}3.2`,
  ),
  H1_TARGET_TOO_LONG: info(
    "the request target is longer than the limit targetLength",
    "H1-022",
    `${H}3`,
    414,
  ),
  H1_TARGET_FORM_INVALID: info(
    "this form of request target is not allowed with this method",
    "H1-025",
    `${H}3.2`,
  ),
  H1_CONNECT_TARGET_INVALID: info("the target of CONNECT is not host:port", "H1-030", `${S}9.3.6`),
  H1_TARGET_HOST_INVALID: info(
    "the host in the request target is empty or invalid",
    "H1-036",
    `${S}4.2.1`,
  ),
  H1_TARGET_USERINFO: info(
    "the request target has a password in its userinfo",
    "H1-035",
    `${S}4.2.4`,
  ),
  H1_VERSION_INVALID: info("the HTTP version is not HTTP/DIGIT.DIGIT", "H1-011", `${H}2.3`),
  H1_VERSION_UNSUPPORTED: info("the major HTTP version is not 1", "H1-013", `${S}15.6.6`, 505),
  H1_HTTP09_REFUSED: info(
    "a request line without a version (HTTP/0.9) is refused",
    "H1-016",
    `${H}C`,
  ),
  H1_PREFACE_INVALID: info(
    "PRI is reserved for the HTTP/2 connection preface",
    "H1-017",
    "RFC 9113 section 3.4",
  ),
  H1_HTTP2_PREFACE: info(
    "the client speaks HTTP/2; handOverPreface gives its bytes to another connection",
    "H1-017",
    "RFC 9113 section 3.4",
    505,
  ),

  H1_STATUS_LINE_INVALID: info(
    "the status line is not: version SP 3DIGIT SP reason",
    "H1-039",
    `${H}4`,
    502,
  ),
  H1_STATUS_CODE_INVALID: info("the status code is not in 100 to 599", "H1-043", `${S}15`, 502),
  H1_STATUS_SPACE_MISSING: info("no space after the status code", "H1-040", `${H}4`, 502),
  H1_REASON_INVALID: info("the reason phrase has a control character", "H1-039", `${H}4`, 502),
  H1_STATUS_LINE_TOO_LONG: info(
    "the status line is longer than the limit statusLineLength",
    "H1-061",
    `${S}5.4`,
    502,
  ),

  H1_BARE_CR: info("CR without LF", "H1-003", `${H}2.2`),
  H1_BARE_LF: info("LF without CR", "H1-002", `${H}2.2`),
  H1_FIELD_NAME_INVALID: info("the field name is empty or not a token", "H1-044", `${H}5`),
  H1_FIELD_COLON_MISSING: info("a field line without a colon", "H1-044", `${H}5`),
  H1_SPACE_BEFORE_COLON: info("whitespace between field name and colon", "H1-045", `${H}5.1`),
  H1_SPACE_BEFORE_FIRST_FIELD: info(
    "whitespace between start line and first field",
    "H1-008",
    `${H}2.2`,
  ),
  H1_OBS_FOLD: info("a field value is folded over lines", "H1-052", `${H}5.2`),
  H1_FIELD_VALUE_NUL: info("NUL in a field value", "H1-048", `${S}5.5`),
  H1_FIELD_VALUE_INVALID: info("a control character in a field value", "H1-049", `${S}5.5`),
  H1_FIELD_LINE_TOO_LONG: info(
    "a field line is longer than the limit fieldLineLength",
    "H1-061",
    `${S}5.4`,
    431,
  ),
  H1_FIELD_SECTION_TOO_LARGE: info(
    "the fields are longer than the limit fieldSectionLength",
    "H1-061",
    `${S}5.4`,
    431,
  ),
  H1_FIELD_COUNT_TOO_LARGE: info("more fields than the limit fieldCount", "H1-061", `${S}5.4`, 431),
  H1_HOST_MISSING: info("an HTTP/1.1 request without Host", "H1-067", `${H}3.2`),
  H1_HOST_REPEATED: info("more than one Host", "H1-067", `${H}3.2`),
  H1_HOST_INVALID: info("the value of Host is not uri-host [ : port ]", "H1-067", `${H}3.2`),

  H1_CONTENT_LENGTH_INVALID: info("Content-Length is not decimal digits only", "H1-084", `${S}8.6`),
  H1_CONTENT_LENGTH_CONFLICT: info("different values of Content-Length", "H1-077", `${H}6.3`),
  H1_CONTENT_LENGTH_REPEATED: info("the same Content-Length more than once", "H1-077", `${H}6.3`),
  H1_CONTENT_LENGTH_TOO_LARGE: info("Content-Length is above 2^53 - 1", "H1-083", `${S}8.6`, 413),
  H1_TRANSFER_ENCODING_INVALID: info(
    "Transfer-Encoding is not a list of codings",
    "H1-076",
    `${H}6.1`,
  ),
  H1_TRANSFER_ENCODING_NOT_CHUNKED: info(
    "the last transfer coding of a request is not chunked",
    "H1-076",
    `${H}6.3`,
  ),
  H1_CHUNKED_REPEATED: info("chunked more than once", "H1-090", `${H}6.1`),
  H1_CHUNKED_PARAMETERS: info("chunked with parameters", "H1-095", `${H}7`),
  H1_LENGTH_AND_TRANSFER_ENCODING: info(
    "both Content-Length and Transfer-Encoding",
    "H1-071",
    `${H}6.3`,
  ),
  H1_TRANSFER_ENCODING_IN_HTTP10: info(
    "Transfer-Encoding in an HTTP/1.0 message",
    "H1-087",
    `${H}6.1`,
  ),
  H1_BODY_TOO_LARGE: info(
    "the content is longer than the limit bodyLength",
    "H1-079",
    `${S}15.5.14`,
    413,
  ),

  H1_CHUNK_SIZE_INVALID: info(
    "a chunk does not begin with hexadecimal digits and CRLF",
    "H1-097",
    `${H}7.1`,
  ),
  H1_CHUNK_SIZE_TOO_LARGE: info(
    "a chunk size is above 2^53 - 1 or has too many digits",
    "H1-098",
    `${H}7.1`,
  ),
  H1_CHUNK_EXTENSION_INVALID: info(
    "a chunk extension does not follow the grammar",
    "H1-102",
    `${H}7.1.1`,
  ),
  H1_CHUNK_EXTENSIONS_TOO_LARGE: info(
    "chunk extensions are longer than the limit chunkExtensionsLength",
    "H1-103",
    `${H}7.1.1`,
  ),
  H1_CHUNK_OVERHEAD: info(
    "chunk headers outweigh the data by more than the limit chunkOverheadRatio",
    "H1-108",
    `${H}7.1`,
  ),
  H1_CHUNK_END_MISSING: info("chunk data is not followed by CRLF", "H1-099", `${H}7.1`),
  H1_TRAILER_SECTION_TOO_LARGE: info(
    "the trailers are longer than the limit trailerSectionLength",
    "H1-107",
    `${S}5.4`,
    431,
  ),
  H1_TRAILER_COUNT_TOO_LARGE: info(
    "more trailers than the limit trailerCount",
    "H1-107",
    `${S}5.4`,
    431,
  ),

  H1_HEAD_INCOMPLETE: info("the connection ended inside a head", "H1-112", `${H}8`),
  H1_BODY_INCOMPLETE: info("the connection ended inside the content", "H1-112", `${H}8`),
  H1_UNSOLICITED_RESPONSE: info("bytes that answer no request", "H1-116", `${H}9.2`, null),
  H1_DATA_AFTER_CLOSE: info(
    "bytes after the last message of the connection",
    "H1-119",
    `${H}9.6`,
    null,
  ),
  H1_UPGRADE_MISSING: info("101 without an Upgrade field", "H1-128", `${S}7.8`, 502),
  H1_HELD_TOO_LARGE: info(
    "more bytes than the limit heldLength wait behind unanswered requests",
    "H1-118",
    `${H}9.3.2`,
    null,
  ),
  H1_ENGINE_TRAP: info(
    "the engine trapped on this connection; please report the bytes",
    "H1-001",
    `${H}2.2`,
    500,
  ),
};

/** A peer broke the protocol. Never thrown by a connection: it is the last event of its scope. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  /** Stable name: "H1_CHUNK_SIZE_INVALID". */
  readonly code: ErrorName;
  readonly scope: ErrorScope;
  /** Row of the rule lists. */
  readonly rule: string;
  /** RFC and section. */
  readonly rfc: string;
  /** Bytes of this connection before the offending one. */
  readonly offset: number;
  /** What a server should answer, or null. */
  readonly status: number | null;
  /** Error code for the wire of HTTP/2 and HTTP/3; null on HTTP/1.1. */
  readonly wireCode: number | null = null;
  /** The exchange it belongs to, or null. */
  readonly streamId: number | null;

  constructor(
    code: ErrorCode,
    offset: number,
    streamId: number | null,
    scope: ErrorScope = "connection",
  ) {
    const name = ErrorCode[code] as ErrorName;
    const { text, rule, rfc, status } = ERRORS[name];
    super(`${name}: ${text} (${rfc}, ${rule}, at byte ${offset})`);
    this.code = name;
    this.scope = scope;
    this.rule = rule;
    this.rfc = rfc;
    this.offset = offset;
    this.status = status;
    this.streamId = streamId;
  }
}

/** The caller used the library wrongly. Thrown at once; nothing has changed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Stable name: "H1_HEADER_NAME_INVALID". */
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}
