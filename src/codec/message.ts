// Heads and trailers on their way out, of HTTP/2 and of HTTP/3: what the caller asks for -> the flat list that HPACK or
// QPACK encodes, pseudo-header fields first, names in lower case (RFC 9113 section 8, RFC 9114 section 4). Everything is
// checked before anything changes, so whatever is sent our own strict receiver accepts, and nothing that was received
// malformed is passed on. What is wrong throws UsageError (H2_USAGE_RULES, H3_USAGE_RULES).
// Rules: H2-163, H2-180, H2-185, H2-193, H2-198, H3-MSG-1, H3-MSG-8, H3-MSG-14, XC-003.

import type { HeaderList } from "../events.js";
import { FieldKind, fieldOf, type KnownField } from "./field-table.js";
import {
  decimal,
  isFieldValue,
  isHostValue,
  isMethod,
  isPlainPath,
  isScheme,
  isToken,
  pathFault,
  portStart,
  valueFault,
} from "./grammar.js";
import { flattenList } from "./header-list.js";
import { type HttpVersion, quoted, refuse } from "./message-usage.js";

/** Bytes that a field counts beside name and value (RFC 9113 section 6.5.2, RFC 9114 section 4.2.2). */
const FIELD_OVERHEAD = 32;

/** What is sent where a request says no scheme. */
const DEFAULT_SCHEME = "https";

/** A head or trailer section that may be sent. */
export interface MessageFields {
  /** Flat list [name, value, …]: pseudo-header fields first, names in lower case. */
  readonly fields: string[];
  /** Value of content-length in bytes; -1: absent. */
  readonly contentLength: number;
  /** The priority field, lines joined by ", "; null: absent. */
  readonly priority: string | null;
  /** Names, values and 32 a field, in bytes: what SETTINGS_MAX_HEADER_LIST_SIZE and its twin in HTTP/3 speak of. */
  readonly listSize: number;
}

/** A request to check. */
export interface RequestParts {
  /** Any token, case-sensitive. */
  readonly method: string;
  /** Path and query; default "/". Not for CONNECT, but for one with a protocol. */
  readonly path?: string;
  /** host[:port]; default the Host header. */
  readonly authority?: string;
  /** Default "https". Not for CONNECT, but for one with a protocol. */
  readonly scheme?: string;
  /** The protocol of an extended CONNECT (RFC 8441, RFC 9220). */
  readonly protocol?: string;
  readonly headers: HeaderList;
}

/** A response to check. */
export interface ResponseParts {
  /** 200 to 599; 100 to 199 but 101 where it is informational. */
  readonly status: number;
  readonly headers: HeaderList;
}

/** What kind of section a field stands in. */
const enum Section {
  Request,
  Response,
  Trailers,
}

/** MessageFields while they are made. */
class FieldList implements MessageFields {
  readonly fields: string[] = [];
  contentLength = -1;
  priority: string | null = null;
  listSize = 0;
  /** The Host header; null: absent. */
  host: string | null = null;

  push(name: string, value: string): void {
    this.fields.push(name, value);
    this.listSize += name.length + value.length + FIELD_OVERHEAD;
  }

  insert(at: number, name: string, value: string): void {
    this.fields.splice(at, 0, name, value);
    this.listSize += name.length + value.length + FIELD_OVERHEAD;
  }

