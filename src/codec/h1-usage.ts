// What the HTTP/1.1 writer refuses: ONE table of its UsageError codes and the rows of the rule list
// that each of them keeps. A code is thrown before a byte exists, so that nothing half-written can
// leave. Messages name fields and positions, never values: a value may be a secret, and it ends up
// in logs.

import { UsageError } from "../errors.js";

export { quoted } from "./quoted.js";

/** Every code that a writer of HTTP/1.1 throws, and the rules it stands for. */
export const H1_USAGE_RULES = {
  /**
   * The list is not flat with an even length, not pairs, not a record; or a name or value is no
   * string.
   */
  H1_HEADER_LIST_INVALID: "H1-142",
  /** A field name is empty or not a token. */
  H1_HEADER_NAME_INVALID: "H1-142 H1-004 H1-007",
  /** A field value has an octet outside the grammar, a code above 0xFF, or whitespace at an end. */
  H1_HEADER_VALUE_INVALID: "H1-142 H1-004 H1-051",
  /** A field that is not a list occurs twice. */
  H1_HEADER_REPEATED: "H1-143",
  /**
   * Connection, Trailer, Transfer-Encoding, TE, Upgrade or Expect has an empty or malformed
   * element.
   */
  H1_LIST_INVALID: "H1-144",
  /** The method is not a token, or it is PRI, which RFC 9113 reserves. */
  H1_METHOD_INVALID: "H1-142",
  /**
   * The request target has an octet or escape that RFC 3986 does not allow, a fragment, or a bad
   * authority.
   */
  H1_TARGET_INVALID: "H1-142",
  /** The form of the request target does not belong to the method. */
  H1_TARGET_FORM_INVALID: "H1-032",
  /** The status code is not a whole number from 100 to 599. */
  H1_STATUS_INVALID: "H1-142",
  /** The reason phrase has an octet outside the grammar or whitespace at an end. */
  H1_REASON_INVALID: "H1-142 H1-004",
  /** A request without Host. */
  H1_HOST_MISSING: "H1-068",
  /** Host is not uri-host [ ":" port ], or not the authority of an absolute-form target. */
  H1_HOST_INVALID: "H1-068",
  /** Content-Length is not decimal digits, or above 2^53 - 1. */
  H1_CONTENT_LENGTH_INVALID: "H1-085",
  /**
   * chunked more than once, not last, or with parameters; or a request whose last coding is not
   * chunked.
   */
  H1_TRANSFER_ENCODING_INVALID: "H1-089",
  /** Content-Length together with Transfer-Encoding. */
  H1_FRAMING_CONFLICT: "H1-093 H1-072",
  /**
   * Content-Length or Transfer-Encoding in 1xx or 204, or content in a TRACE or CONNECT request.
   */
  H1_FRAMING_FORBIDDEN: "H1-092 H1-094 H1-140",
  /** TE lists chunked. */
  H1_TE_INVALID: "H1-125",
  /** TE, Upgrade or Keep-Alive is present and Connection does not list it. */
  H1_CONNECTION_OPTION_MISSING: "H1-122 H1-125 H1-131",
  /** 101 or 426 without Upgrade. */
  H1_UPGRADE_MISSING: "H1-131",
  /** Expect: 100-continue in a request without content. */
  H1_EXPECT_WITHOUT_CONTENT: "H1-138",
  /** A field that may not stand in a trailer section. */
  H1_TRAILER_FORBIDDEN: "H1-146",
  /** A chunk size is not a whole number from 1 to 2^53 - 1. */
  H1_CHUNK_SIZE_INVALID: "H1-142",
  /** A date that IMF-fixdate cannot say: invalid, or its year is not from 0 to 9999. */
  H1_DATE_INVALID: "H1-145",
} as const satisfies Readonly<Record<string, string>>;

/** The code of a UsageError of the HTTP/1.1 writer. */
export type H1UsageCode = keyof typeof H1_USAGE_RULES;

/** Throws the UsageError. */
export function refuse(code: H1UsageCode, message: string): never {
  throw new UsageError(code, message);
}
