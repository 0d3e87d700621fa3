// The streams of one connection of quiche, as far as we write them: which are open, what waits for room, which were
// stopped by the peer. Rules of the file: a stream of ours is opened with those below it, in order; bytes that quiche has
// no room for wait by reference; of a stream that is over nothing is an error, for its bytes have nobody to miss them.

import type { QuicheNative } from "./quiche-binding.js";

/** What is said of a stream whose end quiche has seen on both sides. */
const REQUEST_CANCELLED = 0x10c;
/** How many streams are looked at before an orderly end. */
const ENDED_COUNT = 256;

const NOTHING = new Uint8Array(0);
/** Directions of `streamShutdown`. */
const STOP = 0;
const RESET = 1;

interface Pending {
  readonly pieces: Uint8Array[];
  fin: boolean;
}

export class QuicheStreams {
  readonly #native: QuicheNative;
  /** Bytes that quiche has no room for. */
  readonly #pending = new Map<number, Pending>();
  /** Streams of which we may write more: the peer may stop any of them. */
  readonly #writing = new Set<number>();
  /** The next stream that we open, of either kind. */
  readonly #ownIds: { bidi: number; uni: number };
  /** The next bidirectional stream of the peer, and those below that were not seen yet: they come in any order. */
  #peerId: number;
  readonly #unseen = new Set<number>();
  /** Streams that were written to their end lately: some of it may still be on the way. */
  readonly #ended: number[] = [];
  #endedAt = 0;

  constructor(native: QuicheNative, isServer: boolean) {
    this.#native = native;
    this.#ownIds = isServer ? { bidi: 1, uni: 3 } : { bidi: 0, uni: 2 };
    this.#peerId = isServer ? 0 : 1;
  }

  /** Bidirectional streams that we may have opened by now. */
  get bidiLimit(): number {
    return (this.#ownIds.bidi >> 2) + this.#native.peerStreamsLeftBidi();
  }

  /** All that was written has arrived, as far as quiche knows. */
  get isSettled(): boolean {
    return this.#pending.size === 0 && !this.#ended.some((id) => this.#isAlive(id));
  }

  /** Bytes of a stream came: one that the peer has opened in both directions is ours to write on. */
  noteRead(streamId: number): void {
    if ((streamId & 2) !== 0 || (streamId & 1) === (this.#ownIds.bidi & 1)) return;
    if (streamId < this.#peerId) {
      if (!this.#unseen.delete(streamId)) return;
    } else {
      for (; this.#peerId < streamId; this.#peerId += 4) this.#unseen.add(this.#peerId);
      this.#peerId += 4;
    }
    this.#writing.add(streamId);
  }

  room(streamId: number): number {
    if (this.#pending.has(streamId) || !this.#openOwn(streamId)) return 0;
    try {
      return this.#native.streamCapacity(streamId);
    } catch {
      // It was stopped, or is over: what is written to it goes nowhere, and the sooner the better.
      return Number.POSITIVE_INFINITY;
    }
  }

  write(streamId: number, bytes: Uint8Array, fin: boolean): void {
    const pending = this.#pending.get(streamId);
    if (pending !== undefined) {
      pending.pieces.push(bytes);
      pending.fin ||= fin;
      return;
    }
    const rest = this.#offer(streamId, bytes, fin);
    if (rest !== null) this.#pending.set(streamId, { pieces: [rest], fin });
  }

  /** @returns what quiche did not take; null: all, with the end where it was to be taken */
  #offer(streamId: number, bytes: Uint8Array, fin: boolean): Uint8Array | null {
    if (!this.#openOwn(streamId)) return bytes;
    let taken: number | null;
    try {
      taken = this.#native.streamSend(streamId, bytes, fin);
    } catch {
      // The stream was stopped or reset: nobody waits for these bytes.
      return null;
    }
    if (taken === null) return bytes;
    if (taken < bytes.length) return bytes.subarray(taken);
    if (fin) {
      this.#writing.delete(streamId);
      this.#ended[this.#endedAt++ % ENDED_COUNT] = streamId;
    }
    return null;
  }

  /** There may be room. */
  writePending(): void {
    for (const [streamId, pending] of this.#pending) {
      for (
        let bytes = pending.pieces.shift();
        bytes !== undefined;
        bytes = pending.pieces.shift()
      ) {
        const rest = this.#offer(streamId, bytes, pending.fin && pending.pieces.length === 0);
        if (rest === null) continue;
        pending.pieces.unshift(rest);
        break;
      }
      if (pending.pieces.length === 0) this.#pending.delete(streamId);
    }
  }

  reset(streamId: number, code: number): void {
    this.#pending.delete(streamId);
    this.#writing.delete(streamId);
    this.#shut(streamId, RESET, code);
  }

  stopSending(streamId: number, code: number): void {
    this.#shut(streamId, STOP, code);
  }

  #shut(streamId: number, direction: 0 | 1, code: number): void {
    if (!this.#openOwn(streamId)) return;
    try {
      this.#native.streamShutdown(streamId, direction, code);
    } catch {
      // Both sides of the stream are over already.
    }
  }

  /** STOP_SENDING shows in what quiche says of a stream that may still be written. */
  findStopped(onStopped: (streamId: number, code: number) => void): void {
    for (const streamId of this.#writing) {
      try {
        this.#native.streamCapacity(streamId);
      } catch (error) {
        this.#writing.delete(streamId);
        this.#pending.delete(streamId);
        onStopped(streamId, codeIn(error, "StreamStopped") ?? REQUEST_CANCELLED);
      }
    }
  }

  /** Opens a stream of ours, and those below it. @returns false: the peer takes no further ones now */
  #openOwn(streamId: number): boolean {
    const kind = (streamId & 2) === 0 ? "bidi" : "uni";
    const ids = this.#ownIds;
    if ((streamId & 1) !== (ids[kind] & 1)) return true;
    for (; ids[kind] <= streamId; ids[kind] += 4) {
      try {
        this.#native.streamSend(ids[kind], NOTHING, false);
      } catch {
        return false;
      }
      this.#writing.add(ids[kind]);
    }
    return true;
  }

  #isAlive(streamId: number): boolean {
    try {
      this.#native.streamCapacity(streamId);
      return true;
    } catch {
      return false;
    }
  }

  /** The connection is over. */
  clear(): void {
    this.#pending.clear();
    this.#writing.clear();
  }
}

/** The code in a message like "StreamReset(256)"; null: it is another message. */
export function codeIn(error: unknown, name: string): number | null {
  const { message } = error as Error;
  return message.startsWith(`${name}(`) ? Number(message.slice(name.length + 1, -1)) : null;
}
