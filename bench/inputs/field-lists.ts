// Lists of fields as HTTP/2 carries them: the messages of the HTTP/1.1 benchmark translated, and the requests of one page.

import type { Workload } from "./h1-messages.js";
import { h1Workloads } from "./h1-messages.js";
import { Random } from "./random.js";

/** Messages of one kind, in the order of one connection. */
export interface FieldLists {
  readonly name: string;
  readonly role: "request" | "response";
  /** Flat lists: name, value, name, value, pseudo-fields first. */
  readonly lists: readonly (readonly string[])[];
  /** Content of each message, in the order of `lists`. */
  readonly bodies: readonly Uint8Array[];
}

/** The messages of one HTTP/1.1 workload, without the fields of one connection; cookies in crumbs, as browsers send them. */
export function translated(name: string, messages: number): FieldLists {
  const workload = h1Workloads().find((one) => one.name === name) as Workload;
  const distinct = workload.messages.map((bytes) => translate(workload.role, bytes));
  const all = Array.from({ length: messages }, (_, i) => distinct[i % distinct.length] as Message);
  return {
    name: name === "typical" ? "response" : name,
    role: workload.role,
    lists: all.map(({ fields }) => fields),
    bodies: all.map(({ body }) => body),
  };
}

interface Message {
  readonly fields: readonly string[];
  readonly body: Uint8Array;
}

function translate(role: Workload["role"], bytes: Uint8Array): Message {
  const text = Buffer.from(bytes).toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const [start = "", ...lines] = text.slice(0, end).split("\r\n");
  const [first = "", second = ""] = start.split(" ");
  const regular: string[] = [];
  let host = "";
  for (const line of lines) {
    const colon = line.indexOf(": ");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 2);
    if (name === "host") host = value;
    else if (name === "cookie") for (const crumb of value.split("; ")) regular.push(name, crumb);
    else if (name !== "connection") regular.push(name, value);
  }
  const pseudo =
    role === "response"
      ? [":status", second]
      : [":method", first, ":authority", host, ":scheme", "https", ":path", second];
  return { fields: [...pseudo, ...regular], body: bytes.subarray(end + 4) };
}

/** What a page asks for, by kind of thing: how often, accept, sec-fetch-dest, urgency. */
const PARTS: readonly (readonly [
  count: number,
  path: string,
  accept: string,
  dest: string,
  priority: string,
])[] = [
  [5, "/assets/css/", "text/css,*/*;q=0.1", "style", "u=0"],
  [14, "/assets/js/chunk-", "*/*", "script", "u=1"],
  [4, "/assets/fonts/", "*/*", "font", "u=0"],
  [
    52,
    "/images/products/",
    "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "image",
    "u=5, i",
  ],
  [24, "/api/v3/", "application/json", "empty", "u=1, i"],
];

/** The requests of one page, as a current Chromium sends them on one connection: 100 messages that repeat most of their fields. */
export function pageLoad(): FieldLists {
  const random = new Random(0x9a6e);
  const cookies = [`sid=${random.word(32)}`, "theme=dark", `_ga=GA1.1.${random.below(1e9)}.17`];
  cookies.push(`cart=${random.hex(24)}`, "consent=necessary%2Canalytics");
  const page = `/shop/${random.word(8)}/item-${random.hex(6)}`;
  const lists = [documentRequest(page, cookies)];
  for (const [count, path, accept, dest, priority] of PARTS) {
    for (let i = 0; i < count; i++) {
      const target = `${path}${random.word(6)}-${random.hex(8)}`;
      lists.push(partRequest(target, page, accept, dest, priority, cookies));
    }
  }
  return { name: "page", role: "request", lists, bodies: lists.map(() => new Uint8Array()) };
}

const AUTHORITY = "www.shop.example";
const AGENT =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const HINTS = [
  ...["sec-ch-ua", '"Chromium";v="156", "Not;A=Brand";v="24"'],
  ...["sec-ch-ua-mobile", "?0", "sec-ch-ua-platform", '"Linux"'],
];

function documentRequest(path: string, cookies: readonly string[]): string[] {
  return [
    ...pseudoFields(path),
    ...["cache-control", "max-age=0", ...HINTS, "upgrade-insecure-requests", "1"],
    ...["user-agent", AGENT],
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    ...["sec-fetch-site", "none", "sec-fetch-mode", "navigate", "sec-fetch-user", "?1"],
    ...["sec-fetch-dest", "document"],
    ...lastFields(cookies, "u=0, i"),
  ];
}

function partRequest(
  path: string,
  page: string,
  accept: string,
  dest: string,
  priority: string,
  cookies: readonly string[],
): string[] {
  return [
    ...pseudoFields(path),
    ...[...HINTS, "user-agent", AGENT, "accept", accept, "sec-fetch-site", "same-origin"],
    ...["sec-fetch-mode", dest === "empty" ? "cors" : "no-cors", "sec-fetch-dest", dest],
    ...["referer", `https://${AUTHORITY}${page}`],
    ...lastFields(cookies, priority),
  ];
}

function pseudoFields(path: string): string[] {
  return [":method", "GET", ":authority", AUTHORITY, ":scheme", "https", ":path", path];
}

function lastFields(cookies: readonly string[], priority: string): string[] {
  return [
    ...["accept-encoding", "gzip, deflate, br, zstd", "accept-language", "en-US,en;q=0.9"],
    ...cookies.flatMap((crumb) => ["cookie", crumb]),
    ...["priority", priority],
  ];
}
