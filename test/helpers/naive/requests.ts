// A slow, obvious decoder of HTTP/1.1 requests, written from RFC 9112 and RFC 9110 alone: what a strict
// server reads from one connection when nobody answers. The oracle of the properties.
//
// Rules of the file: whole input at once, latin1 text, one regular expression for each rule of the
// grammar, no limits but the count of empty lines and the digits of a chunk size. Inputs stay small.

import type { ErrorName } from "tercet";
import type { PlainEvent, PlainRequest } from "tercet/fuzz";
import { readContent } from "./content.js";
import { framingOf, persists } from "./framing.js";
import { ABSOLUTE_FORM, AUTHORITY_FORM, HOST, ORIGIN_FORM, TOKEN, VERSION } from "./grammar.js";
import {
  type Cursor,
  type Field,
  flat,
  nextLine,
  readFields,
  tokensOf,
  valuesOf,
} from "./lines.js";
import { incomplete, type Outcome, refuse, Stop, undecided } from "./outcome.js";

/** RFC 9113 section 3.4. */
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** The default of the limit emptyLineCount. */
const EMPTY_LINES = 8;

/** Everything that a strict server that hands the HTTP/2 preface over reads from these bytes, given as latin1 text. */
export function decodeRequests(text: string): Outcome {
  const events: PlainEvent[] = [];
  if (text.startsWith(PREFACE)) {
    return {
      events: [{ type: "preface", streamId: 0, content: text }],
      end: { kind: "open", inside: "nothing" },
    };
  }
  try {
    readConnection(events, { text, at: 0 });
  } catch (stop) {
    if (stop instanceof Stop) return { events, end: stop.end };
    throw stop;
  }
}

function readConnection(events: PlainEvent[], cursor: Cursor): never {
  for (let streamId = 1; ; streamId++) {
    skipEmptyLines(cursor);
    // It may still become the preface, which elsewhere than here is an error as soon as it is whole.
    if (PREFACE.startsWith(cursor.text.slice(cursor.at))) {
      if (cursor.text.endsWith(PREFACE)) refuse("H1_PREFACE_INVALID");
      incomplete("head");
    }
    const { head, fields } = readHead(cursor);
    const framing = framingOf(fields, "server", head.httpVersion);
    events.push({ type: "request", streamId, head });
    readContent(events, cursor, framing, streamId, "server");
    // A tunnel may follow: the bytes behind wait for the answer (RFC 9110 sections 7.8 and 9.3.6).
    const persistent = persists(fields, head.httpVersion);
    const tunnel = head.method === "CONNECT" || head.protocol !== null;
    // No RFC says whether an offer in a message that closes holds the bytes behind it.
    if (tunnel && !persistent && cursor.at < cursor.text.length) undecided();
    if (tunnel) incomplete("nothing");
    if (!persistent) readAfterClose(cursor);
  }
}

/** RFC 9112 section 2.2: empty lines before a request line are ignored. */
function skipEmptyLines(cursor: Cursor): void {
  for (let count = 0; ; count++) {
    const next = cursor.text.slice(cursor.at, cursor.at + 2);
    if (next === "") incomplete("nothing");
    if (next === "\r") incomplete("head");
    if (next !== "\r\n") return;
    if (count === EMPTY_LINES) refuse("H1_EMPTY_LINES_TOO_MANY");
    cursor.at += 2;
  }
}

/** RFC 9112 section 9.6: nothing is processed after a message that closes; CR and LF are nothing. */
function readAfterClose(cursor: Cursor): never {
  if (/^[\r\n]*$/.test(cursor.text.slice(cursor.at))) incomplete("nothing");
  refuse("H1_DATA_AFTER_CLOSE");
}

type Version = "1.0" | "1.1";

function readHead(cursor: Cursor): {
  head: PlainRequest & { httpVersion: Version };
  fields: Field[];
} {
  const { method, target, parsed, httpVersion } = readRequestLine(cursor);
  const fields = readFields(cursor, "server", "head");
  const authority = authorityOf(fields, httpVersion, parsed);
  const offers = httpVersion === "1.1" && tokensOf(fields, "connection").includes("upgrade");
  const [protocol = ""] = valuesOf(fields, "upgrade");
  const expects = httpVersion === "1.1" && tokensOf(fields, "expect").includes("100-continue");
  return {
    head: {
      method,
      target,
      scheme: parsed.scheme,
      ...authority,
      path: parsed.path,
      protocol: offers && protocol !== "" ? protocol : null,
      httpVersion,
      expectsContinue: expects,
      headers: flat(fields),
    },
    fields,
  };
}

/** RFC 9112 section 3: method SP request-target SP HTTP-version. */
function readRequestLine(cursor: Cursor) {
  const [method = "", target, version, ...more] = nextLine(cursor, "head").split(" ");
  if (method === "PRI") refuse("H1_PREFACE_INVALID", ...LINE_CODES);
  if (!TOKEN.test(method)) refuse("H1_METHOD_INVALID", "H1_REQUEST_LINE_INVALID");
  if (target === undefined) refuse("H1_REQUEST_LINE_INVALID", "H1_METHOD_INVALID");
  const parsed = targetOf(method, target);
  if (parsed.wrong) {
    // A receiver may look at the target when the head is complete: what is wrong behind it comes first.
    const behind = version === undefined ? [] : codesBehind(cursor);
    refuse(...parsed.wrong, ...LINE_CODES, ...behind);
  }
  if (version === undefined) refuse("H1_HTTP09_REFUSED");
  const match = VERSION.exec(version);
  if (match === null || more.length > 0) {
    // "HTTP/1.1 x": what is behind the version, or a target with a space.
    const major = more.length > 0 || /^HTTP\/[02-9]/.test(version);
    const unsupported = major ? (["H1_VERSION_UNSUPPORTED"] as const) : [];
    refuse("H1_VERSION_INVALID", "H1_REQUEST_LINE_INVALID", ...unsupported);
  }
  if (match[1] !== "1") refuse("H1_VERSION_UNSUPPORTED");
  const httpVersion: Version = match[2] === "0" ? "1.0" : "1.1";
  return { method, target, parsed, httpVersion };
}

