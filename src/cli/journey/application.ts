// The application of the journey: small, but real work. Rules of the file: decoding (gzip, JSON) and the work itself
// are functions of their own, so that each can be timed around the call.

import { gunzipSync } from "node:zlib";
import type { RequestHead } from "../../index.js";

/** What a request asks for, once its content was decoded. */
export type Decoded =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "lines"; readonly values: readonly LogLine[] };

interface LogLine {
  level: string;
  ms: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: string[];
  readonly content: string;
}

/** An upload may not become larger than this, whatever its length in gzip. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Takes gzip off. @throws RangeError where it becomes too large, Error where it is no gzip */
export function unzip(content: Uint8Array): Buffer {
  return gunzipSync(content, { maxOutputLength: MOST_BYTES });
}

/** Reads JSON, or lines of JSON. @throws SyntaxError */
export function readJson(head: RequestHead, content: Uint8Array): Decoded {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("utf8");
  if (head.get("content-type") !== "application/x-ndjson") {
    return { kind: "json", value: JSON.parse(text) };
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return { kind: "lines", values: lines.map((line) => JSON.parse(line) as LogLine) };
}

/** The work: what the application would do whatever the protocol. */
export function work(head: RequestHead, decoded: Decoded): Answer {
  if (decoded.kind === "json") return json(total(decoded.value));
  if (decoded.kind === "lines") return json(summary(decoded.values));
  return page(head);
}

function page(head: RequestHead): Answer {
  const cookies = new Map<string, string>();
  for (const crumb of (head.get("cookie") ?? "").split(";")) {
    const [name = "", value = ""] = crumb.trim().split("=");
    if (name !== "") cookies.set(name, value);
  }
  const url = new URL(head.path ?? "/", "http://localhost");
  const page = Number(url.searchParams.get("page") ?? "1");
  const entries = Array.from({ length: 30 }, (_, at) => {
    const number = (page - 1) * 30 + at + 1;
    return `<li><a href="/articles/${number}">Article ${number}</a> of ${escaped(url.pathname)}</li>`;
  });
  const theme = escaped(cookies.get("theme") ?? "light");
  const content = `<!doctype html><html class="${theme}"><title>Page ${page}</title><ol>${entries.join("")}</ol>`;
  return {
    status: 200,
    headers: [
      ...["content-type", "text/html; charset=utf-8", "cache-control", "private, max-age=60"],
      ...["vary", "cookie, accept-encoding", "x-content-type-options", "nosniff"],
      ...["set-cookie", "seen=1; Path=/; HttpOnly; SameSite=Lax", "server", "tercet"],
    ],
    content,
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function total(order: unknown): object {
  const { items } = order as { items: { quantity: number; price: number }[] };
  const sum = items.reduce((cents, { quantity, price }) => cents + quantity * price, 0);
  return { accepted: true, positions: items.length, totalCents: sum };
}

function summary(lines: readonly LogLine[]): object {
  const byLevel: Record<string, number> = {};
  let slowest = 0;
  for (const { level, ms } of lines) {
    byLevel[level] = (byLevel[level] ?? 0) + 1;
    slowest = Math.max(slowest, ms);
  }
  return { lines: lines.length, byLevel, slowestMs: slowest };
}

function json(value: object): Answer {
  return {
    status: 200,
    headers: ["content-type", "application/json", "cache-control", "no-store", "server", "tercet"],
    content: JSON.stringify(value),
  };
}
