// Lines and field lines (RFC 9112 sections 2.2 and 5). Part of the oracle.

import type { ErrorName } from "tercet";
import { FIELD_CHARS, TOKEN, trimOws } from "./grammar.js";
import { incomplete, refuse, Stop } from "./outcome.js";

/** A place in the input. */
export interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * The next line without its CRLF. Refuses bare CR and bare LF; `codes` are the other names that its
 * place has for them.
 */
export function nextLine(
  cursor: Cursor,
  inside: "nothing" | "head" | "content",
  ...codes: ErrorName[]
): string {
  const rest = cursor.text.slice(cursor.at);
  const end = rest.search(/[\r\n]/);
  if (end < 0) incomplete(inside);
  if (rest[end] === "\n") refuse("H1_BARE_LF", ...codes, ...wrongIn(rest.slice(0, end)));
  if (end + 1 === rest.length) incomplete(inside);
  if (rest[end + 1] !== "\n") refuse("H1_BARE_CR", ...codes, ...wrongIn(rest.slice(0, end)));
  cursor.at += end + 2;
  return rest.slice(0, end);
}

/** A line that ends wrongly may hold something wrong before: that comes first. */
function wrongIn(line: string): ErrorName[] {
  const any: ErrorName[] = [
    "H1_METHOD_INVALID",
    "H1_REQUEST_LINE_INVALID",
    "H1_TARGET_INVALID",
    "H1_TARGET_FORM_INVALID",
    "H1_CONNECT_TARGET_INVALID",
    "H1_TARGET_HOST_INVALID",
    "H1_TARGET_USERINFO",
    "H1_VERSION_INVALID",
    "H1_VERSION_UNSUPPORTED",
    "H1_HTTP09_REFUSED",
    "H1_PREFACE_INVALID",
    "H1_STATUS_LINE_INVALID",
    "H1_STATUS_CODE_INVALID",
    "H1_STATUS_SPACE_MISSING",
    "H1_REASON_INVALID",
    "H1_FIELD_NAME_INVALID",
    "H1_FIELD_COLON_MISSING",
    "H1_SPACE_BEFORE_COLON",
    "H1_SPACE_BEFORE_FIRST_FIELD",
    "H1_OBS_FOLD",
    "H1_FIELD_VALUE_NUL",
    "H1_FIELD_VALUE_INVALID",
  ];
  return line === "" ? [] : any;
}

/** One field, the value without its surrounding whitespace. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** Codes that a line may have by its meaning: a receiver may find them before a wrong line behind it. */
const MEANINGS: readonly ErrorName[] = [
  "H1_HOST_REPEATED",
  "H1_HOST_INVALID",
  "H1_CONTENT_LENGTH_INVALID",
  "H1_CONTENT_LENGTH_CONFLICT",
  "H1_CONTENT_LENGTH_REPEATED",
  "H1_CONTENT_LENGTH_TOO_LARGE",
  "H1_TRANSFER_ENCODING_INVALID",
  "H1_TRANSFER_ENCODING_NOT_CHUNKED",
  "H1_CHUNKED_REPEATED",
  "H1_CHUNKED_PARAMETERS",
  "H1_LENGTH_AND_TRANSFER_ENCODING",
  "H1_TRANSFER_ENCODING_IN_HTTP10",
];
const MEANT = /^(?:host|content-length|transfer-encoding)[ \t]*:/i;

/**
 * The field lines up to the empty line, RFC 9112 section 5. In responses obs-fold becomes SP (section
 * 5.2), in requests it is refused.
 */
export function readFields(
  cursor: Cursor,
  role: "server" | "client",
  inside: "head" | "content",
): Field[] {
  const raw: string[] = [];
  try {
    while (readFieldLine(raw, nextLine(cursor, inside), role));
  } catch (stop) {
    const meant = inside === "head" && raw.some((line) => MEANT.test(line));
    if (meant && stop instanceof Stop && stop.end.kind === "error")
      refuse(...stop.end.codes, ...MEANINGS);
    throw stop;
  }
  return raw.map((line) => {
    const colon = line.indexOf(":");
    return { name: line.slice(0, colon), value: trimOws(line.slice(colon + 1)) };
  });
}

/** Takes one line in; false at the empty line. */
function readFieldLine(raw: string[], line: string, role: "server" | "client"): boolean {
  if (line === "") return false;
  if (!/^[ \t]/.test(line)) {
    checkFieldLine(line);
    raw.push(line);
  } else if (raw.length === 0) {
    refuse("H1_SPACE_BEFORE_FIRST_FIELD");
  } else if (role === "server") {
    refuse("H1_OBS_FOLD");
  } else {
    checkValue(line);
    // obs-fold = OWS CRLF RWS: the whitespace on both sides belongs to it.
    const before = (raw.pop() ?? "").replace(/[ \t]+$/, "");
    raw.push(`${before} ${line.replace(/^[ \t]+/, "")}`);
  }
  return true;
}

/** field-line = field-name ":" OWS field-value OWS. */
function checkFieldLine(line: string): void {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line : line.slice(0, colon);
  if (!TOKEN.test(name)) {
    // Whitespace may stand before a missing colon, or inside of a name.
    const [, token = "", rest = ""] = /^([^ \t]*)([ \t].*)?$/s.exec(name) ?? [];
    const spaced = rest !== "" && TOKEN.test(token);
    refuse(...(spaced ? SPACED : (["H1_FIELD_NAME_INVALID"] as const)));
  }
  if (colon < 0) refuse("H1_FIELD_COLON_MISSING");
  checkValue(line.slice(colon + 1));
}

const SPACED = [
  "H1_SPACE_BEFORE_COLON",
  "H1_FIELD_NAME_INVALID",
  "H1_FIELD_COLON_MISSING",
] as const;

function checkValue(value: string): void {
  if (FIELD_CHARS.test(value)) return;
  const [first] = /[^\t\x20-\x7e\x80-\xff]/.exec(value) ?? [];
  refuse(first === "\0" ? "H1_FIELD_VALUE_NUL" : "H1_FIELD_VALUE_INVALID");
}

/** The fields as a flat list. */
export function flat(fields: readonly Field[]): string[] {
  return fields.flatMap(({ name, value }) => [name, value]);
}

/** Every value of one name, in order. */
export function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter((field) => field.name.toLowerCase() === name).map((field) => field.value);
}

/** Lower-case elements of a list of tokens, over all lines of one name (RFC 9110 section 5.3). */
export function tokensOf(fields: readonly Field[], name: string): string[] {
  return valuesOf(fields, name)
    .join(",")
    .split(",")
    .map((element) => trimOws(element).toLowerCase());
}
