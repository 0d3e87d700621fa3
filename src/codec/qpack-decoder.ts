// QpackDecoder: field sections to lists of strings (RFC 9204), without HTTP/3 around it. Any octets are taken in names
// and values; the rules on them are the connection's. Rules: QP-PFX-6, QP-FLD-4, QP-FLD-5, QP-FLD-7, QP-FLD-8, QP-FLD-9.

import { ErrorCode } from "../abi/error-code.js";
import {
  FIELD_SECTION_MAX,
  FIELD_TABLE_SIZE_MAX,
  FieldConfigFlag,
  SECTION_FIELDS_MAX,
} from "../abi/field-memory.js";
import { SectionFlag } from "../abi/field-tape.js";
import { ProtocolError, UsageError } from "../errors.js";
import { H3_LIMITS } from "../limits.js";
import { type FieldSection, QpackReader } from "./qpack-reader.js";

/** Sizes that a decoder keeps to. */
export interface QpackDecoderOptions {
  /** Our SETTINGS_QPACK_MAX_TABLE_CAPACITY, in bytes: 0 to 262,144; 4,096. */
  readonly maxTableCapacity?: number;
  /** Our SETTINGS_QPACK_BLOCKED_STREAMS: streams that may wait for insertions; 16. */
  readonly maxBlockedStreams?: number;
  /** Longest list in bytes, names, values and 32 a field: 0 to 262,144; 65,536. */
  readonly maxListSize?: number;
  /** Most fields of a list: 0 to 8,192; 200. */
  readonly maxFields?: number;
  /** Most encoded bytes of sections that wait; 65,536. */
  readonly maxBlockedBytes?: number;
  /** Capacity of the table before the encoder sets one, up to maxTableCapacity: 0, as RFC 9204 section 3.2.3 has it. */
  readonly initialCapacity?: number;
}

/** A field as `decodeFields` gives it. */
export interface QpackField {
  readonly name: string;
  readonly value: string;
  /** Never to be indexed, here or by whoever passes it on (RFC 9204 section 4.5.4). */
  readonly sensitive: boolean;
}

/** A section that waited, as `takeUnblocked` gives it. */
export interface UnblockedSection {
  readonly streamId: number;
  /** Flat, name and value. */
  readonly rawHeaders: string[];
  /** For each field whether it is never to be indexed. */
  readonly sensitive: boolean[];
}

const TABLE_CAPACITY = 4_096;
const BLOCKED_STREAMS = 16;
const COUNT_MAX = 2 ** 31 - 1;

/** Making one takes longer than a small section. */
const NOTHING = new Uint8Array(0);

/** Decodes the field sections of one direction of one connection. */
export class QpackDecoder {
  readonly #reader: QpackReader;
  #unblocked: UnblockedSection[] = [];
  #failure: ProtocolError | null = null;
  #isReleased = false;

