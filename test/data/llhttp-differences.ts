// Where we end otherwise than llhttp's own tests, on purpose: our outcome and the reason. Cases by id, not by content.

/** Our outcome: an error code, or "accepted". */
export interface Difference {
  ours: string;
  why: string;
}

const MODE = "llhttp's lenient mode goes further than any leniency of ours:";
const HEAD = "framing is judged when the head is complete, and this input has no end of the head";
const EMPTY = "no empty line comes before a status line but by the leniency emptyLinesBeforeStatus";
const PROTOCOL = "llhttp reads this protocol, too; we read HTTP (RFC 9112 section 2.3)";
const FRAGMENT = "a request target has no fragment (RFC 9112 section 3.2)";

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  // Requests
  "request/connection.md:107": {
    ours: "H1_DATA_AFTER_CLOSE",
    why: `${MODE} it reads requests behind one that closes, which RFC 9112 section 9.6 forbids`,
  },
  "request/connection.md:392": {
    ours: "H1_DATA_AFTER_CLOSE",
    why: `${MODE} it reads requests behind one that closes, which RFC 9112 section 9.6 forbids`,
  },
  "request/connection.md:637": {
    ours: "H1_SPACE_BEFORE_COLON",
    why: `${MODE} space before a colon of a request is never taken (RFC 9112 section 5.1)`,
  },
  "request/content-length.md:75": { ours: "accepted", why: HEAD },
  "request/content-length.md:100": { ours: "accepted", why: HEAD },
  "request/content-length.md:189": {
    ours: "H1_SPACE_BEFORE_COLON",
    why: `${MODE} space before a colon of a request is never taken (RFC 9112 section 5.1)`,
  },
  "request/content-length.md:229": {
    ours: "H1_TRANSFER_ENCODING_NOT_CHUNKED",
    why: `${MODE} a request whose last coding is not chunked has no end (RFC 9112 section 6.3)`,
  },
  "request/invalid.md:66": {
    ours: "accepted",
    why: "llhttp ties methods to protocols; any token is a method (RFC 9110 section 9.1)",
  },
  "request/invalid.md:568": {
    ours: "H1_CHUNK_SIZE_INVALID",
    why: `${MODE} bareLf never reaches chunked framing (rule H1-099)`,
  },
  "request/lenient-headers.md:109": {
    ours: "H1_BARE_CR",
    why: `${MODE} a bare CR ends a line there; to us at most it is a space`,
  },
  "request/method.md:135": {
    ours: "H1_TARGET_FORM_INVALID",
    why: "asterisk-form belongs to OPTIONS alone (RFC 9112 section 3.2.4)",
  },
  "request/method.md:372": { ours: "H1_VERSION_INVALID", why: PROTOCOL },
  "request/method.md:400": { ours: "H1_VERSION_INVALID", why: PROTOCOL },
  "request/method.md:430": { ours: "H1_VERSION_INVALID", why: PROTOCOL },
  "request/sample.md:314": {
    ours: "H1_HTTP09_REFUSED",
    why: "simple requests of HTTP/0.9 are refused (rule H1-016)",
  },
  "request/sample.md:333": {
    ours: "accepted",
    why: "each fold with the whitespace around it becomes one space; llhttp keeps the whitespace",
  },
  "request/sample.md:454": {
    ours: "H1_BARE_CR",
    why: `${MODE} a bare CR ends a line there (RFC 9112 section 2.2 forbids it)`,
  },
  "request/transfer-encoding.md:530": { ours: "H1_TARGET_INVALID", why: FRAGMENT },
  "request/transfer-encoding.md:1025": {
    ours: "H1_CHUNK_SIZE_INVALID",
    why: `${MODE} a bare CR ends a chunk line there (rule H1-099)`,
  },
  "request/uri.md:222": {
    ours: "H1_TARGET_USERINFO",
    why: "a password in a target is an error (RFC 9110 section 4.2.4), but for the leniency userinfo",
  },

  // Responses
  "response/connection.md:492": { ours: "H1_STATUS_LINE_INVALID", why: EMPTY },
  "response/connection.md:586": { ours: "H1_STATUS_LINE_INVALID", why: EMPTY },
  "response/sample.md:40": { ours: "H1_STATUS_LINE_INVALID", why: PROTOCOL },
  "response/sample.md:645": {
    ours: "H1_VERSION_UNSUPPORTED",
    why: "a status line with another major version is refused (rule H1-013)",
  },

  // Targets
  "url.md:3": { ours: "H1_TARGET_INVALID", why: FRAGMENT },
  "url.md:127": { ours: "H1_TARGET_INVALID", why: FRAGMENT },
  "url.md:138": { ours: "H1_TARGET_INVALID", why: FRAGMENT },
  "url.md:167": { ours: "H1_TARGET_INVALID", why: FRAGMENT },
  "url.md:229": {
    ours: "H1_TARGET_INVALID",
    why: "a percent sign begins an escape (RFC 3986 section 2.1), also before a zone",
  },
};
