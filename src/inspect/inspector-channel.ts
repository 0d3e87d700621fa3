// Bytes of both directions of a connection, in order, in the clear: finds the protocol, then hands everything to its inspector.
// A connection whose beginning is not in the capture is looked at piece by piece, until a message begins.

import type { Direction, Draft, InspectProtocol, ProtocolInspector } from "./events.js";
import { FIND_LENGTH, type FoundProtocol, findProtocol } from "./find-protocol.js";
import { H1Inspector } from "./h1.js";
import { H2Inspector } from "./h2.js";
import type { InspectSettings } from "./inspector-options.js";

/** What is kept until the protocol is known. */
const HELD_MAX = 64 * 1024;
/** And in so many pieces: they are looked at again and again. */
const PIECES_MAX = 1024;

const NOTHING = new Uint8Array(0);

/** Who wants to know. */
export interface ChannelOwner {
  /** The protocol is found: before its first event. */
  found(protocol: InspectProtocol): void;
  emit(drafts: readonly Draft[], time: number | null): void;
  /** It is TLS: the pieces so far, in order. */
  foundTls?(pieces: readonly Piece[]): void;
}

/** Bytes that wait for a decision; length alone where they are missing. */
export interface Piece {
  readonly direction: Direction;
  readonly bytes: Uint8Array | null;
  readonly length: number;
  readonly time: number | null;
}

/** What a channel is told. */
export interface ChannelOptions extends InspectSettings {
  /** Known from elsewhere: ALPN, or the user. */
  readonly protocol: "http/1.1" | "h2" | null;
  /** The first bytes are the first of the connection. */
  readonly hasStart: boolean;
  /** There are bytes of this direction only. */
  readonly only?: Direction;
}

export class Channel {
  readonly #owner: ChannelOwner;
  readonly #options: ChannelOptions;
  #inspector: ProtocolInspector | null = null;
  #state: "looking" | "reading" | "unknown" | "handed over" = "looking";
  #held: Piece[] = [];
  #heldLength = 0;
  #skipped = { client: 0, server: 0 };
  readonly #ended = { client: false, server: false };
  /** No message of this direction has begun yet, of a connection whose beginning is not here. */
  readonly #isUnsure: Record<Direction, boolean>;
  /** Bytes of each direction that were passed over. */
  readonly #base = { client: 0, server: 0 };

  constructor(owner: ChannelOwner, options: ChannelOptions) {
    this.#owner = owner;
    this.#options = options;
    this.#isUnsure = { client: !options.hasStart, server: !options.hasStart };
  }

  /** Bytes came that no protocol was found for. */
  get isUnknown(): boolean {
    return this.#state === "unknown" || (this.#state === "looking" && this.#heldLength > 0);
  }

  /** The protocol is found. */
  get isReading(): boolean {
    return this.#state === "reading";
  }

