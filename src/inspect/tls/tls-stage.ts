// One stage of protection of a direction: the keys that may be its own, and the number of its next record. Records that do
// not open, and octets that are missing in the capture, leave it open which number comes next: a few are tried, and what all
// the tries may cost is bounded by what was received.

import type { RecordKeys } from "./tls-record-keys.js";

/** Numbers that are tried where records were lost. */
const WINDOW = 64;
/** The same as long as no record has opened: then the keys are more likely wrong than the number. */
const WINDOW_UNPROVED = 2;

/** Octets that may be decrypted in vain beside one try for each record. */
export class TryBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  spend(bytes: number): boolean {
    if (this.#left < bytes) return false;
    this.#left -= bytes;
    return true;
  }

  earn(bytes: number): void {
    this.#left += bytes;
  }
}

/** Keys that came with a stage. */
export class TlsStage {
  /** 0-RTT, handshake or application data of TLS 1.3, and how many KeyUpdates came; "tls12" from change_cipher_spec on. */
  readonly name: "early" | "handshake" | "application" | "tls12";
  /** Usually one; more where the cipher suite is not known: the first record tells. */
  keys: readonly RecordKeys[];
  /** Number of the next record, if none was lost. */
  sequence = 0;
  /** Records that were, or may have been, lost since then. */
  #lost = 0;
  /** Records that were here and did not open: the most likely distance. */
  #failed = 0;
  hasOpened = false;

  /** Size of the key log when it was asked for the keys. */
  askedAt: number;

  constructor(name: TlsStage["name"], keys: readonly RecordKeys[], askedAt: number) {
    this.name = name;
    this.keys = keys;
    this.askedAt = askedAt;
  }

  get hasKeys(): boolean {
    return this.keys.length > 0;
  }

  /** So many records at most are missing. */
  lose(count: number): void {
    this.#lost = Math.min(WINDOW, this.#lost + count);
  }

  /** A record was here, and cannot be read. */
  fail(): void {
    this.#failed++;
  }

  /** Gives what is inside a record, and counts it; null where it does not open. */
  open(record: Uint8Array, budget: TryBudget): Uint8Array | null {
    const likely = this.sequence + this.#failed;
    let inside = this.#try(record, likely);
    const window = this.#window();
    for (let i = 0; inside === null && i <= window; i++) {
      const sequence = this.sequence + i;
      if (sequence === likely) continue;
      if (!budget.spend(record.length)) break;
      inside = this.#try(record, sequence);
    }
    if (inside === null) this.#failed++;
    else budget.earn(record.length);
    return inside;
  }

  /** One number. */
  openAt(record: Uint8Array, sequence: number): Uint8Array | null {
    return this.#try(record, sequence);
  }

  #window(): number {
    const window = this.#failed + this.#lost;
    return Math.min(window, this.hasOpened || this.#lost > 0 ? WINDOW : WINDOW_UNPROVED);
  }

  #try(record: Uint8Array, sequence: number): Uint8Array | null {
    for (const keys of this.keys) {
      const inside = keys.open(record, sequence);
      if (inside === null) continue;
      if (this.keys.length > 1) this.keys = [keys];
      this.sequence = sequence + 1;
      this.#failed = 0;
      this.#lost = 0;
      this.hasOpened = true;
      return inside;
    }
    return null;
  }
}
