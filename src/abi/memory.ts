// The one map of the engine's linear memory, and the layout of what the host reads and writes there.
// Compiled by asc and by tsc; imports nothing. The memory never grows: memory.grow detaches every
// view. When a pool is used up, the host takes a further instance.
//
//   page 0     static data and tables of the module
//   WINDOW     input: one piece of a chunk, 64 KiB, and padding that kernels may over-read
//   TAPE       records of one call
//   CONFIGS    limits and flags, one record for each distinct set of options
//   NAMES      known field names, written by the host at start
//   BLOCKS     state of connections, 128 bytes each
//   CARRIES    unfinished heads: one pool for each size class

export const PAGE_LENGTH = 65_536;

export const WINDOW = 65_536;
export const WINDOW_LENGTH = 65_536;
export const PADDING = 64;

export const TAPE = 131_200; // WINDOW + WINDOW_LENGTH + 128
export const TAPE_LENGTH = 131_072;

export const CONFIGS = 262_272; // TAPE + TAPE_LENGTH
export const CONFIG_LENGTH = 64;
export const CONFIG_COUNT = 256;

export const NAMES = 278_656; // CONFIGS + CONFIG_LENGTH * CONFIG_COUNT
/** A known name: 32 bytes in lower case, 32 bytes as RFCs spell it, zero padded. */
export const NAME_LENGTH = 64;
export const NAME_COUNT = 128;
/** Hash slots of one byte each behind the names, then two bytes a name: next id of its chain, length. */
export const NAME_SLOTS = 286_848; // NAMES + NAME_LENGTH * NAME_COUNT
export const NAME_SLOT_COUNT = 512;
export const NAME_CHAIN = 287_360; // NAME_SLOTS + NAME_SLOT_COUNT

export const BLOCKS = 287_616; // NAME_CHAIN + NAME_COUNT * 2
export const BLOCK_LENGTH = 128;
export const BLOCK_COUNT = 8_192;

export const CARRIES = 1_336_192; // BLOCKS + BLOCK_LENGTH * BLOCK_COUNT
export const CARRY_CLASSES = 6;
/** Class k holds buffers of CARRY_SMALLEST << 2k bytes; a quarter of each is tape. */
export const CARRY_SMALLEST = 1_024;
/** Buffers of each class: 4, 4, 4, 2, 2 and 2 MiB. */
export const CARRY_COUNT_0 = 4_096;
export const CARRY_COUNT_1 = 1_024;
export const CARRY_COUNT_2 = 256;
export const CARRY_COUNT_3 = 32;
export const CARRY_COUNT_4 = 8;
export const CARRY_COUNT_5 = 2;
/** Longest head that any limit may allow: the bytes of the largest carry buffer, less room to append. */
export const HEAD_LENGTH_MAX = 780_000;
/** Most fields that any limit may allow: with six leniency uses each they still fit one tape. */
export const FIELD_COUNT_MAX = 2_000;

export const MEMORY_PAGES = 310; // CARRIES + 18 MiB + padding, rounded up

/** Words of a connection's block that the host reads or writes. The rest belongs to assembly/. */
export const enum BlockField {
  /** Phase of the parser. */
  Phase = 0,
  /** Address of the config record. */
  Config = 1,
  /** Context of the next message, ContextFlag bits. */
  Context = 2,
  /** Messages the engine may finish before it returns. */
  MessageBudget = 3,
  /** Bytes of the last input that were used up. */
  Consumed = 4,
  /** Why the engine returned: ExecStatus. */
  Status = 5,
  /** Address of the first word of the tape of the last call. */
  TapeAt = 6,
  /** Address that offset 0 of the records means. */
  Base = 7,
  /** Address of the carry buffer, or 0. */
  Carry = 8,
  /** Where the host appends bytes to the carry buffer. */
  CarryWriteAt = 9,
  /** How many bytes it may append. */
  CarryRoom = 10,
  CarryClass = 11,
  /** Content bytes that remain, of the message or of the chunk. */
  RemainingLow = 12,
  RemainingHigh = 13,
  /** Head under way: its first byte, from the base. */
  HeadStart = 14,
  /** Head under way: words of its record so far (fields included). */
  RecordLength = 15,
  /** One past the last byte of the input, from the base. */
  InputEnd = 16,
  /** Address of the head record under way. */
  RecordAt = 17,
  /** Leniency uses of the head under way. */
  LeniencyCount = 18,
  /** Address of the next record. */
  Out = 19,
  /** End of the last complete head of the last call, from the base. */
  LastHeadEnd = 20,
  /** First word that only assembly/ uses. */
  Private = 21,
}

/** What `exec` wants from the host. */
export const enum ExecStatus {
  /** The input is used up. */
  Done = 0,
  /** A head is unfinished and its bytes must move to a (larger) carry buffer: call `park`. */
  Park = 1,
  /** The message budget is spent, or the connection must decide what follows. */
  Pause = 2,
  /** The tape is full: read it, then call again. */
  TapeFull = 3,
  /** A protocol error was found: it is the last record. */
  Failed = 4,
}

/** Phases that the host knows; the phases inside a head are private to assembly/. */
export const enum Phase {
  Start = 0,
  /** Content with a length, in the block's remaining bytes. */
  BodyLength = 1,
  BodyUntilClose = 2,
  /** Data of a chunk, in the block's remaining bytes. */
  ChunkData = 3,
  /** The CR after the data of a chunk. */
  ChunkDataCr = 4,
  /** Not HTTP any more, or failed: the engine must not be called. */
  Stopped = 5,
  /** Phases from here on are inside a chunked body, but not in its data. */
  FirstChunkLine = 6,
  /** Phases from here on are inside a start line, a field section or a trailer section. */
  FirstHead = 21,
}

export const enum ContextFlag {
  /** Responses are read; else requests. */
  Response = 1,
  /** The response answers HEAD. */
  ToHead = 2,
  /** The response answers CONNECT. */
  ToConnect = 4,
  /** No request waits for an answer: anything but empty lines is an error. */
  NoneExpected = 8,
}

/** Words of a config record. */
export const enum ConfigField {
  Leniency = 0,
  Options = 1,
  MethodLength = 2,
  TargetLength = 3,
  StatusLineLength = 4,
  FieldLineLength = 5,
  FieldSectionLength = 6,
  FieldCount = 7,
  TrailerSectionLength = 8,
  TrailerCount = 9,
  ChunkSizeDigits = 10,
  ChunkExtensionsLength = 11,
  ChunkOverheadRatio = 12,
  ChunkOverheadFloor = 13,
  EmptyLineCount = 14,
  Size = 16,
}

export const enum ConfigOption {
  /** Emit Chunk and ChunkExtension records. */
  ObserveChunks = 1,
  /** obs-fold in a response is an error, as a proxy may want (RFC 9112 section 5.2). */
  RefuseObsFold = 2,
}
