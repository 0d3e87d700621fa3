// ProtocolError (a peer's mistake, always an event) and UsageError (the caller's mistake, always
// thrown), and ONE table: code -> text, rule of the rule list, RFC section, scope, suggested status.
// Rules: H1-009.

import { ErrorCode } from "./abi/error-code.js";
import { WireCode } from "./abi/h2-tape.js";

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
  /** Error code for RST_STREAM and GOAWAY (RFC 9113 section 7); null on HTTP/1.1. */
  readonly wireCode: number | null;
  /** How far it reaches where the place of the error does not say. */
  readonly scope: ErrorScope;
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
  wireCode: null,
  scope: "connection",
});

const P = "RFC 9113 section ";
const C = "RFC 7541 section ";

const wire = (
  text: string,
  rule: string,
  rfc: string,
  wireCode: number | null,
  status: number | null,
  scope: ErrorScope,
): ErrorInfo => ({ text, rule, rfc, status, wireCode, scope });

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

  HPACK_INDEX_INVALID: wire(
    "an index is 0 or behind the end of the tables",
    "HP-005",
    `${C}2.3.3`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_INTEGER_INVALID: wire(
    "an integer is above 2^32 - 1 or longer than six octets",
    "HP-018",
    `${C}5.1`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_TRUNCATED: wire(
    "the field block ends inside a representation",
    "HP-019",
    `${C}5.1`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_HUFFMAN_EOS: wire(
    "a Huffman string contains the EOS symbol",
    "HP-025",
    `${C}5.2`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_HUFFMAN_PADDING: wire(
    "the padding of a Huffman string is longer than 7 bits or not all ones",
    "HP-023",
    `${C}5.2`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_TABLE_SIZE_INVALID: wire(
    "a dynamic table size update is above the maximum that was agreed",
    "HP-013",
    `${C}6.3`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_TABLE_SIZE_MISPLACED: wire(
    "a dynamic table size update behind a field",
    "HP-010",
    `${C}4.2`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_TABLE_SIZE_MISSING: wire(
    "the table must shrink, and the block does not begin with a size update that says so",
    "H2-027",
    `${P}4.3.1`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_TABLE_SIZE_REPEATED: wire(
    "more than two dynamic table size updates in one block",
    "HP-011",
    `${C}4.2`,
    WireCode.CompressionError,
    null,
    "connection",
  ),
  HPACK_LIST_TOO_LARGE: wire(
    "the decoded list is longer than maxListSize",
    "HP-022",
    `${C}5.2`,
    WireCode.CompressionError,
    431,
    "connection",
  ),
  HPACK_FIELD_COUNT_TOO_LARGE: wire(
    "more fields than maxFields",
    "HP-022",
    `${C}7.3`,
    WireCode.CompressionError,
    431,
    "connection",
  ),

  H2_PREFACE_INVALID: wire(
    "the first octets are not the client connection preface",
    "H2-001",
    `${P}3.4`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_SETTINGS_EXPECTED: wire(
    "the first frame is not SETTINGS",
    "H2-003",
    `${P}3.4`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_HTTP1_RESPONSE: wire(
    "the server answers in HTTP/1.x; it does not speak HTTP/2 on this port",
    "H2-004",
    `${P}3.4`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_FRAME_TOO_LARGE: wire(
    "a frame is longer than our SETTINGS_MAX_FRAME_SIZE",
    "H2-016",
    `${P}4.2`,
    WireCode.FrameSizeError,
    null,
    "connection",
  ),
  H2_FRAME_LENGTH_INVALID: wire(
    "the length of a frame does not fit its type",
    "H2-018",
    `${P}4.2`,
    WireCode.FrameSizeError,
    null,
    "connection",
  ),
  H2_STREAM_ID_ZERO: wire(
    "this frame type belongs to a stream and came on stream 0",
    "H2-070",
    `${P}6.1`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_STREAM_ID_NOT_ZERO: wire(
    "this frame type belongs to the connection and came on a stream",
    "H2-096",
    `${P}6.5`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_PADDING_INVALID: wire(
    "the padding is as long as the payload or longer",
    "H2-072",
    `${P}6.1`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_CONTINUATION_EXPECTED: wire(
    "a field block is interrupted by another frame",
    "H2-021",
    `${P}4.3`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_CONTINUATION_UNEXPECTED: wire(
    "CONTINUATION without a field block under way",
    "H2-145",
    `${P}6.10`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_WINDOW_INCREMENT_ZERO: wire(
    "WINDOW_UPDATE with an increment of 0",
    "H2-139",
    `${P}6.9`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_SETTING_INVALID: wire(
    "a setting has a value that is not allowed",
    "H2-101",
    `${P}6.5.2`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_SETTING_WINDOW_INVALID: wire(
    "SETTINGS_INITIAL_WINDOW_SIZE is above 2^31 - 1",
    "H2-103",
    `${P}6.5.2`,
    WireCode.FlowControlError,
    null,
    "connection",
  ),
  H2_SELF_DEPENDENCY: wire(
    "a stream depends on itself",
    "H2-087",
    "RFC 7540 section 5.3.1",
    WireCode.ProtocolError,
    null,
    "stream",
  ),

  H2_STREAM_IDLE: wire(
    "a frame on a stream that was never opened",
    "H2-030",
    `${P}5.1`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_STREAM_ID_INVALID: wire(
    "a new stream has an identifier of the wrong parity or one that is not above the last",
    "H2-047",
    `${P}5.1.1`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_STREAM_CLOSED: wire(
    "a frame on a stream that is closed, or that the peer has ended",
    "H2-036",
    `${P}5.1`,
    WireCode.StreamClosed,
    null,
    "stream",
  ),
  H2_STREAM_STATE_INVALID: wire(
    "this frame is not allowed in the state of its stream",
    "H2-043",
    `${P}5.1`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_STREAM_REFUSED: wire(
    "more streams at a time than SETTINGS_MAX_CONCURRENT_STREAMS",
    "H2-050",
    `${P}5.1.2`,
    WireCode.RefusedStream,
    null,
    "stream",
  ),
  H2_PUSH_FORBIDDEN: wire(
    "PUSH_PROMISE from a client, or after push was switched off",
    "H2-114",
    `${P}8.4`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_PROMISED_ID_INVALID: wire(
    "the promised stream cannot be opened by a server now",
    "H2-119",
    `${P}6.6`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_PUSH_INVALID: wire(
    "the promised request is unsafe, incomplete or has content",
    "H2-123",
    `${P}8.4.1`,
    WireCode.ProtocolError,
    null,
    "stream",
  ),
  H2_GOAWAY_RAISED: wire(
    "a second GOAWAY raises the last stream identifier",
    "H2-133",
    `${P}6.8`,
    WireCode.ProtocolError,
    null,
    "connection",
  ),
  H2_PRIORITY_UPDATE_INVALID: wire(
    "PRIORITY_UPDATE that this endpoint cannot receive, or for a stream that cannot be",
    "PU-008",
    "RFC 9218 section 7.1",
    WireCode.ProtocolError,
    null,
    "connection",
  ),

  H2_STREAM_WINDOW_EXCEEDED: wire(
    "DATA exceeds the window of its stream",
    "H2-055",
    `${P}6.9.1`,
    WireCode.FlowControlError,
    null,
    "stream",
  ),
  H2_CONNECTION_WINDOW_EXCEEDED: wire(
    "DATA exceeds the window of the connection",
    "H2-056",
    `${P}6.9.1`,
    WireCode.FlowControlError,
    null,
    "connection",
  ),
  H2_STREAM_WINDOW_OVERFLOW: wire(
    "the window of a stream would be above 2^31 - 1",
    "H2-060",
    `${P}6.9.1`,
    WireCode.FlowControlError,
    null,
    "stream",
  ),
  H2_CONNECTION_WINDOW_OVERFLOW: wire(
    "the window of the connection would be above 2^31 - 1",
    "H2-061",
    `${P}6.9.1`,
    WireCode.FlowControlError,
    null,
    "connection",
  ),
  H2_SETTING_WINDOW_OVERFLOW: wire(
    "SETTINGS_INITIAL_WINDOW_SIZE raises the window of a stream above 2^31 - 1",
    "H2-064",
    `${P}6.9.2`,
    WireCode.FlowControlError,
    null,
    "connection",
  ),

  H2_FIELD_NAME_INVALID: wire(
    "a field name is empty, has an upper-case letter or an octet that is no token",
    "H2-166",
    `${P}8.2.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_FIELD_VALUE_INVALID: wire(
    "a field value has NUL, CR, LF or another control character, or whitespace at an end",
    "H2-171",
    `${P}8.2.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_CONNECTION_FIELD: wire(
    "a field that is specific to an HTTP/1.1 connection",
    "H2-175",
    `${P}8.2.2`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_TE_INVALID: wire(
    "te is not exactly trailers, or it is in a response",
    "H2-176",
    `${P}8.2.2`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PSEUDO_UNKNOWN: wire(
    "an undefined pseudo-header field",
    "H2-181",
    `${P}8.3`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PSEUDO_MISPLACED: wire(
    "a pseudo-header field behind a regular field",
    "H2-183",
    `${P}8.3`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PSEUDO_REPEATED: wire(
    "a pseudo-header field more than once",
    "H2-184",
    `${P}8.3`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PSEUDO_WRONG: wire(
    "a request pseudo-header field in a response, or :status in a request",
    "H2-182",
    `${P}8.3`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PSEUDO_MISSING: wire(
    ":method, :scheme, :path or :status is missing",
    "H2-185",
    `${P}8.3.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PSEUDO_IN_TRAILERS: wire(
    "a pseudo-header field in trailers",
    "H2-157",
    `${P}8.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_METHOD_INVALID: wire(
    ":method is not a token",
    "H2-188",
    `${P}8.3.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_SCHEME_INVALID: wire(
    ":scheme does not follow the grammar",
    "H2-189",
    `${P}8.3.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PATH_INVALID: wire(
    ":path is empty, does not begin with / or has an octet that no target may have",
    "H2-187",
    `${P}8.3.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_AUTHORITY_INVALID: wire(
    ":authority or host is empty, has userinfo, or is not host[:port]",
    "H2-191",
    `${P}8.3.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_HOST_DIFFERS: wire(
    "host differs from :authority, or occurs twice",
    "H2-192",
    `${P}8.3.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_STATUS_INVALID: wire(
    ":status is not three digits from 100 to 599",
    "H2-194",
    `${P}8.3.2`,
    WireCode.ProtocolError,
    502,
    "stream",
  ),
  H2_STATUS_SWITCHING: wire(
    "101 does not exist in HTTP/2",
    "H2-164",
    `${P}8.6`,
    WireCode.ProtocolError,
    502,
    "stream",
  ),
  H2_CONTENT_LENGTH_INVALID: wire(
    "content-length is not decimal digits, or two of them differ",
    "H2-161",
    `${S}8.6`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_CONTENT_LENGTH_MISMATCH: wire(
    "content-length is not the number of bytes in DATA frames",
    "H2-158",
    `${P}8.1.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_INFORMATIONAL_END: wire(
    "an informational response ends the stream",
    "H2-156",
    `${P}8.1`,
    WireCode.ProtocolError,
    502,
    "stream",
  ),
  H2_MESSAGE_ORDER: wire(
    "DATA before the final head or behind trailers, or trailers that do not end the stream",
    "H2-155",
    `${P}8.1`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_CONNECT_INVALID: wire(
    "CONNECT with :scheme or :path, or without host:port in :authority",
    "H2-195",
    `${P}8.5`,
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_PROTOCOL_INVALID: wire(
    ":protocol without CONNECT, or without SETTINGS_ENABLE_CONNECT_PROTOCOL",
    "XC-004",
    "RFC 8441 section 4",
    WireCode.ProtocolError,
    400,
    "stream",
  ),
  H2_FIELD_SECTION_TOO_LARGE: wire(
    "the fields are longer than the limit fieldSectionLength",
    "H2-199",
    `${P}10.5.1`,
    WireCode.EnhanceYourCalm,
    431,
    "stream",
  ),
  H2_FIELD_COUNT_TOO_LARGE: wire(
    "more fields than the limit fieldCount",
    "H2-179",
    `${P}10.5.1`,
    WireCode.EnhanceYourCalm,
    431,
    "stream",
  ),
  H2_BODY_TOO_LARGE: wire(
    "the content is longer than the limit bodyLength",
    "H2-158",
    `${S}15.5.14`,
    WireCode.EnhanceYourCalm,
    413,
    "stream",
  ),
  H2_HEADER_MEMORY: wire(
    "the fields of open messages are longer than the limit headerMemory",
    "H2-179",
    `${P}10.5.1`,
    WireCode.EnhanceYourCalm,
    431,
    "stream",
  ),

  H2_FIELD_BLOCK_TOO_LARGE: wire(
    "a field block, compressed, is longer than the limit fieldBlockLength",
    "H2-147",
    `${P}10.5.1`,
    WireCode.EnhanceYourCalm,
    null,
    "connection",
  ),
  H2_CONTINUATION_FLOOD: wire(
    "a field block in more frames than the limit continuationCount",
    "H2-147",
    `${P}10.5.1`,
    WireCode.EnhanceYourCalm,
    null,
    "connection",
  ),
  H2_RESET_FLOOD: wire(
    "more streams reset, by either side, than the limits resetBurst and resetRate",
    "H2-095",
    `${P}10.5`,
    WireCode.EnhanceYourCalm,
    null,
    "connection",
  ),
  H2_CONTROL_FLOOD: wire(
    "frames that carry little or nothing, beyond the limit controlBudget",
    "H2-076",
    `${P}10.5`,
    WireCode.EnhanceYourCalm,
    null,
    "connection",
  ),
  H2_SETTINGS_TOO_MANY: wire(
    "more settings in one frame than the limit settingsCount",
    "H2-113",
    `${P}10.5`,
    WireCode.EnhanceYourCalm,
    null,
    "connection",
  ),
  H2_OUTBOUND_FLOOD: wire(
    "the peer does not read what it asks for: limit outboundControlLength",
    "H2-113",
    `${P}10.5`,
    WireCode.EnhanceYourCalm,
    null,
    "connection",
  ),
  H2_PUSH_FLOOD: wire(
    "more promised streams than the limit pushReservedCount",
    "H2-125",
    `${P}10.5`,
    WireCode.EnhanceYourCalm,
    null,
    "stream",
  ),
  H2_SETTINGS_TIMEOUT: wire(
    "our SETTINGS were not acknowledged in time",
    "H2-111",
    `${P}6.5.3`,
    WireCode.SettingsTimeout,
    null,
    "connection",
  ),
  H2_CONNECTION_INCOMPLETE: wire(
    "the connection ended inside the preface, a frame or a message",
    "H2-148",
    `${P}5.4.1`,
    null,
    null,
    "connection",
  ),
  H2_FIELD_BLOCK_TIMEOUT: wire(
    "a field block was begun and not finished in time",
    "H2-147",
    `${P}10.5`,
    WireCode.EnhanceYourCalm,
    408,
    "connection",
  ),
  H2_ENGINE_TRAP: wire(
    "the engine trapped on this connection; please report the bytes",
    "H2-148",
    `${P}5.4.1`,
    WireCode.InternalError,
    500,
    "connection",
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
  readonly wireCode: number | null;
  /** The exchange it belongs to, or null. */
  readonly streamId: number | null;

  constructor(
    code: ErrorCode,
    offset: number,
    streamId: number | null,
    scope?: ErrorScope,
    wireCode?: number,
  ) {
    const name = ErrorCode[code] as ErrorName;
    const info = ERRORS[name];
    const { text, rule, rfc, status } = info;
    super(`${name}: ${text} (${rfc}, ${rule}, at byte ${offset})`);
    this.code = name;
    this.scope = scope ?? info.scope;
    this.rule = rule;
    this.rfc = rfc;
    this.offset = offset;
    this.status = status;
    this.wireCode = wireCode ?? info.wireCode;
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
