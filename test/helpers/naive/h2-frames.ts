// The frames of HTTP/2, slowly and obviously (RFC 9113 sections 3.4, 4 and 6): all bytes at once, one rule a line.
// The oracle of H2FrameParser and of H2Reader: what each must say of the same bytes, however they are cut.

import { HpackDecoder } from "tercet/hpack";

/** What is said of one thing: its name and its members. */
export type Said = readonly [name: string, ...members: unknown[]];

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE] = [0, 1, 2, 3, 4, 5] as const;
const [PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] = [6, 7, 8, 9] as const;
const [ALTSVC, ORIGIN, PRIORITY_UPDATE] = [10, 12, 16] as const;
const STREAM_TYPES: readonly number[] = [
  ...[DATA, HEADERS, PRIORITY, RST_STREAM, PUSH_PROMISE, CONTINUATION],
];
const CONNECTION_TYPES: readonly number[] = [SETTINGS, PING, GOAWAY, PRIORITY_UPDATE];
/** Frames that can change nothing but their stream: every other type is a fault of the connection. */
const STREAM_ONLY = (type: number) =>
  type === DATA ||
  type === PRIORITY ||
  type === ALTSVC ||
  type === ORIGIN ||
  type === 11 ||
  type > 16 ||
  (type > 12 && type < 16);

/** One frame as it stands on the wire. */
export interface WireFrame {
  type: number;
  flags: number;
  streamId: number;
  length: number;
  offset: number;
  /** Payload without padding and fixed fields. */
  body: Uint8Array;
  bodyAt: number;
  padLength: number;
  /** Stream dependency with its E bit, promised, last or prioritized stream, increment. */
  first: number;
  /** Weight octet, error code. */
  second: number;
}

/** The scope of an error. */
export interface Fault {
  code: string;
  scope: "stream" | "connection";
}

const u32 = (bytes: Uint8Array, at: number) =>
  (bytes[at] ?? 0) * 2 ** 24 +
  (bytes[at + 1] ?? 0) * 2 ** 16 +
  (bytes[at + 2] ?? 0) * 256 +
  (bytes[at + 3] ?? 0);
const u31 = (bytes: Uint8Array, at: number) => u32(bytes, at) % 2 ** 31;

/** Octets in front of the body: Pad Length, priority, identifiers; the whole payload of fixed types. */
function prefixOf(type: number, flags: number): number {
  const pad = (flags & 8) !== 0 ? 1 : 0;
  if (type === DATA) return pad;
  if (type === HEADERS) return pad + ((flags & 0x20) !== 0 ? 5 : 0);
  if (type === PUSH_PROMISE) return pad + 4;
  if (type === PRIORITY) return 5;
  if (type === PING || type === GOAWAY) return 8;
  return type === RST_STREAM || type === WINDOW_UPDATE || type === PRIORITY_UPDATE ? 4 : 0;
}

/** What the nine octets of the header show. */
function headerFault(frame: WireFrame, maxFrameSize: number): Fault | null {
  const { type, flags, streamId, length } = frame;
  const isOwn = streamId !== 0 && STREAM_ONLY(type);
  const fault = (code: string, isStream = false): Fault => ({
    code,
    scope: isStream ? "stream" : "connection",
  });
  if (length > maxFrameSize) return fault("H2_FRAME_TOO_LARGE", isOwn);
  if (streamId === 0 && STREAM_TYPES.includes(type)) return fault("H2_STREAM_ID_ZERO");
  if (streamId !== 0 && CONNECTION_TYPES.includes(type)) return fault("H2_STREAM_ID_NOT_ZERO");
  const wrong = fault("H2_FRAME_LENGTH_INVALID", type === PRIORITY);
  if (length < prefixOf(type, flags)) return wrong;
  const isFixed = [PRIORITY, RST_STREAM, PING, WINDOW_UPDATE].includes(type as 2);
  if (isFixed && length !== prefixOf(type, flags)) return wrong;
  if (type === SETTINGS && length % 6 !== 0) return wrong;
  if (type === SETTINGS && (flags & 1) !== 0 && length !== 0) return wrong;
  return null;
}

