// Names of settings and error codes, spelled as in the registries (RFC 9113 sections 6.5.2 and 7, RFC 9114 sections 7.2.4.1
// and 8.1, RFC 9204 sections 5 and 6).

import type { InspectProtocol } from "./events.js";

type Names = Readonly<Record<string, string>>;

const H2_SETTINGS: Names = {
  1: "HEADER_TABLE_SIZE",
  2: "ENABLE_PUSH",
  3: "MAX_CONCURRENT_STREAMS",
  4: "INITIAL_WINDOW_SIZE",
  5: "MAX_FRAME_SIZE",
  6: "MAX_HEADER_LIST_SIZE",
  8: "ENABLE_CONNECT_PROTOCOL",
  9: "NO_RFC7540_PRIORITIES",
};

const H3_SETTINGS: Names = {
  1: "QPACK_MAX_TABLE_CAPACITY",
  6: "MAX_FIELD_SECTION_SIZE",
  7: "QPACK_BLOCKED_STREAMS",
  8: "ENABLE_CONNECT_PROTOCOL",
  51: "H3_DATAGRAM",
  11105: "WT_INITIAL_MAX_DATA",
  11108: "WT_INITIAL_MAX_STREAMS_UNI",
  11109: "WT_INITIAL_MAX_STREAMS_BIDI",
  16765559: "H3_DATAGRAM (draft 04)",
  350866729: "WT_MAX_SESSIONS",
  727725890: "ENABLE_WEBTRANSPORT",
  727725891: "WEBTRANSPORT_MAX_SESSIONS (draft 02)",
  746385408: "WT_ENABLED",
  3329323114: "WEBTRANSPORT_MAX_SESSIONS (draft 07)",
};

const H2_CODES: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** From 0x100 on. */
const H3_CODES: readonly string[] = [
  "H3_NO_ERROR",
  "H3_GENERAL_PROTOCOL_ERROR",
  "H3_INTERNAL_ERROR",
  "H3_STREAM_CREATION_ERROR",
  "H3_CLOSED_CRITICAL_STREAM",
  "H3_FRAME_UNEXPECTED",
  "H3_FRAME_ERROR",
  "H3_EXCESSIVE_LOAD",
  "H3_ID_ERROR",
  "H3_SETTINGS_ERROR",
  "H3_MISSING_SETTINGS",
  "H3_REQUEST_REJECTED",
  "H3_REQUEST_CANCELLED",
  "H3_REQUEST_INCOMPLETE",
  "H3_MESSAGE_ERROR",
  "H3_CONNECT_ERROR",
  "H3_VERSION_FALLBACK",
];

/** From 0x200 on. */
const QPACK_CODES: readonly string[] = [
  "QPACK_DECOMPRESSION_FAILED",
  "QPACK_ENCODER_STREAM_ERROR",
  "QPACK_DECODER_STREAM_ERROR",
];

/** Numbers that a peer sends only so that others learn to pass them over (RFC 9114 section 7.2.8). */
function isGrease(value: number | bigint): boolean {
  return BigInt(value) >= 0x21n && (BigInt(value) - 0x21n) % 0x1fn === 0n;
}

const hexadecimal = (value: number | bigint) => `0x${value.toString(16)}`;

/** "QPACK_BLOCKED_STREAMS", "GREASE", or the number. */
export function settingName(protocol: InspectProtocol, id: number | bigint): string {
  const name = (protocol === "h3" ? H3_SETTINGS : H2_SETTINGS)[String(id)];
  if (name !== undefined) return name;
  return protocol === "h3" && isGrease(id) ? "GREASE" : hexadecimal(id);
}

/** "H3_NO_ERROR (0x100)". */
export function codeName(protocol: InspectProtocol, code: number | bigint): string {
  const value = Number(code);
  const name =
    protocol === "h3"
      ? (H3_CODES[value - 0x100] ?? QPACK_CODES[value - 0x200] ?? (isGrease(code) ? "GREASE" : ""))
      : protocol === "h2"
        ? (H2_CODES[value] ?? "")
        : "";
  return name === "" ? hexadecimal(code) : `${name} (${hexadecimal(code)})`;
}
