// The small parts of HTTP/2 and HTTP/3 as arbitraries: field names and values, lists of them, any octets.

import type { Arb, Fc } from "./edits.js";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const TCHAR = `!#$%&'*+-.^_\`|~0123456789${LOWER}`;

/** Names that the connection itself reads or refuses. */
const SPECIAL =
  /^(host|content-length|transfer-encoding|connection|upgrade|te|keep-alive|proxy-connection|priority|http2-settings|cookie)$/;

/** What a value may hold, ends aside (RFC 9113 section 8.2.1, RFC 9110 section 5.5). */
const VALUE_CHARS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
  (char) => char === "\t" || (char >= " " && char !== "\x7f"),
);

/** Fields as they come in real lists, again and again. */
const COMMON: readonly (readonly [string, string])[] = [
  ["accept", "*/*"],
  ["accept-encoding", "gzip, deflate"],
  ["user-agent", "tercet/0"],
  ["content-type", "text/html; charset=utf-8"],
  ["cache-control", "no-cache"],
  ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["location", "https://www.example.com"],
  ["x-empty", ""],
];

/** Arbitraries of the words. */
export function fieldWords(fc: Fc) {
  const octet = fc.nat(255).map((code) => String.fromCharCode(code));
  const text = (chars: readonly string[], minLength: number, maxLength: number): Arb<string> =>
    fc.string({ unit: fc.constantFrom(...chars), minLength, maxLength });
  const fieldName = text([...TCHAR], 1, 14).filter((name) => !SPECIAL.test(name));
  const fieldValue = fc
    .oneof(text(VALUE_CHARS, 0, 24), text([...`${LOWER} ,;=`], 0, 90))
    .map((value) => value.replace(/^[ \t]+|[ \t]+$/g, ""));
  const octets = fc.oneof(
    fc.string({ unit: octet, maxLength: 12 }),
    fc.string({ unit: octet, minLength: 100, maxLength: 300 }),
  );
  const field = fc.oneof(fc.constantFrom(...COMMON), fc.tuple(fieldName, fieldValue));
  const headerList = fc.array(field, { maxLength: 8 }).map((list) => list.flat());
  const octetList = fc
    .array(fc.oneof(fc.tuple(octets, octets), fc.constantFrom(...COMMON)), { maxLength: 12 })
    .map((list) => list.flat());
  return { fieldName, fieldValue, octets, headerList, octetList };
}

export type FieldWords = ReturnType<typeof fieldWords>;
