// What heads of open messages may hold in memory, against header bombs: small blocks that unpack to much, on many
// streams (H2-S14, CVE-2026-49975). Strings of table entries are shared, so that a field costs its two references
// and the text that came with it. Up to headerMemory is free; beyond it, headerAmplification bytes a byte received.
// Rules: H2-179, H2-199, H3-MSG-23, QP-FLD-7.

import type { FieldSection } from "../codec/field-section.js";

/** References to name and value. */
const FIELD_MEMORY = 16;

/** The connection that is charged. */
interface HeadMemory {
  headMemory: number;
  headLength: number;
  readonly config: {
    readonly limits: { readonly headerMemory: number; readonly headerAmplification: number };
  };
}

/** The stream that it is charged for. */
interface HeadCharge {
  headCharge: number;
  headLength: number;
}

/** Charges a head to the connection until its stream is gone. False: too much is held. */
export function chargeHead(core: HeadMemory, stream: HeadCharge, section: FieldSection): boolean {
  const charge = section.fieldCount * FIELD_MEMORY + section.textLength;
  stream.headCharge += charge;
  stream.headLength += section.blockLength;
  core.headMemory += charge;
  core.headLength += section.blockLength;
  const { headerMemory, headerAmplification } = core.config.limits;
  return core.headMemory <= Math.max(headerMemory, headerAmplification * core.headLength);
}

/** The stream is gone. */
export function releaseHead(core: HeadMemory, stream: HeadCharge): void {
  core.headMemory -= stream.headCharge;
  core.headLength -= stream.headLength;
  stream.headCharge = 0;
  stream.headLength = 0;
}
