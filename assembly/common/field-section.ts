// The section record under construction, and what the order of fields and their repetition mean (RFC 9113 section 8.3).
// Rules: H2-161, H2-183, H2-184.

import { ErrorCode } from "../../src/abi/error-code";
import { SectionFlag, SectionRecord } from "../../src/abi/field-tape";
import { faultIn, kindIn, pathFormIn } from "./field-entry";
import { Kind, LAST_PSEUDO } from "./field-names";
import { PathForm } from "./field-values";

/** Words of SectionRecord. */
@unmanaged
export class Section {
  flags: u32;
  fault: u32;
  faultAt: u32;
  fieldCount: u32;
  words: u32;
  listSize: u32;
  textStart: u32;
  textLength: u32;
  inserted: u32;
  oldest: u32;
}

if (offsetof<Section>() != <usize>(SectionRecord.Size * 4)) ERROR("Section: length");
if (offsetof<Section>("faultAt") != <usize>(SectionRecord.FaultAt * 4)) ERROR("Section.faultAt");
if (offsetof<Section>("words") != <usize>(SectionRecord.Words * 4)) ERROR("Section.words");
if (offsetof<Section>("textLength") != <usize>(SectionRecord.TextLength * 4))
  ERROR("Section.textLength");
if (offsetof<Section>("oldest") != <usize>(SectionRecord.Oldest * 4)) ERROR("Section.oldest");

/** A clean record. */
export function startSection(address: usize): Section {
  const zero = i64x2.splat(0);
  v128.store(address, zero);
  v128.store(address, zero, 16);
  store<u64>(address, 0, 32);
  return changetype<Section>(address);
}

/** Notes the first violation. */
function note(section: Section, fault: u32, offset: u32): void {
  if (section.fault != 0) return;
  section.fault = fault;
  section.faultAt = offset;
}

/**
 * Notes a field that means something. `regular`: a field that is no pseudo-field was there before; returns the same for
 * the next field.
 */
export function noteSpecial(section: Section, info: u32, regular: bool, offset: u32): bool {
  const kind = kindIn(info);
  if (kind - 1 < LAST_PSEUDO) {
    notePseudo(section, kind, info, regular, offset);
  } else {
    noteRegular(section, kind, offset);
    regular = true;
  }
  const fault = faultIn(info);
  if (fault != 0) note(section, fault, offset);
  return regular;
}

/** Notes the limit that the list went over first, and where. */
export function noteOver(section: Section, isLarge: bool, isMany: bool, offset: u32): void {
  if ((section.flags & (SectionFlag.TooLarge | SectionFlag.TooMany)) != 0) return;
  if (section.fault == 0) section.faultAt = offset;
  if (isLarge) section.flags |= SectionFlag.TooLarge;
  if (isMany) section.flags |= SectionFlag.TooMany;
}

function notePseudo(section: Section, kind: u32, info: u32, regular: bool, offset: u32): void {
  if (kind == Kind.UnknownPseudo) return;
  const bit: u32 = 1 << (kind - 1);
  if (regular) note(section, ErrorCode.H2_PSEUDO_MISPLACED, offset);
  if ((section.flags & bit) != 0) note(section, ErrorCode.H2_PSEUDO_REPEATED, offset);
  section.flags |= bit;
  if (kind != Kind.Path) return;
  const form = pathFormIn(info);
  if (form == PathForm.Asterisk) section.flags |= SectionFlag.PathAsterisk;
  else if (form == PathForm.Other) section.flags |= SectionFlag.PathOther;
  else if (form == PathForm.Empty) section.flags |= SectionFlag.PathEmpty;
}

function noteRegular(section: Section, kind: u32, offset: u32): void {
  const flags = section.flags;
  switch (kind) {
    case Kind.Host:
      if ((flags & SectionFlag.Host) != 0) section.flags = flags | SectionFlag.HostRepeated;
      else section.flags = flags | SectionFlag.Host;
      break;
    case Kind.ContentLength: // a second one is refused, whatever it says (RFC 9110 section 8.6)
      if ((flags & SectionFlag.ContentLength) != 0)
        note(section, ErrorCode.H2_CONTENT_LENGTH_INVALID, offset);
      section.flags = flags | SectionFlag.ContentLength;
      break;
    case Kind.Te:
      section.flags = flags | SectionFlag.Te;
      break;
    case Kind.Priority:
      section.flags = flags | SectionFlag.PriorityField;
      break;
    case Kind.Cookie:
      section.flags = flags | SectionFlag.Cookie;
      break;
    case Kind.Expect:
      section.flags = flags | SectionFlag.Expect;
      break;
  }
}
