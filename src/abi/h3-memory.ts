// What the HTTP/3 engine (h3.wasm: QPACK) has beyond field-memory.ts, which holds its map: the words of a connection's
// block. Compiled by asc and by tsc; imports nothing.

/** Words of a connection's block behind those of FieldBlock that the host reads or writes. The rest is assembly/qpack's. */
export const enum H3Block {
  /** Entries ever inserted, 64 bits: the Insert Count. FieldBlock.Inserted is the low half. */
  Total = 14,
  TotalHigh = 15,
  /** `instructions` returns when the Insert Count is this, 64 bits: a section waits for it. All ones: none does. */
  StopAt = 16,
  StopAtHigh = 17,
  /** Required Insert Count of the last section, 64 bits. */
  Required = 18,
  RequiredHigh = 19,
  /** Instructions that the last call of `instructions` read. */
  Instructions = 20,
  /** Most instructions that a call may read. */
  Most = 21,
  /** First of the words that only assembly/qpack uses. */
  Private = 22,
}
