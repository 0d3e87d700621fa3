// Frames of HTTP/3 to bytes (RFC 9114 sections 6.2 and 7, RFC 9218 section 7.2, RFC 9412): one method a type. What our own
// parser would refuse is wrong use, but for `frame`, which writes anything.
// Rules: H3-FRM-1, H3-FRM-2, H3-SET-4, H3-SET-5, H3-SET-9, H3-SET-10.

import { ErrorCode } from "../abi/error-code.js";
import { H3FrameType, H3StreamType } from "../abi/h3-wire.js";
import { UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import { settingFault } from "./h3-settings.js";
import { isVarint, putVarint, type Varint, varintLength } from "./varint.js";

const UINT16 = 0xffff;
/** Octets of the longest header: two numbers. */
const HEADER_LENGTH = 16;
const NOTHING = new Uint8Array(0);
const NO_OPTIONS = Object.freeze({});

/** The header of a frame. */
export function putFrameHeader(out: ByteWriter, type: Varint, length: number): void {
  putVarint(out, type);
  putVarint(out, length);
}

/** Makes frames. It has no memory of what it made: their order, their stream and their limits are the caller's. */
export class H3FrameWriter {
  readonly #out = new ByteWriter();

  /**
   * What a unidirectional stream begins with: 0x0 control, 0x2 QPACK encoder, 0x3 QPACK decoder, and any other.
   * @throws UsageError H3_FRAME_INVALID
   */
  streamType(type: Varint): Uint8Array {
    checkNumber("type", type);
    putVarint(this.#out, type);
    return this.#out.take();
  }

  /**
   * What a push stream begins with: its type and its push.
   * @throws UsageError H3_FRAME_INVALID
   */
  pushStream(pushId: Varint): Uint8Array {
    checkNumber("pushId", pushId);
    putVarint(this.#out, H3StreamType.Push);
    putVarint(this.#out, pushId);
    return this.#out.take();
  }

  /**
   * What a stream of WebTransport begins with: a signal, 0x41 or for a unidirectional one 0x54, and its session.
   * @throws UsageError H3_FRAME_INVALID
   */
  wtStream(
    sessionId: Varint,
    options: { readonly unidirectional?: boolean } = NO_OPTIONS,
  ): Uint8Array {
    checkNumber("sessionId", sessionId);
    if (BigInt(sessionId) % 4n !== 0n) refuse("sessionId is a request stream: a multiple of 4");
    const isOneWay = options.unidirectional === true;
    putVarint(this.#out, isOneWay ? H3StreamType.WtStream : H3FrameType.WtStream);
    putVarint(this.#out, sessionId);
    return this.#out.take();
  }

  /**
   * DATA.
   * @throws UsageError H3_FRAME_INVALID
   */
  data(data: Uint8Array): Uint8Array {
    checkBytes("data", data);
    return this.#frame(H3FrameType.Data, data);
  }

  /**
   * HEADERS: a head or trailers, encoded by QPACK.
   * @throws UsageError H3_FRAME_INVALID
   */
  headers(encodedFieldSection: Uint8Array): Uint8Array {
    checkBytes("encodedFieldSection", encodedFieldSection);
    return this.#frame(H3FrameType.Headers, encodedFieldSection);
  }

  /**
   * CANCEL_PUSH.
   * @throws UsageError H3_FRAME_INVALID
   */
  cancelPush(pushId: Varint): Uint8Array {
    checkNumber("pushId", pushId);
    return this.#number(H3FrameType.CancelPush, pushId);
  }

  /**
   * SETTINGS: pairs of identifier and value in wire order.
   * @throws UsageError H3_FRAME_INVALID: also for an identifier that occurs twice or belongs to HTTP/2, and for a flag
   * that is neither 0 nor 1
   */
  settings(settings: Iterable<readonly [id: Varint, value: Varint]>): Uint8Array {
    const pairs = [...settings];
    const seen = new Set<bigint>();
    let length = 0;
    for (const [id, value] of pairs) {
      checkNumber("the identifier of a setting", id);
      checkNumber("the value of a setting", value);
      if (seen.has(BigInt(id))) refuse("a setting occurs once");
      seen.add(BigInt(id));
      const fault = settingFault(Number(id), value);
      if (fault === ErrorCode.H3_SETTING_FORBIDDEN) refuse("0x2 to 0x5 are settings of HTTP/2");
      if (fault !== ErrorCode.NONE) refuse("the value of this setting is 0 or 1");
      length += varintLength(id) + varintLength(value);
    }
    const out = this.#begin(H3FrameType.Settings, length);
    for (const [id, value] of pairs) {
      putVarint(out, id);
      putVarint(out, value);
    }
    return out.take();
  }

  /**
   * PUSH_PROMISE.
   * @throws UsageError H3_FRAME_INVALID
   */
  pushPromise(pushId: Varint, encodedFieldSection: Uint8Array): Uint8Array {
    checkNumber("pushId", pushId);
    checkBytes("encodedFieldSection", encodedFieldSection);
    const length = varintLength(pushId) + encodedFieldSection.length;
    const out = this.#begin(H3FrameType.PushPromise, length);
    putVarint(out, pushId);
    out.putBytes(encodedFieldSection);
    return out.take();
  }

  /**
   * GOAWAY: a stream, where a server sends it; a push, where a client does.
   * @throws UsageError H3_FRAME_INVALID
   */
  goaway(id: Varint): Uint8Array {
    checkNumber("id", id);
    return this.#number(H3FrameType.Goaway, id);
  }

  /**
   * ORIGIN (RFC 9412).
   * @throws UsageError H3_FRAME_INVALID
   */
  origin(origins: readonly string[]): Uint8Array {
    let length = 0;
    for (const origin of origins) {
      checkText("an origin", origin);
      if (origin.length > UINT16) refuse("an origin has at most 65535 characters");
      length += 2 + origin.length;
    }
    const out = this.#begin(H3FrameType.Origin, length);
    for (const origin of origins) {
      out.putUint16(origin.length);
      out.putLatin1(origin);
    }
    return out.take();
  }

  /**
   * MAX_PUSH_ID.
   * @throws UsageError H3_FRAME_INVALID
   */
  maxPushId(pushId: Varint): Uint8Array {
    checkNumber("pushId", pushId);
    return this.#number(H3FrameType.MaxPushId, pushId);
  }

  /**
   * PRIORITY_UPDATE of a request, or with `push` of a push (RFC 9218 section 7.2).
   * @throws UsageError H3_FRAME_INVALID
   */
  priorityUpdate(
    prioritizedElementId: Varint,
    priorityFieldValue: string,
    options: { readonly push?: boolean } = NO_OPTIONS,
  ): Uint8Array {
    checkNumber("prioritizedElementId", prioritizedElementId);
    checkText("priorityFieldValue", priorityFieldValue);
    const isPush = options.push === true;
    const type = isPush ? H3FrameType.PriorityUpdatePush : H3FrameType.PriorityUpdateRequest;
    const length = varintLength(prioritizedElementId) + priorityFieldValue.length;
    const out = this.#begin(type, length);
    putVarint(out, prioritizedElementId);
    out.putLatin1(priorityFieldValue);
    return out.take();
  }

  /**
   * Any frame: an unknown type, or a known one as no peer should send it. Only the range of the type is checked.
   * @throws UsageError H3_FRAME_INVALID
   */
  frame(type: Varint, payload: Uint8Array = NOTHING): Uint8Array {
    checkNumber("type", type);
    checkBytes("payload", payload);
    return this.#frame(type, payload);
  }

  #begin(type: Varint, length: number): ByteWriter {
    const out = this.#out;
    out.reserve(HEADER_LENGTH + length);
    putFrameHeader(out, type, length);
    return out;
  }

  #frame(type: Varint, payload: Uint8Array): Uint8Array {
    const out = this.#begin(type, payload.length);
    out.putBytes(payload);
    return out.take();
  }

  #number(type: H3FrameType, value: Varint): Uint8Array {
    const out = this.#begin(type, varintLength(value));
    putVarint(out, value);
    return out.take();
  }
}

function checkNumber(what: string, value: Varint): void {
  if (!isVarint(value))
    refuse(`${what} takes whole numbers from 0 to 2^53 - 1, and bigints up to 2^62 - 1`);
}

function checkBytes(what: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) refuse(`${what} takes a Uint8Array`);
}

function checkText(what: string, text: string): void {
  if (typeof text !== "string" || !/^[\x20-\x7e]*$/.test(text))
    refuse(`${what} takes a string of visible ASCII characters and spaces`);
}

function refuse(message: string): never {
  throw new UsageError("H3_FRAME_INVALID", message);
}
