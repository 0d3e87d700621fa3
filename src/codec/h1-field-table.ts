// Field names as the HTTP/1.1 writer knows them (RFC 9110, IANA registry of field names): which may
// stand once only, which never in trailers, and which it must read because they speak of framing or
// of the connection. A name of the table needs no check and no concatenation: its line start is
// ready.

import { quoted, refuse } from "./h1-usage.js";
import { isToken } from "./h1-validate.js";

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
 * Fields whose value is no list, so that two lines have no meaning together (RFC 9110 section 5.3,
 * H1-143). At most 31: each has a bit. Set-Cookie is the known exception, and not here.
 */
export const SINGLE_FIELDS: readonly string[] = [
  ...["Host", "Content-Length", "Content-Type", "Content-Range", "Content-Location", "Date"],
  ...["Content-Disposition", "Location", "ETag", "Last-Modified", "Expires", "Age", "Retry-After"],
  ...["Server", "User-Agent", "From", "Referer", "Origin", "Max-Forwards", "Cookie", "Range"],
  ...[
    "If-Range",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "Authorization",
    "Proxy-Authorization",
  ],
  ...["Access-Control-Allow-Origin", "Strict-Transport-Security", "Sec-WebSocket-Key"],
  ...["Sec-WebSocket-Accept"],
];

/**
 * Fields that a recipient needs before the content, or never believes after it (RFC 9110 section
 * 6.5.1, H1-146). Fields unknown to this table are allowed: only the caller can know their
 * definition.
 */
export const NOT_IN_TRAILERS: Readonly<Record<string, readonly string[]>> = {
  framing: ["Content-Length", "Transfer-Encoding", "Trailer"],
  routing: ["Host", "Max-Forwards", "Via", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host"],
  connection: ["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "HTTP2-Settings"],
  "request modifiers": [
    ...["Cache-Control", "Expect", "Pragma", "Range", "If-Match", "If-None-Match", "If-Range"],
    ...["If-Modified-Since", "If-Unmodified-Since", "X-Forwarded-Proto", "X-HTTP-Method-Override"],
  ],
  authentication: [
    ...["Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate"],
    ...["Authentication-Info", "Proxy-Authentication-Info", "Cookie", "Set-Cookie"],
  ],
  "response control": ["Age", "Date", "Expires", "Location", "Retry-After", "Vary", "Warning"],
  "content format": [
    "Content-Encoding",
    "Content-Type",
    "Content-Range",
    "Content-Language",
    "Content-Location",
  ],
};

/** Names that are here for speed alone: what browsers, servers and frameworks send most. */
const COMMON = [
  ...[
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Ranges",
    "Allow",
    "Alt-Svc",
  ],
  ...[
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
  ],
  ...["Access-Control-Expose-Headers", "Access-Control-Max-Age", "Access-Control-Request-Headers"],
  ...[
    "Access-Control-Request-Method",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "DNT",
    "Link",
  ],
  ...[
    "Cross-Origin-Resource-Policy",
    "Cross-Origin-Embedder-Policy",
    "Digest",
    "NEL",
    "Permissions-Policy",
  ],
  ...[
    "Priority",
    "Referrer-Policy",
    "Report-To",
    "Server-Timing",
    "Timing-Allow-Origin",
    "Traceparent",
  ],
  ...[
    "Tracestate",
    "Upgrade-Insecure-Requests",
    "X-Cache",
    "X-Content-Type-Options",
    "X-Frame-Options",
  ],
  ...[
    "X-Powered-By",
    "X-Real-IP",
    "X-Request-Id",
    "X-Requested-With",
    "X-XSS-Protection",
    "X-RateLimit-Limit",
  ],
  ...[
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-API-Key",
    "X-CSRF-Token",
    "X-Correlation-Id",
  ],
  ...[
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-Fetch-User",
    "Sec-CH-UA",
    "Sec-GPC",
  ],
  ...[
    "Sec-CH-UA-Mobile",
    "Sec-CH-UA-Platform",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Protocol",
  ],
  ...["Sec-WebSocket-Version", "Content-Digest", "Repr-Digest", "Idempotency-Key", "Save-Data"],
];

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
  ...COMMON,
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