/** What the fixed fields show, once they are here. */
function prefixFault(frame: WireFrame): Fault | null {
  const { type, streamId, padLength, length, first } = frame;
  if (padLength + prefixOf(type, frame.flags) > length)
    return { code: "H2_PADDING_INVALID", scope: "connection" };
  if (type === WINDOW_UPDATE && first === 0) {
    const scope = streamId === 0 ? "connection" : "stream";
    return { code: "H2_WINDOW_INCREMENT_ZERO", scope };
  }
  if (type === PUSH_PROMISE && (first === 0 || first % 2 === 1))
    return { code: "H2_PROMISED_ID_INVALID", scope: "connection" };
  if (type === PRIORITY_UPDATE && first === 0)
    return { code: "H2_PRIORITY_UPDATE_INVALID", scope: "connection" };
  return null;
}

function readFixed(frame: WireFrame, bytes: Uint8Array): void {
  const { type, flags, offset, length } = frame;
  const payload = offset + 9;
  const isPadded = (flags & 8) !== 0 && [DATA, HEADERS, PUSH_PROMISE].includes(type as 0);
  frame.padLength = isPadded ? (bytes[payload] ?? 0) : 0;
  const at = payload + (isPadded ? 1 : 0);
  if ((type === HEADERS && (flags & 0x20) !== 0) || type === PRIORITY) {
    frame.first = u32(bytes, at);
    frame.second = bytes[at + 4] ?? 0;
  }
  if ([PUSH_PROMISE, GOAWAY, WINDOW_UPDATE, PRIORITY_UPDATE].includes(type as 5))
    frame.first = u31(bytes, at);
  if (type === GOAWAY) frame.second = u32(bytes, at + 4);
  if (type === RST_STREAM) frame.second = u32(bytes, at);
  frame.bodyAt = type === PING ? payload : payload + prefixOf(type, flags);
  frame.body = bytes.slice(frame.bodyAt, payload + length - frame.padLength);
}

/** Reads frame by frame from `at` on. `before` sees each header first and may refuse it; null ends the bytes. */
function* wireFrames(
  bytes: Uint8Array,
  at: number,
  maxFrameSize: number,
  needsAll: (type: number) => boolean,
  before: (frame: WireFrame) => Fault | null,
  after: (frame: WireFrame) => Fault | null,
): Generator<{ frame: WireFrame; fault: Fault | null; isWhole: boolean }> {
  while (bytes.length - at >= 9) {
    const frame: WireFrame = {
      length: u32(bytes, at) >>> 8,
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: u31(bytes, at + 5),
      offset: at,
      body: new Uint8Array(0),
      bodyAt: at + 9,
      padLength: 0,
      first: 0,
      second: 0,
    };
    const { type, flags, length } = frame;
    const isWhole = bytes.length - at - 9 >= length;
    let fault = before(frame) ?? headerFault(frame, maxFrameSize) ?? after(frame);
    if (fault === null) {
      const needed = needsAll(type) ? length : prefixOf(type, flags);
      if (bytes.length - at - 9 < needed) return;
      readFixed(frame, bytes);
      fault = prefixFault(frame);
    }
    yield { frame, fault, isWhole };
    if (fault?.scope === "connection") return;
    at += 9 + length;
  }
}

const nothing = () => null;

function prefaceFault(bytes: Uint8Array): number | null {
  for (let at = 0; at < Math.min(24, bytes.length); at++)
    if (bytes[at] !== PREFACE.charCodeAt(at)) return at;
  return null;
}

/** What H2FrameParser says: frames that are whole, and errors. */
export function parseFrames(
  bytes: Uint8Array,
  { maxFrameSize = 16_384, preface = false } = {},
): { frames: (WireFrame | Fault)[] } {
  const frames: (WireFrame | Fault)[] = [];
  const wrong = preface ? prefaceFault(bytes) : null;
  if (wrong !== null) return { frames: [{ code: "H2_PREFACE_INVALID", scope: "connection" }] };
  const start = preface ? 24 : 0;
  for (const { frame, fault, isWhole } of wireFrames(
    bytes,
    start,
    maxFrameSize,
    () => false,
    nothing,
    nothing,
  )) {
    if (fault !== null) frames.push(fault);
    else if (isWhole) frames.push(frame);
  }
  return { frames };
}

