// HpackDecoder: field blocks to lists of strings (RFC 7541), without HTTP/2 around it. Any octets are taken in names
// and values; the rules on them are the connection's. Rules: HP-001, HP-002, HP-009, HP-022, HP-030, HP-035.

import { ErrorCode } from "../abi/error-code.js";
import {
  FIELD_SECTION_MAX,
  FIELD_STAGE,
  FIELD_STAGE_LENGTH,
  FIELD_TABLE_SIZE_MAX,
  FIELD_TAPE,
  FieldBlock,
  FieldConfigFlag,
  FieldStatus,
  SECTION_FIELDS_MAX,
} from "../abi/field-memory.js";
import { FieldWord, LiteralRecord, SectionFlag, SectionRecord } from "../abi/field-tape.js";
import { FrameRecord } from "../abi/h2-tape.js";
import type { EngineConfig, H2Instance } from "../engine/h2-instance.js";
import {
  type H2Place,
  leaseH2Block,
  limitTable,
  moveH2Block,
  poisonH2,
} from "../engine/h2-pool.js";
import { ProtocolError, UsageError } from "../errors.js";
import { H2_LIMITS } from "../limits.js";
import { engineConfig } from "./engine-config.js";
import { HpackStrings } from "./hpack-strings.js";

/** Sizes that a decoder keeps to. */
export interface HpackDecoderOptions {
  /** Largest dynamic table that the encoder may ask for, in bytes (RFC 7541 section 4.2): 0 to 262,144; 4,096. */
  readonly maxTableSize?: number;
  /** Longest list in bytes, names, values and 32 a field: 0 to 262,144; 65,536. */
  readonly maxListSize?: number;
  /** Most fields of a list: 0 to 8,192; 200. */
  readonly maxFields?: number;
}

/** A field as `decodeFields` gives it. */
export interface HpackField {
  readonly name: string;
  readonly value: string;
  /** Never to be indexed, here or by whoever passes it on (RFC 7541 section 7.1.3). */
  readonly sensitive: boolean;
}

const DEFAULT_TABLE_SIZE = 4_096;
const TAPE_WORD = FIELD_TAPE >> 2;

/** Decodes the field blocks of one direction of one connection, in their order. */
export class HpackDecoder {
  readonly #config: EngineConfig;
  readonly #strings = new HpackStrings();
  #maxTableSize: number;
  #instance: H2Instance | null = null;
  #block = 0;
  #failure: ProtocolError | null = null;
  #isReleased = false;

