// The static table of QPACK (RFC 9204 appendix A), written down a second time: what the table of the project must be.

const NO_VALUE =
  ":authority,:path=/,age=0,content-disposition,content-length=0,cookie,date,etag,if-modified-since," +
  "if-none-match,last-modified,link,location,referer,set-cookie";

const methods = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
const types = [
  ...["application/dns-message", "application/javascript", "application/json"],
  ...["application/x-www-form-urlencoded", "image/gif", "image/jpeg", "image/png", "text/css"],
  ...["text/html; charset=utf-8", "text/plain", "text/plain;charset=utf-8"],
];
const YEAR = "max-age=31536000";
const all = (name: string, values: readonly string[]) =>
  values.map((value) => [name, value] as const);

/** Entry by index, 0 to 98. */
export const NAIVE_STATIC: readonly (readonly [name: string, value: string])[] = [
  ...NO_VALUE.split(",").map((one) => {
    const [name = "", value = ""] = one.split("=");
    return [name, value] as const;
  }),
  ...all(":method", methods),
  ...all(":scheme", ["http", "https"]),
  ...all(":status", ["103", "200", "304", "404", "503"]),
  ...all("accept", ["*/*", "application/dns-message"]),
  ["accept-encoding", "gzip, deflate, br"],
  ["accept-ranges", "bytes"],
  ...all("access-control-allow-headers", ["cache-control", "content-type"]),
  ["access-control-allow-origin", "*"],
  ...all("cache-control", ["max-age=0", "max-age=2592000", "max-age=604800", "no-cache"]),
  ...all("cache-control", ["no-store", `public, ${YEAR}`]),
  ...all("content-encoding", ["br", "gzip"]),
  ...all("content-type", types),
  ["range", "bytes=0-"],
  ...all("strict-transport-security", [
    YEAR,
    `${YEAR}; includesubdomains`,
    `${YEAR}; includesubdomains; preload`,
  ]),
  ...all("vary", ["accept-encoding", "origin"]),
  ["x-content-type-options", "nosniff"],
  ["x-xss-protection", "1; mode=block"],
  ...all(":status", ["100", "204", "206", "302", "400", "403", "421", "425", "500"]),
  ["accept-language", ""],
  ...all("access-control-allow-credentials", ["FALSE", "TRUE"]),
  ["access-control-allow-headers", "*"],
  ...all("access-control-allow-methods", ["get", "get, post, options", "options"]),
  ["access-control-expose-headers", "content-length"],
  ["access-control-request-headers", "content-type"],
  ...all("access-control-request-method", ["get", "post"]),
  ["alt-svc", "clear"],
  ["authorization", ""],
  ["content-security-policy", "script-src 'none'; object-src 'none'; base-uri 'none'"],
  ["early-data", "1"],
  ...all("expect-ct", [""]),
  ...all("forwarded", [""]),
  ...all("if-range", [""]),
  ...all("origin", [""]),
  ["purpose", "prefetch"],
  ["server", ""],
  ["timing-allow-origin", "*"],
  ["upgrade-insecure-requests", "1"],
  ["user-agent", ""],
  ["x-forwarded-for", ""],
  ...all("x-frame-options", ["deny", "sameorigin"]),
];
