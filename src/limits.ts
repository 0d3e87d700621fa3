// ONE table of limits: name -> default, unit, smallest and largest value, the attack it stops, the
// error it raises. Memory is bounded by these alone, whatever the peer sends.
// Rules: H1-023.

import { FIELD_COUNT_MAX, HEAD_LENGTH_MAX } from "./abi/memory.js";
import { type ErrorName, UsageError } from "./errors.js";

/** One limit. */
export interface LimitInfo {
  readonly default: number;
  readonly unit: "bytes" | "items" | "digits" | "bytes per byte";
  readonly min: number;
  readonly max: number;
  /** The attack it stops. */
  readonly stops: string;
  /** The error it raises; null: reading or writing pauses. */
  readonly error: ErrorName | null;
}

const KIB = 1024;
const U31 = 2 ** 31 - 1;

const limit = (
  value: number,
  unit: LimitInfo["unit"],
  min: number,
  max: number,
  stops: string,
  error: ErrorName | null,
): LimitInfo => ({ default: value, unit, min, max, stops, error });

/** Limits of an HTTP/1.1 connection. docs/limits.md argues the defaults. */
export const H1_LIMITS = {
  emptyLineCount: limit(
    8,
    "items",
    0,
    U31,
    "endless CRLF before a request",
    "H1_EMPTY_LINES_TOO_MANY",
  ),
  methodLength: limit(4 * KIB, "bytes", 3, 64 * KIB, "endless method", "H1_METHOD_TOO_LONG"),
  targetLength: limit(
    16 * KIB,
    "bytes",
    1,
    128 * KIB,
    "endless request target",
    "H1_TARGET_TOO_LONG",
  ),
  statusLineLength: limit(
    8 * KIB,
    "bytes",
    12,
    64 * KIB,
    "endless reason phrase",
    "H1_STATUS_LINE_TOO_LONG",
  ),
  fieldLineLength: limit(
    16 * KIB,
    "bytes",
    4,
    HEAD_LENGTH_MAX,
    "one endless field",
    "H1_FIELD_LINE_TOO_LONG",
  ),
  fieldSectionLength: limit(
    64 * KIB,
    "bytes",
    4,
    HEAD_LENGTH_MAX,
    "endless fields",
    "H1_FIELD_SECTION_TOO_LARGE",
  ),
  fieldCount: limit(
    200,
    "items",
    1,
    FIELD_COUNT_MAX,
    "many tiny fields",
    "H1_FIELD_COUNT_TOO_LARGE",
  ),
  trailerSectionLength: limit(
    16 * KIB,
    "bytes",
    0,
    HEAD_LENGTH_MAX,
    "endless trailers",
    "H1_TRAILER_SECTION_TOO_LARGE",
  ),
  trailerCount: limit(
    64,
    "items",
    0,
    FIELD_COUNT_MAX,
    "many tiny trailers",
    "H1_TRAILER_COUNT_TOO_LARGE",
  ),
  chunkSizeDigits: limit(
    16,
    "digits",
    1,
    64,
    "endless zeros before a chunk size",
    "H1_CHUNK_SIZE_TOO_LARGE",
  ),
  chunkExtensionsLength: limit(
    16 * KIB,
    "bytes",
    0,
    U31,
    "megabytes of chunk extensions",
    "H1_CHUNK_EXTENSIONS_TOO_LARGE",
  ),
  chunkOverheadRatio: limit(
    16,
    "bytes per byte",
    1,
    1_000_000,
    "one-byte chunks with long headers",
    "H1_CHUNK_OVERHEAD",
  ),
  chunkOverheadFloor: limit(
    64 * KIB,
    "bytes",
    0,
    U31,
    "overhead that is forgiven to every message",
    "H1_CHUNK_OVERHEAD",
  ),
  bodyLength: limit(
    Number.POSITIVE_INFINITY,
    "bytes",
    0,
    Number.POSITIVE_INFINITY,
    "endless content",
    "H1_BODY_TOO_LARGE",
  ),
  pipelineCount: limit(64, "items", 1, U31, "requests faster than answers; reading pauses", null),
  heldLength: limit(
    1024 * KIB,
    "bytes",
    0,
    U31,
    "bytes pushed in while reading pauses",
    "H1_HELD_TOO_LARGE",
  ),
  sendBufferLength: limit(
    1024 * KIB,
    "bytes",
    1,
    U31,
    "answers that wait for earlier ones or for the peer",
    null,
  ),
} as const satisfies Record<string, LimitInfo>;

export type H1LimitName = keyof typeof H1_LIMITS;

/** Limits that differ from the defaults. */
export type H1Limits = Partial<Record<H1LimitName, number>>;

/**
 * All limits of a connection: the defaults, and what the user set.
 * @throws UsageError for an unknown name or a value out of its range.
 */
export function h1Limits(chosen: H1Limits | undefined): Record<H1LimitName, number> {
  const all = {} as Record<H1LimitName, number>;
  for (const name of Object.keys(H1_LIMITS) as H1LimitName[]) all[name] = H1_LIMITS[name].default;
  for (const name of Object.keys(chosen ?? {}) as H1LimitName[]) {
    const value = chosen?.[name];
    if (value !== undefined) all[name] = checked(name, value);
  }
  if (all.targetLength + all.methodLength + all.fieldSectionLength > HEAD_LENGTH_MAX) {
    throw new UsageError(
      "LIMIT_INVALID",
      `methodLength + targetLength + fieldSectionLength may not be above ${HEAD_LENGTH_MAX} bytes`,
    );
  }
  return all;
}

function checked(name: H1LimitName, value: number): number {
  const info: LimitInfo | undefined = Object.hasOwn(H1_LIMITS, name) ? H1_LIMITS[name] : undefined;
  if (info === undefined) throw new UsageError("LIMIT_UNKNOWN", `there is no limit ${name}`);
  const whole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
  if (!whole || value < info.min || value > info.max) {
    throw new UsageError(
      "LIMIT_INVALID",
      `${name} takes whole ${info.unit} from ${info.min} to ${info.max}`,
    );
  }
  return value;
}
