// Frames and capsules of HTTP/3, read in the plainest way (RFC 9114 section 7, RFC 9297 section 3): all bytes are here, numbers
// are bigints, nothing is fast. Written from the RFCs, against which the codecs are tested.

/** A number and its octets; null where they are not all here. */
export function naiveVarint(
  bytes: Uint8Array,
  at: number,
): { value: bigint; length: number } | null {
  if (at >= bytes.length) return null;
  const length = 2 ** Math.floor((bytes[at] ?? 0) / 64);
  if (at + length > bytes.length) return null;
  const hex = Buffer.from(bytes.subarray(at, at + length)).toString("hex");
  return { value: BigInt(`0x${hex}`) & ((1n << BigInt(8 * length - 2)) - 1n), length };
}

/** Type, length, payload: as much of it as is here. */
export interface NaiveFrame {
  readonly type: bigint;
  readonly length: bigint;
  readonly offset: number;
  readonly payload: Uint8Array;
  readonly isWhole: boolean;
}

/** Frames whose headers are here. */
export function naiveFrames(bytes: Uint8Array): NaiveFrame[] {
  const frames: NaiveFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const type = naiveVarint(bytes, at);
    if (type === null) break;
    const length = naiveVarint(bytes, at + type.length);
    if (length === null) break;
    const start = at + type.length + length.length;
    const end = BigInt(start) + length.value;
    const isWhole = end <= BigInt(bytes.length);
    const payload = bytes.slice(start, isWhole ? Number(end) : bytes.length);
    frames.push({ type: type.value, length: length.value, offset: at, payload, isWhole });
    if (!isWhole) break;
    at = Number(end);
  }
  return frames;
}

/** Whether the bytes end where a frame ends. */
export function endsBetweenFrames(bytes: Uint8Array): boolean {
  const last = naiveFrames(bytes).at(-1);
  if (last === undefined) return bytes.length === 0;
  if (!last.isWhole) return false;
  const type = naiveVarint(bytes, last.offset)?.length ?? 0;
  const length = naiveVarint(bytes, last.offset + type)?.length ?? 0;
  return last.offset + type + length + last.payload.length === bytes.length;
}

export type Kind = "request" | "control" | "push";
export type Role = "server" | "client" | undefined;
/** A frame as plain members, or "CODE @offset". */
export type Said = Record<string, unknown> | string;

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const plain = (value: bigint) => (value < 2n ** 53n ? Number(value) : value);

/** Whether RFC 9114, 9218 and 9412 let a frame stand here: a code, "ignored", or null. */
export function placeFault(type: bigint, kind: Kind, role: Role): string | null {
  const onlyIf = (isFine: boolean) => (isFine ? null : "H3_FRAME_UNEXPECTED");
  switch (type) {
    case 0n:
    case 1n:
      return onlyIf(kind !== "control");
    case 2n:
    case 6n:
    case 8n:
    case 9n:
      return "H3_FRAME_UNEXPECTED";
    case 3n:
    case 4n:
    case 7n:
      return onlyIf(kind === "control");
    case 5n:
      return onlyIf(kind === "request" && role !== "server");
    case 0xcn:
      return kind === "control" && role !== "server" ? null : "ignored";
    case 0xdn:
    case 0xf0700n:
    case 0xf0701n:
      return onlyIf(kind === "control" && role !== "client");
    case 0x41n:
      return "WT_STREAM_MISPLACED";
    default:
      return null;
  }
}

/** What H3FrameParser says of a stream that has these bytes, and with `isEnded` its end. */
export function naiveParse(
  bytes: Uint8Array,
  { kind, role, max }: { kind: Kind; role: Role; max: number },
  isEnded: boolean,
): Said[] {
  const said: Said[] = [];
  let seen = "";
  for (const frame of naiveFrames(bytes)) {
    const { type, length, offset, payload, isWhole } = frame;
    const error = (code: string) => [...said, `${code} @${offset}`];
    const head = { type: plain(type), length: Number(length), offset };
    if (type === 0x41n && kind === "request" && offset === 0) {
      if (length % 4n !== 0n) return error("WT_SESSION_ID_INVALID");
      return [{ name: "WT_STREAM", ...head, length: 0, sessionId: plain(length) }];
    }
    if (kind === "control" && type !== 4n && seen === "") return error("H3_SETTINGS_MISSING");
    const place = placeFault(type, kind, role);
    if (place !== null && place !== "ignored") return error(place);
    const order = orderFault(type, kind, role, seen);
    if (order !== null) return error(order);
    if (type < 2n || type === 4n) seen += type;
    const isNumber = type === 3n || type === 7n || type === 0xdn;
    if (isNumber && ![1n, 2n, 4n, 8n].includes(length)) return error("H3_FRAME_INVALID");
    if (length > BigInt(max)) {
      if (type === 0n) said.push(...parts(head, payload, max, isWhole));
      else if (type === 1n || type === 5n) return error("H3_FIELD_BLOCK_TOO_LARGE");
      else if (type === 4n) return error("H3_SETTINGS_TOO_MANY");
      else said.push({ name: "UNKNOWN", ...head, payload: null });
      continue;
    }
    if (!isWhole) continue;
    if (place === "ignored") {
      said.push({ name: "UNKNOWN", ...head, payload: text(payload) });
      continue;
    }
    const members = membersOf(type, payload);
    if (typeof members === "string") return error(members);
    said.push({ ...head, ...members });
  }
  if (!isEnded) return said;
  if (kind === "control") return [...said, `H3_CRITICAL_STREAM_CLOSED @${bytes.length}`];
  return endsBetweenFrames(bytes) ? said : [...said, `H3_FRAME_TRUNCATED @${bytes.length}`];
}

