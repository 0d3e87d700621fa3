// ONE table of limits: name -> default, unit, smallest and largest value, the attack it stops, the
// error it raises. Memory is bounded by these alone, whatever the peer sends.
// Rules: H1-023.

import { FIELD_SECTION_MAX, FIELD_STAGE_LENGTH, SECTION_FIELDS_MAX } from "./abi/field-memory.js";
import { FIELD_COUNT_MAX, HEAD_LENGTH_MAX } from "./abi/memory.js";
import { type ErrorName, UsageError } from "./errors.js";

/** One limit. */
export interface LimitInfo {
  readonly default: number;
  readonly unit:
    | "bytes"
    | "items"
    | "digits"
    | "bytes per byte"
    | "items per second"
    | "milliseconds";
  readonly min: number;
  readonly max: number;
  /** The attack it stops. */
  readonly stops: string;
  /** The error it raises; null: reading or writing pauses. */
  readonly error: ErrorName | null;
  /** How the value follows from other limits where it is not set. */
  readonly derived?: string;
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

/** Limits of an HTTP/2 connection. docs/limits.md argues the defaults. */
export const H2_LIMITS = {
  concurrentStreams: limit(
    128,
    "items",
    0,
    U31,
    "streams opened faster than answered; sent as SETTINGS_MAX_CONCURRENT_STREAMS, always enforced",
    "H2_STREAM_REFUSED",
  ),
  fieldSectionLength: limit(
    64 * KIB,
    "bytes",
    64,
    FIELD_SECTION_MAX,
    "header bombs: names, values and 32 bytes a field, enforced while decoding",
    "H2_FIELD_SECTION_TOO_LARGE",
  ),
  fieldCount: limit(
    200,
    "items",
    1,
    SECTION_FIELDS_MAX,
    "many tiny fields, cookie crumbs included",
    "H2_FIELD_COUNT_TOO_LARGE",
  ),
  trailerSectionLength: limit(
    16 * KIB,
    "bytes",
    0,
    FIELD_SECTION_MAX,
    "endless trailers",
    "H2_FIELD_SECTION_TOO_LARGE",
  ),
  trailerCount: limit(
    64,
    "items",
    0,
    SECTION_FIELDS_MAX,
    "many tiny trailers",
    "H2_FIELD_COUNT_TOO_LARGE",
  ),
  fieldBlockLength: {
    ...limit(
      128 * KIB,
      "bytes",
      64,
      FIELD_STAGE_LENGTH,
      "endless CONTINUATION: compressed bytes of one block",
      "H2_FIELD_BLOCK_TOO_LARGE",
    ),
    derived: "2 x fieldSectionLength, at most 384 KiB",
  },
  continuationCount: {
    ...limit(
      13,
      "items",
      1,
      U31,
      "CONTINUATION flood, empty frames included",
      "H2_CONTINUATION_FLOOD",
    ),
    derived: "ceil(1.25 x fieldSectionLength / frame size) + 8",
  },
  headerMemory: {
    ...limit(
      64 * KIB,
      "bytes",
      0,
      U31,
      "compressed heads that unpack to much memory on many streams",
      "H2_HEADER_MEMORY",
    ),
    derived: "512 x concurrentStreams, at least 64 KiB",
  },
  headerAmplification: limit(
    2,
    "bytes per byte",
    1,
    1_000_000,
    "the same beyond headerMemory: bytes held a byte of field block received",
    "H2_HEADER_MEMORY",
  ),
  bodyLength: limit(
    Number.POSITIVE_INFINITY,
    "bytes",
    0,
    Number.POSITIVE_INFINITY,
    "endless content",
    "H2_BODY_TOO_LARGE",
  ),
  resetBurst: limit(
    1000,
    "items",
    1,
    U31,
    "rapid reset, and errors that make us reset",
    "H2_RESET_FLOOD",
  ),
  resetRate: limit(
    33,
    "items per second",
    0,
    U31,
    "refills resetBurst by the injected clock; each finished stream gives one back, too",
    "H2_RESET_FLOOD",
  ),
  controlBudget: limit(
    10_000,
    "items",
    16,
    U31,
    "PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty and unknown frames; useful work refills it",
    "H2_CONTROL_FLOOD",
  ),
  controlRate: limit(
    330,
    "items per second",
    0,
    U31,
    "refills controlBudget by the injected clock",
    "H2_CONTROL_FLOOD",
  ),
  smallDataLength: {
    ...limit(
      1024 * KIB,
      "bytes",
      256,
      U31,
      "DATA frames of a few bytes that the application has not consumed: 256 less the length of each",
      "H2_CONTROL_FLOOD",
    ),
    derived: "16 x the window of a stream, at least 1 MiB",
  },
  settingsCount: limit(
    32,
    "items",
    1,
    U31,
    "thousands of settings in one frame",
    "H2_SETTINGS_TOO_MANY",
  ),
  outboundControlLength: limit(
    64 * KIB,
    "bytes",
    KIB,
    U31,
    "acknowledgements and resets that the peer asks for and does not read",
    "H2_OUTBOUND_FLOOD",
  ),
  sendBufferLength: limit(
    1024 * KIB,
    "bytes",
    1,
    U31,
    "answers that wait for windows or for the peer",
    null,
  ),
  streamSendLength: limit(64 * KIB, "bytes", 1, U31, "the same on one stream", null),
  encoderTableLength: limit(
    4 * KIB,
    "bytes",
    0,
    64 * KIB,
    "a peer that sets SETTINGS_HEADER_TABLE_SIZE to 2^32 - 1",
    null,
  ),
  pushReservedCount: limit(200, "items", 0, U31, "PUSH_PROMISE without end", "H2_PUSH_FLOOD"),
  debugDataLength: limit(
    KIB,
    "bytes",
    0,
    64 * KIB,
    "megabytes of GOAWAY debug data: what is kept of them",
    null,
  ),
  pendingPings: limit(10, "items", 1, U31, "our own PINGs without acknowledgement", null),
  settingsTimeout: limit(
    10_000,
    "milliseconds",
    1,
    U31,
    "SETTINGS that are never acknowledged; needs the clock",
    "H2_SETTINGS_TIMEOUT",
  ),
  fieldBlockTimeout: limit(
    10_000,
    "milliseconds",
    1,
    U31,
    "a field block that is never finished; needs the clock",
    "H2_FIELD_BLOCK_TIMEOUT",
  ),
} as const satisfies Record<string, LimitInfo>;

/** Limits of an HTTP/3 connection. docs/limits.md argues the defaults. */
export const H3_LIMITS = {
  concurrentStreams: limit(
    128,
    "items",
    0,
    U31,
    "requests opened faster than answered; always enforced, whatever the transport allows",
    "H3_STREAM_REFUSED",
  ),
  fieldSectionLength: limit(
    64 * KIB,
    "bytes",
    64,
    FIELD_SECTION_MAX,
    "header bombs: names, values and 32 bytes a field, enforced while decoding",
    "H3_FIELD_SECTION_TOO_LARGE",
  ),
  fieldCount: limit(
    200,
    "items",
    1,
    SECTION_FIELDS_MAX,
    "many tiny fields, cookie crumbs included",
    "H3_FIELD_COUNT_TOO_LARGE",
  ),
  trailerSectionLength: limit(
    16 * KIB,
    "bytes",
    0,
    FIELD_SECTION_MAX,
    "endless trailers",
    "H3_FIELD_SECTION_TOO_LARGE",
  ),
  trailerCount: limit(
    64,
    "items",
    0,
    SECTION_FIELDS_MAX,
    "many tiny trailers",
    "H3_FIELD_COUNT_TOO_LARGE",
  ),
  fieldBlockLength: {
    ...limit(
      128 * KIB,
      "bytes",
      64,
      FIELD_STAGE_LENGTH,
      "long HEADERS: encoded bytes of one section",
      "H3_FIELD_BLOCK_TOO_LARGE",
    ),
    derived: "2 x fieldSectionLength, at most 384 KiB",
  },
  unfinishedLength: {
    ...limit(
      512 * KIB,
      "bytes",
      64,
      U31,
      "field sections that are never finished, on many streams",
      "H3_UNFINISHED_TOO_LARGE",
    ),
    derived: "4 x fieldBlockLength",
  },
  blockedBytes: limit(
    64 * KIB,
    "bytes",
    0,
    U31,
    "blocked sections: bytes that wait for the encoder stream",
    "QPACK_BLOCKED_BYTES",
  ),
  heldLength: limit(
    256 * KIB,
    "bytes",
    0,
    U31,
    "what a transport goes on delivering behind sections that wait, though isPaused() says no",
    "QPACK_BLOCKED_BYTES",
  ),
  blockedTimeout: limit(
    10_000,
    "milliseconds",
    1,
    U31,
    "sections that wait for insertions that never come; needs the clock",
    "QPACK_BLOCKED_TIMEOUT",
  ),
  headerMemory: {
    ...limit(
      64 * KIB,
      "bytes",
      0,
      U31,
      "encoded heads that unpack to much memory on many streams",
      "H3_HEADER_MEMORY",
    ),
    derived: "512 x concurrentStreams, at least 64 KiB",
  },
  headerAmplification: limit(
    2,
    "bytes per byte",
    1,
    1_000_000,
    "the same beyond headerMemory: bytes held a byte of field section received",
    "H3_HEADER_MEMORY",
  ),
  bodyLength: limit(
    Number.POSITIVE_INFINITY,
    "bytes",
    0,
    Number.POSITIVE_INFINITY,
    "endless content",
    "H3_BODY_TOO_LARGE",
  ),
  resetBurst: limit(
    1000,
    "items",
    1,
    U31,
    "rapid reset, and errors that make us reset",
    "H3_RESET_FLOOD",
  ),
  resetRate: limit(
    33,
    "items per second",
    0,
    U31,
    "refills resetBurst by the injected clock; each finished stream gives one back, too",
    "H3_RESET_FLOOD",
  ),
  controlBudget: limit(
    10_000,
    "items",
    16,
    U31,
    "frames and streams that carry little, cancellations, tiny insertions; useful work refills it",
    "H3_CONTROL_FLOOD",
  ),
  controlRate: limit(
    330,
    "items per second",
    0,
    U31,
    "refills controlBudget by the injected clock",
    "H3_CONTROL_FLOOD",
  ),
  settingsCount: limit(
    32,
    "items",
    1,
    U31,
    "thousands of settings in one frame",
    "H3_SETTINGS_TOO_MANY",
  ),
  controlFrameLength: limit(
    16 * KIB,
    "bytes",
    256,
    U31,
    "ORIGIN and PRIORITY_UPDATE of any length: longer ones are passed over",
    null,
  ),
  outboundControlLength: limit(
    64 * KIB,
    "bytes",
    KIB,
    U31,
    "acknowledgements and resets that the peer asks for and does not read",
    "H3_OUTBOUND_FLOOD",
  ),
  sendBufferLength: limit(1024 * KIB, "bytes", 1, U31, "answers that wait for the transport", null),
  streamSendLength: limit(64 * KIB, "bytes", 1, U31, "the same on one stream", null),
  encoderTableLength: limit(
    4 * KIB,
    "bytes",
    0,
    64 * KIB,
    "a peer that allows a table of 2^62 - 1 bytes",
    null,
  ),
  encoderBlockedStreams: limit(
    16,
    "items",
    0,
    U31,
    "sections of ours that wait for insertions; the peer may allow less",
    null,
  ),
  pushCount: limit(16, "items", 0, U31, "PUSH_PROMISE without end", "H3_PUSH_FLOOD"),
  capsuleLength: limit(
    64 * KIB,
    "bytes",
    16,
    U31,
    "capsules that declare gigabytes",
    "H3_CAPSULE_TOO_LARGE",
  ),
  datagramQueueLength: limit(
    64 * KIB,
    "bytes",
    0,
    U31,
    "datagrams that the transport does not take: the oldest are dropped",
    null,
  ),
  settingsTimeout: limit(
    10_000,
    "milliseconds",
    1,
    U31,
    "a peer that never sends SETTINGS; needs the clock",
    "H3_SETTINGS_TIMEOUT",
  ),
  sessionCount: limit(16, "items", 0, U31, "WebTransport sessions at a time", null),
  earlyStreams: limit(
    16,
    "items",
    0,
    U31,
    "WebTransport streams that came before their session",
    "WT_STREAM_REJECTED",
  ),
  earlyBytes: limit(
    64 * KIB,
    "bytes",
    0,
    U31,
    "what such streams and datagrams hold",
    "WT_STREAM_REJECTED",
  ),
} as const satisfies Record<string, LimitInfo>;

/** Limits of who reads the packets of others: QuicObserver. Bytes that are over them are passed over and told as a gap. */
export const QUIC_LIMITS = {
  cryptoBuffer: limit(
    64 * KIB,
    "bytes",
    4 * KIB,
    U31,
    "CRYPTO data ahead of a gap, for each level and direction",
    "QUIC_CRYPTO_BUFFER_EXCEEDED",
  ),
  streamFragments: limit(
    1_024,
    "items",
    1,
    U31,
    "a stream in many tiny pieces out of order: a gap is given up",
    null,
  ),
  streamBuffer: limit(
    1024 * KIB,
    "bytes",
    1,
    U31,
    "data ahead of a gap of one stream: the gap is given up",
    null,
  ),
  heldMemory: limit(
    64 * 1024 * KIB,
    "bytes",
    64 * KIB,
    U31,
    "gaps in many streams of many connections: those that grow are given up",
    null,
  ),
  openStreams: limit(
    1_024,
    "items",
    1,
    U31,
    "streams that never end, for each connection: the oldest is let go",
    null,
  ),
  connectionIds: limit(
    64,
    "items",
    2,
    U31,
    "connection ids without end, for each direction: the oldest is forgotten",
    null,
  ),
  earlyPackets: limit(
    16,
    "items",
    0,
    U31,
    "packets that come before the ClientHello: told as closed",
    null,
  ),
  connections: limit(
    4_096,
    "items",
    1,
    U31,
    "connections at a time: the one that was silent longest is let go",
    null,
  ),
} as const satisfies Record<string, LimitInfo>;

export type H1LimitName = keyof typeof H1_LIMITS;
export type H2LimitName = keyof typeof H2_LIMITS;
export type H3LimitName = keyof typeof H3_LIMITS;
export type QuicLimitName = keyof typeof QUIC_LIMITS;

/** Limits that differ from the defaults. */
export type H1Limits = Partial<Record<H1LimitName, number>>;
/** The same of an HTTP/2 connection. */
export type H2Limits = Partial<Record<H2LimitName, number>>;
/** The same of an HTTP/3 connection. */
export type H3Limits = Partial<Record<H3LimitName, number>>;
/** The same of a QuicObserver. */
export type QuicLimits = Partial<Record<QuicLimitName, number>>;

/**
 * All limits of an HTTP/1.1 connection: the defaults, and what the user set.
 * @throws UsageError for an unknown name or a value out of its range.
 */
export function h1Limits(chosen: H1Limits | undefined): Record<H1LimitName, number> {
  const all = chosenLimits(H1_LIMITS, chosen);
  if (all.targetLength + all.methodLength + all.fieldSectionLength > HEAD_LENGTH_MAX) {
    throw new UsageError(
      "LIMIT_INVALID",
      `methodLength + targetLength + fieldSectionLength may not be above ${HEAD_LENGTH_MAX} bytes`,
    );
  }
  return all;
}

/**
 * All limits of an HTTP/2 connection; those that follow from others are derived where they are not set.
 * @throws UsageError for an unknown name or a value out of its range.
 */
export function h2Limits(
  chosen: H2Limits | undefined,
  frameLength: number,
  windowLength: number,
): Record<H2LimitName, number> {
  const all = chosenLimits(H2_LIMITS, chosen);
  const { fieldSectionLength, concurrentStreams } = all;
  const derived: H2Limits = {
    fieldBlockLength: Math.min(2 * fieldSectionLength, FIELD_STAGE_LENGTH),
    continuationCount: Math.ceil((1.25 * fieldSectionLength) / frameLength) + 8,
    headerMemory: Math.min(Math.max(64 * KIB, 512 * concurrentStreams), U31),
    smallDataLength: Math.min(Math.max(1024 * KIB, 16 * windowLength), U31),
  };
  for (const name of Object.keys(derived) as H2LimitName[])
    if (chosen?.[name] === undefined) all[name] = derived[name] as number;
  return all;
}

/**
 * All limits of an HTTP/3 connection; those that follow from others are derived where they are not set.
 * @throws UsageError for an unknown name or a value out of its range.
 */
export function h3Limits(chosen: H3Limits | undefined): Readonly<Record<H3LimitName, number>> {
  // One record for all who change nothing: it weighs as much as a third of an idle connection.
  if (chosen === undefined) {
    h3Defaults ??= chosenH3Limits({});
    return h3Defaults;
  }
  return chosenH3Limits(chosen);
}

let h3Defaults: Readonly<Record<H3LimitName, number>> | null = null;

function chosenH3Limits(chosen: H3Limits): Record<H3LimitName, number> {
  const all = chosenLimits(H3_LIMITS, chosen);
  if (chosen?.fieldBlockLength === undefined)
    all.fieldBlockLength = Math.min(2 * all.fieldSectionLength, FIELD_STAGE_LENGTH);
  if (chosen?.unfinishedLength === undefined)
    all.unfinishedLength = Math.min(4 * all.fieldBlockLength, U31);
  if (chosen?.headerMemory === undefined)
    all.headerMemory = Math.min(Math.max(64 * KIB, 512 * all.concurrentStreams), U31);
  return all;
}

/**
 * All limits of a QuicObserver: the defaults, and what the user set.
 * @throws UsageError for an unknown name or a value out of its range.
 */
export function quicLimits(chosen: QuicLimits | undefined): Record<QuicLimitName, number> {
  return chosenLimits(QUIC_LIMITS, chosen);
}

function chosenLimits<Name extends string>(
  table: Readonly<Record<Name, LimitInfo>>,
  chosen: Partial<Record<Name, number>> | undefined,
): Record<Name, number> {
  const all = {} as Record<Name, number>;
  for (const name of Object.keys(table) as Name[]) all[name] = table[name].default;
  for (const name of Object.keys(chosen ?? {}) as Name[]) {
    const value = chosen?.[name];
    if (value !== undefined) all[name] = checked(table, name, value);
  }
  return all;
}

function checked<Name extends string>(
  table: Readonly<Record<Name, LimitInfo>>,
  name: Name,
  value: number,
): number {
  const info: LimitInfo | undefined = Object.hasOwn(table, name) ? table[name] : undefined;
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
