// Field names that occur everywhere, as RFCs and browsers spell them. The position is the id of the
// tape; the first six are FieldId of src/abi/tape.ts. Names above 32 bytes cannot be known.

import { NAME_LENGTH, NAMES } from "../abi/memory.js";

const LIST = `Host Content-Length Transfer-Encoding Connection Upgrade Expect
Accept Accept-Charset Accept-Encoding Accept-Language Accept-Ranges Access-Control-Allow-Credentials
Access-Control-Allow-Headers Access-Control-Allow-Methods Access-Control-Allow-Origin
Access-Control-Expose-Headers Access-Control-Max-Age Access-Control-Request-Headers
Access-Control-Request-Method Age Allow Alt-Svc Authorization Cache-Control CDN-Cache-Control
Content-Disposition Content-Encoding Content-Language Content-Location Content-Range
Content-Security-Policy Content-Type Cookie Cross-Origin-Embedder-Policy Cross-Origin-Opener-Policy
Cross-Origin-Resource-Policy Date DNT ETag Expires Forwarded From HTTP2-Settings If-Match
If-Modified-Since If-None-Match If-Range If-Unmodified-Since Keep-Alive Last-Modified Link Location
Max-Forwards Origin Permissions-Policy Pragma Priority Proxy-Authenticate Proxy-Authorization
Proxy-Connection Range Referer Referrer-Policy Retry-After Sec-CH-UA Sec-CH-UA-Mobile
Sec-CH-UA-Platform Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Sec-GPC
Sec-WebSocket-Accept Sec-WebSocket-Extensions Sec-WebSocket-Key Sec-WebSocket-Protocol
Sec-WebSocket-Version Server Server-Timing Set-Cookie Strict-Transport-Security TE
Timing-Allow-Origin Traceparent Tracestate Trailer Upgrade-Insecure-Requests User-Agent Vary Via
WWW-Authenticate X-Content-Type-Options X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto
X-Frame-Options X-Real-IP X-Request-ID X-Requested-With X-XSS-Protection`;

/** Known names in the order of their ids; id 0 is none. */
export const KNOWN_NAMES: readonly string[] = ["", ...LIST.split(/\s+/)];

/** Id of a name, spelled as above or in lower case. */
export const KNOWN_IDS: ReadonlyMap<string, number> = new Map([
  ...KNOWN_NAMES.map((name, id) => [name, id] as const).slice(1),
  ...KNOWN_NAMES.map((name, id) => [name.toLowerCase(), id] as const).slice(1),
]);

/** Id of a name in any case, 0 = not known. */
export function knownId(name: string): number {
  return KNOWN_IDS.get(name) ?? KNOWN_IDS.get(name.toLowerCase()) ?? 0;
}

/**
 * Strings by the low ten bits of a field record's second word: id and spelling. Undefined where the name
 * must be read from the bytes.
 */
export const NAMES_BY_INFO: readonly (string | undefined)[] = Array.from(
  { length: 1024 },
  (_, info) => {
    const name = KNOWN_NAMES[info & 255];
    if (!name || info >= 512) return undefined;
    return info < 256 ? name : name.toLowerCase();
  },
);

/** Writes the names where the engine's `init` reads them. Returns their count. */
export function writeKnownNames(memory: Uint8Array): number {
  for (let id = 1; id < KNOWN_NAMES.length; id++) {
    const name = KNOWN_NAMES[id] as string;
    const at = NAMES + id * NAME_LENGTH;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      memory[at + i] = code | 0x20;
      memory[at + 32 + i] = code;
    }
  }
  return KNOWN_NAMES.length - 1;
}
