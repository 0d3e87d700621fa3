// Field names that mean something to HTTP/2 and HTTP/3: pseudo-fields (RFC 9113 section 8.3, RFC 9114 section 4.3),
// connection-specific fields (sections 8.2.2 and 4.2) and those whose values have a form or that the connection wants to
// know of.
// Rules: H2-165, H2-166, H2-167, H2-168, H2-169, H2-170, H2-174, H2-175, H2-177, H2-181.

import { COLON_SEEN, NAME_BAD } from "./huffman";

/** What a name is; 1 to 6 in the order of the bits of SectionFlag. */
export const enum Kind {
  Ordinary = 0,
  Method = 1,
  Scheme = 2,
  Authority = 3,
  Path = 4,
  Status = 5,
  Protocol = 6,
  UnknownPseudo = 7,
  Host = 8,
  ContentLength = 9,
  Te = 10,
  Priority = 11,
  Cookie = 12,
  Expect = 13,
  ConnectionSpecific = 14,
  /** Empty, or an octet that no name has. */
  Bad = 15,
}

/** Kinds 1 to this one are pseudo-fields. */
export const LAST_PSEUDO: u32 = Kind.UnknownPseudo;

const COLON: u32 = 0x3a;

/** The kind of a name; `flags` are those of its octets. Eight octets behind it may be read. */
export function kindOf(at: usize, length: u32, flags: u32): u32 {
  if (length == 0) return Kind.Bad;
  if ((flags & (NAME_BAD | COLON_SEEN)) != 0) {
    if ((flags & NAME_BAD) != 0 || load<u8>(at) != COLON) return Kind.Bad;
    return pseudoOf(at, length);
  }
  const first = load<u64>(at);
  switch (length) {
    case 2:
      return first << 48 == (<u64>0x6574) << 48 ? Kind.Te : Kind.Ordinary; // te
    case 4:
      return <u32>first == 0x74736f68 ? Kind.Host : Kind.Ordinary; // host
    case 6:
      if (first << 16 == (<u64>0x6569_6b6f_6f63) << 16) return Kind.Cookie; // cookie
      return first << 16 == (<u64>0x7463_6570_7865) << 16 ? Kind.Expect : Kind.Ordinary; // expect
    case 7: // upgrade
      return first << 8 == (<u64>0x65_6461_7267_7075) << 8
        ? Kind.ConnectionSpecific
        : Kind.Ordinary;
    case 8:
      return first == 0x7974_6972_6f69_7270 ? Kind.Priority : Kind.Ordinary; // priority
    default:
      return longKindOf(at, length, first);
  }
}

function longKindOf(at: usize, length: u32, first: u64): u32 {
  let isKnown = false;
  switch (length) {
    case 10: // connection, keep-alive
      isKnown =
        (first == 0x6974_6365_6e6e_6f63 && load<u16>(at, 8) == 0x6e6f) ||
        (first == 0x696c_612d_7065_656b && load<u16>(at, 8) == 0x6576);
      break;
    case 14: // content-length, http2-settings
      if (first == 0x2d74_6e65_746e_6f63 && load<u64>(at, 6) == 0x6874_676e_656c_2d74)
        return Kind.ContentLength;
      isKnown = first == 0x6573_2d32_7074_7468 && load<u64>(at, 6) == 0x7367_6e69_7474_6573;
      break;
    case 16: // proxy-connection
      isKnown = first == 0x6f63_2d79_786f_7270 && load<u64>(at, 8) == 0x6e6f_6974_6365_6e6e;
      break;
    case 17: // transfer-encoding
      isKnown =
        first == 0x7265_6673_6e61_7274 &&
        load<u64>(at, 8) == 0x6e69_646f_636e_652d &&
        load<u8>(at, 16) == 0x67;
      break;
  }
  return isKnown ? Kind.ConnectionSpecific : Kind.Ordinary;
}

/** The kind of a name that begins with a colon. */
function pseudoOf(at: usize, length: u32): u32 {
  const first = load<u64>(at);
  switch (length) {
    case 5: // :path
      return first << 24 == (<u64>0x68_7461_703a) << 24 ? Kind.Path : Kind.UnknownPseudo;
    case 7: {
      const word = first << 8;
      if (word == (<u64>0x64_6f68_7465_6d3a) << 8) return Kind.Method; // :method
      if (word == (<u64>0x65_6d65_6863_733a) << 8) return Kind.Scheme; // :scheme
      return word == (<u64>0x73_7574_6174_733a) << 8 ? Kind.Status : Kind.UnknownPseudo; // :status
    }
    case 9: // :protocol
      return first == 0x6f63_6f74_6f72_703a && load<u8>(at, 8) == 0x6c
        ? Kind.Protocol
        : Kind.UnknownPseudo;
    case 10: // :authority
      return first == 0x6972_6f68_7475_613a && load<u16>(at, 8) == 0x7974
        ? Kind.Authority
        : Kind.UnknownPseudo;
    default:
      return Kind.UnknownPseudo;
  }
}