export interface ReaderOptions {
  isClient: boolean;
  maxFrameSize: number;
  fieldBlockLength: number;
  continuationCount: number;
  debugDataLength: number;
}

/** What H2Reader says, call by call; bytes of DATA joined, field sections as flat lists. */
export function readConnection(bytes: Uint8Array, options: ReaderOptions): Said[] {
  const said: Said[] = [];
  const wrong = options.isClient ? null : prefaceFault(bytes);
  if (wrong !== null) return [["error", "H2_PREFACE_INVALID", wrong]];
  if (!options.isClient) {
    if (bytes.length < 24) return [];
    said.push(["preface"]);
  }
  const hpack = new HpackDecoder({ maxListSize: 262_144, maxFields: 8_192 });
  let isFirst = true;
  /** The field block under way. */
  let open: { frame: WireFrame; parts: WireFrame[]; length: number } | null = null;
  const connectionFault = (code: string): Fault => ({ code, scope: "connection" });

  const before = (frame: WireFrame): Fault | null => {
    const { type, flags, streamId } = frame;
    if (isFirst && (type !== SETTINGS || (flags & 1) !== 0)) {
      const text = Buffer.from(bytes).toString("latin1", frame.offset, frame.offset + 7);
      const isHttp1 = options.isClient && text === "HTTP/1." && type !== SETTINGS;
      return connectionFault(isHttp1 ? "H2_HTTP1_RESPONSE" : "H2_SETTINGS_EXPECTED");
    }
    if (type === CONTINUATION && streamId === 0) return connectionFault("H2_STREAM_ID_ZERO");
    if (type === CONTINUATION && open === null)
      return connectionFault("H2_CONTINUATION_UNEXPECTED");
    if (open !== null && (type !== CONTINUATION || streamId !== open.frame.streamId))
      return connectionFault("H2_CONTINUATION_EXPECTED");
    return null;
  };
  const after = ({ type, length }: WireFrame): Fault | null => {
    if (type === SETTINGS && length > 60_000) return connectionFault("H2_SETTINGS_TOO_MANY");
    if (type !== HEADERS && type !== PUSH_PROMISE && type !== CONTINUATION) return null;
    if ((open?.length ?? 0) + length > options.fieldBlockLength)
      return connectionFault("H2_FIELD_BLOCK_TOO_LARGE");
    if (type === CONTINUATION && open !== null && open.parts.length > options.continuationCount)
      return connectionFault("H2_CONTINUATION_FLOOD");
    return null;
  };
  const isNamed = (type: number) =>
    type <= CONTINUATION || [ALTSVC, ORIGIN, PRIORITY_UPDATE].includes(type as 10);
  const needsAll = (type: number) => type !== DATA && type !== GOAWAY && isNamed(type);

  /** The joined block as a list, or the error that it is. */
  const endBlock = (frame: WireFrame, parts: WireFrame[]): Said => {
    try {
      const list = hpack.decode(new Uint8Array(Buffer.concat(parts.map((part) => part.body))));
      const name = frame.type === HEADERS ? "headers" : "push";
      const middle = frame.type === PUSH_PROMISE ? frame.first : frame.flags;
      return [name, frame.streamId, middle, listed(list), frame.offset];
    } catch (error) {
      const { code, offset } = error as { code: string; offset: number };
      let rest = offset;
      for (const part of parts) {
        if (rest < part.body.length || part === parts.at(-1))
          return ["error", code, part.bodyAt + rest];
        rest -= part.body.length;
      }
      throw error;
    }
  };

  for (const step of wireFrames(
    bytes,
    said.length * 24,
    options.maxFrameSize,
    needsAll,
    before,
    after,
  )) {
    const { frame, fault, isWhole } = step;
    const { type, flags, streamId, length, offset } = frame;
    if (fault?.scope === "connection") {
      said.push(["error", fault.code, offset]);
      return said;
    }
    isFirst = false;
    const isBlock = type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
    if (isBlock) {
      open ??= { frame, parts: [], length: 0 };
      open.parts.push(frame);
      open.length += length;
    }
    // A block of one frame that is no block ends the connection in place of its frame.
    if (isBlock && (flags & 4) !== 0 && open !== null) {
      const result = endBlock(open.frame, open.parts);
      if (result[0] !== "error" || type === CONTINUATION)
        said.push(["frame", type, flags, streamId, length, offset]);
      said.push(result);
      if (result[0] === "error") return said;
      open = null;
      continue;
    }
    said.push(["frame", type, flags, streamId, length, offset]);
    if (fault !== null) {
      said.push(["stream-error", fault.code, streamId, offset]);
      if (type === DATA) said.push(["data-skipped", streamId, length]);
      continue;
    }
    said.push(...saidOf(frame, isWhole, options.debugDataLength));
  }
  return said;
}

