// Registries of HTTP/3 and QPACK, spelled as in the RFCs: frame types, stream types, settings, error codes, capsule
// types (RFC 9114 section 11.2, RFC 9204 section 8, RFC 9218, RFC 9220, RFC 9297, RFC 9412, WebTransport drafts). Imports
// nothing.

/** Frame types (RFC 9114 section 7.2). Those of HTTP/2 that have no meaning are not listed: see isReservedFrame. */
export const enum H3FrameType {
  Data = 0x0,
  Headers = 0x1,
  CancelPush = 0x3,
  Settings = 0x4,
  PushPromise = 0x5,
  Goaway = 0x7,
  /** RFC 9412. */
  Origin = 0xc,
  MaxPushId = 0xd,
  /** WebTransport: the first octets of a bidirectional stream, no frame: a session id follows, then the stream's bytes. */
  WtStream = 0x41,
  /** RFC 9218 section 7.2: of a request stream. */
  PriorityUpdateRequest = 0xf0700,
  /** Of a push. */
  PriorityUpdatePush = 0xf0701,
}

/** Types of unidirectional streams (RFC 9114 section 6.2, RFC 9204 section 4.2). */
export const enum H3StreamType {
  Control = 0x0,
  Push = 0x1,
  QpackEncoder = 0x2,
  QpackDecoder = 0x3,
  /** WebTransport: a session id follows. */
  WtStream = 0x54,
}

/** Settings (RFC 9114 section 7.2.4.1, RFC 9204 section 5, RFC 9220, RFC 9297, drafts of WebTransport). */
export const enum H3Setting {
  QpackMaxTableCapacity = 0x1,
  MaxFieldSectionSize = 0x6,
  QpackBlockedStreams = 0x7,
  EnableConnectProtocol = 0x8,
  H3Datagram = 0x33,
  /** H3_DATAGRAM of draft-ietf-masque-h3-datagram-04. */
  H3DatagramDraft04 = 0xffd277,
  /** draft-ietf-webtrans-http3-02: ENABLE_WEBTRANSPORT. */
  EnableWebTransport = 0x2b603742,
  /** draft 02: WEBTRANSPORT_MAX_SESSIONS as Chromium wrote it. */
  WebTransportMaxSessionsDraft02 = 0x2b603743,
  /** drafts 13 and 14: WT_MAX_SESSIONS. */
  WtMaxSessions = 0x14e9cd29,
  /** draft 15 and later: WT_ENABLED. */
  WtEnabled = 0x2c7cf000,
  /** Initial limits of a session's flow control (drafts 13 and later). */
  WtInitialMaxStreamsUni = 0x2b64,
  WtInitialMaxStreamsBidi = 0x2b65,
  WtInitialMaxData = 0x2b61,
}

/** Setting of draft-ietf-webtrans-http3-07: WEBTRANSPORT_MAX_SESSIONS. Too large for an enumeration. */
export const WEBTRANSPORT_MAX_SESSIONS_DRAFT07 = 0xc671706a;

/** Error codes (RFC 9114 section 8.1, RFC 9204 section 6, RFC 9297 section 5.2, drafts of WebTransport). */
export const enum H3WireCode {
  DatagramError = 0x33,
  NoError = 0x100,
  GeneralProtocolError = 0x101,
  InternalError = 0x102,
  StreamCreationError = 0x103,
  ClosedCriticalStream = 0x104,
  FrameUnexpected = 0x105,
  FrameError = 0x106,
  ExcessiveLoad = 0x107,
  IdError = 0x108,
  SettingsError = 0x109,
  MissingSettings = 0x10a,
  RequestRejected = 0x10b,
  RequestCancelled = 0x10c,
  RequestIncomplete = 0x10d,
  MessageError = 0x10e,
  ConnectError = 0x10f,
  VersionFallback = 0x110,
  QpackDecompressionFailed = 0x200,
  QpackEncoderStreamError = 0x201,
  QpackDecoderStreamError = 0x202,
  WtBufferedStreamRejected = 0x3994bd84,
  WtSessionGone = 0x170d7b68,
  WtFlowControlError = 0x045d4487,
  WtAlpnError = 0x0817b3dd,
  WtRequirementsNotMet = 0x212c0d48,
}

/** Capsule types (RFC 9297 section 5.4, drafts of WebTransport over HTTP/3 and over HTTP/2). */
export const enum CapsuleType {
  Datagram = 0x0,
  WtCloseSession = 0x2843,
  WtDrainSession = 0x78ae,
  WtMaxData = 0x190b4d3d,
  WtMaxStreamData = 0x190b4d3e,
  WtMaxStreamsBidi = 0x190b4d3f,
  WtMaxStreamsUni = 0x190b4d40,
  WtDataBlocked = 0x190b4d41,
  WtStreamDataBlocked = 0x190b4d42,
  WtStreamsBlockedBidi = 0x190b4d43,
  WtStreamsBlockedUni = 0x190b4d44,
  /** WebTransport over HTTP/2 alone. */
  WtPadding = 0x190b4d38,
  WtResetStream = 0x190b4d39,
  WtStopSending = 0x190b4d3a,
  WtStream = 0x190b4d3b,
  WtStreamFin = 0x190b4d3c,
}
