// The tape: what one call of the HTTP/1.1 engine found, as records of 32-bit words. Compiled by asc
// and by tsc; imports nothing. docs/tape.md shows one dumped example.
//
// All positions are byte offsets from the base of the call: the input window, or the carry buffer
// that holds an unfinished head. A record never spans two calls.

/** Word 0 of every record. */
export const enum TapeKind {
  /** A request head: HeadField words, then fieldCount field records. */
  RequestHead = 1,
  /** A response head: the same layout. */
  ResponseHead = 2,
  /** Trailer section: TrailerField words, then the field records. */
  Trailers = 3,
  /** Content: start, length. */
  Data = 4,
  /** End of a message. */
  End = 5,
  /** A chunk header was read: size low, size high. Only when chunks are observed. */
  Chunk = 6,
  /** A span of a chunk extension: start, length. Only when chunks are observed. */
  ChunkExtension = 7,
  /** A leniency was used: flag bit, offset. */
  Leniency = 8,
  /** A protocol error: code, offset. The last record. */
  Error = 9,
  /** The HTTP/2 connection preface was recognised (RFC 9113 section 3.4). The last record. */
  Preface = 10,
}

/** Words of a head record. */
export const enum HeadField {
  Kind = 0,
  /** First byte of the start line. */
  Start = 1,
  /** One past the empty line that ends the head. */
  End = 2,
  /** Request: length of the method. Response: status code. */
  MethodOrStatus = 3,
  /** Request target, or reason phrase. */
  TextStart = 4,
  TextLength = 5,
  /** HeadFlag bits. */
  Flags = 6,
  FieldCount = 7,
  /** Effective authority without userinfo: from the target, else from Host; length 0 = none. */
  AuthorityStart = 8,
  AuthorityLength = 9,
  /** Path and query of an absolute-form target; of origin-form the whole target. */
  PathStart = 10,
  PathLength = 11,
  ContentLengthLow = 12,
  ContentLengthHigh = 13,
  /** BodyFraming. */
  Framing = 14,
  /** Value of the first Upgrade field; length 0 = none. */
  UpgradeStart = 15,
  UpgradeLength = 16,
  /** MethodId, 0 = not a registered one. */
  MethodId = 17,
  /** Length of the scheme of an absolute-form target, else 0. */
  SchemeLength = 18,
  /** Leniency uses in this head, two words each (flag, offset), stored downwards from the end of the tape. */
  LeniencyCount = 19,
  Size = 20,
}

/** Words of a trailer record; the field records follow. */
export const enum TrailerField {
  Kind = 0,
  Start = 1,
  End = 2,
  FieldCount = 3,
  LeniencyCount = 4,
  Size = 5,
}

/**
 * Words of a field record.
 *
 *     word 0       word 1                                   word 2        word 3
 *   +------------+----------------------------------------+-------------+--------------+
 *   | name start | id 8 bits, spelling 2, name length 22  | value start | value length |
 *   +------------+----------------------------------------+-------------+--------------+
 */
export const enum FieldRecord {
  NameStart = 0,
  NameInfo = 1,
  ValueStart = 2,
  ValueLength = 3,
  Size = 4,
}

/** How a known name was spelled: decides whether its string comes from a table. */
export const enum Spelling {
  Canonical = 0,
  Lower = 1,
  Other = 2,
}

export const enum HeadFlag {
  /** HTTP/1.0. */
  Http10 = 1,
  /** The message lists "close" in Connection. */
  Close = 2,
  /** The message lists "keep-alive" in Connection. */
  KeepAlive = 4,
  /** Persistence by RFC 9112 section 9.3: the connection may go on after this message. */
  Persistent = 8,
  /** "upgrade" in Connection, an Upgrade field, and not HTTP/1.0. */
  Upgrade = 16,
  /** Expect: 100-continue in an HTTP/1.1 request (RFC 9110 section 10.1.1). */
  ExpectContinue = 32,
  /** absolute-form target whose authority differs from Host (RFC 9112 section 3.2.2). */
  HostDiffers = 64,
  Connect = 128,
  Head = 256,
  AbsoluteForm = 512,
  /** An Upgrade field is present, whatever Connection says. */
  UpgradeField = 1024,
}

/** Where a message's content ends, RFC 9112 section 6.3. */
export const enum BodyFraming {
  None = 0,
  Length = 1,
  Chunked = 2,
  UntilClose = 3,
  /** 101, or a 2xx to CONNECT: what follows is not HTTP. */
  Tunnel = 4,
}

export const enum MethodId {
  Unknown = 0,
  GET = 1,
  HEAD = 2,
  POST = 3,
  PUT = 4,
  DELETE = 5,
  CONNECT = 6,
  OPTIONS = 7,
  TRACE = 8,
  PATCH = 9,
}

/** Known field names that the engine itself reads; src/engine/known-fields.ts lists all. */
export const enum FieldId {
  Unknown = 0,
  Host = 1,
  ContentLength = 2,
  TransferEncoding = 3,
  Connection = 4,
  Upgrade = 5,
  Expect = 6,
  /** Ids up to this one decide framing or persistence. */
  LastSpecial = 6,
}
