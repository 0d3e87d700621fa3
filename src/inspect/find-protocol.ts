// Which protocol the first bytes of one direction are: HTTP/1.1 (RFC 9112 sections 3, 4), HTTP/2 (RFC 9113 section
// 3.4), a TLS record (RFC 8446 section 5.1), and what kind of input a file is. A few octets are enough, and nothing is
// kept: call again with more where they are not.

import type { Direction } from "./events.js";
import { looksLikeHexText } from "./hex-text.js";

/** What a direction speaks, and who sent it. */
export interface FoundProtocol {
  readonly protocol: "http/1.1" | "h2" | "tls";
  /** Who sends such bytes; of TLS records behind the handshake it cannot be told, and is "client". */
  readonly direction: Direction;
}

/** Octets that are looked at, at most. */
export const FIND_LENGTH = 256;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** Methods that are a request without a look at the rest of the line. */
const METHODS = new Set(
  "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH".split(
    " ",
  ),
);
const METHOD_MAX = 32;
const EMPTY_LINES = /^(?:\r?\n){0,8}/;

const CLIENT_H1: FoundProtocol = { protocol: "http/1.1", direction: "client" };
const SERVER_H1: FoundProtocol = { protocol: "http/1.1", direction: "server" };
const CLIENT_H2: FoundProtocol = { protocol: "h2", direction: "client" };
const SERVER_H2: FoundProtocol = { protocol: "h2", direction: "server" };

/**
 * The protocol of a direction that begins with these bytes.
 * @param isEnd no bytes follow
 * @returns "more": too few bytes to tell; null: nothing that is known here
 */
export function findProtocol(bytes: Uint8Array, isEnd: boolean): FoundProtocol | "more" | null {
  const text = latin1(bytes.length > FIND_LENGTH ? bytes.subarray(0, FIND_LENGTH) : bytes);
  const isAll = isEnd || bytes.length >= FIND_LENGTH;
  if (text === "") return isEnd ? null : "more";
  if (text.startsWith("PRI * HTTP/2")) return CLIENT_H2;
  if (PREFACE.startsWith(text) && !isAll) return "more";
  const tls = findTls(bytes, isAll);
  if (tls !== null) return tls;
  const h2 = findServerSettings(bytes, isAll);
  if (h2 !== null) return h2;
  return findHttp1(text.replace(EMPTY_LINES, ""), isAll);
}

/** A record: content type, version 3.x, a length that is allowed; then the handshake message says who speaks. */
function findTls(bytes: Uint8Array, isAll: boolean): FoundProtocol | "more" | null {
  const type = bytes[0] as number;
  if (type < 0x14 || type > 0x17) return null;
  if (bytes.length > 1 && bytes[1] !== 3) return null;
  if (bytes.length > 2 && (bytes[2] as number) > 4) return null;
  if (bytes.length < 6) return isAll ? null : "more";
  const length = ((bytes[3] as number) << 8) | (bytes[4] as number);
  if (length === 0 || length > 16_384 + 2048) return null;
  return { protocol: "tls", direction: type === 0x16 && bytes[5] === 2 ? "server" : "client" };
}

/** A server begins with SETTINGS on stream 0: nothing else begins so. */
function findServerSettings(bytes: Uint8Array, isAll: boolean): FoundProtocol | "more" | null {
  const fixed = [0, -1, -1, 4, 0, 0, 0, 0, 0];
  for (let i = 0; i < fixed.length; i++) {
    if (i === bytes.length) return isAll ? null : "more";
    if ((fixed[i] as number) >= 0 && bytes[i] !== fixed[i]) return null;
  }
  const length = ((bytes[1] as number) << 8) | (bytes[2] as number);
  return length % 6 === 0 && length <= 16_384 ? SERVER_H2 : null;
}

function findHttp1(text: string, isAll: boolean): FoundProtocol | "more" | null {
  if (text === "") return isAll ? null : "more";
  if ("HTTP/".startsWith(text) && !isAll) return "more";
  if (/^HTTP\/\d/.test(text) || (text === "HTTP/" && !isAll)) return SERVER_H1;
  const [method = ""] = /^[!#$%&'*+.^_`|~\w-]+/.exec(text) ?? [];
  if (method === "" || method.length > METHOD_MAX) return null;
  if (method.length === text.length) return isAll ? null : "more";
  if (text[method.length] !== " ") return null;
  if (METHODS.has(method)) return CLIENT_H1;
  const end = text.indexOf("\n");
  if (end < 0) return isAll || !/^[^\x00-\x08\x0e-\x1f]*$/.test(text) ? null : "more";
  return / HTTP\/\d\.\d\r?\n/.test(text.slice(0, end + 1)) ? CLIENT_H1 : null;
}

/** What a file is. */
export type InputKind = "pcap" | "pcapng" | "hex" | "raw";

const MAGICS: ReadonlyMap<number, InputKind> = new Map([
  [0xa1b2c3d4, "pcap"],
  [0xd4c3b2a1, "pcap"],
  [0xa1b23c4d, "pcap"],
  [0x4d3cb2a1, "pcap"],
  [0x0a0d0d0a, "pcapng"],
]);

/**
 * What kind of input begins with these bytes: a capture by its magic number, hex text by its characters.
 * @param isEnd no bytes follow
 */
export function findInput(bytes: Uint8Array, isEnd: boolean): InputKind | "more" {
  if (bytes.length >= 4) {
    const magic = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    const kind = MAGICS.get(magic);
    if (kind !== undefined) return kind;
  } else if (!isEnd) return "more";
  const found = looksLikeHexText(bytes, isEnd);
  return found === "more" ? "more" : found ? "hex" : "raw";
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
