// Field names as the writer of HTTP/2 and HTTP/3 knows them: the spelling that goes out, which is lower case (RFC
// 9113 section 8.2, RFC 9114 section 4.2), and what holds for the field: once only, not in trailers, read by the writer,
// never sent. A name of the table needs no check and no new string.
// Rules: H2-165, H2-169, H2-170, H2-175, H2-177, H2-180, H3-MSG-2, H3-MSG-3, H3-MSG-17.

import { COMMON_FIELDS, NOT_IN_TRAILERS, SINGLE_FIELDS } from "./field-names.js";
import { isToken } from "./grammar.js";
import { type HttpVersion, quoted, refuse } from "./message-usage.js";

/** Fields that the writer reads; all others are `None`. */
export const enum FieldKind {
  None = 0,
  Host = 1,
  ContentLength = 2,
  Te = 3,
  Priority = 4,
  /** Specific to a connection of HTTP/1.1: refused. */
  Connection = 5,
}

/** One field name in one spelling. */
export class KnownField {
  /** In lower case. */
  readonly name: string;
  readonly kind: FieldKind;
  /** One bit of its own where the field may occur once only, else 0. */
  readonly singleBit: number;
  /** Whether a trailer section may have it. */
  readonly inTrailers: boolean;

  constructor(name: string, kind: FieldKind, singleBit: number, inTrailers: boolean) {
    this.name = name;
    this.kind = kind;
    this.singleBit = singleBit;
    this.inTrailers = inTrailers;
  }
}

/** What HTTP/2 and HTTP/3 have other means for (RFC 9113 section 8.2.2, RFC 9114 section 4.2). */
export const CONNECTION_FIELDS: readonly string[] = [
  ...["Connection", "Proxy-Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade"],
  "HTTP2-Settings",
];

const KINDS = new Map<string, FieldKind>([
  ["host", FieldKind.Host],
  ["content-length", FieldKind.ContentLength],
  ["te", FieldKind.Te],
  ["priority", FieldKind.Priority],
  ...CONNECTION_FIELDS.map((name) => [name.toLowerCase(), FieldKind.Connection] as const),
]);

/** A cookie may come in crumbs, which HPACK finds again (RFC 9113 section 8.2.3). */
const CRUMBLED = "Cookie";

/** Spellings that are known, and the first LEARNED_COUNT others; see h1-field-table.ts. */
const KNOWN: Record<string, KnownField | undefined> = Object.create(null);
const LEARNED_COUNT = 256;
const LEARNED_LENGTH = 64;

const withoutTrailers = new Set(Object.values(NOT_IN_TRAILERS).flat());

for (const name of new Set([
  ...CONNECTION_FIELDS,
  ...SINGLE_FIELDS,
  ...withoutTrailers,
  ...COMMON_FIELDS,
])) {
  const lower = name.toLowerCase();
  const single = name === CRUMBLED ? -1 : SINGLE_FIELDS.indexOf(name);
  const field = new KnownField(
    lower,
    KINDS.get(lower) ?? FieldKind.None,
    single < 0 ? 0 : 1 << single,
    !withoutTrailers.has(name),
  );
  KNOWN[name] = field;
  KNOWN[lower] = field;
}

/** How many names may still be learned. */
let learnable = LEARNED_COUNT;

/**
 * What is known of a field name, in any spelling.
 * @throws UsageError PSEUDO_FORBIDDEN, HEADER_NAME_INVALID (of the version) for a name that is not a token
 */
export function fieldOf(name: string, version: HttpVersion): KnownField {
  return KNOWN[name] ?? otherField(name, version);
}

function otherField(name: string, version: HttpVersion): KnownField {
  if (!isToken(name)) {
    if (name.startsWith(":"))
      refuse(version, "PSEUDO_FORBIDDEN", `${quoted(name)} is not given among the headers`);
    refuse(version, "HEADER_NAME_INVALID", `${quoted(name)} is not a token`);
  }
  const lower = name.toLowerCase();
  const field = KNOWN[lower] ?? new KnownField(lower, FieldKind.None, 0, true);
  if (name.length <= LEARNED_LENGTH && learnable > 0) {
    learnable--;
    KNOWN[name] = field;
  }
  return field;
}
