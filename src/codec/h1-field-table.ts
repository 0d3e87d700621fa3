// Field names as the HTTP/1.1 writer knows them (RFC 9110, IANA registry of field names): which may
// stand once only, which never in trailers, and which it must read because they speak of framing or
// of the connection. A name of the table needs no check and no concatenation: its line start is
// ready.
// Rules: H1-143, H1-146.

import { COMMON_FIELDS, NOT_IN_TRAILERS, SINGLE_FIELDS } from "./field-names.js";
import { isToken } from "./grammar.js";
import { quoted, refuse } from "./h1-usage.js";

/** Fields that the writer reads; all others are `None`. */
export const enum FieldKind {
  None = 0,
  Host = 1,
  ContentLength = 2,
  TransferEncoding = 3,
  Connection = 4,
  Upgrade = 5,
  Te = 6,
  Trailer = 7,
  Expect = 8,
  KeepAlive = 9,
}

/** What holds for a field, however its name is spelled. */
interface FieldRules {
  readonly kind: FieldKind;
  /** One bit of its own where the field may occur once only, else 0. */
  readonly singleBit: number;
  /** Whether a trailer section may have it. */
  readonly inTrailers: boolean;
}

/** One field name in one spelling. A class, so that all of them have one shape. */
export class KnownField {
  /** What begins the line: the CRLF of the line before, the name, colon, SP. */
  readonly start: string;
  readonly kind: FieldKind;
  readonly singleBit: number;
  readonly inTrailers: boolean;

  constructor(name: string, rules: FieldRules) {
    // join makes one flat string; a concatenation would be walked piece by piece in every head
    // (measured: 100 ns).
    this.start = ["\r\n", name, ": "].join("");
    this.kind = rules.kind;
    this.singleBit = rules.singleBit;
    this.inTrailers = rules.inTrailers;
  }
}

/** A field that the table does not have. */
const ORDINARY: FieldRules = { kind: FieldKind.None, singleBit: 0, inTrailers: true };

const KINDS: Readonly<Record<string, FieldKind>> = {
  Host: FieldKind.Host,
  "Content-Length": FieldKind.ContentLength,
  "Transfer-Encoding": FieldKind.TransferEncoding,
  Connection: FieldKind.Connection,
  Upgrade: FieldKind.Upgrade,
  TE: FieldKind.Te,
  Trailer: FieldKind.Trailer,
  Expect: FieldKind.Expect,
  "Keep-Alive": FieldKind.KeepAlive,
};

/**
 * Spellings that need no work: as registered, in lower case, and the first LEARNED_COUNT others
 * that came. An object without a prototype, not a Map: looking a name up makes it one with its key,
 * and a name that is a slice of some message need not be compared again (measured: a quarter).
 */
const KNOWN: Record<string, KnownField | undefined> = Object.create(null);

/** Names of an application are few and come again, at a quarter of the first cost (measured). */
const LEARNED_COUNT = 256;
/** Longer names are not kept, so that the table stays small whatever a proxy forwards. */
const LEARNED_LENGTH = 64;

const withoutTrailers = new Set(Object.values(NOT_IN_TRAILERS).flat());

for (const name of new Set([
  ...Object.keys(KINDS),
  ...SINGLE_FIELDS,
  ...withoutTrailers,
  ...COMMON_FIELDS,
])) {
  const single = SINGLE_FIELDS.indexOf(name);
  const rules = {
    kind: KINDS[name] ?? FieldKind.None,
    singleBit: single < 0 ? 0 : 1 << single,
    inTrailers: !withoutTrailers.has(name),
  };
  for (const spelling of [name, name.toLowerCase()]) {
    KNOWN[spelling] = new KnownField(spelling, rules);
  }
}

/** How many names may still be learned. */
let learnable = LEARNED_COUNT;

/**
 * What is known of a field name, in any spelling.
 * @throws UsageError H1_HEADER_NAME_INVALID for a name that is not a token.
 */
export function fieldOf(name: string): KnownField {
  return KNOWN[name] ?? otherField(name);
}

function otherField(name: string): KnownField {
  if (!isToken(name)) refuse("H1_HEADER_NAME_INVALID", `${quoted(name)} is not a token`);
  const field = new KnownField(name, KNOWN[name.toLowerCase()] ?? ORDINARY);
  if (name.length <= LEARNED_LENGTH && learnable > 0) {
    learnable--;
    KNOWN[name] = field;
  }
  return field;
}
