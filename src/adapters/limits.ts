// One set of limits for whatever protocol a connection turns out to speak. Rules of the file: a name means the
// same in each protocol that has it; a name that none has is wrong use.

import { UsageError } from "../errors.js";
import {
  H1_LIMITS,
  type H1Limits,
  H2_LIMITS,
  type H2Limits,
  H3_LIMITS,
  type H3Limits,
  h1Limits,
  h2Limits,
  h3Limits,
} from "../limits.js";

/** Limits of all protocols; where one has no such limit, it is not used. docs/limits.md has them. */
export type Limits = H1Limits & H2Limits & H3Limits;

/** Those that HTTP/1.1 has. */
export function limitsOfH1(limits: Limits = {}): H1Limits {
  return partOf(limits, H1_LIMITS);
}

/** Those that HTTP/2 has. */
export function limitsOfH2(limits: Limits = {}): H2Limits {
  return partOf(limits, H2_LIMITS);
}

/** Those that HTTP/3 has. */
export function limitsOfH3(limits: Limits = {}): H3Limits {
  return partOf(limits, H3_LIMITS);
}

const TABLES = [H1_LIMITS, H2_LIMITS, H3_LIMITS];

/**
 * Finds wrong limits before there is a connection.
 * @throws UsageError for a name that no protocol has, or a value out of its range
 */
export function checkLimits(limits: Limits = {}): void {
  for (const name of Object.keys(limits)) {
    if (!TABLES.some((table) => Object.hasOwn(table, name))) {
      throw new UsageError("LIMIT_UNKNOWN", `there is no limit ${name}`);
    }
  }
  h1Limits(limitsOfH1(limits));
  h2Limits(limitsOfH2(limits), 16_384, 65_535);
  h3Limits(limitsOfH3(limits));
}

function partOf<Part extends object>(limits: Limits, table: object): Part {
  const own = Object.entries(limits).filter(([name]) => Object.hasOwn(table, name));
  return Object.fromEntries(own) as Part;
}