  /** @throws UsageError (QPACK_CAPACITY_INVALID, QPACK_BLOCKED_STREAMS_INVALID, LIMIT_INVALID) for a size out of its range. */
  constructor(options: QpackDecoderOptions = {}) {
    const { maxTableCapacity = TABLE_CAPACITY, maxBlockedStreams = BLOCKED_STREAMS } = options;
    const { maxListSize = H3_LIMITS.fieldSectionLength.default, initialCapacity = 0 } = options;
    const { maxFields = H3_LIMITS.fieldCount.default } = options;
    const { maxBlockedBytes = H3_LIMITS.blockedBytes.default } = options;
    const capacity = "QPACK_CAPACITY_INVALID";
    check(capacity, "maxTableCapacity", maxTableCapacity, FIELD_TABLE_SIZE_MAX);
    check(capacity, "initialCapacity", initialCapacity, maxTableCapacity);
    check("QPACK_BLOCKED_STREAMS_INVALID", "maxBlockedStreams", maxBlockedStreams, COUNT_MAX);
    check("LIMIT_INVALID", "maxListSize", maxListSize, FIELD_SECTION_MAX);
    check("LIMIT_INVALID", "maxFields", maxFields, SECTION_FIELDS_MAX);
    check("LIMIT_INVALID", "maxBlockedBytes", maxBlockedBytes, COUNT_MAX);
    this.#reader = new QpackReader({
      maxTableCapacity,
      maxBlockedStreams,
      blockedBytes: maxBlockedBytes,
      fieldSectionLength: maxListSize,
      fieldCount: maxFields,
      initialCapacity,
      flags: FieldConfigFlag.AnyOctets,
    });
  }

  /**
   * Reads the next bytes of the peer's encoder stream, behind the octets that say its type. Sections that can go on now
   * are decoded: `takeUnblocked` gives them, also when this throws.
   *
   * @throws ProtocolError (scope connection, offset in the encoder stream) for an instruction that is wrong, or for a
   * section that waited (offset in the section). Every further call throws the same error.
   * @throws UsageError for anything but a Uint8Array, and after `release`.
   */
  receiveEncoderStream(bytes: Uint8Array): void {
    this.#begin(bytes);
    const reader = this.#reader;
    reader.receiveEncoderStream(bytes);
    for (let section = reader.nextUnblocked(); section !== null; section = reader.nextUnblocked()) {
      this.#checkSize(section);
      const streamId = reader.unblockedStream;
      const sensitive = section.sensitiveMarks();
      this.#unblocked.push({ streamId, rawHeaders: section.list(), sensitive });
    }
    reader.done();
    this.#checkReader();
  }

  /**
   * Decodes one whole field section: a flat list, name and value, in its order. Null: it needs insertions that are not
   * here, or a section of its stream in front of it does; `takeUnblocked` gives it later.
   *
   * @throws ProtocolError (scope connection, offset in the section) for a section that is wrong or above a limit. Every
   * further call throws the same error.
   * @throws UsageError for anything but a Uint8Array or a stream id, and after `release`.
   */
  decode(streamId: number, section: Uint8Array): string[] | null {
    return this.#decode(streamId, section)?.list() ?? null;
  }

  /**
   * The same as objects, with the mark of never-indexed fields.
   *
   * @throws ProtocolError and UsageError as `decode`.
   */
  decodeFields(streamId: number, section: Uint8Array): QpackField[] | null {
    const decoded = this.#decode(streamId, section);
    if (decoded === null) return null;
    const flat = decoded.list();
    return decoded.sensitiveMarks().map((sensitive, i) => ({
      name: flat[2 * i] as string,
      value: flat[2 * i + 1] as string,
      sensitive,
    }));
  }

  /** The sections that waited and are decoded by now, in the order in which that became possible. */
  takeUnblocked(): UnblockedSection[] {
    const sections = this.#unblocked;
    this.#unblocked = [];
    return sections;
  }

  /**
   * Nothing more of a stream will be read: its sections are forgotten, and the peer's encoder is told (RFC 9204 section
   * 2.2.2.2).
   *
   * @throws UsageError for anything but a stream id.
   */
  cancel(streamId: number): void {
    checkStream(streamId);
    this.#reader.cancel(streamId);
    this.#unblocked = this.#unblocked.filter((section) => section.streamId !== streamId);
  }

  /**
   * Bytes for our decoder stream, behind the octet that says its type: acknowledgements of sections, cancellations,
   * and one increment for the insertions that no acknowledgement spoke of. Empty where there are none.
   */
  takeDecoderStream(): Uint8Array {
    return this.#reader.takeDecoderStream() ?? NOTHING;
  }

  /** Bytes of the dynamic table now (RFC 9204 section 3.2.1). */
  get tableSize(): number {
    return this.#reader.tableSize;
  }

  /** Entries inserted so far. */
  get insertCount(): number {
    return this.#reader.insertions;
  }

  /** Streams with sections that wait, and their encoded bytes. */
  get blockedStreams(): number {
    return this.#reader.blockedCount;
  }

  get blockedBytes(): number {
    return this.#reader.blockedLength;
  }

  /** Bytes of buffers that this holds, the table aside. */
  get heldBytes(): number {
    return this.#reader.heldBytes;
  }

  /** Gives the place in the engine back; the decoder cannot be used any more. Whoever just drops it loses nothing. */
  release(): void {
    this.#reader.release();
    this.#isReleased = true;
  }

  #begin(bytes: unknown): void {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "the decoder takes a Uint8Array");
    if (this.#isReleased) throw new UsageError("QPACK_RELEASED", "the decoder was released");
    if (this.#failure !== null) throw this.#failure;
  }

  #decode(streamId: number, bytes: Uint8Array): FieldSection | null {
    this.#begin(bytes);
    checkStream(streamId);
    const reader = this.#reader;
    const section = reader.decode(streamId, bytes, 0, bytes.length, 0);
    reader.done();
    if (section === false) return null;
    this.#checkReader();
    this.#checkSize(section as FieldSection);
    return section;
  }

  #checkReader(): void {
    const { error } = this.#reader;
    if (error !== null) this.#fail(error.code, error.offset);
  }

  #checkSize({ flags, faultAt }: FieldSection): void {
    if ((flags & SectionFlag.TooLarge) !== 0) this.#fail(ErrorCode.QPACK_LIST_TOO_LARGE, faultAt);
    if ((flags & SectionFlag.TooMany) !== 0)
      this.#fail(ErrorCode.QPACK_FIELD_COUNT_TOO_LARGE, faultAt);
  }

  #fail(code: ErrorCode, offset: number): never {
    this.#failure = new ProtocolError(code, offset, null, "connection");
    throw this.#failure;
  }
}

function checkStream(streamId: number): void {
  if (!Number.isSafeInteger(streamId) || streamId < 0)
    throw new UsageError(
      "QPACK_STREAM_ID_INVALID",
      "a stream id is a whole number from 0 to 2^53 - 1",
    );
}

function check(code: string, name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new UsageError(code, `${name} is a whole number from 0 to ${max}`);
}
