// Fields of WebTransport, which are structured (RFC 8941): WT-Available-Protocols and WT-Protocol
// (draft-ietf-webtrans-http3 section 3.3), WebTransport-Init (draft-ietf-webtrans-http2 section 4.3.2).

import { UsageError } from "../errors.js";
import type { Fields } from "../events.js";

const STRING = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/;
/** Parameters say nothing here, but must be ones: a key, and a bare item. */
const PARAMETERS =
  /^(?: *; *[a-z*][a-z0-9_.*-]*(?:=(?:-?\d+(?:\.\d+)?|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[A-Za-z*][\w!#$%&'*+.^`|~:/-]*|\?[01]|:[A-Za-z0-9+/=]*:))?)*/;
const KEY = /^[a-z*][a-z0-9_.*-]*/;
const INTEGER = /^=(-?\d{1,15})(?![\d.])/;
const VALUE =
  /^=(?:-?\d+(?:\.\d+)?|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[A-Za-z*][^ \t,;]*|\?[01]|:[A-Za-z0-9+/=]*:)/;

const unquoted = (text: string): string => text.replace(/\\(["\\])/g, "$1");

/** A list of strings; null where it is none. */
function stringList(value: string): string[] | null {
  const list: string[] = [];
  let rest = value.replace(/^ +| +$/g, "");
  if (rest === "") return list;
  for (;;) {
    const string = STRING.exec(rest);
    if (string === null) return null;
    list.push(unquoted(string[1] as string));
    rest = rest.slice(string[0].length);
    rest = rest.slice((PARAMETERS.exec(rest) as RegExpExecArray)[0].length);
    if (rest === "") return list;
    const comma = /^[ \t]*,[ \t]*(?=.)/.exec(rest);
    if (comma === null) return null;
    rest = rest.slice(comma[0].length);
  }
}

/** Protocols that a client offers, first the one it likes most; none where the field is absent or malformed. */
export function offeredProtocols(head: Fields): string[] {
  return stringList(head.get("wt-available-protocols") ?? "") ?? [];
}

/**
 * The protocol that a server chose; null where the field is absent or malformed.
 * @param takesToken also without quotes
 */
export function chosenProtocol(head: Fields, takesToken = false): string | null {
  const value = head.get("wt-protocol") ?? "";
  if (takesToken && TOKEN.test(value)) return value;
  const list = stringList(value);
  return list !== null && list.length === 1 ? (list[0] as string) : null;
}

/** What may stand in a field without quotes. */
const TOKEN = /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/;

/**
 * One string for a field.
 * @param takesTokens the peer reads strings with their quotes: without, where that works
 * @throws UsageError for what a string cannot hold
 */
export function protocolField(protocol: string, takesTokens = false): string {
  if (typeof protocol !== "string" || !/^[\x20-\x7e]+$/.test(protocol))
    throw new UsageError("WT_PROTOCOL_INVALID", "a protocol is a string of printable ASCII");
  if (takesTokens && TOKEN.test(protocol)) return protocol;
  return `"${protocol.replace(/["\\]/g, "\\$&")}"`;
}

/** What WebTransport-Init says: bytes on unidirectional streams, on those of its sender, on those of its recipient. */
export interface InitField {
  readonly u?: number;
  readonly bl?: number;
  readonly br?: number;
}

/** The members of WebTransport-Init; null where the field is malformed, and the request to be refused. */
export function initField(head: Fields): InitField | null {
  const members: Record<string, number> = {};
  let rest = (head.get("webtransport-init") ?? "").replace(/^ +| +$/g, "");
  while (rest !== "") {
    const key = KEY.exec(rest)?.[0];
    if (key === undefined) return null;
    rest = rest.slice(key.length);
    const isOurs = key === "u" || key === "bl" || key === "br";
    const value = isOurs ? INTEGER.exec(rest) : VALUE.exec(rest);
    if (isOurs) {
      const number = value === null ? -1 : Number(value[1]);
      if (number < 0) return null;
      members[key] = number;
    }
    rest = rest.slice(value?.[0].length ?? 0);
    rest = rest.slice((PARAMETERS.exec(rest) as RegExpExecArray)[0].length);
    if (rest === "") break;
    const comma = /^[ \t]*,[ \t]*(?=.)/.exec(rest);
    if (comma === null) return null;
    rest = rest.slice(comma[0].length);
  }
  return members;
}
