// Choices for the QPACK encoder, and what the peer's settings may be.
// Rules: QP-TAB-8.

import { refuseQpack } from "./qpack-usage.js";

/** What the table gets at most, whatever the peer allows. */
const CAPACITY_CAP = 4096;
const CAPACITY_CAP_MAX = 2 ** 30;

/** How much an encoder dares (RFC 9204 section 2.1.2). */
export type QpackStrategy = "static" | "safe" | "eager";

const STRATEGIES: readonly unknown[] = ["static", "safe", "eager"];

/** Choices for an encoder. */
export interface QpackEncoderOptions {
  /** The peer's SETTINGS_QPACK_MAX_TABLE_CAPACITY in bytes, where it is known already. Default 0. */
  readonly maxTableCapacity?: number;
  /** The peer's SETTINGS_QPACK_BLOCKED_STREAMS. Default 0. */
  readonly maxBlockedStreams?: number;
  /**
   * "static": no dynamic table. "safe": refers to entries only that the peer has acknowledged, so that no
   * section waits. "eager", the default: refers to entries at once, on as many streams as the peer allows.
   */
  readonly strategy?: QpackStrategy;
  /** Most bytes that the table gets, whatever the peer allows. Default 4096. */
  readonly tableCapacityCap?: number;
  /** "auto": where it is shorter. Default "auto". */
  readonly huffman?: boolean | "auto";
}

type Chosen = Required<Pick<QpackEncoderOptions, "tableCapacityCap" | "strategy" | "huffman">>;

/**
 * The choices with their defaults.
 * @throws UsageError QPACK_CAPACITY_INVALID, QPACK_OPTION_INVALID
 */
export function checkedOptions(options: QpackEncoderOptions): Chosen {
  const { tableCapacityCap = CAPACITY_CAP, strategy = "eager", huffman = "auto" } = options;
  const isSize = Number.isInteger(tableCapacityCap) && tableCapacityCap >= 0;
  if (!isSize || tableCapacityCap > CAPACITY_CAP_MAX)
    refuseQpack("QPACK_CAPACITY_INVALID", "tableCapacityCap is a whole number up to 2^30");
  if (!STRATEGIES.includes(strategy))
    refuseQpack("QPACK_OPTION_INVALID", 'strategy is "static", "safe" or "eager"');
  if (huffman !== true && huffman !== false && huffman !== "auto")
    refuseQpack("QPACK_OPTION_INVALID", 'huffman is true, false or "auto"');
  return { tableCapacityCap, strategy, huffman };
}

/** @throws UsageError QPACK_CAPACITY_INVALID, QPACK_BLOCKED_STREAMS_INVALID */
export function checkSettings(maxTableCapacity: number, maxBlockedStreams: number): void {
  // Settings go up to 2^62 - 1; whatever is above 2^53 is so much that its nearest number does as well.
  if (!Number.isInteger(maxTableCapacity) || maxTableCapacity < 0)
    refuseQpack("QPACK_CAPACITY_INVALID", "a capacity is a whole number of bytes");
  if (!Number.isInteger(maxBlockedStreams) || maxBlockedStreams < 0)
    refuseQpack("QPACK_BLOCKED_STREAMS_INVALID", "blocked streams are a whole number");
}
