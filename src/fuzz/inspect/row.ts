// The shape of an attack row for what `tercet inspect` reads, and how rows are written: a file, a key log, what must be said
// about it, and what it may cost.

/** Pieces of the reader that a row is given to. */
export type InspectSubject = "capture" | "inspect" | "key-log";

/** One known attack on readers of captures. */
export interface InspectAttack {
  /** Row of the list of attacks: "CAP-S01". */
  readonly id: string;
  /** Unique together with the id. */
  readonly name: string;
  readonly subject: InspectSubject;
  /** Makes the file: some are long. */
  bytes(): Uint8Array;
  /** Lines of a key log for it. */
  readonly keyLog: string | null;
  readonly expected: {
    /**
     * Lines of what is said (`inspectLines`): "error CAPTURE_TRUNCATED", "udp 8", "data client 5", "head". "…" stands for any
     * number of lines, `A|B` in place of a word for either, a last word `*` for any rest.
     */
    readonly log: readonly string[];
    /** Words that no line may have. */
    readonly never: readonly string[];
  };
  readonly bounds: {
    /** Bytes that are held when all of it was read, before the end. */
    readonly memory: number;
    readonly reports: number;
    readonly nanosecondsPerByte: number;
  };
}

/** What a row may set. */
export interface InspectRowOptions {
  readonly keyLog?: string;
  readonly never?: readonly string[];
  readonly memory?: number;
  readonly reports?: number;
  readonly nanoseconds?: number;
}

const KIB = 1024;
/** A reader with a packet or a block that is not whole. */
const BASE_MEMORY = 1_024 * KIB;
const BASE_REPORTS = 64;
const BASE_NANOSECONDS = 20_000;

/** Makes rows of one id. */
export function inspectRowsOf(id: string) {
  return (
    name: string,
    subject: InspectSubject,
    bytes: Uint8Array | (() => Uint8Array),
    log: readonly string[],
    options: InspectRowOptions = {},
  ): InspectAttack => ({
    id,
    name,
    subject,
    bytes: typeof bytes === "function" ? bytes : () => bytes,
    keyLog: options.keyLog ?? null,
    expected: { log, never: options.never ?? [] },
    bounds: {
      memory: options.memory ?? BASE_MEMORY,
      reports: options.reports ?? BASE_REPORTS,
      nanosecondsPerByte: options.nanoseconds ?? BASE_NANOSECONDS,
    },
  });
}
