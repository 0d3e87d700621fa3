// The numbers of HTTP/3 and their names (RFC 9114 sections 7.2, 8.1 and 11.2, RFC 9204 section 6, RFC 9218, RFC 9220, RFC 9297,
// RFC 9412, drafts of WebTransport), written down a second time: src/abi/h3-wire.ts is what they test.

/** Frame types. */
export const TYPE = {
  DATA: 0x0,
  HEADERS: 0x1,
  CANCEL_PUSH: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  GOAWAY: 0x7,
  ORIGIN: 0xc,
  MAX_PUSH_ID: 0xd,
  WT_STREAM: 0x41,
  PRIORITY_UPDATE: 0xf0700,
  PRIORITY_UPDATE_PUSH: 0xf0701,
} as const;

/** Types of HTTP/2 that may not occur. */
export const HTTP2_TYPES = [0x2, 0x6, 0x8, 0x9] as const;

/** Types of unidirectional streams. */
export const STREAM_TYPE = {
  control: 0x0,
  push: 0x1,
  encoder: 0x2,
  decoder: 0x3,
  webTransport: 0x54,
} as const;

export const SETTING = {
  QPACK_MAX_TABLE_CAPACITY: 0x1,
  MAX_FIELD_SECTION_SIZE: 0x6,
  QPACK_BLOCKED_STREAMS: 0x7,
  ENABLE_CONNECT_PROTOCOL: 0x8,
  H3_DATAGRAM: 0x33,
  H3_DATAGRAM_04: 0xffd277,
  ENABLE_WEBTRANSPORT: 0x2b603742,
  WEBTRANSPORT_MAX_SESSIONS_02: 0x2b603743,
  WEBTRANSPORT_MAX_SESSIONS_07: 0xc671706a,
  WT_MAX_SESSIONS: 0x14e9cd29,
  WT_ENABLED: 0x2c7cf000,
  WT_INITIAL_MAX_STREAMS_UNI: 0x2b64,
  WT_INITIAL_MAX_STREAMS_BIDI: 0x2b65,
  WT_INITIAL_MAX_DATA: 0x2b61,
} as const;

/** Error codes. */
export const CODE = {
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
  WT_FLOW_CONTROL_ERROR: 0x045d4487,
  WT_ALPN_ERROR: 0x0817b3dd,
  WT_REQUIREMENTS_NOT_MET: 0x212c0d48,
} as const;

export const CAPSULE = {
  DATAGRAM: 0x0,
  WT_CLOSE_SESSION: 0x2843,
  WT_DRAIN_SESSION: 0x78ae,
  WT_MAX_DATA: 0x190b4d3d,
  WT_MAX_STREAM_DATA: 0x190b4d3e,
  WT_MAX_STREAMS_BIDI: 0x190b4d3f,
  WT_MAX_STREAMS_UNI: 0x190b4d40,
} as const;

export type TypeName = keyof typeof TYPE;
export type StreamKind = keyof typeof STREAM_TYPE;
export type SettingName = keyof typeof SETTING;
export type CodeName = keyof typeof CODE;

const named = (table: Record<string, number>) => {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name]));
  return (value: number | bigint) => names.get(Number(value)) ?? `0x${value.toString(16)}`;
};

/** The name of a frame type, or its number in hex. */
export const typeName = named(TYPE);
/** The name of a stream type, or its number in hex. */
export const streamKindName = named(STREAM_TYPE);
/** The name of a setting, or its number in hex. */
export const settingName = named(SETTING);
/** The name of an error code, or its number in hex. */
export const codeName = named(CODE);

/** A reserved number: 0x1f * n + 0x21 (RFC 9114 sections 6.2.3, 7.2.4.1, 7.2.8 and 8.1). */
export const grease = (n: number | bigint): bigint => 0x1fn * BigInt(n) + 0x21n;
