// Peer of the serializer: a head built as node:http builds it. For each field a regular expression checks the name and one the
// value, the line is appended to a string, and the fields that decide framing are looked for; the string then becomes a latin1
// Buffer. Object set-up, Date, and the write to the socket are left out, in ours as here.

import type { Input } from "../inputs/input-file.js";
import type { Peer } from "./driver.js";
import type { Head } from "./heads.js";
import { checkWritten, headsOf } from "./heads.js";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const NOT_IN_PATH = /[^\x21-\xff]/;
const CLOSE = /(?:^|\W)close(?:$|\W)/i;
const CHUNKED = /(?:^|\W)chunked(?:$|\W)/i;

/** What node:http remembers while it writes a head. */
interface Seen {
  connection: boolean;
  last: boolean;
  transferEncoding: boolean;
  chunked: boolean;
  contentLength: number;
  date: boolean;
  expect: boolean;
  trailer: boolean;
}

export function createPeer(): Peer {
  let heads: readonly Head[] = [];
  let write: (head: Head) => Uint8Array = writeRequest;
  return {
    load(input: Input) {
      heads = headsOf(input);
      write = input.role === "request" ? writeRequest : writeResponse;
    },
    check: () => checkWritten(heads, write),
    pass() {
      for (const head of heads) write(head);
    },
  };
}

function writeRequest(head: Head): Buffer {
  if (!TOKEN.test(head.method)) throw new TypeError("method");
  if (NOT_IN_PATH.test(head.target)) throw new TypeError("path");
  return writeHead(`${head.method} ${head.target} HTTP/1.1\r\n`, head.headers);
}

function writeResponse(head: Head): Buffer {
  if (NOT_IN_VALUE.test(head.reason)) throw new TypeError("reason");
  return writeHead(`HTTP/1.1 ${head.status} ${head.reason}\r\n`, head.headers);
}

function writeHead(start: string, headers: readonly string[]): Buffer {
  const seen = nothingSeen();
  let text = start;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (!TOKEN.test(name)) throw new TypeError("name");
    if (NOT_IN_VALUE.test(value)) throw new TypeError("value");
    text += `${name}: ${value}\r\n`;
    notice(seen, name, value);
  }
  return Buffer.from(`${text}\r\n`, "latin1");
}

/** Only names of these lengths are looked at, as in node:http. */
function notice(seen: Seen, name: string, value: string): void {
  if (name.length < 4 || name.length > 17) return;
  switch (name.toLowerCase()) {
    case "connection":
      seen.connection = true;
      if (CLOSE.test(value)) seen.last = true;
      break;
    case "transfer-encoding":
      seen.transferEncoding = true;
      if (CHUNKED.test(value)) seen.chunked = true;
      break;
    case "content-length":
      seen.contentLength = +value;
      break;
    case "date":
      seen.date = true;
      break;
    case "expect":
      seen.expect = true;
      break;
    case "trailer":
      seen.trailer = true;
      break;
  }
}

function nothingSeen(): Seen {
  return {
    connection: false,
    last: false,
    transferEncoding: false,
    chunked: false,
    contentLength: -1,
    date: false,
    expect: false,
    trailer: false,
  };
}
