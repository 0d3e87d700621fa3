// The shape of an attack row, and how rows are written: one wire text in which a mark stands before the
// byte that an error must point at.

import type { ErrorName, H1Limits, HeaderList, LenientOption } from "../../index.js";
import { bytesOf } from "../latin1.js";

/** A request that a client connection has sent before the attack begins. */
export interface RequestBefore {
  readonly method: string;
  readonly path?: string;
  readonly authority?: string;
  readonly headers?: HeaderList;
}

/** What a strict receiver reports. */
export interface AttackExpectation {
  /** `logLines` of the events before the error; `*` in place of content means any. */
  readonly log: readonly string[];
  /** The error that ends the connection, or null when it goes on. */
  readonly error: ErrorName | null;
  /** Offset of the error where the row fixes one, else null. */
  readonly offset: number | null;
}

/** What the attack may cost at most, beside the linear time that every input has. */
export interface AttackBounds {
  /** Bytes that wait inside the connection (`heldAmount`), at any moment. */
  readonly heldBytes: number;
  /** Bytes that the connection wants to write back. */
  readonly bytesOut: number;
}

/** One known attack on receivers of HTTP/1.1. */
export interface Attack {
  /** Row of the list of attacks: "S1". */
  readonly id: string;
  /** Unique together with the id. */
  readonly name: string;
  /** Role of the receiver. */
  readonly role: "server" | "client";
  /** What the client sent before; clients only. */
  readonly requestsBefore: readonly RequestBefore[];
  readonly limits?: H1Limits;
  readonly lenient?: LenientOption;
  readonly bytes: Uint8Array;
  /** The peer closes its side behind the bytes. */
  readonly end: boolean;
  readonly expected: AttackExpectation;
  readonly bounds: AttackBounds;
}

/** Stands before the byte that the error points at. Not latin1, so it cannot be meant as an octet. */
export const MARK = "▸";

/** What a row may add to its wire text and its outcome. */
export interface RowOptions {
  readonly before?: readonly RequestBefore[];
  readonly limits?: H1Limits;
  readonly lenient?: LenientOption;
  readonly end?: boolean;
  readonly held?: number;
  readonly out?: number;
}

/** A suggested status with "Connection: close" fits into this many bytes. */
const ERROR_RESPONSE_LENGTH = 256;

/** Makes rows of one id and role. Wrong input ends in `error`; `null` means that it is accepted. */
export function rowsOf(id: string, role: "server" | "client", common: RowOptions = {}) {
  return (
    name: string,
    wire: string,
    log: readonly string[],
    error: ErrorName | null,
    options: RowOptions = {},
  ): Attack => {
    const all = { ...common, ...options };
    const mark = wire.indexOf(MARK);
    return {
      id,
      name,
      role,
      requestsBefore: all.before ?? (role === "client" ? [{ method: "GET" }] : []),
      ...(all.limits === undefined ? {} : { limits: all.limits }),
      ...(all.lenient === undefined ? {} : { lenient: all.lenient }),
      bytes: bytesOf(wire.replace(MARK, "")),
      end: all.end ?? false,
      expected: { log, error, offset: mark < 0 ? null : mark },
      bounds: {
        heldBytes: all.held ?? 0,
        bytesOut: all.out ?? (role === "server" && error !== null ? ERROR_RESPONSE_LENGTH : 0),
      },
    };
  };
}

/** A request head with Host; `fields` without the last CRLF. */
export function post(fields: string, content = ""): string {
  return `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${content}`;
}

/** A chunked request with this body on the wire. */
export function chunked(body: string): string {
  return post("Transfer-Encoding: chunked", body);
}

/** A second request, to see whether it is parsed as one, or swallowed. */
export const NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/** The events of `NEXT` as exchange `streamId`. */
export function next(streamId: number): string[] {
  return [`request ${streamId} GET /next`, `end ${streamId}`];
}
