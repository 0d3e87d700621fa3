// Numbers of HTTP/3 and QPACK by their names in the RFCs: frame types, stream types, settings, error codes, types
// of capsules (RFC 9114 section 11.2, RFC 9204 section 8, RFC 9218, RFC 9220, RFC 9297, WebTransport drafts).

/** Frame types. Those of HTTP/2 that HTTP/3 forbids are not among them. */
export const H3_TYPE = {
  DATA: 0x0,
  HEADERS: 0x1,
  CANCEL_PUSH: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  GOAWAY: 0x7,
  ORIGIN: 0xc,
  MAX_PUSH_ID: 0xd,
  PRIORITY_UPDATE_REQUEST: 0xf0700,
  PRIORITY_UPDATE_PUSH: 0xf0701,
} as const;

/** Types of unidirectional streams. */
export const STREAM_TYPE = {
  CONTROL: 0,
  PUSH: 1,
  ENCODER: 2,
  DECODER: 3,
  WEBTRANSPORT: 0x54,
} as const;

/** Settings. */
export const H3_SETTING = {
  QPACK_MAX_TABLE_CAPACITY: 0x1,
  MAX_FIELD_SECTION_SIZE: 0x6,
  QPACK_BLOCKED_STREAMS: 0x7,
  ENABLE_CONNECT_PROTOCOL: 0x8,
  H3_DATAGRAM: 0x33,
  ENABLE_WEBTRANSPORT: 0x2b603742,
  WEBTRANSPORT_MAX_SESSIONS: 0xc671706a,
  WT_MAX_SESSIONS: 0x14e9cd29,
  WT_ENABLED: 0x2c7cf000,
} as const;

/** Error codes on the wire. */
export const H3_WIRE = {
  H3_DATAGRAM_ERROR: 0x33,
  H3_NO_ERROR: 0x100,
  H3_GENERAL_PROTOCOL_ERROR: 0x101,
  H3_INTERNAL_ERROR: 0x102,
  H3_STREAM_CREATION_ERROR: 0x103,
  H3_CLOSED_CRITICAL_STREAM: 0x104,
  H3_FRAME_UNEXPECTED: 0x105,
  H3_FRAME_ERROR: 0x106,
  H3_EXCESSIVE_LOAD: 0x107,
  H3_ID_ERROR: 0x108,
  H3_SETTINGS_ERROR: 0x109,
  H3_MISSING_SETTINGS: 0x10a,
  H3_REQUEST_REJECTED: 0x10b,
  H3_REQUEST_CANCELLED: 0x10c,
  H3_REQUEST_INCOMPLETE: 0x10d,
  H3_MESSAGE_ERROR: 0x10e,
  H3_CONNECT_ERROR: 0x10f,
  H3_VERSION_FALLBACK: 0x110,
  QPACK_DECOMPRESSION_FAILED: 0x200,
  QPACK_ENCODER_STREAM_ERROR: 0x201,
  QPACK_DECODER_STREAM_ERROR: 0x202,
  WT_BUFFERED_STREAM_REJECTED: 0x3994bd84,
  WT_SESSION_GONE: 0x170d7b68,
} as const;

/** Types of capsules. */
export const CAPSULE = {
  DATAGRAM: 0x0,
  WT_CLOSE_SESSION: 0x2843,
  WT_DRAIN_SESSION: 0x78ae,
  WT_MAX_DATA: 0x190b4d3d,
  WT_MAX_STREAMS_BIDI: 0x190b4d3f,
  WT_MAX_STREAMS_UNI: 0x190b4d40,
} as const;

const nameIn = (list: Readonly<Record<string, number>>, value: number): string | undefined =>
  Object.keys(list).find((name) => list[name] === value);

/** The name of an error code on the wire, or its number. */
export function h3WireName(code: number): string {
  return nameIn(H3_WIRE, code) ?? `0x${code.toString(16)}`;
}

/** The name of a frame type; "UNKNOWN" where it has none. */
export function h3FrameName(type: number): string {
  return nameIn(H3_TYPE, type) ?? "UNKNOWN";
}
