// Field sections of one direction of a connection, with the encoder stream that they need. What the decoder allows is said
// in SETTINGS of the other direction, which may come later than what was encoded for it (0-RTT): until then it waits.

import { ProtocolError } from "../index.js";
import { QpackDecoder } from "../qpack.js";
import { type Fault, moved } from "./h3-errors.js";
import { HeldBytes } from "./h3-frames.js";
import type { Varint } from "./h3-numbers.js";

/** Largest table that a decoder of ours takes, longest list, most fields. */
const CAPACITY_MAX = 262_144;
const LIST_MAX = 262_144;
const FIELDS_MAX = 8_192;
const MANY = 2 ** 31 - 1;
/** Bytes of the encoder stream that wait for SETTINGS, and that are kept to begin again behind a mistake. */
const EARLY_MAX = 65_536;
const REPLAY_MAX = 1024 * 1024;
/** Bytes of sections that wait for insertions. */
const WAITING_MAX = 4 * 1024 * 1024;

/** A section: its fields; a mistake; it waits; or it cannot be opened, because bytes of the encoder stream are missing. */
export type Decoded =
  | { readonly fields: readonly string[] }
  | { readonly fault: Fault }
  | "waits"
  | "lost";

/** A section that waited. */
export interface Ready {
  readonly streamId: number;
  readonly fields: readonly string[];
}

/** Decodes what one encoder sends. */
export class QpackSide {
  /** Insertions so far. */
  get insertCount(): number {
    return this.#decoder?.insertCount ?? 0;
  }

  /** Whether the encoder stream was read so far, from its beginning. */
  get isReading(): boolean {
    return !this.#isLost && this.#capacity >= 0;
  }

  readonly #isLenient: boolean;
  #decoder: QpackDecoder | null = null;
  #static: QpackDecoder | null = null;
  #isLost = false;
  readonly #early = new HeldBytes();
  /** The encoder stream so far, to begin again behind a mistake; null: too long. */
  #replay: HeldBytes | null;
  readonly #waiting = new Map<number, Uint8Array>();
  #waitingLength = 0;
  #ready: Ready[] = [];
  #lost: number[] = [];
  #capacity = -1;

  constructor(isLenient: boolean) {
    this.#isLenient = isLenient;
    this.#replay = isLenient ? new HeldBytes() : null;
  }

