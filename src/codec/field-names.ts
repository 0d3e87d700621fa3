// Names of fields as the writers know them (RFC 9110, IANA registry of field names): which may stand
// once only, which never in trailers, which come often.

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
export const COMMON_FIELDS: readonly string[] = [
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
