// How far a section may go: bytes of a line, bytes of the section, fields, and room on the tape.
// Rules: H1-061, H1-107.

import { FieldRecord } from "../../src/abi/tape";
import { Block, Config, Seen, tapeEnd } from "./state";

const RECORD_LENGTH: u32 = FieldRecord.Size * 4;
/** Room that must be left when a line begins: its record and six leniency uses, then an End record. */
export const LINE_ROOM: u32 = RECORD_LENGTH + 48 + 16;

/** First offset that the section under way may not reach. */
export function sectionLimit(block: Block): u32 {
  const config = changetype<Config>(block.config);
  const trailers = (block.seen & Seen.Trailers) != 0;
  return block.sectionStart + (trailers ? config.trailerSectionLength : config.fieldSectionLength);
}

/** First offset that the line at `lineStart` may not reach, by either limit. */
export function lineLimit(block: Block): u32 {
  const section = sectionLimit(block);
  const line = block.lineStart + changetype<Config>(block.config).fieldLineLength;
  return line < section ? line : section;
}

/** Fields that the section may have in all. */
export function fieldLimit(block: Block): u32 {
  const config = changetype<Config>(block.config);
  return (block.seen & Seen.Trailers) != 0 ? config.trailerCount : config.fieldCount;
}

/** Fields that may still come now, by count and by room on the tape. */
export function fieldRoom(block: Block): u32 {
  const fields = fieldLimit(block) - block.fieldCount;
  const used = block.out + block.leniencyCount * 8 + LINE_ROOM;
  const end = tapeEnd(block);
  if (used >= end) return 0;
  const records = (end - used) / RECORD_LENGTH;
  return fields < records ? fields : records;
}
