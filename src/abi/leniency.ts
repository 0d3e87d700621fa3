// Leniency bits: one named deviation each, all off. Compiled by asc and by tsc; imports nothing. The
// names users write, who may use them and the attack each one opens stand in src/leniency.ts.

export const enum Leniency {
  /** LF without CR ends a line of the head (RFC 9112 section 2.2); never in chunked framing. */
  BareLf = 1,
  /** obs-fold in a request is replaced by SP (RFC 9112 section 5.2). */
  ObsFold = 2,
  /** No SP after the status code when the reason is absent (RFC 9112 section 4). */
  MissingReasonSpace = 4,
  /** Whitespace between name and colon of a response (RFC 9112 section 5.1). */
  SpaceBeforeColon = 8,
  /** The same Content-Length more than once (RFC 9112 section 6.3). */
  RepeatedContentLength = 16,
  /** Transfer-Encoding overrides Content-Length; the connection closes (RFC 9112 section 6.3). */
  TransferEncodingOverContentLength = 32,
  /** Control characters other than CR, LF, NUL inside a field value (RFC 9110 section 5.5). */
  ControlsInValue = 64,
  /** Status codes outside 100 to 599 (RFC 9110 section 15). */
  AnyStatusCode = 128,
  /** Octets in a target that RFC 3986 does not allow; never CTL or SP. */
  LooseTarget = 256,
  /** Runs of SP and HTAB between the parts of a request line (RFC 9112 section 3). */
  SpacesInRequestLine = 512,
  /** Transfer-Encoding in HTTP/1.0; the connection closes (RFC 9112 section 6.1). */
  Http10TransferEncoding = 1024,
  /** Missing, repeated or invalid Host (RFC 9112 section 3.2). */
  HostUnchecked = 2048,
  /** Lines that begin with whitespace before the first field are dropped (RFC 9112 section 2.2). */
  WhitespaceBeforeFirstField = 4096,
  /** SP and HTAB between chunk size and CRLF, as some servers pad sizes. */
  SpaceAfterChunkSize = 8192,
  /** Bare CR in a field value is replaced by SP (RFC 9112 section 2.2). */
  BareCrAsSpace = 16384,
  /** NUL in a field value is replaced by SP (RFC 9110 section 5.5). */
  NulAsSpace = 32768,
  /** Empty lines before a status line. */
  EmptyLinesBeforeStatus = 65536,
  /** A password in the userinfo of a target (RFC 9110 section 4.2.4). */
  Userinfo = 131072,
  /** Bytes after a message that closes are dropped (RFC 9112 section 9.6). */
  DataAfterClose = 262144,
}
