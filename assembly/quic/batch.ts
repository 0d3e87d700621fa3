// Many packets of one direction in a few calls, in place in the window (RFC 9001 section 5.4): samples are gathered, masks
// taken off headers, packet numbers completed (RFC 9000 appendix A.3), and packets opened. Between two of these the host may
// have AES done elsewhere. One packet is a batch of one.

import {
  BatchField,
  BatchState,
  CRYPTO_BATCH,
  CRYPTO_NONCE,
  CRYPTO_SAMPLES,
  CRYPTO_STREAM,
} from "../../src/abi/quic-crypto";
import { ccmOpen } from "./ccm";
import { chachaOpen } from "./chacha-poly";
import { gcmOpenStream, putCounters } from "./gcm";

/** Octets from the start of the packet number to the sample (RFC 9001 section 5.4.2). */
const SAMPLE_AT: usize = 4;
const TAG_LENGTH: u32 = 16;

/** Bits of the first octet, and those that header protection covers in a long header. */
const LONG_HEADER: u32 = 0x80;
const LONG_MASK: u32 = 0x0f;

/** Largest packet number, plus one. */
const NUMBER_END: u64 = (<u64>1) << 62;

/** One packet of the batch. */
@unmanaged
class Packet {
  at: u32;
  length: u32;
  /** Octets in front of the packet number, later with it. */
  headerLength: u32;
  numberLow: u32;
  numberHigh: u32;
  stream: u32;
  state: u32;
  unused: u32;
}

if (offsetof<Packet>() != <usize>(BatchField.Size * 4)) ERROR("Packet");
if (offsetof<Packet>("length") != <usize>(BatchField.Length * 4)) ERROR("Packet.length");
if (offsetof<Packet>("headerLength") != <usize>(BatchField.HeaderLength * 4))
  ERROR("Packet.headerLength");
if (offsetof<Packet>("numberLow") != <usize>(BatchField.NumberLow * 4)) ERROR("Packet.numberLow");
if (offsetof<Packet>("numberHigh") != <usize>(BatchField.NumberHigh * 4))
  ERROR("Packet.numberHigh");
if (offsetof<Packet>("stream") != <usize>(BatchField.Stream * 4)) ERROR("Packet.stream");
if (offsetof<Packet>("state") != <usize>(BatchField.State * 4)) ERROR("Packet.state");

function packetOf(n: u32): Packet {
  return changetype<Packet>(<usize>n * offsetof<Packet>() + CRYPTO_BATCH);
}

/** Samples of all packets to CRYPTO_SAMPLES. */
export function batchSamples(count: u32): void {
  let to: usize = CRYPTO_SAMPLES;
  for (let n: u32 = 0; n < count; n++, to += 16) {
    const packet = packetOf(n);
    v128.store(to, v128.load(<usize>packet.at + packet.headerLength, SAMPLE_AT));
  }
}

/**
 * Takes the masks that stand in the samples' place off the headers, and completes packet numbers behind that in [low, high]:
 * each packet counts for those behind it, as if it would open.
 * @param shortMask bits of the first octet that are protected in a short header
 * @param phaseMask the key phase bit, where a packet of the other phase is to be left alone, else 0; `phase`: the expected bit
 */
export function batchHeaders(
  count: u32,
  shortMask: u32,
  phaseMask: u32,
  phase: u32,
  low: u32,
  high: u32,
): void {
  let expected = (((<u64>high) << 32) | low) + 1;
  let mask: usize = CRYPTO_SAMPLES;
  for (let n: u32 = 0; n < count; n++, mask += 16) {
    const packet = packetOf(n);
    const at: usize = packet.at;
    const isLong = (load<u8>(at) & LONG_HEADER) != 0;
    const first = load<u8>(at) ^ (load<u8>(mask) & (isLong ? LONG_MASK : shortMask));
    store<u8>(at, first);
    const length: u32 = (first & 3) + 1;
    const number = fullNumber(
      takeOff(at + packet.headerLength, mask + 1, length),
      length,
      expected,
    );
    packet.headerLength += length;
    packet.numberLow = <u32>number;
    packet.numberHigh = <u32>(number >> 32);
    const isOther = !isLong && (first & phaseMask) != phase;
    packet.state = isOther ? <u32>BatchState.OtherPhase : <u32>BatchState.Closed;
    if (!isOther && number >= expected) expected = number + 1;
  }
}

