// SETTINGS of HTTP/3: pairs of two variable-length integers (RFC 9114 section 7.2.4).
// Rules: H3-SET-4, H3-SET-5, H3-SET-6, H3-SET-7, H3-SET-9, H3-SET-10, H3-SET-12.

import { ErrorCode } from "../abi/error-code.js";
import { H3Setting, WEBTRANSPORT_MAX_SESSIONS_DRAFT07 } from "../abi/h3-wire.js";
import { readVarintExact, type Varint, varintSize } from "./varint.js";

/** Identifiers of HTTP/2 without a meaning here: ENABLE_PUSH to MAX_FRAME_SIZE (RFC 9114 section 7.2.4.1). */
const HTTP2_FIRST = 0x2;
const HTTP2_LAST = 0x5;

/**
 * Reads the payload of a SETTINGS frame and appends identifier, value, … to `out`, unknown identifiers included.
 * @param maxCount settings that are accepted
 * @returns the code of the first mistake, NONE without one; `out` has what stands before it
 */
export function parseSettings(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Varint[],
  maxCount = Number.POSITIVE_INFINITY,
): ErrorCode {
  const seen = new Set<Varint>();
  let at = from;
  while (at < to) {
    const id = readVarintExact(bytes, at, to);
    if (id === -1) return ErrorCode.H3_FRAME_INVALID;
    at += varintSize(bytes[at] as number);
    const value = readVarintExact(bytes, at, to);
    if (value === -1) return ErrorCode.H3_FRAME_INVALID;
    at += varintSize(bytes[at] as number);
    const fault = settingFault(id, value);
    if (fault !== ErrorCode.NONE) return fault;
    if (seen.has(id)) return ErrorCode.H3_SETTING_REPEATED;
    if (seen.size >= maxCount) return ErrorCode.H3_SETTINGS_TOO_MANY;
    seen.add(id);
    out.push(id, value);
  }
  return ErrorCode.NONE;
}

/** What is wrong with one setting; NONE where nothing is. */
export function settingFault(id: Varint, value: Varint): ErrorCode {
  if (id >= HTTP2_FIRST && id <= HTTP2_LAST) return ErrorCode.H3_SETTING_FORBIDDEN;
  const isFlag = id === H3Setting.EnableConnectProtocol || id === H3Setting.H3Datagram;
  return isFlag && value > 1 ? ErrorCode.H3_SETTING_INVALID : ErrorCode.NONE;
}

/** Names of the settings, without the prefix SETTINGS_ that the RFCs also leave out. */
const NAMES: Readonly<Record<number, string>> = {
  [H3Setting.QpackMaxTableCapacity]: "QPACK_MAX_TABLE_CAPACITY",
  [H3Setting.MaxFieldSectionSize]: "MAX_FIELD_SECTION_SIZE",
  [H3Setting.QpackBlockedStreams]: "QPACK_BLOCKED_STREAMS",
  [H3Setting.EnableConnectProtocol]: "ENABLE_CONNECT_PROTOCOL",
  [H3Setting.H3Datagram]: "H3_DATAGRAM",
  [H3Setting.H3DatagramDraft04]: "H3_DATAGRAM_DRAFT04",
  [H3Setting.EnableWebTransport]: "ENABLE_WEBTRANSPORT",
  [H3Setting.WebTransportMaxSessionsDraft02]: "WEBTRANSPORT_MAX_SESSIONS_DRAFT02",
  [WEBTRANSPORT_MAX_SESSIONS_DRAFT07]: "WEBTRANSPORT_MAX_SESSIONS",
  [H3Setting.WtMaxSessions]: "WT_MAX_SESSIONS",
  [H3Setting.WtEnabled]: "WT_ENABLED",
  [H3Setting.WtInitialMaxData]: "WT_INITIAL_MAX_DATA",
  [H3Setting.WtInitialMaxStreamsUni]: "WT_INITIAL_MAX_STREAMS_UNI",
  [H3Setting.WtInitialMaxStreamsBidi]: "WT_INITIAL_MAX_STREAMS_BIDI",
};

/** Name of a setting; null where it has none. */
export function settingName(id: Varint): string | null {
  return NAMES[Number(id)] ?? null;
}
