// The map of the HTTP/2 engine's linear memory (h2.wasm: frames and HPACK). Compiled by asc and by tsc;
// imports nothing. The memory never grows: memory.grow detaches every view.
//
//   page 0     static data and tables of the module
//   WINDOW     input: one piece of a chunk, 64 KiB, and padding that kernels may over-read
//   STAGE      a field block that was joined from several frames or pieces
//   SCRATCH    decoded octets of the literals of one call: at most 8/5 of their input (RFC 7541 appendix B)
//   TAPE       records of one call; sized so that no input can fill it
//   CONFIGS    limits and flags, one record for each distinct set of options
//   NAMES      code lengths and the static table, written by the host at start
//   BLOCKS     state of connections, 128 bytes each
//   RINGS      dynamic tables: sizes and flags of entries, no octets; one pool for each size class

export const H2_WINDOW = 65_536;
export const H2_WINDOW_LENGTH = 65_536;
/** What kernels may read past the end of window and stage. */
export const H2_PADDING = 64;

export const H2_STAGE = 131_200; // H2_WINDOW + H2_WINDOW_LENGTH + 128
/** Longest field block, compressed, that any limit may allow. */
export const H2_STAGE_LENGTH = 393_216;

export const H2_SCRATCH = 524_544; // H2_STAGE + H2_STAGE_LENGTH + 128
export const H2_SCRATCH_LENGTH = 655_360;

export const H2_TAPE = 1_179_904; // H2_SCRATCH + H2_SCRATCH_LENGTH
/** Worst case: a staged block of literals of two octets each (name indexed, value empty), four words a literal. */
export const H2_TAPE_LENGTH = 3_211_264;

export const H2_CONFIGS = 4_391_168; // H2_TAPE + H2_TAPE_LENGTH
export const H2_CONFIG_LENGTH = 64;
export const H2_CONFIG_COUNT = 256;

/** What `init` reads, written by the host (src/engine/h2-tables.ts): code lengths and the static table. */
export const H2_NAMES = 4_407_552; // H2_CONFIGS + H2_CONFIG_LENGTH * H2_CONFIG_COUNT
export const H2_NAMES_LENGTH = 32_768;

export const H2_BLOCKS = 4_440_320; // H2_NAMES + H2_NAMES_LENGTH
export const H2_BLOCK_LENGTH = 128;
export const H2_BLOCK_COUNT = 8_192;

export const H2_RINGS = 5_488_896; // H2_BLOCKS + H2_BLOCK_LENGTH * H2_BLOCK_COUNT
export const H2_RING_CLASSES = 3;
/** Entries of a ring of each class: tables of 4 KiB, 32 KiB and 256 KiB; 8 bytes an entry. */
export const H2_RING_ENTRIES_0 = 128;
export const H2_RING_ENTRIES_1 = 1_024;
export const H2_RING_ENTRIES_2 = 8_192;
/** One of class 0 for each block; a connection with a larger table leases where one is free. */
export const H2_RING_COUNT_0 = 8_192;
export const H2_RING_COUNT_1 = 256;
export const H2_RING_COUNT_2 = 32;
/** Largest dynamic table that any option may allow. */
export const H2_TABLE_SIZE_MAX = 262_144;
/** Most fields of a section that any limit may allow. */
export const H2_FIELD_COUNT_MAX = 8_192;
/** Longest field section that any limit may allow. */
export const H2_FIELD_SECTION_MAX = 262_144;

export const MEMORY_PAGES = 276; // H2_RINGS + 8 MiB + 2 MiB + 2 MiB, rounded up

/** Words of a connection's block that the host reads or writes. The rest belongs to assembly/. */
export const enum H2Block {
  /** Phase of the frame reader: H2Phase. */
  Phase = 0,
  /** Address of the config record. */
  Config = 1,
  /** Bytes of the last input that were used up. */
  Consumed = 2,
  /** Why the engine returned: H2Status. */
  Status = 3,
  /** Payload that goes on behind the last input, padding excluded. */
  Remaining = 4,
  /** Padding that remains behind it. */
  PaddingLeft = 5,
  /** Largest payload that we accept: our SETTINGS_MAX_FRAME_SIZE. */
  MaxFrameSize = 6,
  /** Stream whose field block is under way, 0 = none (RFC 9113 section 4.3). */
  BlockStream = 7,
  /** Address of the ring. */
  Ring = 8,
  /** Entries of the ring, a power of two. */
  RingEntries = 9,
  /** Entries ever inserted. */
  Inserted = 10,
  /** Entries in the table now. */
  EntryCount = 11,
  /** Size of the table now (RFC 7541 section 4.1). */
  TableSize = 12,
  /** Maximum in force: of the last size update. */
  TableMax = 13,
  /** Most that a size update may say: our SETTINGS_HEADER_TABLE_SIZE, once acknowledged. */
  TableLimit = 14,
  /** A size update must come first in the next block, and be at most this; -1 = none (RFC 9113 section 4.3.1). */
  UpdateDue = 15,
  /** First of the words that only assembly/hpack uses. */
  Private = 16,
  /** Octets of the unfinished frame that must be here before it can be read: the host comes again then. */
  Needed = 20,
  /** Longest field block, compressed: the limit fieldBlockLength. */
  FieldBlockLength = 21,
  /** Most CONTINUATION frames of a field block: the limit continuationCount. */
  ContinuationCount = 22,
  /** First of the words that only assembly/h2 uses. */
  PrivateFrames = 23,
}

/** What the engine wants from the host. */
export const enum H2Status {
  /** The input is used up, or what is left is the beginning of a frame. */
  Done = 0,
  /** A connection error was found: it is the last record. */
  Failed = 1,
}

/** Where the frame reader stands between two calls. */
export const enum H2Phase {
  /** Server: inside the 24 octets of the connection preface (RFC 9113 section 3.4). */
  Preface = 0,
  /** The next octet begins a frame. */
  Frame = 1,
  /** Inside a payload that goes on behind the last input: the host takes it as it comes, then sets Frame. */
  Payload = 2,
  /** The same of a payload that nobody reads. */
  Skip = 3,
  /** Failed: the engine must not be called. */
  Stopped = 4,
}

/** Words of a config record. */
export const enum H2Config {
  /** H2ConfigFlag bits. */
  Flags = 0,
  /** Field section in bytes: names, values and 32 a field (RFC 9113 section 6.5.2). */
  FieldSectionLength = 1,
  FieldCount = 2,
  Size = 16,
}

export const enum H2ConfigFlag {
  /** The peer is a server: its first octets are no preface, its heads are responses. */
  Client = 1,
  /** Frames only, no HPACK and no sequence rules: H2FrameParser. */
  FramesOnly = 2,
  /** HPACK alone takes any octets (HpackDecoder): no verdict on characters and order. */
  AnyOctets = 4,
  /** A record for each frame, unknown ones and CONTINUATION included (observe). */
  Observe = 8,
}
