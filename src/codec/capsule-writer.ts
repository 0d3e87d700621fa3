// Capsules to bytes (RFC 9297 section 3.2, drafts of WebTransport over HTTP/3 and HTTP/2): one method a type. What our own
// parser would refuse is wrong use, but for `capsule`, which writes anything.
// Rules: H3-CAP-1, H3-CAP-3, H3-WT-7, H3-WT-9.

import { CapsuleType } from "../abi/h3-wire.js";
import { UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import { finalStreamType } from "./capsule-build.js";
import { CLOSE_CODE_LENGTH, CLOSE_MESSAGE_MAX } from "./capsule-fields.js";
import { putCapsule, putCapsuleHeader } from "./capsule-reader.js";
import { isVarint, putVarint, type Varint, varintLength } from "./varint.js";

const UINT32 = 0xffff_ffff;
/** More streams than this cannot be numbered. */
const STREAMS_MAX = 1n << 60n;
/** Longest padding that is made at once. */
const PADDING_MAX = 1024 * 1024 * 1024;
const NOTHING = new Uint8Array(0);
const NO_OPTIONS = Object.freeze({});
const UTF8 = new TextEncoder();
/** Half of a character, which UTF-8 cannot say. */
const HALF = /\p{Surrogate}/u;

/** Which streams a limit is for. */
export interface StreamsOption {
  readonly unidirectional?: boolean;
}

/** Makes capsules. It has no memory of what it made: their order and their limits are the caller's. */
export class CapsuleWriter {
  readonly #out = new ByteWriter();

  /**
   * DATAGRAM (RFC 9297 section 3.5).
   * @throws UsageError CAPSULE_INVALID
   */
  datagram(payload: Uint8Array): Uint8Array {
    checkBytes("payload", payload);
    return this.#bytes(CapsuleType.Datagram, payload);
  }

  /**
   * WT_CLOSE_SESSION: a code of 32 bits and a message of at most 1,024 bytes in UTF-8.
   * @throws UsageError CAPSULE_INVALID
   */
  closeSession(applicationErrorCode: number, applicationErrorMessage = ""): Uint8Array {
    if (!Number.isInteger(applicationErrorCode) || !isBelow(applicationErrorCode, UINT32))
      refuse("applicationErrorCode takes whole numbers from 0 to 4294967295");
    if (typeof applicationErrorMessage !== "string" || HALF.test(applicationErrorMessage))
      refuse("applicationErrorMessage takes a string without half of a character");
    const message = UTF8.encode(applicationErrorMessage);
    if (message.length > CLOSE_MESSAGE_MAX)
      refuse("applicationErrorMessage has at most 1024 bytes in UTF-8");
    const out = this.#begin(CapsuleType.WtCloseSession, CLOSE_CODE_LENGTH + message.length);
    out.putUint32(applicationErrorCode);
    out.putBytes(message);
    return out.take();
  }

  /** WT_DRAIN_SESSION. */
  drainSession(): Uint8Array {
    return this.#bytes(CapsuleType.WtDrainSession, NOTHING);
  }

  /**
   * PADDING: so many zeros.
   * @throws UsageError CAPSULE_INVALID
   */
  padding(length: number): Uint8Array {
    if (!Number.isInteger(length) || !isBelow(length, PADDING_MAX))
      refuse("length takes whole numbers from 0 to 2^30");
    return this.#bytes(CapsuleType.WtPadding, new Uint8Array(length));
  }

  /**
   * WT_RESET_STREAM; `reliableSize` since draft 10 of WebTransport over HTTP/2.
   * @throws UsageError CAPSULE_INVALID
   */
  resetStream(streamId: Varint, applicationErrorCode: Varint, reliableSize?: Varint): Uint8Array {
    const numbers = [streamId, applicationErrorCode];
    if (reliableSize !== undefined) numbers.push(reliableSize);
    return this.#numbers(CapsuleType.WtResetStream, numbers);
  }

  /**
   * WT_STOP_SENDING.
   * @throws UsageError CAPSULE_INVALID
   */
  stopSending(streamId: Varint, applicationErrorCode: Varint): Uint8Array {
    return this.#numbers(CapsuleType.WtStopSending, [streamId, applicationErrorCode]);
  }

  /**
   * WT_STREAM.
   * @param options.fin whether the stream ends behind the data
   * @param options.draft of WebTransport over HTTP/2; 14. It decides which type says so.
   * @throws UsageError CAPSULE_INVALID
   */
  stream(
    streamId: Varint,
    streamData: Uint8Array,
    options: { readonly fin?: boolean; readonly draft?: number } = NO_OPTIONS,
  ): Uint8Array {
    checkNumber(streamId);
    checkBytes("streamData", streamData);
    const final = finalStreamType(options.draft ?? 14);
    // The other one of both.
    const going = CapsuleType.WtStream + CapsuleType.WtStreamFin - final;
    const length = varintLength(streamId) + streamData.length;
    const out = this.#begin(options.fin === true ? final : going, length);
    putVarint(out, streamId);
    out.putBytes(streamData);
    return out.take();
  }

  /**
   * WT_MAX_DATA.
   * @throws UsageError CAPSULE_INVALID
   */
  maxData(maximumData: Varint): Uint8Array {
    return this.#numbers(CapsuleType.WtMaxData, [maximumData]);
  }

  /**
   * WT_MAX_STREAM_DATA, which WebTransport over HTTP/3 does not have.
   * @throws UsageError CAPSULE_INVALID
   */
  maxStreamData(streamId: Varint, maximumStreamData: Varint): Uint8Array {
    return this.#numbers(CapsuleType.WtMaxStreamData, [streamId, maximumStreamData]);
  }

  /**
   * WT_MAX_STREAMS: at most 2^60.
   * @throws UsageError CAPSULE_INVALID
   */
  maxStreams(maximumStreams: Varint, options: StreamsOption = NO_OPTIONS): Uint8Array {
    checkStreams(maximumStreams);
    const isOneWay = options.unidirectional === true;
    const type = isOneWay ? CapsuleType.WtMaxStreamsUni : CapsuleType.WtMaxStreamsBidi;
    return this.#numbers(type, [maximumStreams]);
  }

  /**
   * WT_DATA_BLOCKED.
   * @throws UsageError CAPSULE_INVALID
   */
  dataBlocked(maximumData: Varint): Uint8Array {
    return this.#numbers(CapsuleType.WtDataBlocked, [maximumData]);
  }

  /**
   * WT_STREAM_DATA_BLOCKED, which WebTransport over HTTP/3 does not have.
   * @throws UsageError CAPSULE_INVALID
   */
  streamDataBlocked(streamId: Varint, maximumStreamData: Varint): Uint8Array {
    return this.#numbers(CapsuleType.WtStreamDataBlocked, [streamId, maximumStreamData]);
  }

  /**
   * WT_STREAMS_BLOCKED: at most 2^60.
   * @throws UsageError CAPSULE_INVALID
   */
  streamsBlocked(maximumStreams: Varint, options: StreamsOption = NO_OPTIONS): Uint8Array {
    checkStreams(maximumStreams);
    const isOneWay = options.unidirectional === true;
    const type = isOneWay ? CapsuleType.WtStreamsBlockedUni : CapsuleType.WtStreamsBlockedBidi;
    return this.#numbers(type, [maximumStreams]);
  }

  /**
   * Any capsule: an unknown type, or a known one as no peer should send it. Only the range of the type is checked.
   * @throws UsageError CAPSULE_INVALID
   */
  capsule(type: Varint, value: Uint8Array = NOTHING): Uint8Array {
    checkNumber(type);
    checkBytes("value", value);
    return this.#bytes(type, value);
  }

  #begin(type: Varint, length: number): ByteWriter {
    putCapsuleHeader(this.#out, type, length);
    return this.#out;
  }

  #bytes(type: Varint, value: Uint8Array): Uint8Array {
    putCapsule(this.#out, type, value);
    return this.#out.take();
  }

  #numbers(type: CapsuleType, numbers: readonly Varint[]): Uint8Array {
    let length = 0;
    for (const number of numbers) {
      checkNumber(number);
      length += varintLength(number);
    }
    const out = this.#begin(type, length);
    for (const number of numbers) putVarint(out, number);
    return out.take();
  }
}

function isBelow(value: number, most: number): boolean {
  return value >= 0 && value <= most;
}

function checkNumber(value: Varint): void {
  if (!isVarint(value))
    refuse("numbers are whole, from 0 to 2^53 - 1, and as bigints up to 2^62 - 1");
}

function checkStreams(value: Varint): void {
  checkNumber(value);
  if (value > STREAMS_MAX) refuse("there are at most 2^60 streams");
}

function checkBytes(what: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) refuse(`${what} takes a Uint8Array`);
}

function refuse(message: string): never {
  throw new UsageError("CAPSULE_INVALID", message);
}
