// Frames of QUIC (RFC 9000 section 19): the payload of one packet to records of the tape.

/** Words of tape written. */
export function frames(at: u32, length: u32): u32 {
  return at + length;
}
