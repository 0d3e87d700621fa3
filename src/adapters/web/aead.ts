// Packets with WebCrypto's AES-GCM: the twins of unprotect and protect for browsers and workers, where the processor's AES is
// behind a promise. All else stays in WASM: header protection, for which WebCrypto would need a promise a packet before the
// other one, AES-CCM and ChaCha20-Poly1305, which it has not, and AES-GCM where there is no crypto.subtle.
// Rules: Q-KEY-3.

import {
  barePacket,
  type PacketFields,
  sampleOf,
  sealedPacket,
  unsealedPacket,
} from "../../codec/quic-bare-packet.js";
import type { PacketKeys } from "../../codec/quic-keys.js";
import {
  hasSample,
  type OpenedPacket,
  openedPacket,
  type UnprotectOptions,
} from "../../codec/quic-opened-packet.js";
import type { QuicPacket } from "../../codec/quic-packet.js";
import { packetNumberOf } from "../../codec/quic-packet-space.js";
import { protect, unprotect } from "../../quic.js";

/** A key as WebCrypto has it, by the keys that it belongs to; imported when it is needed first. */
const imported = new WeakMap<PacketKeys, Promise<CryptoKey>>();

/**
 * Removes header protection and opens the packet, as unprotect does.
 * @returns null where it does not open
 * @throws UsageError QUIC_PACKET_NUMBER_INVALID, at once and not by the promise
 */
export function unprotectAsync(
  packet: QuicPacket,
  keys: PacketKeys,
  largestPacketNumber: bigint | number,
  options: UnprotectOptions = {},
): Promise<OpenedPacket | null> {
  const largest = packetNumberOf(largestPacketNumber);
  if (!isForWebCrypto(keys)) return Promise.resolve(unprotect(packet, keys, largest, options));
  if (!hasSample(packet)) return Promise.resolve(null);
  const mask = keys.header.mask(sampleOf(packet));
  const bare = barePacket(packet, mask, 0, keys, largest, options);
  return openBare(bare);
}

async function openBare(bare: ReturnType<typeof barePacket>): Promise<OpenedPacket | null> {
  const { header, nonce, text, keys, packetNumber, isNextPhase } = bare;
  const key = await keyOf(keys);
  try {
    const payload = await crypto.subtle.decrypt(algorithm(nonce, header), key, own(text));
    return openedPacket(packetNumber, header, new Uint8Array(payload), isNextPhase);
  } catch {
    return null;
  }
}

/**
 * A packet, sealed and with its header protected, as protect makes it.
 * @throws UsageError as protect does, at once and not by the promise
 */
export function protectAsync(fields: PacketFields, keys: PacketKeys): Promise<Uint8Array> {
  if (!isForWebCrypto(keys)) return Promise.resolve(protect(fields, keys));
  const unsealed = unsealedPacket(fields, keys);
  return seal(unsealed, fields, keys);
}

async function seal(
  unsealed: ReturnType<typeof unsealedPacket>,
  fields: PacketFields,
  keys: PacketKeys,
): Promise<Uint8Array> {
  const { nonce, header } = unsealed;
  const key = await keyOf(keys);
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, header), key, own(fields.payload));
  return sealedPacket(unsealed, new Uint8Array(sealed), fields, keys);
}

/** Whether WebCrypto is there and has this AEAD. Pages without TLS have no crypto.subtle. */
function isForWebCrypto(keys: PacketKeys): boolean {
  return keys.aeadName.endsWith("GCM") && globalThis.crypto?.subtle !== undefined;
}

function keyOf(keys: PacketKeys): Promise<CryptoKey> {
  let key = imported.get(keys);
  if (key === undefined) {
    const usages: KeyUsage[] = ["encrypt", "decrypt"];
    key = crypto.subtle.importKey("raw", own(keys.key), "AES-GCM", false, usages);
    imported.set(keys, key);
  }
  return key;
}

function algorithm(nonce: Uint8Array, header: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: own(nonce), additionalData: own(header), tagLength: 128 };
}

/** WebCrypto's types refuse memory that workers share; at run time it copies what it is given. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
