// How much content a message to send has: the caller says it by a field, by `body`, by the content itself, or not at
// all, and what is said more than once must agree (RFC 9110 section 8.6). For both protocols with streams: codes of
// UsageError begin with the name of the protocol.

import { UsageError } from "../errors.js";
import type { BodyKind, HeaderList } from "../events.js";
import type { SensitiveNames } from "./sensitive.js";

/** Whose codes are thrown. */
export type StreamProtocol = "H2" | "H3";

/** A request to send. */
export interface RequestToSend {
  readonly method: string;
  /** Default "/"; not for CONNECT without a protocol. */
  readonly path?: string;
  readonly authority?: string;
  /** Default "https". */
  readonly scheme?: string;
  /** Extended CONNECT (RFC 8441, RFC 9220). */
  readonly protocol?: string;
  readonly headers: HeaderList;
  /** "none" ends with the head; a number is the exact length; else the content is open until sendEnd. */
  readonly body?: BodyKind;
  /** The whole content: one call ends the message. Strings are sent as UTF-8. */
  readonly content?: Uint8Array | string;
  /** Names of fields that are never indexed, besides those that are so anyway (HpackEncoder, QpackEncoder). */
  readonly sensitive?: SensitiveNames;
}

/** A request that went out past this object: what its response depends on. */
export interface RequestThatWent {
  readonly method: string;
  /** Whom it asked: promises may speak for it. */
  readonly authority?: string;
  /** Of an extended CONNECT (RFC 8441, RFC 9220). */
  readonly protocol?: string;
}

/** A response to send. */
export interface ResponseToSend {
  readonly status: number;
  /** Only HTTP/1.1 has one: ignored. */
  readonly reason?: string | null;
  readonly headers: HeaderList;
  /** "none" ends with the head; a number is the exact length; else the content is open until sendEnd. */
  readonly body?: BodyKind;
  /** The whole content: one call ends the message. Strings are sent as UTF-8. */
  readonly content?: Uint8Array | string;
  /** Names of fields that are never indexed, besides those that are so anyway (HpackEncoder, QpackEncoder). */
  readonly sensitive?: SensitiveNames;
}

const encoder = new TextEncoder();

/** Whole content as bytes; strings are sent as UTF-8. */
export function bytesOf(content: Uint8Array | string | undefined): Uint8Array | undefined {
  if (typeof content === "string") return encoder.encode(content);
  if (content === undefined || content instanceof Uint8Array) return content;
  throw new UsageError("BYTES_INVALID", "content is a Uint8Array or a string");
}

/** How content ends is one of a few words, or its length. */
export function checkBody(protocol: StreamProtocol, body: BodyKind | undefined): void {
  const isWord = body === "none" || body === "chunked" || body === "until-close";
  if (body === undefined || isWord || (Number.isSafeInteger(body) && (body as number) >= 0)) return;
  throw new UsageError(
    `${protocol}_BODY_INVALID`,
    `body is "none", "chunked" or a length in bytes`,
  );
}

/**
 * Length of the content, on which content-length (-1: absent), body and content must agree; `otherwise` where none of
 * them says one. -1 = open.
 */
export function agreedLength(
  protocol: StreamProtocol,
  field: number,
  body: BodyKind | undefined,
  bytes: Uint8Array | undefined,
  otherwise: number,
): number {
  const said = body === "none" ? 0 : typeof body === "number" ? body : -1;
  const length = bytes?.length ?? (said >= 0 ? said : field >= 0 ? field : otherwise);
  const differs = (field >= 0 && length !== field) || (said >= 0 && length !== said);
  if (differs)
    throw new UsageError(
      `${protocol}_CONTENT_LENGTH_DIFFERS`,
      "content, body and content-length do not say the same",
    );
  return length;
}

/** Methods whose requests have content unless something else is said. */
export const WITH_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** What of a request says how much content it has. */
interface RequestContent {
  readonly method: string;
  readonly body?: BodyKind;
}

/** Length of a request's content, -1 = open. */
export function requestLength(
  protocol: StreamProtocol,
  { method, body }: RequestContent,
  field: number,
  bytes: Uint8Array | undefined,
): number {
  checkBody(protocol, body);
  const isOpen = body === "chunked" || body === "until-close" || WITH_CONTENT.has(method);
  return agreedLength(protocol, field, body, bytes, isOpen ? -1 : 0);
}

/** Whether a request of this length says it in content-length. */
export function saysLength({ method, body }: RequestContent, length: number): boolean {
  // No content is worth a word where the method has a meaning for it (RFC 9110 section 8.6).
  return length > 0 || (length === 0 && body !== "none" && WITH_CONTENT.has(method));
}

/** Whether a response with this status has no content. */
export function isContentless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/** 204, 205 and 304 have no content; 304 may say what a 200 would have (RFC 9110 sections 8.6, 15.3.6, 15.4.5). */
export function checkContentless(
  protocol: StreamProtocol,
  status: number,
  body: BodyKind | undefined,
  bytes: Uint8Array | undefined,
): void {
  if (!isContentless(status)) return;
  const isEmpty = body === undefined || body === "none" || body === 0;
  if ((bytes !== undefined && bytes.length > 0) || (!isEmpty && status !== 304))
    throw new UsageError(`${protocol}_BODY_FORBIDDEN`, `a ${status} response has no content`);
}

/** How long a response's content is (-1: open), and what content-length should say (-1: nothing). */
export interface ResponseLength {
  readonly length: number;
  readonly shown: number;
}

/** Of the final response to a request; `isTunnel`: a 2xx to CONNECT, `isHead`: to HEAD. */
export function responseLength(
  protocol: StreamProtocol,
  status: number,
  field: number,
  body: BodyKind | undefined,
  bytes: Uint8Array | undefined,
  isTunnel: boolean,
  isHead: boolean,
): ResponseLength {
  if (isTunnel) {
    if (field < 0) return { length: -1, shown: -1 };
    throw new UsageError(
      `${protocol}_CONTENT_LENGTH_FORBIDDEN`,
      "a 2xx response to CONNECT has no content-length (RFC 9110 section 8.6)",
    );
  }
  const hasNone = isHead || isContentless(status);
  checkBody(protocol, body);
  const length = hasNone ? 0 : agreedLength(protocol, field, body, bytes, -1);
  // To HEAD, the length is the one that GET would give (RFC 9110 section 8.6).
  const said = isHead ? (bytes?.length ?? -1) : hasNone ? -1 : length;
  return { length, shown: field < 0 ? said : -1 };
}
