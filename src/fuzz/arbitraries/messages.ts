// Whole requests and responses as arbitraries, each with what a strict receiver must read from it.

import { bytesOf, concat, textOf } from "../latin1.js";
import { type Content, NO_CONTENT } from "./content.js";
import type { Arb, Fc } from "./edits.js";
import { type Field, flat, lines, trimmed, VALUE_CHARS, type Words } from "./grammar.js";
import type { GeneratedRequest, GeneratedResponse } from "./index.js";

const PERSISTENCE = ["close", "keep-alive", "foo, Close", "Keep-Alive , x", "close-not"] as const;

/** RFC 9112 section 9.3: close, else 1.1, else keep-alive. */
function persists(httpVersion: string, connection: string | null): boolean {
  const options = (connection ?? "").toLowerCase().split(",").map(trimmed);
  if (options.includes("close")) return false;
  return httpVersion === "1.1" || options.includes("keep-alive");
}

/** Valid requests; content of every kind. */
export function requests(
  fc: Fc,
  w: Words,
  kinds: Record<"length" | "chunked", Arb<Content>>,
): Arb<GeneratedRequest> {
  const method = fc.oneof(
    fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE"),
    w.token.filter((word) => !["PRI", "CONNECT", "OPTIONS"].includes(word)),
  );
  const absolute = fc
    .tuple(
      fc.constantFrom("http", "https", "HTTP"),
      w.host,
      fc.oneof(w.originTarget, fc.constant("")),
    )
    .map(([scheme, host, path]) => `${scheme}://${host}${path}`);
  const start = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(method, fc.oneof(w.originTarget, w.browserTarget)) },
    { weight: 1, arbitrary: fc.tuple(method, absolute) },
    { weight: 1, arbitrary: fc.constant(["OPTIONS", "*"] as [string, string]) },
  );
  const parts = fc.record({
    start,
    host: w.host,
    version: fc.oneof(
      { weight: 6, arbitrary: fc.constant("1.1") },
      { weight: 1, arbitrary: fc.constantFrom("1.0", "1.2", "1.9") },
    ),
    fields: w.fields,
    content: fc.oneof(fc.constant(NO_CONTENT), kinds.length, kinds.chunked),
    connection: fc.option(fc.constantFrom(...PERSISTENCE), { nil: null, freq: 5 }),
    order: fc.array(fc.nat(7), { minLength: 4, maxLength: 4 }),
    ows: fc.array(w.ows, { minLength: 1, maxLength: 8 }),
    empty: fc.integer({ min: 0, max: 2 }),
  });
  return parts.map(
    ({ start: [verb, target], host, version, fields, connection, order, ows, empty, ...rest }) => {
      // HTTP/1.0 knows no transfer codings (RFC 9112 section 6.1).
      const content =
        version === "1.0" && rest.content.trailers !== null ? NO_CONTENT : rest.content;
      const own: Field[] = [["Host", host], ...content.fields];
      if (connection !== null) own.push(["Connection", connection]);
      const all = shuffled(fields, own, order);
      return {
        bytes: concat([
          bytesOf(
            `${"\r\n".repeat(empty)}${verb} ${target} HTTP/${version}\r\n${lines(all, ows)}\r\n`,
          ),
          content.bytes,
        ]),
        method: verb,
        target,
        httpVersion: version === "1.0" ? "1.0" : "1.1",
        headers: flat(all),
        body: content.body,
        trailers: content.trailers,
        persistent: persists(version === "1.0" ? "1.0" : "1.1", connection),
      };
    },
  );
}

/** Puts each of `own` somewhere among `fields`. */
function shuffled(
  fields: readonly Field[],
  own: readonly Field[],
  order: readonly number[],
): Field[] {
  const all = [...fields];
  for (const [at, field] of own.entries())
    all.splice((order[at] ?? 0) % (all.length + 1), 0, field);
  return all;
}

/** Valid responses to a GET. */
export function responses(
  fc: Fc,
  w: Words,
  kinds: Record<"length" | "chunked", Arb<Content>>,
): Arb<GeneratedResponse> {
  const untilClose = fc
    .uint8Array({ maxLength: 100 })
    .map((bytes): Content => ({ fields: [], bytes, body: textOf(bytes), trailers: null }));
  const parts = fc.record({
    status: fc.oneof(
      fc.constantFrom(200, 204, 206, 301, 304, 404, 500),
      fc.integer({ min: 200, max: 599 }),
    ),
    reason: w.text(VALUE_CHARS, 0, 16),
    version: fc.constantFrom<"1.0" | "1.1">("1.1", "1.1", "1.1", "1.0"),
    fields: w.fields,
    content: fc.oneof(kinds.length, kinds.chunked, untilClose),
    connection: fc.option(fc.constantFrom(...PERSISTENCE), { nil: null, freq: 5 }),
    order: fc.array(fc.nat(7), { minLength: 4, maxLength: 4 }),
    ows: fc.array(w.ows, { minLength: 1, maxLength: 8 }),
  });
  return parts.map(({ status, reason, version, fields, connection, order, ows, ...rest }) => {
    const empty = status === 204 || status === 304;
    const usable = !empty && !(version === "1.0" && rest.content.trailers !== null);
    const content = usable ? rest.content : NO_CONTENT;
    const own =
      connection === null
        ? content.fields
        : [...content.fields, ["Connection", connection] as const];
    const all = shuffled(fields, own, order);
    const endless = !empty && content.fields.length === 0;
    return {
      bytes: concat([
        bytesOf(`HTTP/${version} ${status} ${reason}\r\n${lines(all, ows)}\r\n`),
        content.bytes,
      ]),
      status,
      reason,
      httpVersion: version,
      headers: flat(all),
      body: content.body,
      trailers: content.trailers,
      persistent: !endless && persists(version, connection),
      untilClose: endless,
    };
  });
}
