// The map of the linear memory of the engines that decode field sections: h2.wasm (frames and HPACK) and h3.wasm
// (QPACK). Compiled by asc and by tsc; imports nothing. The memory never grows: memory.grow detaches every view.
//
//   page 0     static data and tables of the module
//   WINDOW     input: one piece of a chunk, 64 KiB, and padding that kernels may over-read
//   STAGE      a field section on its own: joined from several frames or pieces, or of HTTP/3
//   SCRATCH    decoded octets of the literals of one call: at most 8/5 of their input (RFC 7541 appendix B)
//   TAPE       records of one call; sized so that no input can fill it
//   CONFIGS    limits and flags, one record for each distinct set of options
//   NAMES      code lengths and the static table, written by the host at start
//   BLOCKS     state of connections, 128 bytes each
//   RINGS      dynamic tables: sizes and flags of entries, no octets; one pool for each size class

export const FIELD_WINDOW = 65_536;
export const FIELD_WINDOW_LENGTH = 65_536;
/** What kernels may read past the end of window and stage. */
export const FIELD_PADDING = 64;

export const FIELD_STAGE = 131_200; // FIELD_WINDOW + FIELD_WINDOW_LENGTH + 128
/** Longest field section, encoded, that any limit may allow. */
export const FIELD_STAGE_LENGTH = 393_216;

export const FIELD_SCRATCH = 524_544; // FIELD_STAGE + FIELD_STAGE_LENGTH + 128
export const FIELD_SCRATCH_LENGTH = 655_360;

export const FIELD_TAPE = 1_179_904; // FIELD_SCRATCH + FIELD_SCRATCH_LENGTH
/** Worst case: a staged section of literals of two octets each (name indexed, value empty), four words a literal. */
export const FIELD_TAPE_LENGTH = 3_211_264;

export const FIELD_CONFIGS = 4_391_168; // FIELD_TAPE + FIELD_TAPE_LENGTH
export const FIELD_CONFIG_LENGTH = 64;
export const FIELD_CONFIG_COUNT = 256;

/** What `init` reads, written by the host (src/engine/field-tables.ts): code lengths and the static table. */
export const FIELD_NAMES = 4_407_552; // FIELD_CONFIGS + FIELD_CONFIG_LENGTH * FIELD_CONFIG_COUNT
export const FIELD_NAMES_LENGTH = 32_768;

export const FIELD_BLOCKS = 4_440_320; // FIELD_NAMES + FIELD_NAMES_LENGTH
export const FIELD_BLOCK_LENGTH = 128;
export const FIELD_BLOCK_COUNT = 8_192;

export const FIELD_RINGS = 5_488_896; // FIELD_BLOCKS + FIELD_BLOCK_LENGTH * FIELD_BLOCK_COUNT
export const FIELD_RING_CLASSES = 3;
/** Entries of a ring of each class: tables of 4 KiB, 32 KiB and 256 KiB; 8 bytes an entry. */
export const FIELD_RING_ENTRIES_0 = 128;
export const FIELD_RING_ENTRIES_1 = 1_024;
export const FIELD_RING_ENTRIES_2 = 8_192;
/** One of class 0 for each block; a connection with a larger table leases where one is free. */
export const FIELD_RING_COUNT_0 = 8_192;
export const FIELD_RING_COUNT_1 = 256;
export const FIELD_RING_COUNT_2 = 32;
/** Largest dynamic table that any option may allow. */
export const FIELD_TABLE_SIZE_MAX = 262_144;
/** Most fields of a section that any limit may allow. */
export const SECTION_FIELDS_MAX = 8_192;
/** Longest field section that any limit may allow. */
export const FIELD_SECTION_MAX = 262_144;

export const MEMORY_PAGES = 276; // FIELD_RINGS + 8 MiB + 2 MiB + 2 MiB, rounded up

/** Words that the block of every connection begins with. Behind them each protocol has its own. */
export const enum FieldBlock {
  /** Address of the config record. */
  Config = 0,
  /** Bytes of the last input that were used up. */
  Consumed = 1,
  /** Why the engine returned: FieldStatus. */
  Status = 2,
  /** Octets of the unfinished frame or instruction that must be here before it can be read: the host comes again then. */
  Needed = 3,
  /** Address of the ring. */
  Ring = 4,
  /** Entries of the ring, a power of two. */
  RingEntries = 5,
  /** Entries ever inserted, modulo 2^32. */
  Inserted = 6,
  /** Entries in the table now. */
  EntryCount = 7,
  /** Size of the table now (RFC 7541 section 4.1, RFC 9204 section 3.2.1). */
  TableSize = 8,
  /** Most that it may have now: what the last size update or Set Dynamic Table Capacity said. */
  TableMax = 9,
  /** Most that these may say: our setting. */
  TableLimit = 10,
  /** Where the next literal goes: the engine's alone. */
  TextAt = 11,
  /** ErrorCode of what ended the connection, where the status is Failed. */
  ErrorCode = 12,
  /** Its offset: that of the representation in the section, or of the instruction in the window. */
  ErrorAt = 13,
  Size = 14,
}

/** What the engine wants from the host. */
export const enum FieldStatus {
  /** The input is used up, or what is left is the beginning of a frame or instruction. */
  Done = 0,
  /** An error that ends the connection. */
  Failed = 1,
  /** QPACK: the section needs insertions that are not here yet. Nothing else was done. */
  Blocked = 2,
}

/** Words of a config record. */
export const enum FieldConfig {
  /** FieldConfigFlag bits, and those of the protocol. */
  Flags = 0,
  /** Field section in bytes: names, values and 32 a field (RFC 9113 section 6.5.2, RFC 9114 section 4.2.2). */
  FieldSectionLength = 1,
  FieldCount = 2,
  Size = 16,
}

export const enum FieldConfigFlag {
  /** HPACK or QPACK alone takes any octets (HpackDecoder, QpackDecoder): no verdict on characters and order. */
  AnyOctets = 4,
}
