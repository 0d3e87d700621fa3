// Everything that is wrong with the head of an HTTP/1.1 message, line by line (RFC 9112 sections 2.2, 2.3, 3, 4, 5; RFC
// 9110 sections 5.5, 7.2, 9.1, 15), and what it most likely means.

import type { ErrorName } from "../index.js";
import { isHostValue, isPath, isScheme, isToken, valueFault } from "./field-grammar.js";

/** A line without its end; `end` octets end it: 2, 1 (LF alone). */
export interface HeadLine {
  readonly text: string;
  readonly offset: number;
  readonly end: 1 | 2;
}

/** A field as it is understood. */
export interface HeadField {
  readonly name: string;
  /** The name in lower case. */
  readonly key: string;
  value: string;
  readonly offset: number;
  readonly valueOffset: number;
}

/** Where mistakes go. */
export type Report = (code: ErrorName, offset: number) => void;

/** A head as it is understood. */
export interface AuditedHead {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** HTTP/1.0: no persistence and no chunked unless it says so. */
  readonly isHttp10: boolean;
  readonly fields: readonly HeadField[];
}

/** Line ends and bare CR, of every line of a head or trailer section. */
export function lineFaults({ text, offset, end }: HeadLine, report: Report): void {
  for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", at + 1))
    report("H1_BARE_CR", offset + at);
  if (end === 1) report("H1_BARE_LF", offset + text.length);
}

/** The version of a start line, at this offset. true: HTTP/1.0. */
function isVersion10(version: string, offset: number, report: Report): boolean {
  const found = /^HTTP\/(\d)\.(\d)$/.exec(version);
  if (found === null) {
    report("H1_VERSION_INVALID", offset);
    return false;
  }
  if (found[1] !== "1") report("H1_VERSION_UNSUPPORTED", offset);
  return found[1] === "1" && found[2] === "0";
}

/** A request line; null: it is none. */
export function requestLine(line: HeadLine, report: Report): Omit<AuditedHead, "fields"> | null {
  const { text, offset } = line;
  const found =
    /^([ \t]*)([^ \t]+)([ \t]+)([^ \t]+(?:[ \t]+[^ \t]+)*?)(?:([ \t]+)(HTTP\/\S*))?([ \t]*)$/i.exec(
      text,
    );
  if (found === null) return null;
  const [, lead = "", method = "", gap = "", target = "", gap2, version, trail = ""] = found;
  if (version === undefined && !isToken(method)) return null; // nothing says that it is one
  if (lead !== "") report("H1_METHOD_INVALID", offset);
  if (!isToken(method)) report("H1_METHOD_INVALID", offset + lead.length + firstOutside(method));
  else if (method === "PRI") report("H1_PREFACE_INVALID", offset);
  let at = offset + lead.length + method.length;
  if (gap !== " ") report("H1_REQUEST_LINE_INVALID", at + (gap.startsWith(" ") ? 1 : 0));
  at += gap.length;
  const blank = target.search(/[ \t]/);
  // What stands behind the first space should be a version.
  if (blank >= 0) report("H1_VERSION_INVALID", at + blank + 1);
  else targetFaults(method, target, at, report);
  at += target.length;
  if (version === undefined) {
    const isShort = !/[ \t]/.test(target) && trail === "";
    if (isShort || blank < 0) report(isShort ? "H1_HTTP09_REFUSED" : "H1_VERSION_INVALID", at);
    return { method, target, status: 0, isHttp10: false };
  }
  if (gap2 !== " ") report("H1_REQUEST_LINE_INVALID", at);
  const isHttp10 = isVersion10(version, at + (gap2 as string).length, report);
  if (trail !== "") report("H1_REQUEST_LINE_INVALID", offset + text.length - trail.length);
  return { method, target, status: 0, isHttp10 };
}

