// Opens the protected records of one direction: with the keys of its stage, and where those do not fit, with the keys that may
// come next. A message that changes keys can be in a record that was lost; and early data that a server refuses ends without
// any message.

import type { Direction } from "../events.js";
import type { TlsSession } from "./tls-session.js";
import { type TlsStage, TryBudget } from "./tls-stage.js";

/** Octets that may be decrypted in vain beside one try for each record. */
const BUDGET = 128 * 1024;
/** The shortest protected record: a header, a type and a tag. */
const RECORD_MIN = 22;

/** Opens records of one direction. */
export class TlsOpener {
  readonly #session: TlsSession;
  readonly #direction: Direction;
  readonly #budget = new TryBudget(BUDGET);
  #stage: TlsStage | null = null;
  #following: TlsStage | null = null;

  constructor(session: TlsSession, direction: Direction) {
    this.#session = session;
    this.#direction = direction;
  }

  /** null: nothing is protected yet. */
  get stage(): TlsStage | null {
    return this.#stage;
  }

  /** Keys change: records from here on are of this stage. */
  enter(stage: TlsStage | null): void {
    this.#stage = stage;
    this.#following = null;
  }

  /** Keys change to those that come next. */
  advance(): void {
    const stage = this.#stage;
    if (stage === null) return;
    // The one that was tried before counts as it is, unless its suite was not known then.
    const known = this.#following?.keys.length === 1 ? this.#following : null;
    this.enter(known ?? this.#session.following(this.#direction, stage) ?? stage);
  }

  /** So many octets of records are missing. */
  lose(length: number): void {
    this.#stage?.lose(Math.ceil(length / RECORD_MIN) + 1);
  }

  /**
   * What is inside a record (with its header); null where no key opens it. Its number is `stage.sequence - 1` then.
   * Where the next stage's keys open it, that stage is entered.
   */
  open(record: Uint8Array): Uint8Array | null {
    const stage = this.#stage;
    if (stage === null) return null;
    const hadKeys = stage.hasKeys;
    this.#session.refill(this.#direction, stage);
    if (hadKeys !== stage.hasKeys) this.#following = null;
    return stage.open(record, this.#budget) ?? this.#openNext(stage, record);
  }

  #openNext(stage: TlsStage, record: Uint8Array): Uint8Array | null {
    if (stage.hasKeys ? !this.#budget.spend(record.length) : stage.name === "application")
      return null;
    this.#following ??= this.#session.following(this.#direction, stage);
    const following = this.#following;
    if (following === null) return null;
    if (stage.name !== "application") this.#session.refill(this.#direction, following);
    const inside = following.openAt(record, 0);
    if (inside !== null) this.enter(following);
    return inside;
  }
}
