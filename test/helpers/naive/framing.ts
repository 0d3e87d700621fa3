// Where the content of a message ends, RFC 9112 section 6.3, and whether the connection goes on, section
// 9.3. Part of the oracle.

import type { ErrorName } from "tercet";
import { listElements, TRANSFER_CODING } from "./grammar.js";
import { type Field, tokensOf, valuesOf } from "./lines.js";
import { refuse } from "./outcome.js";

/** How the content is delimited. */
export type Framing =
  | { kind: "none" }
  | { kind: "length"; length: number }
  | { kind: "chunked" }
  | { kind: "until-close" };

/**
 * Framing by the fields alone: rules 3 to 8 of RFC 9112 section 6.3, strict. Every rule that the fields
 * break is a possible code.
 */
export function framingOf(
  fields: readonly Field[],
  role: "server" | "client",
  version: "1.0" | "1.1",
): Framing {
  const wrong: ErrorName[] = [];
  const codings = valuesOf(fields, "transfer-encoding");
  const lengths = valuesOf(fields, "content-length");
  const length = lengths.length === 0 ? null : lengthOf(lengths, wrong);
  const chunked = codings.length === 0 ? null : endsChunked(codings, role, wrong);
  if (chunked !== null && version === "1.0") wrong.push("H1_TRANSFER_ENCODING_IN_HTTP10");
  if (chunked !== null && length !== null) wrong.push("H1_LENGTH_AND_TRANSFER_ENCODING");
  if (wrong.length > 0) refuse(...wrong);

  if (chunked !== null) return { kind: chunked ? "chunked" : "until-close" };
  if (length !== null) return { kind: "length", length };
  return { kind: role === "server" ? "none" : "until-close" };
}

/** Most digits of a Content-Length. */
const LENGTH_DIGITS = 20;

/** RFC 9110 section 8.6: 1*DIGIT; a list of the same value is refused as well, by choice. */
function lengthOf(values: readonly string[], wrong: ErrorName[]): number {
  const elements = values.flatMap((value) =>
    value.split(",").map((part) => part.replace(/^[ \t]+|[ \t]+$/g, "")),
  );
  // More digits are padding that no sender needs: refused by choice, leading zeros or not.
  const good = (element: string) => /^[0-9]+$/.test(element) && element.length <= LENGTH_DIGITS;
  if (!elements.every(good)) wrong.push("H1_CONTENT_LENGTH_INVALID");
  // A value may be too large before the octet that makes it invalid.
  const numbers = elements.map((element) => BigInt(/^[0-9]*/.exec(element)?.[0] || "0"));
  const isLarge = numbers.some((number) => number > BigInt(Number.MAX_SAFE_INTEGER));
  if (isLarge) wrong.push("H1_CONTENT_LENGTH_TOO_LARGE");
  if (elements.length > 1) {
    const same = numbers.every((number) => number === numbers[0]);
    // Among wrong values, or more than two, the pair that is compared first may be any.
    const isOpen = wrong.length > 0 || elements.length > 2;
    if (same || isOpen) wrong.push("H1_CONTENT_LENGTH_REPEATED");
    if (!same || isOpen) wrong.push("H1_CONTENT_LENGTH_CONFLICT");
  }
  return Number(numbers[0] ?? 0n);
}

/** RFC 9112 sections 6.1 and 7: whether the final coding is chunked. */
function endsChunked(
  values: readonly string[],
  role: "server" | "client",
  wrong: ErrorName[],
): boolean {
  const elements = values.map(listElements);
  const codings: string[] = [];
  for (const line of elements) {
    if (line === null) wrong.push("H1_TRANSFER_ENCODING_INVALID");
    for (const element of line ?? []) {
      const [, name = "", parameters = ""] = TRANSFER_CODING.exec(element) ?? [];
      if (name === "") wrong.push("H1_TRANSFER_ENCODING_INVALID");
      if (name.toLowerCase() === "chunked" && parameters !== "")
        wrong.push("H1_CHUNKED_PARAMETERS");
      codings.push(name.toLowerCase());
    }
  }
  const count = codings.filter((coding) => coding === "chunked").length;
  if (count > 1) wrong.push("H1_CHUNKED_REPEATED");
  const last = codings.at(-1) === "chunked";
  // Rule 4: a request whose final coding is not chunked has no end; a response ends with the connection.
  if (!last && role === "server") wrong.push("H1_TRANSFER_ENCODING_NOT_CHUNKED");
  return last;
}

/** RFC 9112 section 9.3. */
export function persists(fields: readonly Field[], version: "1.0" | "1.1"): boolean {
  const options = tokensOf(fields, "connection");
  if (options.includes("close")) return false;
  return version === "1.1" || options.includes("keep-alive");
}
