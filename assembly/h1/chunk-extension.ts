// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), RFC 9112 section 7.1.1, as a pure
// step function: phase and byte give the next phase. CR, LF and other controls stand nowhere in it; a
// quoted string that is open at CRLF is an error (H1-101, H1-102, H1-063, H1-064).

import { CR, DEL, HTAB, is, SP, TOKEN } from "../common/ascii";
import { Step } from "./state";

const SEMICOLON: u32 = 0x3b;
const EQUALS: u32 = 0x3d;
const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;

/** The next phase, or 0 where the grammar has no such byte. */
export function extensionStep(phase: i32, byte: u32): i32 {
  const blank = byte == SP || byte == HTAB;
  switch (phase) {
    case Step.ChunkExtNameStart: {
      if (blank) return phase;
      return is(byte, TOKEN) ? Step.ChunkExtName : 0;
    }
    case Step.ChunkExtName: {
      if (is(byte, TOKEN)) return phase;
      if (blank) return Step.ChunkExtNameBws;
      return byte == EQUALS ? Step.ChunkExtValueStart : afterElement(byte);
    }
    case Step.ChunkExtNameBws: {
      if (blank) return phase;
      if (byte == EQUALS) return Step.ChunkExtValueStart;
      return byte == SEMICOLON ? Step.ChunkExtNameStart : 0;
    }
    case Step.ChunkExtValueStart: {
      if (blank) return phase;
      if (byte == QUOTE) return Step.ChunkExtQuoted;
      return is(byte, TOKEN) ? Step.ChunkExtToken : 0;
    }
    case Step.ChunkExtToken: {
      if (is(byte, TOKEN)) return phase;
      return blank ? Step.ChunkExtValueBws : afterElement(byte);
    }
    case Step.ChunkExtQuoted: {
      if (byte == QUOTE) return Step.ChunkExtQuotedEnd;
      if (byte == BACKSLASH) return Step.ChunkExtPair;
      return isText(byte) ? phase : 0;
    }
    case Step.ChunkExtPair: {
      return isText(byte) ? Step.ChunkExtQuoted : 0;
    }
    case Step.ChunkExtQuotedEnd: {
      return blank ? Step.ChunkExtValueBws : afterElement(byte);
    }
    case Step.ChunkExtValueBws: {
      if (blank) return phase;
      return byte == SEMICOLON ? Step.ChunkExtNameStart : 0;
    }
    default:
      return 0;
  }
}

/** Directly behind a name or a value: the next extension, or the end of the line. */
function afterElement(byte: u32): i32 {
  if (byte == SEMICOLON) return Step.ChunkExtNameStart;
  return byte == CR ? Step.ChunkLineLf : 0;
}

/** HTAB / SP / VCHAR / obs-text. */
function isText(byte: u32): bool {
  return byte == HTAB || (byte >= SP && byte != DEL);
}
