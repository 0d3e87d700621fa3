// Frames of HTTP/2 to bytes (RFC 9113 sections 4.1 and 6, RFC 7838 section 4, RFC 8336 section 2, RFC 9218 section
// 7.1): one method a type. What our own parser would refuse is wrong use, but for `frame`, which writes anything.
// Rules: H2-011, H2-074, H2-119, OR-008, OR-009.

import { FrameFlag, FrameType } from "../abi/h2-tape.js";
import { UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";

const UINT8 = 0xff;
const UINT16 = 0xffff;
const UINT24 = 0xff_ffff;
const UINT31 = 0x7fff_ffff;
const UINT32 = 0xffff_ffff;
/** Octets of a frame header. */
const HEADER_LENGTH = 9;
/** Octets of the deprecated priority fields. */
const PRIORITY_LENGTH = 5;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const NOTHING = new Uint8Array(0);
const NO_OPTIONS = Object.freeze({});

/** The deprecated priority fields (RFC 7540 section 6.3). */
export interface H2PriorityFields {
  readonly streamDependency: number;
  readonly exclusive?: boolean;
  /** 1 to 256: one more than the octet on the wire. */
  readonly weight: number;
}

/** Padding: 0 to 255 octets behind the payload, and one in front that says how many; absent: none of both. */
export interface H2Padding {
  readonly padLength?: number;
}

/** The header of a frame: nine octets. */
export function putFrameHeader(
  out: ByteWriter,
  type: number,
  flags: number,
  streamId: number,
  length: number,
): void {
  out.reserve(9);
  const { bytes } = out;
  const at = out.length;
  bytes[at] = length >>> 16;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  bytes[at + 5] = streamId >>> 24;
  bytes[at + 6] = streamId >>> 16;
  bytes[at + 7] = streamId >>> 8;
  bytes[at + 8] = streamId;
  out.length = at + 9;
}

/** Makes frames. It has no memory of what it made: their order and their limits are the caller's. */
export class H2FrameWriter {
  readonly #out = new ByteWriter();

  /** The client connection preface: 24 octets, which SETTINGS must follow (RFC 9113 section 3.4). */
  preface(): Uint8Array {
    this.#out.putLatin1(PREFACE);
    return this.#out.take();
  }

  /**
   * DATA.
   * @throws UsageError H2_FRAME_INVALID
   */
  data(
    streamId: number,
    data: Uint8Array,
    options: H2Padding & { readonly endStream?: boolean } = NO_OPTIONS,
  ): Uint8Array {
    const flags = options.endStream === true ? FrameFlag.EndStream : 0;
    checkStream(streamId);
    checkBytes("data", data);
    const out = this.#begin(FrameType.Data, flags, streamId, data.length, options.padLength);
    out.putBytes(data);
    return this.#end(options.padLength);
  }

  /**
   * HEADERS with a field block or its first fragment. `endHeaders: false`: CONTINUATION follows.
   * @throws UsageError H2_FRAME_INVALID
   */
  headers(
    streamId: number,
    fieldBlockFragment: Uint8Array,
    options: H2Padding & {
      readonly endStream?: boolean;
      readonly endHeaders?: boolean;
      readonly priority?: H2PriorityFields;
    } = NO_OPTIONS,
  ): Uint8Array {
    const { priority, padLength } = options;
    checkStream(streamId);
    checkBytes("fieldBlockFragment", fieldBlockFragment);
    if (priority !== undefined) checkPriority(streamId, priority);
    let flags = endHeadersFlag(options.endHeaders);
    if (options.endStream === true) flags |= FrameFlag.EndStream;
    if (priority !== undefined) flags |= FrameFlag.Priority;
    const length = fieldBlockFragment.length + (priority === undefined ? 0 : PRIORITY_LENGTH);
    const out = this.#begin(FrameType.Headers, flags, streamId, length, padLength);
    if (priority !== undefined) putPriority(out, priority);
    out.putBytes(fieldBlockFragment);
    return this.#end(padLength);
  }

  /**
   * PRIORITY, which RFC 9113 keeps for old peers only.
   * @throws UsageError H2_FRAME_INVALID
   */
  priority(streamId: number, priority: H2PriorityFields): Uint8Array {
    checkStream(streamId);
    checkPriority(streamId, priority);
    const out = this.#begin(FrameType.Priority, 0, streamId, PRIORITY_LENGTH);
    putPriority(out, priority);
    return this.#end();
  }

  /**
   * RST_STREAM.
   * @throws UsageError H2_FRAME_INVALID
   */
  rstStream(streamId: number, errorCode: number): Uint8Array {
    checkStream(streamId);
    check("errorCode", errorCode, 0, UINT32);
    this.#begin(FrameType.RstStream, 0, streamId, 4).putUint32(errorCode);
    return this.#end();
  }

  /**
   * SETTINGS: pairs of identifier and value in wire order; with `ack`, the acknowledgement, without any.
   * @throws UsageError H2_FRAME_INVALID
   */
  settings(
    settings: Iterable<readonly [id: number, value: number]>,
    options: { readonly ack?: boolean } = NO_OPTIONS,
  ): Uint8Array {
    const isAck = options.ack === true;
    const pairs = [...settings];
    for (const [id, value] of pairs) {
      check("the identifier of a setting", id, 0, UINT16);
      check("the value of a setting", value, 0, UINT32);
    }
    if (isAck && pairs.length > 0) refuse("an acknowledgement has no settings");
    const flags = isAck ? FrameFlag.Ack : 0;
    const out = this.#begin(FrameType.Settings, flags, 0, pairs.length * 6);
    for (const [id, value] of pairs) {
      out.putUint16(id);
      out.putUint32(value);
    }
    return this.#end();
  }

  /**
   * PUSH_PROMISE; a promised stream has an even number.
   * @throws UsageError H2_FRAME_INVALID
   */
  pushPromise(
    streamId: number,
    promisedStreamId: number,
    fieldBlockFragment: Uint8Array,
    options: H2Padding & { readonly endHeaders?: boolean } = NO_OPTIONS,
  ): Uint8Array {
    checkStream(streamId);
    checkBytes("fieldBlockFragment", fieldBlockFragment);
    check("promisedStreamId", promisedStreamId, 2, UINT31);
    if (promisedStreamId % 2 !== 0) refuse("promisedStreamId must be even");
    const flags = endHeadersFlag(options.endHeaders);
    const length = fieldBlockFragment.length + 4;
    const out = this.#begin(FrameType.PushPromise, flags, streamId, length, options.padLength);
    out.putUint32(promisedStreamId);
    out.putBytes(fieldBlockFragment);
    return this.#end(options.padLength);
  }

  /**
   * PING: 8 bytes that the peer sends back.
   * @throws UsageError H2_FRAME_INVALID
   */
  ping(opaqueData: Uint8Array, options: { readonly ack?: boolean } = NO_OPTIONS): Uint8Array {
    checkBytes("opaqueData", opaqueData);
    if (opaqueData.length !== 8) refuse("opaqueData takes 8 bytes");
    const flags = options.ack === true ? FrameFlag.Ack : 0;
    this.#begin(FrameType.Ping, flags, 0, 8).putBytes(opaqueData);
    return this.#end();
  }

  /**
   * GOAWAY.
   * @throws UsageError H2_FRAME_INVALID
   */
  goaway(lastStreamId: number, errorCode: number, debugData: Uint8Array = NOTHING): Uint8Array {
    check("lastStreamId", lastStreamId, 0, UINT31);
    check("errorCode", errorCode, 0, UINT32);
    checkBytes("debugData", debugData);
    const out = this.#begin(FrameType.Goaway, 0, 0, 8 + debugData.length);
    out.putUint32(lastStreamId);
    out.putUint32(errorCode);
    out.putBytes(debugData);
    return this.#end();
  }

  /**
   * WINDOW_UPDATE of a stream, or of the connection (0).
   * @throws UsageError H2_FRAME_INVALID
   */
  windowUpdate(streamId: number, windowSizeIncrement: number): Uint8Array {
    check("streamId", streamId, 0, UINT31);
    check("windowSizeIncrement", windowSizeIncrement, 1, UINT31);
    this.#begin(FrameType.WindowUpdate, 0, streamId, 4).putUint32(windowSizeIncrement);
    return this.#end();
  }

  /**
   * CONTINUATION. `endHeaders: false`: another one follows.
   * @throws UsageError H2_FRAME_INVALID
   */
  continuation(
    streamId: number,
    fieldBlockFragment: Uint8Array,
    options: { readonly endHeaders?: boolean } = NO_OPTIONS,
  ): Uint8Array {
    checkStream(streamId);
    checkBytes("fieldBlockFragment", fieldBlockFragment);
    const flags = endHeadersFlag(options.endHeaders);
    const { length } = fieldBlockFragment;
    this.#begin(FrameType.Continuation, flags, streamId, length).putBytes(fieldBlockFragment);
    return this.#end();
  }

  /**
   * ALTSVC (RFC 7838 section 4): on stream 0 with an origin, on any other with "".
   * @throws UsageError H2_FRAME_INVALID
   */
  altSvc(streamId: number, origin: string, altSvcFieldValue: string): Uint8Array {
    check("streamId", streamId, 0, UINT31);
    checkText("origin", origin);
    checkText("altSvcFieldValue", altSvcFieldValue);
    check("the length of origin", origin.length, 0, UINT16);
    if ((origin === "") === (streamId === 0))
      refuse("ALTSVC has an origin on stream 0, and on no other");
    const length = 2 + origin.length + altSvcFieldValue.length;
    const out = this.#begin(FrameType.AltSvc, 0, streamId, length);
    out.putUint16(origin.length);
    out.putLatin1(origin);
    out.putLatin1(altSvcFieldValue);
    return this.#end();
  }

  /**
   * ORIGIN (RFC 8336 section 2).
   * @throws UsageError H2_FRAME_INVALID
   */
  origin(origins: readonly string[]): Uint8Array {
    let length = 0;
    for (const origin of origins) {
      checkText("an origin", origin);
      check("the length of an origin", origin.length, 0, UINT16);
      length += 2 + origin.length;
    }
    const out = this.#begin(FrameType.Origin, 0, 0, length);
    for (const origin of origins) {
      out.putUint16(origin.length);
      out.putLatin1(origin);
    }
    return this.#end();
  }

  /**
   * PRIORITY_UPDATE (RFC 9218 section 7.1).
   * @throws UsageError H2_FRAME_INVALID
   */
  priorityUpdate(prioritizedStreamId: number, priorityFieldValue: string): Uint8Array {
    check("prioritizedStreamId", prioritizedStreamId, 1, UINT31);
    checkText("priorityFieldValue", priorityFieldValue);
    const out = this.#begin(FrameType.PriorityUpdate, 0, 0, 4 + priorityFieldValue.length);
    out.putUint32(prioritizedStreamId);
    out.putLatin1(priorityFieldValue);
    return this.#end();
  }

  /**
   * Any frame: an unknown type, or a known one as no peer should send it. Only the ranges of the header are checked.
   * @throws UsageError H2_FRAME_INVALID
   */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array = NOTHING): Uint8Array {
    check("type", type, 0, UINT8);
    check("flags", flags, 0, UINT8);
    check("streamId", streamId, 0, UINT31);
    checkBytes("payload", payload);
    this.#begin(type, flags, streamId, payload.length).putBytes(payload);
    return this.#end();
  }

  /** Frame header, and Pad Length where there is padding. */
  #begin(
    type: number,
    flags: number,
    streamId: number,
    length: number,
    padLength?: number,
  ): ByteWriter {
    if (padLength !== undefined) check("padLength", padLength, 0, UINT8);
    const whole = length + (padLength === undefined ? 0 : padLength + 1);
    check("the length of the payload", whole, 0, UINT24);
    const out = this.#out;
    out.reserve(HEADER_LENGTH + whole);
    const padded = padLength === undefined ? 0 : FrameFlag.Padded;
    putFrameHeader(out, type, flags | padded, streamId, whole);
    if (padLength !== undefined) out.putUint8(padLength);
    return out;
  }

  /** Padding, and the frame. */
  #end(padLength = 0): Uint8Array {
    for (let i = 0; i < padLength; i++) this.#out.putUint8(0);
    return this.#out.take();
  }
}

function endHeadersFlag(endHeaders: boolean | undefined): number {
  return endHeaders === false ? 0 : FrameFlag.EndHeaders;
}

function putPriority(out: ByteWriter, priority: H2PriorityFields): void {
  const exclusive = priority.exclusive === true ? 0x8000_0000 : 0;
  out.putUint32(priority.streamDependency + exclusive);
  out.putUint8(priority.weight - 1);
}

function checkStream(streamId: number): void {
  check("streamId", streamId, 1, UINT31);
}

function checkPriority(streamId: number, priority: H2PriorityFields): void {
  check("streamDependency", priority.streamDependency, 0, UINT31);
  check("weight", priority.weight, 1, 256);
  if (priority.streamDependency === streamId) refuse("a stream cannot depend on itself");
}

function check(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    refuse(`${what} takes whole numbers from ${min} to ${max}`);
}

function checkBytes(what: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) refuse(`${what} takes a Uint8Array`);
}

function checkText(what: string, text: string): void {
  if (typeof text !== "string" || !/^[\x20-\x7e]*$/.test(text))
    refuse(`${what} takes a string of visible ASCII characters and spaces`);
}

function refuse(message: string): never {
  throw new UsageError("H2_FRAME_INVALID", message);
}
