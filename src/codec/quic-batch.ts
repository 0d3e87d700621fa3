// Packets opened inside of the engine: each is copied into its window once, opened there in place, and what was opened is
// copied out once for all. The results are those of one packet after the other (src/codec/quic-protection.ts).
// Rules: Q-HDR-6, Q-KEY-6, Q-PN-1.

import { BatchField, BatchState, CRYPTO_BATCH, CRYPTO_BATCH_COUNT } from "../abi/quic-crypto.js";
import { QUIC_WINDOW, QUIC_WINDOW_LENGTH } from "../abi/quic-memory.js";
import { KEY_PHASE_BIT, TAG_LENGTH } from "../abi/quic-wire.js";
import { type CryptoEngine, cryptoEngine } from "../engine/quic-crypto.js";
import type { PacketKeys } from "./quic-keys.js";
import {
  hasSample,
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
  packetNumberOf,
  packetNumberOfHalves,
} from "./quic-packet-space.js";

/** Words of a record, and the place of the first of them. */
const RECORD = BatchField.Size;
const RECORDS = CRYPTO_BATCH >> 2;

/** Whether all keys that may be needed are in the engine. */
export function isInEngine(keys: PacketKeys, { nextKeys = null }: UnprotectOptions): boolean {
  return keys.engine !== null && (nextKeys === null || nextKeys.engine !== null);
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
  const { exports } = engine;
  const { nextKeys = null, keyPhase = 0, lossBits } = options;
  const phaseMask = nextKeys === null ? 0 : KEY_PHASE_BIT;
  const { header, aead } = keys.engine as NonNullable<PacketKeys["engine"]>;
  const [low, high] = halfNumbers(largest);
  exports.batchSamples(count);
  header.masksAt(engine, count);
  exports.batchHeaders(count, shortMaskOf(lossBits), phaseMask, keyPhase * phaseMask, low, high);
  aead.openBatch(engine, keys.iv, count);

  const run = new Run(engine, count);
  let actual = largest;
  // The engine took each packet as one that opens: behind one that did not, packet numbers may come out otherwise.
  let isSure = true;
  for (let n = 0; n < count; n++) {
    const packet = packets[from + n] as QuicPacket;
    let opened: OpenedPacket | null;
    if (run.isOtherPhase(n)) {
      run.keep();
      opened = openNextPhase(packet, actual, options);
    } else if (isSure || run.hasNumber(n, actual)) opened = run.opened(n);
    else {
      run.keep();
      opened = openInEngine([packet], keys, actual, options)[0] ?? null;
    }
    results.push(opened);
    if (opened === null || opened.isNextPhase) isSure = false;
    if (opened !== null && opened.packetNumber > actual)
      actual = packetNumberOf(opened.packetNumber);
  }
  return actual;
}

/** A packet of the other key phase, which is tried with the keys of that phase alone. */
function openNextPhase(
  packet: QuicPacket,
  largest: PacketNumber,
  options: UnprotectOptions,
): OpenedPacket | null {
  const keys = options.nextKeys as PacketKeys;
  const [opened] = openInEngine([packet], keys, largest, { ...options, nextKeys: null });
  return opened === null || opened === undefined ? null : { ...opened, isNextPhase: true };
}

/** What the engine made of a batch. */
class Run {
  readonly #count: number;
  readonly #engine: CryptoEngine;
  /** A copy of the packets as they are now: bare headers, payloads in the clear where they opened, tags. Not of one alone. */
  readonly #bytes: Uint8Array | null;
  /** Their records, and the place of the first: in the engine, until another packet is to be opened there. */
  #records: Int32Array;
  #first = RECORDS;

  constructor(engine: CryptoEngine, count: number) {
    this.#engine = engine;
    this.#count = count;
    this.#records = engine.i32;
    const last = count - 1;
    const end = this.#word(last, BatchField.At) + this.#word(last, BatchField.Length);
    this.#bytes = count === 1 ? null : engine.u8.slice(QUIC_WINDOW, end);
  }

  /** Copies the records out. */
  keep(): void {
    if (this.#first === 0) return;
    this.#records = this.#records.slice(RECORDS, RECORDS + this.#count * RECORD);
    this.#first = 0;
  }

  isOtherPhase(n: number): boolean {
    return this.#word(n, BatchField.State) === BatchState.OtherPhase;
  }

  /** Whether this is the packet's number where `largest` is the largest in front of it. */
  hasNumber(n: number, largest: PacketNumber): boolean {
    const header = this.#header(n);
    const length = ((header[0] as number) & 3) + 1;
    let truncated = 0;
    for (let at = header.length - length; at < header.length; at++)
      truncated = truncated * 256 + (header[at] as number);
    return fullPacketNumber(truncated, length, largest) === this.#number(n);
  }

  /** The packet; null where it did not open. */
  opened(n: number): OpenedPacket | null {
    if (this.#word(n, BatchField.State) !== BatchState.Open) return null;
    const headerLength = this.#word(n, BatchField.HeaderLength);
    const length = this.#word(n, BatchField.Length) - headerLength - TAG_LENGTH;
    const payload = this.#view(this.#word(n, BatchField.At) + headerLength, length);
    return openedPacket(this.#number(n), this.#header(n), payload, false);
  }

  #number(n: number): PacketNumber {
    const low = this.#word(n, BatchField.NumberLow);
    return packetNumberOfHalves(low, this.#word(n, BatchField.NumberHigh));
  }

  #header(n: number): Uint8Array {
    return this.#view(this.#word(n, BatchField.At), this.#word(n, BatchField.HeaderLength));
  }

  #view(at: number, length: number): Uint8Array {
    if (this.#bytes === null) return this.#engine.copyOut(at, length);
    return new Uint8Array(this.#bytes.buffer, at - QUIC_WINDOW, length);
  }

  #word(n: number, field: BatchField): number {
    return this.#records[this.#first + n * RECORD + field] as number;
  }
}
