// The value of a priority field and of PRIORITY_UPDATE: a dictionary of RFC 8941 section 3.2 with the
// members u and i (RFC 9218 section 4). Members unknown, out of range or of another type are ignored;
// what is no dictionary says nothing.
// Rules: PU-004, PU-005, PU-006.

import { UsageError } from "../errors.js";
import { KEY, OWS, StructuredReader } from "./structured-field.js";

/** How a response is wanted (RFC 9218 section 4). */
export interface Priority {
  /** 0, the most urgent, to 7. */
  readonly urgency: number;
  /** Whether a part of it is of use: such responses share the bandwidth. */
  readonly incremental: boolean;
}

/** Urgency where nothing is said. */
export const URGENCY_DEFAULT = 3;
export const URGENCY_MAX = 7;

/** What browsers send. */
const PLAIN = /^u=([0-7])(, ?i)?$/;

/**
 * What a priority value says; several field lines are joined by ", " first. "" is a dictionary without
 * members.
 * @returns null where it is no dictionary: then it says nothing, and is ignored (RFC 9218 section 4)
 */
export function parsePriority(value: string): Priority | null {
  const plain = PLAIN.exec(value);
  if (plain !== null) return { urgency: Number(plain[1]), incremental: plain[2] !== undefined };
  return parseDictionary(new StructuredReader(value));
}

function parseDictionary(reader: StructuredReader): Priority | null {
  let urgency = URGENCY_DEFAULT;
  let incremental = false;
  while (!reader.isAtEnd) {
    const key = reader.take(KEY);
    const member = key === null ? null : reader.memberValue();
    if (member === null) return null;
    // The last one of several counts, also where it is to be ignored (RFC 8941 section 4.2.2).
    if (key === "u") urgency = urgencyOf(member);
    else if (key === "i") incremental = member === "?1";
    reader.take(OWS);
    if (reader.isAtEnd) break;
    if (!reader.has(",")) return null;
    reader.take(OWS);
    if (reader.isAtEnd) return null;
  }
  return { urgency, incremental };
}

/** An integer from 0 to 7 ("-0" is one); everything else is as if it were not there. */
function urgencyOf(member: string): number {
  if (!/^-?\d+$/.test(member)) return URGENCY_DEFAULT;
  const urgency = Math.abs(Number(member));
  const isNegative = urgency !== 0 && member.startsWith("-");
  return isNegative || urgency > URGENCY_MAX ? URGENCY_DEFAULT : urgency;
}

/**
 * The value of a priority field or a PRIORITY_UPDATE: "u=3", "u=1, i".
 * @throws UsageError H2_PRIORITY_INVALID unless urgency is a whole number from 0 to 7
 */
export function formatPriority({ urgency, incremental }: Priority): string {
  if (!Number.isInteger(urgency) || urgency < 0 || urgency > URGENCY_MAX)
    throw new UsageError("H2_PRIORITY_INVALID", "urgency is a whole number from 0 to 7");
  return incremental ? `u=${urgency}, i` : `u=${urgency}`;
}