  /** @throws UsageError (HPACK_TABLE_SIZE_INVALID, LIMIT_INVALID) for a size out of its range. */
  constructor(options: HpackDecoderOptions = {}) {
    const { maxTableSize = DEFAULT_TABLE_SIZE } = options;
    const { maxListSize = H2_LIMITS.fieldSectionLength.default } = options;
    const { maxFields = H2_LIMITS.fieldCount.default } = options;
    this.#maxTableSize = checkedTableSize(maxTableSize);
    this.#config = engineConfig(
      FieldConfigFlag.AnyOctets,
      checked("LIMIT_INVALID", "maxListSize", maxListSize, FIELD_SECTION_MAX),
      checked("LIMIT_INVALID", "maxFields", maxFields, SECTION_FIELDS_MAX),
    );
  }

  /**
   * Decodes one whole field block: a flat list, name and value, in the order of the block.
   *
   * @throws ProtocolError (scope connection, offset in the block) for a block that is wrong or above a limit. The table is
   * lost with it: every further call throws the same error.
   * @throws UsageError for anything but a Uint8Array, and after `release`.
   */
  decode(block: Uint8Array): string[] {
    const instance = this.#run(block);
    return this.#strings.read(instance, this.#block, TAPE_WORD, null);
  }

  /**
   * The same as objects, with the mark of never-indexed fields.
   *
   * @throws ProtocolError and UsageError as `decode`.
   */
  decodeFields(block: Uint8Array): HpackField[] {
    const instance = this.#run(block);
    const { i32 } = instance;
    const flat = this.#strings.read(instance, this.#block, TAPE_WORD, null);
    const fields: HpackField[] = [];
    let word = TAPE_WORD + SectionRecord.Size;
    for (let i = 0; i < flat.length; i += 2) {
      const head = i32[word] as number;
      const sensitive = (head & FieldWord.Sensitive) !== 0;
      fields.push({ name: flat[i] as string, value: flat[i + 1] as string, sensitive });
      word += (head & FieldWord.FormMask) === FieldWord.Literal ? LiteralRecord.Size : 1;
    }
    return fields;
  }

  /**
   * Changes the largest table that the encoder may ask for: our SETTINGS_HEADER_TABLE_SIZE, once it is acknowledged.
   * Below the size in use the next block must begin with a size update (RFC 9113 section 4.3.1).
   *
   * @throws UsageError for a size out of its range, and after `release`.
   */
  setMaxTableSize(bytes: number): void {
    checkedTableSize(bytes);
    if (this.#failure !== null) return;
    const instance = this.#place();
    this.#settle(limitTable(this, this.#config, { instance, block: this.#block }, bytes));
    this.#maxTableSize = bytes;
  }

  /** Bytes of the dynamic table now (RFC 7541 section 4.1). */
  get tableSize(): number {
    if (this.#instance === null) return 0;
    return this.#instance.i32[(this.#block >> 2) + FieldBlock.TableSize] as number;
  }

  /** Gives the place in the engine back; the decoder cannot be used any more. Whoever just drops it loses nothing. */
  release(): void {
    this.#instance?.release(this.#block);
    this.#instance = null;
    this.#isReleased = true;
  }

  /** Decodes to the tape of the instance that it returns. */
  #run(bytes: Uint8Array): H2Instance {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "decode takes a Uint8Array");
    if (this.#failure !== null) throw this.#failure;
    const instance = this.#place();
    const { i32 } = instance;
    const block = this.#block;
    if (bytes.length > FIELD_STAGE_LENGTH) return this.#fail(ErrorCode.HPACK_LIST_TOO_LARGE, 0);
    instance.u8.set(bytes, FIELD_STAGE);
    try {
      instance.exports.decode(block, FIELD_STAGE, bytes.length);
    } catch {
      poisonH2(instance);
      return this.#fail(ErrorCode.H2_ENGINE_TRAP, 0);
    }
    if (i32[(block >> 2) + FieldBlock.Status] === FieldStatus.Failed) {
      const code = i32[TAPE_WORD + FrameRecord.Length] as ErrorCode;
      return this.#fail(code, i32[TAPE_WORD + FrameRecord.Extra2] as number);
    }
    const flags = i32[TAPE_WORD + SectionRecord.Flags] as number;
    const tooMuch = SectionFlag.TooLarge | SectionFlag.TooMany;
    if ((flags & tooMuch) !== 0) {
      const isLarge = (flags & SectionFlag.TooLarge) !== 0;
      const code = isLarge ? ErrorCode.HPACK_LIST_TOO_LARGE : ErrorCode.HPACK_FIELD_COUNT_TOO_LARGE;
      return this.#fail(code, i32[TAPE_WORD + SectionRecord.FaultAt] as number);
    }
    return instance;
  }

  #fail(code: ErrorCode, offset: number): never {
    const instance = this.#instance as H2Instance;
    if (!instance.poisoned) instance.release(this.#block);
    this.#instance = null;
    this.#failure = new ProtocolError(code, offset, null, "connection");
    throw this.#failure;
  }

  /** The instance of this decoder's place: one that nobody is reading. */
  #place(): H2Instance {
    const instance = this.#instance;
    if (instance !== null && !instance.busy) return instance;
    if (this.#isReleased) throw new UsageError("HPACK_RELEASED", "the decoder was released");
    return this.#settle(
      instance === null
        ? leaseH2Block(this, this.#config, this.#maxTableSize)
        : moveH2Block(this, this.#config, instance, this.#block, this.#maxTableSize),
    );
  }

  #settle({ instance, block }: H2Place): H2Instance {
    this.#instance = instance;
    this.#block = block;
    return instance;
  }
}

function checkedTableSize(size: number): number {
  return checked("HPACK_TABLE_SIZE_INVALID", "a table size", size, FIELD_TABLE_SIZE_MAX);
}

function checked(code: string, name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new UsageError(code, `${name} is a whole number from 0 to ${max}`);
}
