// A request head as the platform's Request (fetch standard, "Request class"). Rules of the file: fields keep
// their values octet by octet; the URL is built from the effective authority (RFC 9110 section 7.1).

import { UsageError } from "../../errors.js";
import type { RequestHead } from "../../events.js";

/** What the head alone does not say. */
export interface RequestOptions {
  /** Scheme of the connection: "https" over TLS. Default "http". An absolute-form target has its own. */
  readonly scheme?: string;
  /** Authority for a request without one (HTTP/1.0 without Host). Default "localhost". */
  readonly authority?: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes a Request.
 *
 * `OPTIONS *` becomes the root of the authority, for a URL has no asterisk form. Several Cookie fields become one,
 * joined by "; ". From HTTP/2 on `:authority` is given as Host, too (RFC 9113 section 8.3.1). A platform that guards its Request (browsers) drops the fields that its pages may not set.
 *
 * @param head the head of the request
 * @param body its content, or null; content of GET and HEAD has no place in a Request and is left to the caller
 * @throws UsageError H1_METHOD_NOT_FETCHABLE for CONNECT, TRACE and TRACK, which the platform refuses
 * @throws TypeError for an authority or path that is no URL
 */
export function toRequest(
  head: RequestHead,
  body: ReadableStream<Uint8Array> | null = null,
  options: RequestOptions = {},
): Request {
  const { method } = head;
  if (/^(?:CONNECT|TRACE|TRACK)$/i.test(method)) {
    throw new UsageError("METHOD_NOT_FETCHABLE", `a Request cannot have the method ${method}`);
  }
  const init: RequestInit & { duplex?: "half" } = { method, headers: headersOf(head) };
  if (options.signal !== undefined) init.signal = options.signal;
  if (body !== null && method !== "GET" && method !== "HEAD") {
    init.body = body;
    // The answer may begin before the request ends; the platform wants this said.
    init.duplex = "half";
  }
  return new Request(urlOf(head, options), init);
}

function urlOf(head: RequestHead, options: RequestOptions): string {
  const scheme = head.scheme ?? options.scheme ?? "http";
  const authority = head.authority || (options.authority ?? "localhost");
  const path = head.path === null || head.path === "*" ? "/" : head.path;
  return `${scheme}://${authority}${path}`;
}

function headersOf(head: RequestHead): Headers {
  const headers = new Headers();
  let hasCookie = false;
  const { rawHeaders } = head;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 6 && name.toLowerCase() === "cookie") hasCookie = true;
    else headers.append(name, rawHeaders[at + 1] as string);
  }
  if (hasCookie) headers.set("cookie", head.get("cookie") ?? "");
  if (!head.httpVersion.startsWith("1.") && head.authority && !headers.has("host")) {
    headers.set("host", head.authority);
  }
  return headers;
}
