// The small parts of HTTP/1.1 as arbitraries: tokens, values, whitespace, hosts, targets, field lines (RFC
// 9110 section 5.6, RFC 3986).

import type { Arb, Fc } from "./edits.js";

const ALPHA = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const TCHAR = `!#$%&'*+-.^_\`|~${DIGITS}${ALPHA}`;
const UNRESERVED = `${ALPHA}${DIGITS}-._~`;
const SUB_DELIMS = "!$&'()*+,;=";
/** What the URL standard leaves unescaped in a query, beyond RFC 3986: browsers send it. */
const RAW_IN_QUERY = "[]^`{|}";
const PCHAR = `${UNRESERVED}${SUB_DELIMS}:@`;

/** Names that decide framing, routing or persistence: the generators write these themselves. */
const SPECIAL =
  /^(host|content-length|transfer-encoding|connection|upgrade|expect|te|trailer|keep-alive|proxy-connection)$/i;

export type Field = readonly [name: string, value: string];

/** Visible ASCII, or octets above it: what a field value may hold (RFC 9110 section 5.5). */
export const VALUE_CHARS = Array.from({ length: 256 }, (_, code) =>
  String.fromCharCode(code),
).filter((char) => char === "\t" || (char >= " " && char !== "\x7f"));

function charsOf(fc: Fc, chars: string | readonly string[]): Arb<string> {
  return fc.constantFrom(...chars);
}

/** Arbitraries of the grammar. */
export function words(fc: Fc) {
  const text = (chars: string | readonly string[], minLength: number, maxLength: number) =>
    fc.string({ unit: charsOf(fc, chars), minLength, maxLength });
  const percent = fc
    .integer({ min: 0, max: 255 })
    .map((byte) => `%${byte.toString(16).padStart(2, "0")}`);
  const uri = (chars: string, minLength: number, maxLength: number) =>
    fc
      .array(
        fc.oneof({ weight: 9, arbitrary: charsOf(fc, chars) }, { weight: 1, arbitrary: percent }),
        {
          minLength,
          maxLength,
        },
      )
      .map((parts) => parts.join(""));
  const token = text(TCHAR, 1, 12);
  const fieldValue = fc.oneof(text(VALUE_CHARS, 0, 24), text(`${ALPHA} ,;="`, 0, 120)).map(trimmed);
  const ows = text(" \t", 0, 3);
  const port = fc.integer({ min: 1, max: 65535 }).map((number) => `:${number}`);
  const name = fc.oneof(
    // A comma is a sub-delim too, but a Host with one looks like a list: strict receivers refuse it.
    uri(`${UNRESERVED}${SUB_DELIMS.replace(",", "")}`, 1, 12),
    fc.constantFrom(
      "localhost",
      "127.0.0.1",
      "[::1]",
      "[2001:db8::1:0]",
      "[::ffff:1.2.3.4]",
      "[v1.a:b]",
    ),
  );
  const host = fc.tuple(name, fc.option(port, { nil: "" })).map((parts) => parts.join(""));
  const path = fc
    .array(uri(PCHAR, 0, 8), { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join("/")}`);
  const query = (chars: string) =>
    fc.option(
      uri(chars, 0, 12).map((part) => `?${part}`),
      { nil: "" },
    );
  const target = (chars: string) => fc.tuple(path, query(chars)).map((parts) => parts.join(""));
  const originTarget = target(`${PCHAR}/?`);
  const browserTarget = target(`${PCHAR}/?${RAW_IN_QUERY}`);
  const fieldName = token.filter((word) => !SPECIAL.test(word));
  const fields = fc.array(fc.tuple(fieldName, fieldValue) as Arb<Field>, { maxLength: 6 });
  return { text, token, fieldValue, ows, host, originTarget, browserTarget, fields };
}

export type Words = ReturnType<typeof words>;

/** Without SP and HTAB at both ends. */
export function trimmed(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, "");
}

/** A field on the wire, with whitespace around the value. */
function line([name, value]: Field, [before, after]: readonly string[]): string {
  return `${name}:${before}${value}${after}\r\n`;
}

/** Field lines on the wire; `ows` gives the whitespace of each. */
export function lines(fields: readonly Field[], ows: readonly string[]): string {
  return fields
    .map((field, at) =>
      line(field, [ows[(2 * at) % ows.length] ?? "", ows[(2 * at + 1) % ows.length] ?? ""]),
    )
    .join("");
}

/** Fields as a flat list. */
export function flat(fields: readonly Field[]): string[] {
  return fields.flat();
}