/** HEADERS and DATA as a word of 1 and 0 against what a message may be. */
function orderFault(type: bigint, kind: Kind, role: Role, seen: string): string | null {
  if (kind === "control") return type === 4n && seen !== "" ? "H3_SETTINGS_REPEATED" : null;
  if (type !== 0n && type !== 1n) return null;
  const message = role === "server" ? /^10*1?$/ : /^1+(0+1?)?$/;
  return message.test(seen + type) ? null : "H3_FRAME_UNEXPECTED";
}

function parts(head: object, payload: Uint8Array, max: number, isWhole: boolean): Said[] {
  const said: Said[] = [];
  for (let at = 0; at < payload.length; at += max) {
    const data = payload.slice(at, at + max);
    if (data.length === max || isWhole)
      said.push({ name: "DATA", ...head, data: text(data), dataOffset: at });
  }
  return said;
}

/** The members of a good payload, or the code of a bad one. */
function membersOf(type: bigint, payload: Uint8Array): Record<string, unknown> | string {
  const first = naiveVarint(payload, 0);
  const one = first !== null && first.length === payload.length ? plain(first.value) : null;
  const rest = text(payload.slice(first?.length ?? 0));
  const number = (name: string, member: string) =>
    one === null ? "H3_FRAME_INVALID" : { name, [member]: one };
  switch (type) {
    case 0n:
      return { name: "DATA", data: text(payload), dataOffset: 0 };
    case 1n:
      return { name: "HEADERS", encodedFieldSection: text(payload) };
    case 3n:
      return number("CANCEL_PUSH", "pushId");
    case 4n:
      return settingsOf(payload);
    case 5n:
      if (first === null) return "H3_FRAME_INVALID";
      return { name: "PUSH_PROMISE", pushId: plain(first.value), encodedFieldSection: rest };
    case 7n:
      return number("GOAWAY", "id");
    case 0xcn:
      return originsOf(payload);
    case 0xdn:
      return number("MAX_PUSH_ID", "pushId");
    case 0xf0700n:
    case 0xf0701n:
      if (first === null) return "H3_FRAME_INVALID";
      return {
        name: "PRIORITY_UPDATE",
        prioritizedElementId: plain(first.value),
        priorityFieldValue: rest,
      };
    default:
      return { name: "UNKNOWN", payload: text(payload) };
  }
}

function settingsOf(payload: Uint8Array): Record<string, unknown> | string {
  const settings: [unknown, unknown][] = [];
  const ids = new Set<bigint>();
  for (let at = 0; at < payload.length; ) {
    const id = naiveVarint(payload, at);
    const value = id === null ? null : naiveVarint(payload, at + id.length);
    if (id === null || value === null) return "H3_FRAME_INVALID";
    at += id.length + value.length;
    if (id.value >= 2n && id.value <= 5n) return "H3_SETTING_FORBIDDEN";
    if ((id.value === 8n || id.value === 0x33n) && value.value > 1n) return "H3_SETTING_INVALID";
    if (ids.has(id.value)) return "H3_SETTING_REPEATED";
    if (ids.size === 4096) return "H3_SETTINGS_TOO_MANY";
    ids.add(id.value);
    settings.push([plain(id.value), plain(value.value)]);
  }
  return { name: "SETTINGS", settings };
}

function originsOf(payload: Uint8Array): Record<string, unknown> | string {
  const origins: string[] = [];
  for (let at = 0; at < payload.length; ) {
    const end = at + 2 + (payload[at] ?? 0) * 256 + (payload[at + 1] ?? 0);
    if (at + 2 > payload.length || end > payload.length) return "H3_FRAME_INVALID";
    origins.push(text(payload.slice(at + 2, end)));
    at = end;
  }
  return { name: "ORIGIN", origins };
}