  /** Another layer knows the protocol. */
  decide(protocol: "http/1.1" | "h2"): void {
    if (this.#state === "looking" || this.#state === "unknown") this.#read(protocol);
  }

  receive(direction: Direction, bytes: Uint8Array, time: number | null): void {
    const inspector = this.#inspector;
    if (inspector !== null) {
      if (this.#isUnsure[direction] && !this.#begins(direction, bytes)) {
        return this.#passOver(direction, bytes.length, time);
      }
      return this.#emit(inspector.receive(direction, bytes), time);
    }
    if (this.#state !== "looking") return;
    if (this.#options.protocol !== null) {
      this.decide(this.#options.protocol);
      return this.receive(direction, bytes, time);
    }
    this.#hold({ direction, bytes, length: bytes.length, time });
    this.#look(direction, false);
    this.#keep();
  }

  /** Whether a message begins here: before, there was the rest of one whose beginning nobody saw. */
  #begins(direction: Direction, bytes: Uint8Array): boolean {
    const found = findProtocol(bytes, true);
    if (found === null || found === "more") return false;
    const isIt = found.protocol === this.#inspector?.protocol && found.direction === direction;
    if (isIt) this.#isUnsure[direction] = false;
    return isIt;
  }

  gap(direction: Direction, length: number, time: number | null): void {
    if (this.#inspector === null) {
      if (this.#state === "looking") this.#hold({ direction, bytes: null, length, time });
    } else if (this.#isUnsure[direction]) this.#passOver(direction, length, time);
    else this.#emit(this.#inspector.gap(direction, length), time);
  }

  /** Bytes before the first message that begins in the input. */
  #passOver(direction: Direction, length: number, time: number | null): void {
    const offset = this.#base[direction];
    this.#base[direction] += length;
    this.#owner.emit([{ event: "gap", direction, offset, protocol: "tcp", length }], time);
  }

  #emit(drafts: Draft[], time: number | null): void {
    const { client, server } = this.#base;
    if (client + server === 0) return this.#owner.emit(drafts, time);
    const moved = drafts.map((draft) => {
      const { direction, offset } = draft as { direction: Direction; offset: number };
      return { ...draft, offset: offset + this.#base[direction] };
    });
    this.#owner.emit(moved, time);
  }

  end(direction: Direction, time: number | null): void {
    if (this.#ended[direction]) return;
    this.#ended[direction] = true;
    if (this.#state === "looking") this.#look(direction, true);
    if (this.#inspector !== null) this.#emit(this.#inspector.end(direction), time);
  }

  /** No more bytes of it are in the input: what is here must do to tell the protocol. */
  close(): void {
    for (const direction of ["client", "server"] as const) {
      if (this.#state === "looking" && this.#front(direction).length > 0)
        this.#look(direction, true);
    }
    this.release();
  }

  /** Gives back what its parsers keep. Nothing may come behind it. */
  release(): void {
    const inspector = this.#inspector;
    if (inspector === null) return;
    // To end it is the way to say so; that messages are not whole is nobody's mistake.
    for (const direction of ["client", "server"] as const) {
      if (!this.#ended[direction]) inspector.end(direction);
    }
  }

  #hold(piece: Piece): void {
    this.#held.push(piece);
    this.#heldLength += piece.bytes === null ? 0 : piece.length;
  }

  /** What nobody took is copied: the views are good for this call alone. */
  #keep(): void {
    const last = this.#held.length - 1;
    const piece = this.#held[last];
    if (piece !== undefined && piece.bytes !== null) {
      this.#held[last] = { ...piece, bytes: piece.bytes.slice() };
    }
    this.#trim();
  }

  /** Lets go of what is too much while the protocol is not found. */
  #trim(): void {
    while (
      this.#state === "looking" &&
      (this.#heldLength > HELD_MAX || this.#held.length > PIECES_MAX)
    ) {
      if (this.#options.hasStart) return this.#giveUp();
      const { direction, length, bytes } = this.#held.shift() as Piece;
      this.#skipped[direction] += length;
      this.#heldLength -= bytes?.length ?? 0;
    }
  }

  #look(direction: Direction, isEnd: boolean): void {
    if (this.#state !== "looking") return;
    // A piece from the middle must tell at once: what follows it is no better.
    const isAll = isEnd || !this.#options.hasStart;
    const found = findProtocol(this.#front(direction), isAll);
    if (found === "more") return;
    if (found !== null) return this.#follow(found);
    if (!this.#options.hasStart) return;
    // The other direction may tell: a server that speaks first, say.
    const other = direction === "client" ? "server" : "client";
    const isAlone = this.#options.only === direction;
    const otherFront = this.#front(other);
    if (
      isAlone ||
      (otherFront.length > 0 && findProtocol(otherFront, this.#ended[other]) === null)
    ) {
      this.#giveUp();
    }
  }

  /** First bytes of a direction, or of its last piece where the beginning is not here. */
  #front(direction: Direction): Uint8Array {
    const isOf = (piece: Piece) => piece.direction === direction && piece.bytes !== null;
    if (!this.#options.hasStart) return this.#held.findLast(isOf)?.bytes ?? NOTHING;
    let front: Uint8Array = NOTHING;
    for (const { direction: sender, bytes } of this.#held) {
      if (sender !== direction || bytes === null) continue;
      front = front.length === 0 ? bytes : joined(front, bytes);
      if (front.length >= FIND_LENGTH) break;
    }
    return front;
  }

  #follow({ protocol }: FoundProtocol): void {
    const pieces = this.#held;
    if (protocol !== "tls") {
      this.#read(protocol);
      return;
    }
    if (this.#owner.foundTls === undefined) return this.#giveUp();
    this.#state = "handed over";
    this.#held = [];
    this.#owner.foundTls(pieces);
  }

  #read(protocol: "http/1.1" | "h2"): void {
    const { lenient, keepBytes, only } = this.#options;
    const options = { lenient, keepBytes, ...(only === undefined ? {} : { only }) };
    this.#inspector = protocol === "h2" ? new H2Inspector(options) : new H1Inspector(options);
    this.#state = "reading";
    const held = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    this.#owner.found(protocol);
    for (const direction of ["client", "server"] as const) {
      const skipped = this.#skipped[direction];
      if (skipped > 0) this.#passOver(direction, skipped, held[0]?.time ?? null);
    }
    for (const { direction, bytes, length, time } of held) {
      if (bytes === null) this.gap(direction, length, time);
      else this.receive(direction, bytes, time);
    }
  }

  #giveUp(): void {
    this.#state = "unknown";
    this.#held = [];
  }
}

/** So much of both as anybody looks at. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.min(FIND_LENGTH, first.length + second.length));
  bytes.set(first);
  bytes.set(second.subarray(0, bytes.length - first.length), first.length);
  return bytes;
}
