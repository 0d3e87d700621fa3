// What the encoders of HPACK and QPACK put into the dynamic table (RFC 7541 sections 6.2 and 7.1, RFC
// 9204 section 7.1):
//
// 1. Names that carry secrets are never indexed: authorization, proxy-authorization, set-cookie, and
//    cookie below 20 octets, which could be guessed through the size of what we send (H2-S37). So are
//    the names that the caller calls sensitive.
// 2. Values that are another one each time are sent without indexing: path, length, age, validators,
//    locations, trace ids. Where the static table lacks the name, the first one is indexed for it.
// 3. A field that would fill more than half of the table is sent without indexing.
// 4. Everything else is indexed, until a name gave MISSES_MAX values in a row that nothing repeated:
//    from then on every fourth one, so that it neither floods the table nor is forgotten.
// Rules: HP-030, HP-031, QP-EN-4.

/** What to do with a name's values. */
export const enum Indexing {
  /** Insert, rule 4. */
  Incremental = 0,
  /** Rule 2. */
  Without = 1,
  /** Rule 1. */
  Never = 2,
  /** Rule 1 where the value is shorter than SHORT_SECRET_LENGTH, else as Incremental. */
  NeverShort = 3,
}

/** Octets from which a cookie is too long to be guessed (RFC 7541 section 7.1.3). */
const SHORT_SECRET_LENGTH = 20;
/** Values without a repetition after which rule 4 becomes careful. */
export const MISSES_MAX = 8;
/** From then on a value is indexed where `misses & MISSES_MASK` is 0. */
export const MISSES_MASK = 3;

const NEVER = ["authorization", "proxy-authorization", "set-cookie"];

const WITHOUT = [
  ...[":path", "age", "content-length", "content-range", "etag", "if-modified-since"],
  ...["if-none-match", "if-range", "location", "content-location", "content-digest", "repr-digest"],
  ...["traceparent", "x-request-id", "x-correlation-id", "x-amzn-trace-id", "x-amz-request-id"],
  ...["x-amz-cf-id", "cf-ray", "request-id", "idempotency-key", "sec-websocket-key"],
  ...["sec-websocket-accept"],
];

const POLICY = new Map<string, Indexing>([
  ...NEVER.map((name) => [name, Indexing.Never] as const),
  ...WITHOUT.map((name) => [name, Indexing.Without] as const),
  ["cookie", Indexing.NeverShort],
]);

/** Policy of a name in lower case. */
export function indexingOf(name: string): Indexing {
  return POLICY.get(name) ?? Indexing.Incremental;
}

/** Names that rules 1 and 2 speak of. */
export function namesWithPolicy(): Iterable<string> {
  return POLICY.keys();
}

/** Whether the policy alone forbids to index this value. */
export function isNeverIndexed(indexing: Indexing, value: string): boolean {
  if (indexing < Indexing.Never) return false;
  return indexing === Indexing.Never || value.length < SHORT_SECRET_LENGTH;
}