/** Names of the pseudo-fields, then the other fields, flat. */
function listed(list: string[]): string[] {
  const isPseudo = (at: number) => (list[at - (at % 2)] ?? "").startsWith(":");
  const names = list.filter((_, at) => at % 2 === 0 && isPseudo(at));
  return [...names, ...list.filter((_, at) => !isPseudo(at))];
}

/** What a good frame without fields says. */
function saidOf(frame: WireFrame, isWhole: boolean, debugDataLength: number): Said[] {
  const { type, flags, streamId, length, offset, body, first, second } = frame;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
  switch (type) {
    case DATA: {
      const said: Said[] = [["data-start", streamId, flags, length, frame.padLength, offset]];
      if (body.length > 0) said.push(["data", streamId, hex(body)]);
      if (isWhole) said.push(["data-end", streamId, flags]);
      return said;
    }
    case PRIORITY:
      return [["priority", streamId, first % 2 ** 31, first >= 2 ** 31, second + 1, offset]];
    case RST_STREAM:
      return [["rst", streamId, second, offset]];
    case SETTINGS: {
      if ((flags & 1) !== 0) return [["settings-ack", offset]];
      const flat: number[] = [];
      for (let at = 0; at < body.length; at += 6)
        flat.push((body[at] ?? 0) * 256 + (body[at + 1] ?? 0), u32(body, at + 2));
      return [["settings", flat, offset]];
    }
    case PING:
      return [["ping", (flags & 1) !== 0, hex(body), offset]];
    case GOAWAY:
      return isWhole
        ? [["goaway", first, second, hex(body.slice(0, debugDataLength)), offset]]
        : [];
    case WINDOW_UPDATE:
      return [["window-update", streamId, first, offset]];
    case HEADERS:
    case PUSH_PROMISE:
    case CONTINUATION:
      return [];
    case PRIORITY_UPDATE:
      return length > 16_384 ? [] : [["priority-update", first, text(body), offset]];
    case ALTSVC: {
      const middle = 2 + (body[0] ?? 0) * 256 + (body[1] ?? 0);
      if (body.length < 2 || middle > body.length || (middle === 2) === (streamId === 0)) return [];
      return [["altsvc", streamId, text(body.slice(2, middle)), text(body.slice(middle)), offset]];
    }
    case ORIGIN: {
      const origins: string[] = [];
      for (let at = 0; at < body.length; ) {
        const end = at + 2 + (body[at] ?? 0) * 256 + (body[at + 1] ?? 0);
        if (at + 2 > body.length || end > body.length) return [];
        const origin = text(body.slice(at + 2, end));
        if (URL.canParse(origin) && new URL(origin).origin === origin) origins.push(origin);
        at = end;
      }
      return [["origin", streamId, flags, origins, offset]];
    }
    default:
      return [["unknown", type, flags, streamId, length, offset]];
  }
}