  /**
   * Appends the caller's headers; Host is put aside.
   * @throws UsageError: any code of the usage rules that is about headers
   */
  add(headers: HeaderList, section: Section, version: HttpVersion): void {
    const refuseList = version === "H2" ? refuseList2 : refuseList3;
    const flat = flattenList(headers, refuseList);
    const { fields } = this;
    let { listSize } = this;
    let seen = 0;
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string;
      const value = flat[i + 1] as string;
      // An odd length comes here, too: its last value is undefined.
      if (typeof name !== "string" || typeof value !== "string")
        refuseList("a flat list is names and values, all of them strings");
      const field = fieldOf(name, version);
      if (!isFieldValue(value))
        refuse(
          version,
          "HEADER_VALUE_INVALID",
          `the value of ${quoted(name)} ${valueFault(value)}`,
        );
      if ((seen & field.singleBit) !== 0)
        refuse(version, "HEADER_REPEATED", `${quoted(name)} is no list`);
      seen |= field.singleBit;
      if (field.kind !== FieldKind.None) this.#note(field, value, section, version);
      if (section === Section.Trailers && !field.inTrailers)
        refuse(version, "TRAILER_FORBIDDEN", `${quoted(name)} may not be a trailer`);
      if (field.kind === FieldKind.Host && section === Section.Request) continue;
      fields.push(field.name, value);
      listSize += field.name.length + value.length + FIELD_OVERHEAD;
    }
    this.listSize = listSize;
  }

  /** Notes or refuses a field that the protocol knows. */
  #note(field: KnownField, value: string, section: Section, version: HttpVersion): void {
    switch (field.kind) {
      case FieldKind.Connection:
        refuse(version, "CONNECTION_FIELD", `${quoted(field.name)} belongs to HTTP/1.1`);
        break;
      case FieldKind.Te:
        if (section !== Section.Request || value !== "trailers")
          refuse(version, "TE_INVALID", "te is trailers, and stands in requests");
        break;
      case FieldKind.Host:
        this.host = checkedAuthority(value, false, version);
        break;
      case FieldKind.ContentLength:
        this.contentLength = decimal(value);
        if (this.contentLength < 0)
          refuse(version, "CONTENT_LENGTH_INVALID", "content-length is digits, at most 2^53 - 1");
        break;
      case FieldKind.Priority:
        this.priority = this.priority === null ? value : `${this.priority}, ${value}`;
        break;
    }
  }
}

function refuseList2(message: string): never {
  refuse("H2", "HEADER_LIST_INVALID", message);
}

function refuseList3(message: string): never {
  refuse("H3", "HEADER_LIST_INVALID", message);
}

const NONE: readonly string[] = [];

/** Status codes as text, at status - 100. */
const STATUS_TEXTS: readonly string[] = Array.from({ length: 500 }, (_, i) => String(100 + i));

/**
 * The head of a request, RFC 9113 section 8.3.1, RFC 9114 section 4.3.1. Host becomes :authority where no authority is given,
 * and may repeat it otherwise; it is not sent besides.
 * @param options.connectProtocol whether the server sent SETTINGS_ENABLE_CONNECT_PROTOCOL = 1
 * @param version whose message it is
 * @throws UsageError: see H2_USAGE_RULES, H3_USAGE_RULES
 */
export function requestFields(
  request: RequestParts,
  options: { readonly connectProtocol: boolean },
  version: HttpVersion = "H2",
): MessageFields {
  const { method, protocol } = request;
  if (!isMethod(method))
    refuse(version, "METHOD_INVALID", `${quoted(String(method))} is no method`);
  const list = new FieldList();
  list.push(":method", method);
  if (protocol !== undefined) checkProtocol(method, protocol, options.connectProtocol, version);
  const isPlainConnect = method === "CONNECT" && protocol === undefined;
  let scheme = "";
  if (isPlainConnect) {
    if (request.scheme !== undefined || request.path !== undefined)
      refuse(version, "CONNECT_INVALID", "CONNECT has neither scheme nor path");
  } else {
    scheme = checkedScheme(request.scheme ?? DEFAULT_SCHEME, version);
    list.push(":scheme", scheme);
  }
  const authorityAt = list.fields.length;
  const { authority: given } = request;
  if (given !== undefined)
    list.push(":authority", checkedAuthority(given, isPlainConnect, version));
  if (!isPlainConnect)
    list.push(":path", checkedPath(request.path ?? "/", method, scheme, version));
  if (protocol !== undefined) list.push(":protocol", protocol);
  list.add(request.headers ?? NONE, Section.Request, version);
  const { host } = list;
  if (given === undefined) {
    if (host !== null)
      list.insert(authorityAt, ":authority", checkedAuthority(host, isPlainConnect, version));
    else if (method === "CONNECT" || isHttpScheme(scheme))
      refuse(version, "AUTHORITY_INVALID", "a request has an authority, or a Host header");
  } else if (host !== null && host !== given && host.toLowerCase() !== given.toLowerCase()) {
    refuse(version, "HOST_DIFFERS", "authority and the Host header differ");
  }
  return list;
}