/** Takes the mask off a packet number, and gives what of it is there. */
function takeOff(at: usize, mask: usize, length: u32): u64 {
  let number: u64 = 0;
  for (const end = at + length; at < end; at++, mask++) {
    const octet: u32 = load<u8>(at) ^ load<u8>(mask);
    store<u8>(at, octet);
    number = (number << 8) | octet;
  }
  return number;
}

/** The packet number nearest to what is expected. */
function fullNumber(truncated: u64, length: u32, expected: u64): u64 {
  const window = (<u64>1) << (8 * length);
  const half = window >> 1;
  const candidate = (expected & ~(window - 1)) | truncated;
  if (candidate + half <= expected && candidate < NUMBER_END - window) return candidate + window;
  return candidate > expected + half && candidate >= window ? candidate - window : candidate;
}

/** The iv at CRYPTO_NONCE with a packet number added (RFC 9001 section 5.3). */
function nonceOf(iv: v128, packet: Packet): v128 {
  const number = i32x4.replace_lane(i64x2.splat(0), 1, bswap<u32>(packet.numberHigh));
  return v128.xor(iv, i32x4.replace_lane(number, 2, bswap<u32>(packet.numberLow)));
}

/** Counter blocks of all packets for AES-GCM, from CRYPTO_STREAM on; the count of them. */
export function batchCounters(count: u32): u32 {
  const iv = v128.load(CRYPTO_NONCE);
  let stream: usize = CRYPTO_STREAM;
  for (let n: u32 = 0; n < count; n++) {
    const packet = packetOf(n);
    if (packet.state == <u32>BatchState.OtherPhase) continue;
    const blocks = ((packet.length - packet.headerLength - TAG_LENGTH + 15) >> 4) + 1;
    packet.stream = <u32>stream;
    v128.store(CRYPTO_NONCE, nonceOf(iv, packet));
    putCounters(stream, blocks);
    stream += (<usize>blocks) << 4;
  }
  return <u32>((stream - CRYPTO_STREAM) >> 4);
}

/** Opens packets with AES-GCM, their key octets made of what batchCounters wrote. */
export function batchOpenGcm(key: usize, count: u32): void {
  for (let n: u32 = 0; n < count; n++) {
    const packet = packetOf(n);
    if (packet.state == <u32>BatchState.OtherPhase) continue;
    const at: usize = packet.at;
    const aadLength = packet.headerLength;
    const length = packet.length - aadLength - TAG_LENGTH;
    if (gcmOpenStream(key, at, aadLength, at + aadLength, length, packet.stream))
      packet.state = BatchState.Open;
  }
}

/** Opens packets with ChaCha20-Poly1305. */
export function batchOpenChacha(key: usize, count: u32): void {
  const iv = v128.load(CRYPTO_NONCE);
  for (let n: u32 = 0; n < count; n++) {
    const packet = packetOf(n);
    if (packet.state == <u32>BatchState.OtherPhase) continue;
    const at: usize = packet.at;
    const aadLength = packet.headerLength;
    v128.store(CRYPTO_NONCE, nonceOf(iv, packet));
    if (chachaOpen(key, at, aadLength, at + aadLength, packet.length - aadLength - TAG_LENGTH))
      packet.state = BatchState.Open;
  }
}

/** Opens packets with AES-CCM. */
export function batchOpenCcm(key: usize, count: u32): void {
  const iv = v128.load(CRYPTO_NONCE);
  for (let n: u32 = 0; n < count; n++) {
    const packet = packetOf(n);
    if (packet.state == <u32>BatchState.OtherPhase) continue;
    const at: usize = packet.at;
    const aadLength = packet.headerLength;
    const length = packet.length - aadLength - TAG_LENGTH;
    v128.store(CRYPTO_NONCE, nonceOf(iv, packet));
    if (ccmOpen(key, at, aadLength, at + aadLength, length, TAG_LENGTH))
      packet.state = BatchState.Open;
  }
}