  /** SETTINGS_QPACK_MAX_TABLE_CAPACITY of who decodes; 0 where it does not say it. */
  setCapacity(capacity: Varint): Fault | null {
    if (this.#capacity >= 0) return null;
    this.#capacity = Number(capacity);
    if (this.#early.length === 0 && this.#waiting.size === 0) return null;
    const bytes = this.#early.take();
    return this.#feed(bytes) ?? this.#decodeWaiting();
  }

  /** SETTINGS will not come: the largest table reads what smaller ones wrote, until they wrap. */
  assumeCapacity(): Fault | null {
    return this.setCapacity(CAPACITY_MAX);
  }

  /** Bytes of the encoder stream, behind its type. The fault's offset counts from there. */
  encoderStream(bytes: Uint8Array): Fault | null {
    if (this.#isLost) return null;
    if (this.#capacity >= 0) return this.#feed(bytes);
    this.#early.append(bytes);
    return this.#early.length > EARLY_MAX ? this.assumeCapacity() : null;
  }

  /** Bytes of the encoder stream are missing: what needs the table cannot be opened any more. */
  lose(): void {
    this.#isLost = true;
    this.#forget();
  }

  /** Streams whose sections waited and will not be opened. */
  takeLost(): number[] {
    const lost = this.#lost;
    this.#lost = [];
    return lost;
  }

  decode(streamId: number, section: Uint8Array): Decoded {
    const needsTable = section[0] !== 0;
    if (!needsTable && (this.#decoder === null || this.#isLost))
      return this.#decodeStatic(streamId, section);
    if (this.#isLost) return "lost";
    if (this.#capacity < 0) return this.#wait(streamId, section);
    const decoded = this.#decode(this.#open(), streamId, section);
    return decoded === null ? this.#wait(streamId, section) : decoded;
  }

  /** Sections that waited and can be read now. */
  takeReady(): Ready[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  cancel(streamId: number): void {
    this.#drop(streamId);
    this.#decoder?.cancel(streamId);
    this.#decoder?.takeDecoderStream();
    this.#ready = this.#ready.filter((one) => one.streamId !== streamId);
  }

  release(): void {
    this.#decoder?.release();
    this.#static?.release();
    this.#decoder = null;
    this.#static = null;
    this.#isLost = true;
    this.#forget();
  }

  #forget(): void {
    this.#lost.push(...this.#waiting.keys());
    this.#waiting.clear();
    this.#waitingLength = 0;
    this.#early.take();
    this.#replay?.take();
  }

  #drop(streamId: number): void {
    this.#waitingLength -= this.#waiting.get(streamId)?.length ?? 0;
    this.#waiting.delete(streamId);
  }

  #open(): QpackDecoder {
    this.#decoder ??= newDecoder(Math.min(this.#capacity, CAPACITY_MAX));
    return this.#decoder;
  }

  #wait(streamId: number, section: Uint8Array): "waits" | "lost" {
    if (this.#waitingLength + section.length > WAITING_MAX) {
      this.#decoder?.cancel(streamId);
      return "lost";
    }
    this.#waiting.set(streamId, section.slice());
    this.#waitingLength += section.length;
    return "waits";
  }

  #feed(bytes: Uint8Array): Fault | null {
    if (this.#replay !== null) {
      this.#replay.append(bytes);
      if (this.#replay.length > REPLAY_MAX) this.#replay = null;
    }
    const decoder = this.#open();
    const fault = faultIn(() => decoder.receiveEncoderStream(bytes));
    for (const { streamId, rawHeaders } of decoder.takeUnblocked()) {
      this.#drop(streamId);
      this.#ready.push({ streamId, fields: rawHeaders });
    }
    decoder.takeDecoderStream();
    if (fault !== null) this.#fail(fault);
    return fault;
  }

  /** Behind a mistake in a section the table is what it was: another decoder takes over. Else nothing can be read. */
  #fail(fault: Fault): void {
    this.#decoder = null;
    const canReplay = this.#isLenient && this.#replay !== null && !isOfEncoderStream(fault);
    if (!canReplay) return this.lose();
    const bytes = (this.#replay as HeldBytes).take();
    this.#replay = null;
    this.#feed(bytes);
    this.#replay = new HeldBytes();
    this.#replay.append(bytes);
    this.#decodeWaiting();
  }

  #decodeWaiting(): Fault | null {
    const sections = [...this.#waiting];
    this.#waiting.clear();
    this.#waitingLength = 0;
    for (const [streamId, section] of sections) {
      const decoded = this.decode(streamId, section);
      if (typeof decoded === "object" && "fault" in decoded) return decoded.fault;
      if (typeof decoded === "object") this.#ready.push({ streamId, fields: decoded.fields });
    }
    return null;
  }

  #decode(decoder: QpackDecoder, streamId: number, section: Uint8Array): Decoded | null {
    let fields: string[] | null = null;
    const fault = faultIn(() => {
      fields = decoder.decode(streamId, section);
    });
    decoder.takeDecoderStream();
    if (fault === null) return fields === null ? null : { fields };
    if (decoder === this.#decoder) this.#fail(fault);
    else this.#static = null;
    return { fault };
  }

  #decodeStatic(streamId: number, section: Uint8Array): Decoded {
    this.#static ??= newDecoder(0);
    return this.#decode(this.#static, streamId, section) ?? "lost";
  }
}

function newDecoder(maxTableCapacity: number): QpackDecoder {
  return new QpackDecoder({
    maxTableCapacity,
    maxBlockedStreams: MANY,
    maxBlockedBytes: MANY,
    maxListSize: LIST_MAX,
    maxFields: FIELDS_MAX,
  });
}

function isOfEncoderStream({ code }: Fault): boolean {
  return code.startsWith("QPACK_ENCODER_");
}

/** What a decoder throws; anything but a ProtocolError is ours. */
function faultIn(act: () => void): Fault | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return moved(error, error.offset);
  }
}
