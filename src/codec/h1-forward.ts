// For proxies and gateways: what changes in a message between two connections (RFC 9110 section
// 7.6.1, RFC 9112 sections 6.3, 7.1.3). Pure functions on flat lists [name, value, …]; order is
// kept (H1-059), unknown fields pass (H1-057), the caller's list is never changed.

import { splitList } from "./h1-headers.js";
import { refuse } from "./h1-usage.js";

/**
 * Fields for one connection only, whether Connection lists them or not (RFC 9110 section 7.6.1).
 */
const HOP_BY_HOP: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
];

/**
 * The fields that go on to the next hop (H1-123): without Connection, what it lists, Keep-Alive,
 * Proxy-Connection, TE, Transfer-Encoding and Upgrade. Beside a Transfer-Encoding goes
 * Content-Length, too, which that one overrode (RFC 9112 section 6.3, H1-072).
 */
export function removeHopByHop(flat: readonly string[]): string[] {
  const removed = new Set(HOP_BY_HOP);
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase();
    if (name === "transfer-encoding") removed.add("content-length");
    if (name !== "connection") continue;
    for (const option of splitList(flat[i + 1] as string)) removed.add(option.toLowerCase());
  }
  return without(flat, removed);
}

/**
 * The fields of a message whose chunked coding was decoded (RFC 9112 section 7.1.3, H1-109):
 * Content-Length is the length of what came out, chunked leaves Transfer-Encoding, Trailer goes.
 * Where other codings are left, decode them and remove them as well: a message may not have both
 * fields.
 * @param length bytes after decoding
 * @throws UsageError H1_CONTENT_LENGTH_INVALID
 */
export function dechunkHeaders(flat: readonly string[], length: number): string[] {
  if (!Number.isSafeInteger(length) || length < 0) {
    refuse("H1_CONTENT_LENGTH_INVALID", "a length is a whole number of bytes");
  }
  const kept = without(flat, new Set(["content-length", "trailer"]));
  const out: string[] = [];
  for (let i = 0; i < kept.length; i += 2) {
    const name = kept[i] as string;
    let value = kept[i + 1] as string;
    if (name.toLowerCase() === "transfer-encoding") {
      value = splitList(value).filter(isOtherCoding).join(", ");
      if (value === "") continue;
    }
    out.push(name, value);
  }
  out.push("Content-Length", String(length));
  return out;
}

function isOtherCoding(element: string): boolean {
  return element !== "" && element.toLowerCase() !== "chunked";
}

function without(flat: readonly string[], names: ReadonlySet<string>): string[] {
  const out: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (!names.has(name.toLowerCase())) out.push(name, flat[i + 1] as string);
  }
  return out;
}