/** Octets and form of a target (RFC 9112 section 3.2). */
function targetFaults(method: string, target: string, offset: number, report: Report): void {
  if (method === "CONNECT") {
    const found = /^(.+):(\d+)$/.exec(target);
    if (found === null || !isHostValue(target)) report("H1_CONNECT_TARGET_INVALID", offset);
    return;
  }
  if (target === "*") {
    if (method !== "OPTIONS") report("H1_TARGET_FORM_INVALID", offset);
    return;
  }
  if (target.startsWith("/")) {
    if (!isPath(target)) report("H1_TARGET_INVALID", offset);
    return;
  }
  const absolute = /^([^:/?#]+):\/\/([^/?#]*)(.*)$/.exec(target);
  if (absolute === null || !isScheme(absolute[1] as string))
    return report("H1_TARGET_FORM_INVALID", offset);
  const [, , authority = "", path = ""] = absolute;
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (at >= 0 && authority.slice(0, at).includes(":")) report("H1_TARGET_USERINFO", offset);
  if (host === "" || host.startsWith(":") || !isHostValue(host))
    report("H1_TARGET_HOST_INVALID", offset);
  if (!isPath(path)) report("H1_TARGET_INVALID", offset);
}

/** A status line; null: it is none. */
export function statusLine(line: HeadLine, report: Report): Omit<AuditedHead, "fields"> | null {
  const { text, offset } = line;
  const found = /^(HTTP\/[^ \t]*)([ \t]*)(\d+)(?:([ \t])(.*))?$/s.exec(text);
  if (found === null) return null;
  const [, version = "", gap = "", code = "", space, reason = ""] = found;
  const isHttp10 = isVersion10(version, offset, report);
  if (gap !== " " || code.length !== 3) report("H1_STATUS_LINE_INVALID", offset + version.length);
  else if (!/^[1-5]/.test(code)) report("H1_STATUS_CODE_INVALID", offset + version.length + 1);
  if (space === undefined) report("H1_STATUS_SPACE_MISSING", offset + text.length);
  else if (space !== " ") report("H1_STATUS_LINE_INVALID", offset + text.length - reason.length);
  if (valueFault(reason) !== null)
    report("H1_REASON_INVALID", offset + text.length - reason.length);
  return { method: "", target: "", status: Number(code.slice(0, 3)), isHttp10 };
}

/** The fields of a head or trailer section. */
export function fieldsOf(
  lines: readonly HeadLine[],
  isRequest: boolean,
  report: Report,
): HeadField[] {
  const fields: HeadField[] = [];
  for (const line of lines) {
    lineFaults(line, report);
    const { text, offset } = line;
    if (/^[ \t]/.test(text)) {
      const last = fields.at(-1);
      if (last === undefined) report("H1_SPACE_BEFORE_FIRST_FIELD", offset);
      else {
        if (isRequest) report("H1_OBS_FOLD", offset);
        octetFaults(text, offset, report);
        // Not trimmed as a whole each time: a value may have thousands of lines.
        const more = trimmed(text);
        if (more !== "") last.value = last.value === "" ? more : `${last.value} ${more}`;
      }
      continue;
    }
    const field = fieldOf(line, report);
    if (field !== null) fields.push(field);
  }
  return fields;
}

function fieldOf({ text, offset }: HeadLine, report: Report): HeadField | null {
  const colon = text.indexOf(":");
  const token = firstOutside(text);
  const behind = text[token];
  if (behind === " " || behind === "\t") report("H1_SPACE_BEFORE_COLON", offset + token);
  if (behind === undefined || behind === "\r") report("H1_FIELD_COLON_MISSING", offset + token);
  else if (colon < 0) report("H1_FIELD_COLON_MISSING", offset + text.length);
  if (colon < 0) return null;
  const name = text.slice(0, endOfText(text, 0, colon));
  if (!isToken(name)) report("H1_FIELD_NAME_INVALID", offset + firstOutside(name));
  const rest = text.slice(colon + 1);
  octetFaults(rest, offset + colon + 1, report);
  const lead = /^[ \t]*/.exec(rest)?.[0].length ?? 0;
  const valueOffset = offset + colon + 1 + lead;
  return { name, key: name.toLowerCase(), value: trimmed(rest), offset, valueOffset };
}

/** Without SP and HTAB at its ends. */
export function trimmed(text: string): string {
  let from = 0;
  while (isBlank(text, from)) from++;
  return text.slice(from, endOfText(text, from, text.length));
}

/** `end`, or where the SP and HTAB before it begin. No pattern: one that ends in `$` is tried at each SP of a long run. */
function endOfText(text: string, from: number, end: number): number {
  let at = end;
  while (at > from && isBlank(text, at - 1)) at--;
  return at;
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

/** Octets before the first one that is not in a token. */
function firstOutside(name: string): number {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]*/.exec(name)?.[0].length ?? 0;
}

function octetFaults(text: string, offset: number, report: Report): void {
  const nul = text.indexOf("\0");
  if (nul >= 0) report("H1_FIELD_VALUE_NUL", offset + nul);
  const control = text.search(/[\x01-\x08\x0a-\x0c\x0e-\x1f\x7f]/);
  if (control >= 0) report("H1_FIELD_VALUE_INVALID", offset + control);
}

/** Host (RFC 9112 section 3.2); `offset` is that of the line that ends the head. */
export function hostFaults(head: AuditedHead, offset: number, report: Report): void {
  const hosts = head.fields.filter(({ key }) => key === "host");
  if (hosts.length === 0 && !head.isHttp10) report("H1_HOST_MISSING", offset);
  for (const [i, host] of hosts.entries()) {
    if (i > 0) report("H1_HOST_REPEATED", host.valueOffset);
    else if (!isHostValue(host.value)) report("H1_HOST_INVALID", host.valueOffset);
  }
}

/** A start line that says nothing. */
export function notUnderstood(
  { text, offset }: HeadLine,
  isRequest: boolean,
  report: Report,
): void {
  const token = firstOutside(text);
  const behind = text[token] ?? " ";
  if (!isRequest) report("H1_STATUS_LINE_INVALID", offset);
  else if (token === 0 || (behind !== " " && behind !== "\t"))
    report("H1_METHOD_INVALID", offset + token);
  else report("H1_REQUEST_LINE_INVALID", offset + token);
}

/** What is wrong with the part of a head that came before the end: whole lines, and one that is not. */
export function partialFaults(
  whole: readonly HeadLine[],
  partial: HeadLine,
  isRequest: boolean,
  report: Report,
): void {
  const [start, ...lines] = whole;
  if (start === undefined) {
    const isPrefix = /^(?:H|HT|HTT|HTTP|HTTP\/[^\r\x00]*)$/.test(partial.text);
    if (!isRequest && !isPrefix) report("H1_STATUS_LINE_INVALID", partial.offset);
    return lineFaults(partial, report);
  }
  const parse = isRequest ? requestLine : statusLine;
  if (parse(start, report) === null) notUnderstood(start, isRequest, report);
  lineFaults(start, report);
  fieldsOf(lines, isRequest, report);
  if (/^[ \t]/.test(partial.text) && lines.length === 0)
    report("H1_SPACE_BEFORE_FIRST_FIELD", partial.offset);
  lineFaults(partial, report);
}
