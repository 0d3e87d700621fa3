// Mistakes as drafts: from what a strict connection of ours says, or by the name of what an inspector found itself.

import { ERRORS, type ErrorName, type ErrorScope, type ProtocolError } from "../index.js";
import type { Direction, Draft, InspectError, InspectProtocol } from "./events.js";

/** A mistake by its name; what it means is in the one table of errors. */
export function violation(
  protocol: InspectProtocol,
  direction: Direction,
  offset: number,
  code: ErrorName,
  streamId: number | null,
  scope: ErrorScope = ERRORS[code].scope,
  known: number | null = null,
): Draft<InspectError> {
  const { rule, rfc, text, wireCode } = ERRORS[code];
  return {
    event: "error",
    direction,
    offset,
    protocol,
    code,
    rule,
    rfc,
    scope,
    streamId,
    wireCode: known ?? wireCode,
    message: text,
  };
}

/** What a strict connection says; `base` bytes of the direction came before its own. */
export function verdict(
  protocol: InspectProtocol,
  direction: Direction,
  { code, offset, scope, wireCode }: ProtocolError,
  base: number,
  streamId: number | null,
): Draft<InspectError> {
  return violation(protocol, direction, base + offset, code, streamId, scope, wireCode);
}

/** Bytes that nobody understands: behind a protocol switch, or passed over until something is understood again. */
export function unknownBytes(
  direction: Direction,
  offset: number,
  streamId: number,
  length: number,
): Draft {
  return { event: "data", direction, offset, protocol: "unknown", streamId, length };
}
