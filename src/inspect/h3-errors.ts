// Mistakes as drafts: from what a strict connection of ours says, or by the name of what the inspector itself found.

import type { ProtocolError } from "../index.js";
import { ERRORS, type ErrorName } from "../index.js";
import type { Direction, Draft, InspectError, InspectProtocol } from "./events.js";
import type { Varint } from "./h3-numbers.js";
import { violation } from "./violation.js";

/** What the judges find. */
export interface Fault {
  readonly code: ErrorName;
  readonly scope: "message" | "stream" | "connection";
  readonly offset: number;
}

/** A fault by its name, where the table says how far it reaches. */
export function faultOf(code: ErrorName, offset: number): Fault {
  return { code, scope: ERRORS[code].scope, offset };
}

/** The same mistake at another place. */
export function moved(error: ProtocolError, offset: number): Fault {
  return { code: error.code, scope: error.scope, offset };
}

/** The draft of a fault. */
export function errorDraft(
  protocol: InspectProtocol,
  direction: Direction,
  streamId: Varint | null,
  { code, scope, offset }: Fault,
): Draft<InspectError> {
  return { ...violation(protocol, direction, offset, code, null, scope), streamId };
}
