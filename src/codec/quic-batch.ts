// Packets opened inside of the engine: each is copied into its window once, opened there in place, and what was opened is
// copied out once for all. The results are those of one packet after the other (src/codec/quic-protection.ts).
// Rules: Q-HDR-6, Q-KEY-6, Q-PN-1.

import { BatchField, BatchState, CRYPTO_BATCH, CRYPTO_BATCH_COUNT } from "../abi/quic-crypto.js";
import { QUIC_WINDOW, QUIC_WINDOW_LENGTH } from "../abi/quic-memory.js";
import { TAG_LENGTH } from "../abi/quic-wire.js";
import { cryptoEngine } from "../engine/quic-crypto.js";
import { WasmAeadKey, WasmHeaderKey } from "./aead-wasm.js";
import type { PacketKeys } from "./quic-keys.js";
import {
  hasSample,
  KEY_PHASE_BIT,
  type OpenedPacket,
  openedPacket,
  shortMaskOf,
  type UnprotectOptions,
} from "./quic-opened-packet.js";
import type { QuicPacket } from "./quic-packet.js";
import {
  fullPacketNumber,
  halfNumbers,
  type PacketNumber,
  packetNumberOfHalves,
} from "./quic-packet-space.js";

/** Words of a record, and the place of the first of them. */
const RECORD = BatchField.Size;
const RECORDS = CRYPTO_BATCH >> 2;

/** Whether these keys are in the engine. */
export function isInEngine(keys: PacketKeys): boolean {
  return keys.aead instanceof WasmAeadKey && keys.header instanceof WasmHeaderKey;
}

/** Opens packets with keys that are in the engine; one result for each, null where it does not open. */
export function openInEngine(
  packets: readonly QuicPacket[],
  keys: PacketKeys,
  largest: PacketNumber,
  options: UnprotectOptions,
): (OpenedPacket | null)[] {
  const results: (OpenedPacket | null)[] = [];
  let last = largest;
  while (results.length < packets.length) {
    const from = results.length;
    const count = put(packets, from);
    if (count === 0) results.push(null);
    else last = openRun(packets, from, count, keys, last, options, results);
  }
  return results;
}

/** Opens one such packet. */
export function openOneInEngine(
  packet: QuicPacket,
  keys: PacketKeys,
  largest: PacketNumber,
  options: UnprotectOptions,
): OpenedPacket | null {
  return openInEngine([packet], keys, largest, options)[0] ?? null;
}

/** Copies packets from `from` on into the window, as many as fit, and writes their records. Gives how many. */
function put(packets: readonly QuicPacket[], from: number): number {
  const { u8, i32 } = cryptoEngine();
  let at = QUIC_WINDOW;
  let count = 0;
  for (; from + count < packets.length && count < CRYPTO_BATCH_COUNT; count++) {
    const packet = packets[from + count] as QuicPacket;
    const { bytes, packetNumberOffset } = packet;
    if (!hasSample(packet) || at + bytes.length > QUIC_WINDOW + QUIC_WINDOW_LENGTH) break;
    const record = RECORDS + count * RECORD;
    u8.set(bytes, at);
    i32[record + BatchField.At] = at;
    i32[record + BatchField.Length] = bytes.length;
    i32[record + BatchField.HeaderLength] = packetNumberOffset;
    at += bytes.length;
  }
  return count;
}

/** Opens the packets that stand in the window, and adds their results. Gives the largest packet number behind them. */
function openRun(
  packets: readonly QuicPacket[],
  from: number,
  count: number,
  keys: PacketKeys,
  largest: PacketNumber,
  options: UnprotectOptions,
  results: (OpenedPacket | null)[],
): PacketNumber {
  const engine = cryptoEngine();
  const { exports, u8, i32 } = engine;
  const { nextKeys = null, keyPhase = 0, lossBits } = options;
  const phaseMask = nextKeys === null ? 0 : KEY_PHASE_BIT;
  const [low, high] = halfNumbers(largest);
  exports.batchSamples(count);
  (keys.header as WasmHeaderKey).masksAt(engine, count);
  exports.batchHeaders(count, shortMaskOf(lossBits), phaseMask, keyPhase * phaseMask, low, high);
  (keys.aead as WasmAeadKey).openBatch(engine, keys.iv, count);

  const records = i32.slice(RECORDS, RECORDS + count * RECORD);
  const last = (count - 1) * RECORD;
  const end = word(records, last, BatchField.At) + word(records, last, BatchField.Length);
  const bytes = u8.slice(QUIC_WINDOW, end);
  let actual = largest;
  for (let n = 0; n < count; n++) {
    const record = n * RECORD;
    const packet = packets[from + n] as QuicPacket;
    let opened: OpenedPacket | null = null;
    if (word(records, record, BatchField.State) === BatchState.OtherPhase)
      opened = openNextPhase(packet, nextKeys as PacketKeys, actual, options);
    else if (!isNumberOf(records, record, bytes, actual))
      // A packet in front did not open, and its packet number was in the way.
      opened = openOneInEngine(packet, keys, actual, options);
    else if (word(records, record, BatchField.State) === BatchState.Open)
      opened = openedAt(records, record, bytes);
    results.push(opened);
    if (opened !== null && opened.packetNumber > actual) actual = smallest(opened.packetNumber);
  }
  return actual;
}
