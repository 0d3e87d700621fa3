// What the writer of HTTP/2 and HTTP/3 messages refuses: ONE table of UsageError codes for each of them, with the rows of
// the rule list that a code keeps; but for the prefix, the codes are the same. A code is thrown before anything changes:
// no stream, no table entry, no byte. Messages name fields and positions, never values: a value may be a secret.
// Rules: H2-163, H2-198, H3-MSG-1.

import { UsageError } from "../errors.js";

export { quoted } from "./quoted.js";

/** Every code that the writer of HTTP/2 messages throws, and the rules it stands for. */
export const H2_USAGE_RULES = {
  /**
   * The list is not flat with an even length, not pairs, not a record; or a name or value is no
   * string.
   */
  H2_HEADER_LIST_INVALID: "H2-163",
  /** A field name is empty or not a token. */
  H2_HEADER_NAME_INVALID: "H2-165 H2-166 H2-168 H2-169 H2-170",
  /** A field value has an octet outside the grammar, a code above 0xFF, or whitespace at an end. */
  H2_HEADER_VALUE_INVALID: "H2-171 H2-172 H2-173",
  /** A field that is not a list occurs twice. */
  H2_HEADER_REPEATED: "H2-161 H2-192",
  /** A pseudo-header field among the headers: what they say is given by members of their own. */
  H2_PSEUDO_FORBIDDEN: "H2-157 H2-181 H2-182 H2-183 H2-184",
  /** connection, keep-alive, proxy-connection, transfer-encoding, upgrade, http2-settings. */
  H2_CONNECTION_FIELD: "H2-175 H2-177",
  /** te is not exactly "trailers", or not in a request. */
  H2_TE_INVALID: "H2-176",
  /** The method is not a token, or it is PRI. */
  H2_METHOD_INVALID: "H2-188",
  /** The scheme does not follow the grammar. */
  H2_SCHEME_INVALID: "H2-189",
  /** The path is empty, neither begins with "/" nor is the "*" of OPTIONS, or has a wrong octet. */
  H2_PATH_INVALID: "H2-186 H2-187",
  /** The authority is missing, empty, has userinfo, or is not host[:port]. */
  H2_AUTHORITY_INVALID: "H2-190 H2-191",
  /** The Host header and the authority differ. */
  H2_HOST_DIFFERS: "H2-192",
  /** CONNECT without host:port, or with a scheme or a path. */
  H2_CONNECT_INVALID: "H2-195",
  /**
   * A protocol that is no token, or whose method is not CONNECT, or that the server did not allow by
   * SETTINGS_ENABLE_CONNECT_PROTOCOL.
   */
  H2_PROTOCOL_INVALID: "XC-003 XC-005",
  /** The status code is not a whole number that belongs here: 100 to 199, or 200 to 599. */
  H2_STATUS_INVALID: "H2-194",
  /** 101 does not exist in HTTP/2. */
  H2_STATUS_SWITCHING: "H2-164",
  /** content-length is not decimal digits, or above 2^53 - 1. */
  H2_CONTENT_LENGTH_INVALID: "H2-161",
  /** content-length in an informational response or with 204 (RFC 9110 section 8.6). */
  H2_CONTENT_LENGTH_FORBIDDEN: "H2-158",
  /** A field that may not stand in a trailer section. */
  H2_TRAILER_FORBIDDEN: "H2-157",
} as const satisfies Readonly<Record<string, string>>;

/** The code of a UsageError of the HTTP/2 writer. */
export type H2UsageCode = keyof typeof H2_USAGE_RULES;

/** The same of HTTP/3 (RFC 9114 section 4). */
export const H3_USAGE_RULES = {
  H3_HEADER_LIST_INVALID: "H3-MSG-1",
  H3_HEADER_NAME_INVALID: "H3-MSG-2 H3-MSG-17",
  H3_HEADER_VALUE_INVALID: "H3-MSG-18 H3-MSG-19",
  H3_HEADER_REPEATED: "H3-MSG-11 H3-MSG-21",
  H3_PSEUDO_FORBIDDEN: "H3-MSG-5 H3-MSG-6 H3-MSG-7 H3-MSG-9",
  H3_CONNECTION_FIELD: "H3-MSG-3",
  H3_TE_INVALID: "H3-MSG-4",
  H3_METHOD_INVALID: "H3-MSG-8",
  H3_SCHEME_INVALID: "H3-MSG-8",
  H3_PATH_INVALID: "H3-MSG-8 H3-MSG-12",
  H3_AUTHORITY_INVALID: "H3-MSG-10 H3-MSG-13",
  H3_HOST_DIFFERS: "H3-MSG-11",
  H3_CONNECT_INVALID: "H3-MSG-15",
  H3_PROTOCOL_INVALID: "H3-MSG-16",
  H3_STATUS_INVALID: "H3-MSG-14",
  H3_STATUS_SWITCHING: "H3-MSG-25",
  H3_CONTENT_LENGTH_INVALID: "H3-MSG-21",
  H3_CONTENT_LENGTH_FORBIDDEN: "H3-MSG-20",
  H3_TRAILER_FORBIDDEN: "H3-MSG-7",
} as const satisfies Readonly<Record<`H3_${UsageReason}`, string>>;

/** The code of a UsageError of the HTTP/3 writer. */
export type H3UsageCode = keyof typeof H3_USAGE_RULES;

/** A code without its prefix. */
export type UsageReason = H2UsageCode extends `H2_${infer Reason}` ? Reason : never;

/** Whose messages are checked: the prefix of their codes. */
export type HttpVersion = "H2" | "H3";

/** Throws the UsageError. */
export function refuse(version: HttpVersion, reason: UsageReason, message: string): never {
  throw new UsageError(`${version}_${reason}`, message);
}
