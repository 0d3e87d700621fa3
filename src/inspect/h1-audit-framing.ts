// Where the content of an HTTP/1.1 message ends, and everything that is wrong with what says it (RFC 9112 section 6).

import { isToken } from "./field-grammar.js";
import {
  type AuditedHead,
  type HeadField,
  type HeadLine,
  type Report,
  trimmed,
} from "./h1-audit-head.js";
import type { H1Asked } from "./h1-reader.js";

/** How content ends. */
export type Framing =
  | { readonly kind: "none" | "chunked" | "until-close" | "tunnel" }
  | { readonly kind: "length"; readonly length: number };

/** What a response answers. */
export interface Answered {
  readonly isHead: boolean;
  readonly isConnect: boolean;
}

const NONE: Framing = { kind: "none" };

/** Framing of a request (`answers` null) or of a final response. */
export function framingOf(head: AuditedHead, answers: Answered | null, report: Report): Framing {
  const codings = codingsOf(head, answers === null, report);
  const length = lengthOf(head.fields, report);
  const both = head.fields.find(({ key }) => key === "transfer-encoding");
  if (both !== undefined && head.fields.some(({ key }) => key === "content-length"))
    report("H1_LENGTH_AND_TRANSFER_ENCODING", both.valueOffset);
  if (answers !== null) {
    if (answers.isConnect && head.status >= 200 && head.status < 300) return { kind: "tunnel" };
    if (answers.isHead || head.status === 204 || head.status === 304) return NONE;
  }
  if (codings.at(-1) === "chunked") return { kind: "chunked" };
  if (length >= 0 && codings.length === 0) return { kind: "length", length };
  return answers === null ? NONE : { kind: "until-close" };
}

/** Codings of Transfer-Encoding, in order. */
function codingsOf(
  { fields, isHttp10 }: AuditedHead,
  isRequest: boolean,
  report: Report,
): string[] {
  const codings: string[] = [];
  let last: HeadField | undefined;
  for (const field of fields) {
    if (field.key !== "transfer-encoding") continue;
    last = field;
    if (isHttp10) report("H1_TRANSFER_ENCODING_IN_HTTP10", field.valueOffset);
    const elements = splitAt(",", field.value);
    if (field.value === "") report("H1_TRANSFER_ENCODING_INVALID", field.valueOffset);
    for (const element of elements) {
      if (element === "") continue;
      const [coding = "", ...parameters] = splitAt(";", element);
      const name = coding.toLowerCase();
      if (!isToken(coding)) report("H1_TRANSFER_ENCODING_INVALID", field.valueOffset);
      if (name === "chunked" && codings.includes("chunked"))
        report("H1_CHUNKED_REPEATED", field.valueOffset);
      if (name === "chunked" && parameters.length > 0)
        report("H1_CHUNKED_PARAMETERS", field.valueOffset);
      codings.push(name);
    }
  }
  if (last !== undefined && isRequest && codings.at(-1) !== "chunked")
    report("H1_TRANSFER_ENCODING_NOT_CHUNKED", last.valueOffset);
  return codings;
}

/** The first Content-Length that is a number; -1: there is none. */
function lengthOf(fields: readonly HeadField[], report: Report): number {
  let length = -1;
  for (const { key, value, valueOffset: offset } of fields) {
    if (key !== "content-length") continue;
    for (const part of splitAt(",", value)) {
      if (!/^\d+$/.test(part)) {
        report("H1_CONTENT_LENGTH_INVALID", offset);
        continue;
      }
      const number = Number(part);
      if (!Number.isSafeInteger(number)) report("H1_CONTENT_LENGTH_TOO_LARGE", offset);
      else if (length < 0) length = number;
      else
        report(
          number === length ? "H1_CONTENT_LENGTH_REPEATED" : "H1_CONTENT_LENGTH_CONFLICT",
          offset,
        );
    }
  }
  return length;
}

/** Parts between separators, which do not count in a quoted string. */
function splitAt(separator: string, text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (isQuoted && text[at] === "\\") at++;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === separator && !isQuoted) {
      parts.push(trimmed(text.slice(from, at)));
      from = at + 1;
    }
  }
  parts.push(trimmed(text.slice(from)));
  return parts;
}

/** Whether more messages may follow (RFC 9112 section 9.3). */
export function isPersistent({ fields, isHttp10 }: AuditedHead): boolean {
  const options = fields
    .filter(({ key }) => key === "connection")
    .flatMap(({ value }) => value.toLowerCase().split(","))
    .map((option) => option.trim());
  if (options.includes("close")) return false;
  return !isHttp10 || options.includes("keep-alive");
}

/** The size of a chunk, as its line says it; -1: it says none. */
export function chunkSize({ text, offset, end }: HeadLine, report: Report): number {
  const found = /^([0-9a-fA-F]*)([ \t]*)(.*)$/s.exec(text);
  const [, digits = "", space = "", rest = ""] = found ?? [];
  const isExtended = rest.startsWith(";");
  if (end === 1)
    report(
      isExtended ? "H1_CHUNK_EXTENSION_INVALID" : "H1_CHUNK_SIZE_INVALID",
      offset + text.length,
    );
  if (digits === "" || (rest !== "" && !rest.startsWith(";"))) {
    report("H1_CHUNK_SIZE_INVALID", offset + digits.length + (digits === "" ? 0 : space.length));
    return -1;
  }
  if (space !== "" && rest === "") report("H1_CHUNK_SIZE_INVALID", offset + digits.length);
  const place = offset + digits.length + space.length;
  if (isExtended && rest.includes("\r"))
    report("H1_CHUNK_SIZE_INVALID", place + rest.indexOf("\r"));
  else if (isExtended && !isExtension(rest)) report("H1_CHUNK_EXTENSION_INVALID", place);
  const size = Number.parseInt(digits, 16);
  if (Number.isSafeInteger(size)) return size;
  report("H1_CHUNK_SIZE_TOO_LARGE", offset);
  return -1;
}

/** chunk-ext (RFC 9112 section 7.1.1). */
function isExtension(text: string): boolean {
  const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  const quoted = '"(?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
  const one = `[ \\t]*;[ \\t]*${token}(?:[ \\t]*=[ \\t]*(?:${token}|${quoted}))?`;
  return new RegExp(`^(?:${one})+[ \\t]*$`).test(text);
}

/** What a request offers beside itself: another protocol (RFC 9110 section 7.8). */
export function askedOf({ method, fields, isHttp10 }: AuditedHead): H1Asked {
  const value = (name: string) => fields.find(({ key }) => key === name)?.value ?? null;
  const isListed = fields.some(
    ({ key, value: options }) => key === "connection" && /upgrade/i.test(options),
  );
  const protocol = isListed && !isHttp10 ? value("upgrade") : null;
  return { method, protocol, settings: value("http2-settings") };
}
