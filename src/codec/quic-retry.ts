// What stands at the end of a Retry and of a stateless reset: the tag that ties a Retry to the Initial that it answers (RFC 9001
// section 5.8, RFC 9369 section 3.3.3), and the token that only the endpoint knows (RFC 9000 section 10.3). Compared in constant
// time.
// Rules: Q-RTY-2, Q-RTY-6, Q-SR-1, Q-V2-2.

import {
  QUIC_V1,
  QUIC_V2,
  QUIC_V2_DRAFT,
  STATELESS_RESET_MIN,
  STATELESS_RESET_TOKEN_LENGTH,
  TAG_LENGTH,
} from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import type { AeadKey } from "./aead.js";
import { wasmAead } from "./aead-wasm.js";
import { isSameSecret } from "./constant-time.js";
import type { QuicPacket } from "./quic-packet.js";
import { hex } from "./quic-version.js";
import { joined } from "./sha2.js";

interface RetryKey {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  /** Made when it is needed first. */
  aead: AeadKey | null;
}

const KEYS: ReadonlyMap<number, RetryKey> = new Map([
  [QUIC_V1, retryKey("be0c690b9f66575a1d766b54e368c84e", "461599d35d632bf2239825bb")],
  [QUIC_V2, retryKey("8fb4b01b56ac48e260fbcbcead7ccc92", "d86969bc2d7c6d9990efb04a")],
  [QUIC_V2_DRAFT, retryKey("ba858dc7b43de5dbf87617ff4ab253db", "141b99c239b03e785d6a2e9f")],
]);

const NOTHING = new Uint8Array(0);
const CONNECTION_ID_LENGTH_MAX = 255;

/**
 * The tag of a Retry: 16 octets.
 * @param version 0x00000001 or 0x6b3343cf
 * @param originalDestinationConnectionId of the Initial that it answers
 * @param retryWithoutTag the packet up to the tag
 * @throws UsageError QUIC_VERSION_UNKNOWN, QUIC_CONNECTION_ID_INVALID, AEAD_TEXT_TOO_LONG
 */
export function retryIntegrityTag(
  version: number,
  originalDestinationConnectionId: Uint8Array,
  retryWithoutTag: Uint8Array,
): Uint8Array {
  const found = KEYS.get(version);
  if (found === undefined)
    throw new UsageError("QUIC_VERSION_UNKNOWN", "a version is 0x00000001 or 0x6b3343cf");
  const id = originalDestinationConnectionId;
  if (!(id instanceof Uint8Array) || id.length > CONNECTION_ID_LENGTH_MAX)
    throw new UsageError("QUIC_CONNECTION_ID_INVALID", "a connection id has 255 octets at most");
  found.aead ??= wasmAead.aead("AES-128-GCM", found.key);
  const pseudoPacket = joined([Uint8Array.of(id.length), id, retryWithoutTag]);
  return found.aead.seal(found.nonce, pseudoPacket, NOTHING);
}

/**
 * Whether a Retry answers the Initial with this destination connection id. False of every other packet.
 * @throws UsageError QUIC_CONNECTION_ID_INVALID
 */
export function verifyRetry(
  packet: QuicPacket,
  originalDestinationConnectionId: Uint8Array,
): boolean {
  const { version, retryIntegrityTag: tag, bytes } = packet;
  if (tag === null || version === null || !KEYS.has(version)) return false;
  if (bytes.length > RETRY_LENGTH_MAX) return false;
  const withoutTag = bytes.subarray(0, bytes.length - TAG_LENGTH);
  return isSameSecret(retryIntegrityTag(version, originalDestinationConnectionId, withoutTag), tag);
}

/** Longer than any datagram, and short enough for the AEAD with a connection id in front. */
const RETRY_LENGTH_MAX = 65_000;

/**
 * Whether a datagram ends as the stateless reset with this token does (RFC 9000 section 10.3.1): at least 21 octets, and the
 * last 16 are the token.
 * @throws UsageError QUIC_TOKEN_INVALID
 */
export function isStatelessReset(datagram: Uint8Array, token: Uint8Array): boolean {
  if (!(token instanceof Uint8Array) || token.length !== STATELESS_RESET_TOKEN_LENGTH)
    throw new UsageError("QUIC_TOKEN_INVALID", "a stateless reset token is 16 octets");
  if (datagram.length < STATELESS_RESET_MIN) return false;
  return isSameSecret(datagram.subarray(datagram.length - STATELESS_RESET_TOKEN_LENGTH), token);
}

function retryKey(key: string, nonce: string): RetryKey {
  return { key: hex(key), nonce: hex(nonce), aead: null };
}