/** Only with CONNECT, and only where the server allows it (RFC 8441 section 4). */
function checkProtocol(
  method: string,
  protocol: string,
  isAllowed: boolean,
  version: HttpVersion,
): void {
  if (typeof protocol !== "string" || !isToken(protocol))
    refuse(version, "PROTOCOL_INVALID", "a protocol is a token");
  if (method !== "CONNECT") refuse(version, "PROTOCOL_INVALID", "a protocol belongs to CONNECT");
  if (!isAllowed)
    refuse(version, "PROTOCOL_INVALID", "the server did not send SETTINGS_ENABLE_CONNECT_PROTOCOL");
}

function checkedScheme(scheme: string, version: HttpVersion): string {
  if (scheme === "https" || scheme === "http") return scheme;
  if (typeof scheme !== "string" || !isScheme(scheme))
    refuse(version, "SCHEME_INVALID", `${quoted(String(scheme))} is no scheme`);
  return scheme;
}

/** RFC 9113 section 8.3.1. Other schemes than http and https may have other paths. */
function checkedPath(path: string, method: string, scheme: string, version: HttpVersion): string {
  if (typeof path !== "string") refuse(version, "PATH_INVALID", "the path is not a string");
  if (isPlainPath(path)) return path;
  const isHttp = isHttpScheme(scheme);
  const hasForm = path.startsWith("/") || (path === "*" && method === "OPTIONS");
  if (!hasForm && (isHttp || path === ""))
    refuse(version, "PATH_INVALID", 'a path begins with "/", or is the "*" of OPTIONS');
  const fault = pathFault(path);
  if (fault !== null) refuse(version, "PATH_INVALID", `the path ${fault}`);
  return path;
}

/** host[:port], and for a plain CONNECT host:port (RFC 9113 sections 8.3.1 and 8.5). */
function checkedAuthority(
  authority: string,
  isPlainConnect: boolean,
  version: HttpVersion,
): string {
  if (typeof authority !== "string" || authority === "" || !isHostValue(authority))
    refuse(version, "AUTHORITY_INVALID", "the authority is not host[:port]");
  if (isPlainConnect) {
    const port = portStart(authority);
    if (port === 0 || port === authority.length)
      refuse(version, "CONNECT_INVALID", "the authority of CONNECT is not host:port");
  }
  return authority;
}

/** Schemes whose requests have an authority; others may have none. */
function isHttpScheme(scheme: string): boolean {
  return scheme === "https" || scheme === "http";
}

/**
 * The head of a response, RFC 9113 section 8.3.2, RFC 9114 section 4.3.2.
 * @param informational whether it is an interim one: 100 to 199 without 101
 * @param version whose message it is
 * @throws UsageError: see H2_USAGE_RULES, H3_USAGE_RULES
 */
export function responseFields(
  response: ResponseParts,
  informational: boolean,
  version: HttpVersion = "H2",
): MessageFields {
  const { status } = response;
  if (status === 101)
    refuse(version, "STATUS_SWITCHING", `101 does not exist in HTTP/${version[1]}`);
  const from = informational ? 100 : 200;
  const end = informational ? 200 : 600;
  if (!Number.isInteger(status) || status < from || status >= end)
    refuse(
      version,
      "STATUS_INVALID",
      `a status code is a whole number from ${from} to ${end - 1} here`,
    );
  const list = new FieldList();
  list.push(":status", STATUS_TEXTS[status - 100] as string);
  list.add(response.headers ?? NONE, Section.Response, version);
  if (list.contentLength >= 0 && (informational || status === 204))
    refuse(version, "CONTENT_LENGTH_FORBIDDEN", `content-length with ${status}`);
  return list;
}

/**
 * A trailer section (RFC 9113 section 8.1, RFC 9114 section 4.1): no pseudo-header fields, no field of NOT_IN_TRAILERS.
 * @param version whose message it is
 * @throws UsageError: see H2_USAGE_RULES, H3_USAGE_RULES
 */
export function trailerFields(headers: HeaderList, version: HttpVersion = "H2"): MessageFields {
  const list = new FieldList();
  list.add(headers ?? NONE, Section.Trailers, version);
  return list;
}
