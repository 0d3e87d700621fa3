// Records of field sections on an engine's tape: 32-bit words, written by assembly/hpack and assembly/qpack, read by
// src/codec. Compiled by asc and by tsc; imports nothing.
//
// A section record is followed by a record for each field. QPACK's `instructions` writes a section without fields: its
// records are insertions, a literal with Inserted and TableOnly or a duplicate each.

/** What decoding one field section gave. */
export const enum SectionRecord {
  /** SectionFlag bits. */
  Flags = 0,
  /** ErrorCode of the first violation of RFC 9113 section 8 or RFC 9114 section 4, 0 = none. The table is right all the same. */
  Fault = 1,
  /** Offset of the offending representation in the section. */
  FaultAt = 2,
  /** Field records that follow, in fields. */
  FieldCount = 3,
  /** Words of field records that follow. */
  Words = 4,
  /** Size of the whole list with 32 a field, records that were left out included. */
  ListSize = 5,
  /** First octet of the literals, in bytes from FIELD_SCRATCH; the last one is at Start + Length. */
  TextStart = 6,
  TextLength = 7,
  /** Entries ever inserted, and of these the oldest that is still there, after the section. */
  Inserted = 8,
  Oldest = 9,
  Size = 10,
}

/** What occurs in a section. */
export const enum SectionFlag {
  Method = 1,
  Scheme = 2,
  Authority = 4,
  Path = 8,
  Status = 16,
  Protocol = 32,
  /** All of the above. */
  AnyPseudo = 63,
  Host = 64,
  /** Host more than once. */
  HostRepeated = 128,
  ContentLength = 256,
  /** te: trailers (any other te is a fault). */
  Te = 512,
  /** A priority field (RFC 9218). */
  PriorityField = 1024,
  Cookie = 2048,
  /** A never-indexed field. */
  Sensitive = 4096,
  /** At least one entry was inserted: the records must be read, whatever else happens to the message. */
  Inserts = 8192,
  /** The list is longer than the limit; fields behind it have a record only where they are inserted. */
  TooLarge = 16_384,
  /** More fields than the limit; the same. */
  TooMany = 32_768,
  /** :path is "*". */
  PathAsterisk = 65_536,
  /** :path is neither empty, nor "*", nor begins with "/". */
  PathOther = 131_072,
  /** :path is empty. */
  PathEmpty = 262_144,
  /** Expect field. */
  Expect = 524_288,
}

/** Word 0 of a field record. Indexed fields have this word only, literals have four. */
export const enum FieldWord {
  /** Bits 0-1. */
  FormMask = 3,
  /** Indexed, static table: index in bits 8-23. */
  Static = 0,
  /** Indexed, dynamic table: ring slot in bits 8-23. */
  Dynamic = 1,
  /** Literal: LiteralRecord words follow. */
  Literal = 2,
  /** QPACK: an entry is inserted again (RFC 9204 section 4.3.4); its slot in bits 4-16, the new one in bits 17-29. */
  Duplicate = 3,
  /** Never-indexed (RFC 7541 section 6.2.3, RFC 9204 section 4.5.4). */
  Sensitive = 4,
  /** Literal that is inserted: slot in LiteralRecord.ValueLengthAndSlot. */
  Inserted = 8,
  /** The list was over a limit before this field: for the table only, not for the message. */
  TableOnly = 16,
  /** Literal whose name is indexed: static index in bits 8-23. */
  NameStatic = 32,
  /** Literal whose name is indexed: ring slot in bits 8-23. */
  NameDynamic = 64,
  /** Pseudo-header field: the name begins with ":". */
  Pseudo = 128,
  IndexShift = 8,
  DuplicateShift = 4,
  DuplicateSlotShift = 17,
}

/** Words of a literal behind its first. Name (where it is literal) and value stand one behind the other. */
export const enum LiteralRecord {
  /** From FIELD_SCRATCH. */
  Start = 1,
  /** Octets of the name; 0 where the name is indexed. */
  NameLength = 2,
  /** Value length in bits 0-17, ring slot of the new entry in bits 18-30. */
  ValueLengthAndSlot = 3,
  Size = 4,
}