/** What a line with a wrong target may be called as a whole. */
const LINE_CODES = [
  "H1_REQUEST_LINE_INVALID",
  "H1_TARGET_INVALID",
  "H1_VERSION_INVALID",
  "H1_VERSION_UNSUPPORTED",
  "H1_HTTP09_REFUSED",
] as const;

/** Codes of the fields behind a request line. */
function codesBehind(cursor: Cursor): ErrorName[] {
  try {
    const fields = readFields({ ...cursor }, "server", "head");
    authorityOf(fields, "1.0", { wrong: null, scheme: null, authority: null, path: null });
    framingOf(fields, "server", "1.0");
    return ["H1_HOST_MISSING"];
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    return ["H1_HOST_MISSING", ...(stop.end.kind === "error" ? stop.end.codes : [])];
  }
}

interface Target {
  wrong: Parameters<typeof refuse> | null;
  scheme: string | null;
  authority: string | null;
  path: string | null;
}

/** RFC 9112 section 3.2: four forms, tied to the method. */
function targetOf(method: string, target: string): Target {
  const good = { wrong: null, scheme: null, authority: null, path: null };
  if (method === "CONNECT") {
    const [, host, port] = AUTHORITY_FORM.exec(target) ?? [];
    if (host === undefined || host === "" || host.includes(",") || Number(port) > 65535) {
      return {
        ...good,
        wrong: [
          "H1_CONNECT_TARGET_INVALID",
          "H1_TARGET_INVALID",
          "H1_TARGET_FORM_INVALID",
          "H1_TARGET_HOST_INVALID",
        ],
      };
    }
    if (Number(port) === 0 || /^0/.test(port ?? "")) undecided();
    return { ...good, authority: target };
  }
  if (target === "*" && method === "OPTIONS") return { ...good, path: "*" };
  if (target === "*") return { ...good, wrong: ["H1_TARGET_FORM_INVALID", "H1_TARGET_INVALID"] };
  if (ORIGIN_FORM.test(target)) return { ...good, path: target };
  const [, scheme, userinfo, host, port, path] = ABSOLUTE_FORM.exec(target) ?? [];
  if (scheme === undefined || host === undefined) {
    return {
      ...good,
      wrong: [
        "H1_TARGET_INVALID",
        "H1_TARGET_FORM_INVALID",
        "H1_TARGET_HOST_INVALID",
        "H1_TARGET_USERINFO",
      ],
    };
  }
  const isHttp = /^https?$/i.test(scheme);
  if (userinfo?.includes(":")) return { ...good, wrong: ["H1_TARGET_USERINFO"] };
  if (host === "" && isHttp) return { ...good, wrong: ["H1_TARGET_HOST_INVALID"] };
  if (host === "" || host.includes(",") || Number(port ?? 0) > 65535) undecided();
  return {
    wrong: null,
    scheme: scheme.toLowerCase(),
    authority: port === undefined ? host : `${host}:${port}`,
    path: pathOf(path ?? ""),
  };
}

/** An empty path means "/" (RFC 9110 section 4.2.3). */
function pathOf(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** RFC 9112 section 3.2 on Host, and section 3.3 on the authority that counts. */
function authorityOf(fields: readonly Field[], version: "1.0" | "1.1", target: Target) {
  const hosts = valuesOf(fields, "host");
  if (hosts.length > 1) {
    const isWrong = hosts.some((one) => !HOST.test(one) || /^:|,|:[0-9]{5,}$/.test(one));
    refuse(
      "H1_HOST_REPEATED",
      ...(isWrong ? (["H1_HOST_INVALID"] as const) : []),
      ...framingCodes(),
    );
  }
  if (hosts.length === 0 && version === "1.1") refuse("H1_HOST_MISSING", ...framingCodes());
  const [value] = hosts;
  // A comma is a sub-delim of reg-name, but recipients that join lines see a list: refused by choice.
  if (value?.includes(",")) refuse("H1_HOST_INVALID", ...framingCodes());
  const [, , port] =
    value === undefined ? [] : (HOST.exec(value) ?? refuse("H1_HOST_INVALID", ...framingCodes()));
  // A port without a host names nothing, though the grammar has it; nor does a port above 65535.
  if (Number(port ?? 0) > 65535 || value?.startsWith(":")) undecided();
  const authority = target.authority ?? (value === "" ? null : (value ?? null));
  // Equal as RFC 3986 section 6.2.2.1 compares hosts: without regard to case.
  const hostDiffers =
    target.scheme !== null &&
    value !== undefined &&
    target.authority?.toLowerCase() !== value.toLowerCase();
  return { authority, hostDiffers };
}

/** A head may break rules of Host and of framing at once: either may be found first. */
function framingCodes() {
  return [
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
  ] as const;
}
