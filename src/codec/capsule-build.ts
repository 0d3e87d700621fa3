// A capsule's type and value to the capsule that users see, or to the code of what is wrong with it.
// Rules: H3-CAP-3, H3-WT-9.

import type { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import type { Capsule } from "./capsule.js";
import {
  type CapsuleShape,
  capsuleFault,
  capsuleShape,
  readCapsuleNumbers,
  readCloseSession,
} from "./capsule-fields.js";
import type { Varint } from "./varint.js";

/** First draft of WebTransport over HTTP/2 in which the types of WT_STREAM have changed places. */
const FIN_SWAPPED = 15;

/** Type of the WT_STREAM that ends a stream. Drafts up to 14 say 0x190b4d3c, later ones 0x190b4d3b. */
export function finalStreamType(draft: number): CapsuleType {
  return draft < FIN_SWAPPED ? CapsuleType.WtStreamFin : CapsuleType.WtStream;
}

/** What a whole capsule says of itself. */
interface CapsuleParts {
  readonly type: "capsule";
  readonly capsuleType: Varint;
  readonly length: number;
  readonly offset: number;
  readonly value: Uint8Array;
}

/** The capsule, or the code of its mistake. */
export function buildCapsule(
  capsuleType: Varint,
  value: Uint8Array,
  offset: number,
  draft: number,
): Capsule | ErrorCode {
  const parts = { type: "capsule" as const, capsuleType, length: value.length, offset, value };
  const shape = capsuleShape(capsuleType);
  if (shape === undefined) return { ...parts, name: "UNKNOWN" };
  if (capsuleType === CapsuleType.WtCloseSession) {
    const close = readCloseSession(value);
    return close === null
      ? capsuleFault(capsuleType)
      : { ...parts, name: "WT_CLOSE_SESSION", ...close };
  }
  return buildNumbered(parts, shape, draft);
}

function buildNumbered(
  parts: CapsuleParts,
  shape: CapsuleShape,
  draft: number,
): Capsule | ErrorCode {
  const { capsuleType, value } = parts;
  const { name } = shape;
  const numbers: Varint[] = [];
  const restAt = readCapsuleNumbers(shape, value, numbers);
  if (restAt < 0) return capsuleFault(capsuleType);
  const fields: Record<string, unknown> = {};
  numbers.forEach((number, i) => {
    fields[shape.numbers[i] as string] = number;
  });
  if (name === "WT_STREAM") {
    fields.streamData = value.subarray(restAt);
    fields.fin = capsuleType === finalStreamType(draft);
  } else if (name === "WT_MAX_STREAMS")
    fields.unidirectional = capsuleType === CapsuleType.WtMaxStreamsUni;
  else if (name === "WT_STREAMS_BLOCKED")
    fields.unidirectional = capsuleType === CapsuleType.WtStreamsBlockedUni;
  // The shape has the fields of its name, which the type system does not see.
  return { ...parts, name, ...fields } as Capsule;
}
