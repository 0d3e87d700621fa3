// The HTTP/1.1 messages that are timed. Every workload has one exact size, number of fields and body length; within it the
// messages differ (paths, ids, cookies, values), so that neither a cache of equal lines nor a branch predictor that has learnt
// one message by heart decides the result.

import { Random } from "./random.js";

/** What one workload consists of. The counts are what every peer must find in each message. */
export interface Workload {
  readonly name: string;
  readonly role: "request" | "response";
  /** Bytes of one message on the wire. */
  readonly size: number;
  readonly fields: number;
  /** Bytes of content in one message, without chunk framing. */
  readonly bodyBytes: number;
  /** True when the content is sent in chunks (RFC 9112 section 7.1). */
  readonly chunked: boolean;
  /** Distinct messages; each is `size` bytes long. */
  readonly messages: readonly Uint8Array[];
}

/** Distinct messages a workload: a multiple of every number of messages a buffer that is timed. */
export const MESSAGES = 64;

const CHUNKED_BODY_BYTES = 65_536;

/** Builds all workloads, always the same bytes. */
export function h1Workloads(): Workload[] {
  return [
    sized("tiny", "request", 80, 3, 0, tiny),
    sized("browser", "request", 756, 15, 0, browser),
    sized("api", "request", 1009, 11, 470, api),
    sized("typical", "response", 786, 13, 300, typical),
    chunkedUpload("chunk4k", 4096),
    chunkedUpload("chunk16", 16),
  ];
}

/** Writes one message; `pad` characters of its own choice must go into a value so that the size comes out exactly. */
type Writer = (random: Random, pad: number) => string;

function sized(
  name: string,
  role: Workload["role"],
  size: number,
  fields: number,
  bodyBytes: number,
  write: Writer,
): Workload {
  const random = new Random(0x7e3ce7);
  const pad = size - write(new Random(1), 0).length;
  if (pad < 4) throw new Error(`${name} does not fit into ${size} bytes: ${pad} left`);
  const messages: Uint8Array[] = [];
  for (let i = 0; i < MESSAGES; i++) messages.push(latin1(write(random, pad)));
  if (messages.some((message) => message.length !== size)) throw new Error(`${name}: sizes differ`);
  return { name, role, size, fields, bodyBytes, chunked: false, messages };
}

/** A small client's GET: 80 bytes, 3 fields. */
function tiny(random: Random, pad: number): string {
  return lines(`GET /i/${random.hex(pad)} HTTP/1.1`, [
    "Host: example.org",
    "User-Agent: t/1.0",
    "Accept: */*",
  ]);
}

/** A navigation as a current Chromium sends it: 756 bytes, 15 fields, cookies last. */
function browser(random: Random, pad: number): string {
  return lines(`GET /shop/${random.word(8)}/item-${random.hex(6)} HTTP/1.1`, [
    "Host: www.example.com",
    "Connection: keep-alive",
    'sec-ch-ua: "Chromium";v="156", "Not;A=Brand";v="24"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
      "Chrome/156.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-User: ?1",
    "Sec-Fetch-Dest: document",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-US,en;q=0.9",
    `Cookie: theme=dark; sid=${random.word(24)}; _v=${random.word(pad)}`,
  ]);
}

/** A JSON call between services: 1,009 bytes, 11 fields, 470 bytes of JSON. */
function api(random: Random, pad: number): string {
  const body = json(random, 470);
  const head = lines(`POST /v2/accounts/${random.hex(8)}/orders HTTP/1.1`, [
    "Host: api.example.com",
    "User-Agent: orders-service/4.18.2",
    "Accept: application/json",
    "Accept-Encoding: gzip, br",
    "Content-Type: application/json",
    "Content-Length: 470",
    `Authorization: Bearer ${random.word(24)}${random.word(pad)}`,
    `X-Request-Id: ${uuid(random)}`,
    `traceparent: 00-${random.hex(32)}-${random.hex(16)}-01`,
    `Idempotency-Key: ${random.hex(16)}`,
    "Connection: keep-alive",
  ]);
  return head + body;
}

/** An ordinary page answer: 786 bytes, 13 fields, 300 bytes of content. */
function typical(random: Random, pad: number): string {
  const head = lines("HTTP/1.1 200 OK", [
    `Date: Sat, 21 Nov 2026 1${random.below(10)}:${10 + random.below(50)}:07 GMT`,
    "Server: example",
    "Content-Type: application/json; charset=utf-8",
    "Content-Length: 300",
    "Connection: keep-alive",
    "Cache-Control: private, max-age=0, must-revalidate",
    `ETag: W/"12c-${random.word(16)}"`,
    "Last-Modified: Fri, 20 Nov 2026 08:12:31 GMT",
    "Vary: Accept-Encoding, Origin",
    `Set-Cookie: sid=${random.word(pad)}; Path=/; HttpOnly`,
    "Strict-Transport-Security: max-age=31536000",
    "X-Content-Type-Options: nosniff",
    `X-Request-Id: ${random.hex(16)}`,
  ]);
  return head + json(random, 300);
}

/** An upload of 64 KiB in chunks of one size. One message only: 64 of them would not stay in the cache of a core. */
function chunkedUpload(name: string, chunkBytes: number): Workload {
  const random = new Random(0xc4a3);
  const head = lines(`PUT /upload/${random.hex(8)} HTTP/1.1`, [
    "Host: files.example.com",
    "User-Agent: uploader/2.1",
    "Content-Type: application/octet-stream",
    "Transfer-Encoding: chunked",
  ]);
  let body = "";
  for (let sent = 0; sent < CHUNKED_BODY_BYTES; sent += chunkBytes) {
    body += `${chunkBytes.toString(16)}\r\n${random.word(chunkBytes)}\r\n`;
  }
  const message = latin1(`${head}${body}0\r\n\r\n`);
  return {
    name,
    role: "request",
    size: message.length,
    fields: 4,
    bodyBytes: CHUNKED_BODY_BYTES,
    chunked: true,
    messages: [message],
  };
}

/** A JSON array of small records, exactly `length` characters. */
function json(random: Random, length: number): string {
  let text = '{"items":[';
  for (;;) {
    const item = `{"sku":"${random.hex(8)}","quantity":${1 + random.below(9)}}`;
    if (text.length + item.length + 20 > length) break;
    text += `${text.endsWith("[") ? "" : ","}${item}`;
  }
  text += '],"note":"';
  return `${text}${random.word(length - text.length - 2)}"}`;
}

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((digits) => random.hex(digits)).join("-");
}

function lines(start: string, fields: readonly string[]): string {
  return `${start}\r\n${fields.join("\r\n")}\r\n\r\n`;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
