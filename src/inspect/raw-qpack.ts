// QPACK without a connection: one field section that needs no dynamic table, or records as the files of QPACK interop have
// them: stream (8 octets), length (4 octets), bytes; stream 0 is the encoder stream (RFC 9204).

import { QpackDecoder } from "../qpack.js";
import type { Direction, Draft, ProtocolInspector } from "./events.js";
import { errorDraft } from "./h3-errors.js";
import { HeldBytes } from "./h3-frames.js";
import { KEPT_MAX } from "./protocol-options.js";
import { InstructionWalker } from "./qpack-instructions.js";
import { type RawOptions, sectionDraft, thrownFault } from "./raw-drafts.js";

const RECORD_HEADER = 12;
const RECORD_MAX = 1024 * 1024;
/** Files without a Set Capacity begin with such a table; those of interop say it in their names. */
const CAPACITY = 4_096;
const BLOCKED_MAX = 1_000;

/** Reads a section, or records. */
export class RawQpackInspector implements ProtocolInspector {
  readonly protocol = "qpack";
  readonly #options: RawOptions;
  #records: RecordReader | null = null;
  #isSection = false;
  readonly #held = new HeldBytes();

  constructor(options: RawOptions) {
    this.#options = options;
  }

  receive(direction: Direction, bytes: Uint8Array): Draft[] {
    if (this.#records !== null) return this.#records.receive(direction, bytes);
    if (this.#held.length + bytes.length <= RECORD_MAX) this.#held.append(bytes);
    if (this.#isSection || this.#held.length < RECORD_HEADER) return [];
    const first = this.#held.take();
    this.#isSection = !isRecord(first);
    if (this.#isSection) {
      this.#held.append(first);
      return [];
    }
    this.#records = new RecordReader(this.#options);
    return this.#records.receive(direction, first);
  }

  gap(): Draft[] {
    return [];
  }

  end(direction: Direction): Draft[] {
    if (this.#records !== null) return this.#records.end(direction);
    const bytes = this.#held.take();
    if (bytes.length === 0) return [];
    const reader = new RecordReader(this.#options, 0);
    const drafts = reader.section(direction, 0, bytes, 0);
    return [...drafts, ...reader.end(direction)];
  }
}

/** A number of streams above 2^32 is none; a section that begins with four zeros is none either. */
function isRecord(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0;
}

/** Reads records in any cuts. */
class RecordReader {
  readonly #options: RawOptions;
  readonly #decoder: QpackDecoder;
  readonly #instructions = new InstructionWalker("encoder", 0);
  readonly #held = new HeldBytes();
  /** Where sections that wait begin, and their octets. */
  readonly #waiting = new Map<number, { readonly offset: number; readonly length: number }[]>();
  #offset = 0;
  #isOver = false;

  constructor(options: RawOptions, capacity = CAPACITY) {
    this.#options = options;
    this.#decoder = new QpackDecoder({
      maxTableCapacity: capacity,
      initialCapacity: capacity,
      maxBlockedStreams: BLOCKED_MAX,
      maxBlockedBytes: 4 * RECORD_MAX,
      maxListSize: 262_144,
      maxFields: 8_192,
    });
  }

  receive(direction: Direction, bytes: Uint8Array): Draft[] {
    const drafts: Draft[] = [];
    if (this.#isOver) return drafts;
    this.#held.append(bytes);
    let rest = this.#held.take();
    while (rest.length >= RECORD_HEADER && !this.#isOver) {
      const view = new DataView(rest.buffer, rest.byteOffset, RECORD_HEADER);
      const end = RECORD_HEADER + view.getUint32(8);
      if (end > RECORD_MAX) {
        this.#isOver = true;
        const fault = { code: "QPACK_LIST_TOO_LARGE", scope: "connection" } as const;
        drafts.push(errorDraft("qpack", direction, null, { ...fault, offset: this.#offset }));
      }
      if (end > rest.length) break;
      const body = rest.subarray(RECORD_HEADER, end);
      const streamId = view.getUint32(4);
      drafts.push(...this.#record(direction, streamId, body));
      this.#offset += end;
      rest = rest.subarray(end);
    }
    if (!this.#isOver) this.#held.append(rest);
    return drafts;
  }

  /** One section. */
  section(direction: Direction, streamId: number, bytes: Uint8Array, offset: number): Draft[] {
    const { keepBytes = false } = this.#options;
    const drafts: Draft[] = [];
    try {
      const fields = this.#decoder.decode(streamId, bytes);
      if (fields === null) {
        const places = this.#waiting.get(streamId) ?? [];
        this.#waiting.set(streamId, [...places, { offset, length: bytes.length }]);
        return [];
      }
      const draft = sectionDraft("qpack", direction, streamId, offset, fields, bytes.length);
      drafts.push(keepBytes ? { ...draft, bytes: bytes.slice(0, KEPT_MAX) } : draft);
    } catch (error) {
      drafts.push(this.#fail(direction, streamId, offset, error));
    }
    this.#decoder.takeDecoderStream();
    return drafts;
  }

  end(direction: Direction): Draft[] {
    this.#decoder.release();
    if (this.#held.length === 0) return [];
    const offset = this.#offset + this.#held.length;
    const fault = { code: "QPACK_TRUNCATED", scope: "connection", offset } as const;
    return [errorDraft("qpack", direction, null, fault)];
  }

  #record(direction: Direction, streamId: number, body: Uint8Array): Draft[] {
    const offset = this.#offset + RECORD_HEADER;
    return streamId === 0
      ? this.#encoderStream(direction, body, offset)
      : this.section(direction, streamId, body, offset);
  }

  #encoderStream(direction: Direction, body: Uint8Array, offset: number): Draft[] {
    const drafts: Draft[] = [];
    const { keepBytes = false } = this.#options;
    for (const { name, rfc, bytes, fields } of this.#instructions.receive(body)) {
      const base = { event: "frame", protocol: "qpack", direction, offset, name, rfc } as const;
      const kept = keepBytes ? { bytes: bytes.subarray(0, KEPT_MAX) } : {};
      drafts.push({ ...base, streamId: 0, length: bytes.length, ...fields, ...kept });
    }
    try {
      this.#decoder.receiveEncoderStream(body);
    } catch (error) {
      drafts.push(this.#fail(direction, 0, offset, error));
    }
    for (const { streamId, rawHeaders } of this.#decoder.takeUnblocked()) {
      const place = this.#waiting.get(streamId)?.shift() ?? { offset, length: 0 };
      const { offset: at, length } = place;
      drafts.push(sectionDraft("qpack", direction, streamId, at, rawHeaders, length));
    }
    this.#decoder.takeDecoderStream();
    return drafts;
  }

  #fail(direction: Direction, streamId: number, offset: number, error: unknown): Draft {
    this.#isOver = true;
    const fault = thrownFault(error);
    const place = streamId === 0 ? offset : offset + fault.offset;
    return errorDraft("qpack", direction, streamId, { ...fault, offset: place });
  }
}
