// Registries of QUIC, spelled as in the RFCs: versions, packet types, frame types, error codes, transport parameters
// (RFC 9000 section 22, RFC 9221, RFC 9287, RFC 9368, RFC 9369, drafts of ACK frequency, reliable resets and loss bits).
// Imports nothing.

/** Versions (RFC 9000 section 15, RFC 9369 section 3.1). */
export const QUIC_VERSION_NEGOTIATION = 0;
export const QUIC_V1 = 0x00000001;
export const QUIC_V2 = 0x6b3343cf;
/** draft-ietf-quic-v2: version 2 with another salt, as ngtcp2 0.12 has it. */
export const QUIC_V2_DRAFT = 0x709a50c4;

/** Long packet types as version 1 has them on the wire (RFC 9000 table 5); version 2 counts from 1 (RFC 9369 section 3.2). */
export const enum QuicPacketKind {
  Initial = 0,
  ZeroRtt = 1,
  Handshake = 2,
  Retry = 3,
  /** Not in the two bits of long headers: packets with a short header. */
  OneRtt = 4,
  VersionNegotiation = 5,
  /** A long header of a version that is not known: its invariant fields alone (RFC 8999). */
  Unknown = 6,
}

/** Bits of the first octet (RFC 9000 section 17): of both forms, then of short headers. */
export const LONG_HEADER = 0x80;
export const FIXED_BIT = 0x40;
export const SPIN_BIT = 0x20;
export const KEY_PHASE_BIT = 0x04;

/** Longest connection id of versions 1 and 2 (RFC 9000 section 17.2); other versions may have 255 octets. */
export const CONNECTION_ID_MAX = 20;
/** Octets of ciphertext that header protection samples (RFC 9001 section 5.4.2). */
export const SAMPLE_LENGTH = 16;
/** Octets of an authentication tag, also of a Retry (RFC 9001 sections 5.3 and 5.8). */
export const TAG_LENGTH = 16;
export const STATELESS_RESET_TOKEN_LENGTH = 16;
/** Shortest datagram that can be a stateless reset (RFC 9000 section 10.3). */
export const STATELESS_RESET_MIN = 21;
/** A datagram with a client's Initial has at least so many octets (RFC 9000 section 14.1). */
export const INITIAL_DATAGRAM_MIN = 1200;
/** Most streams of one kind (RFC 9000 section 4.6): 2^60. */
export const STREAM_COUNT_MAX = 2 ** 60;

/** Frame types (RFC 9000 section 19, RFC 9221 section 4, drafts). */
export const enum QuicFrameType {
  Padding = 0x00,
  Ping = 0x01,
  Ack = 0x02,
  AckEcn = 0x03,
  ResetStream = 0x04,
  StopSending = 0x05,
  Crypto = 0x06,
  NewToken = 0x07,
  /** To 0x0f: bits 0x04 OFF, 0x02 LEN, 0x01 FIN. */
  Stream = 0x08,
  MaxData = 0x10,
  MaxStreamData = 0x11,
  MaxStreamsBidi = 0x12,
  MaxStreamsUni = 0x13,
  DataBlocked = 0x14,
  StreamDataBlocked = 0x15,
  StreamsBlockedBidi = 0x16,
  StreamsBlockedUni = 0x17,
  NewConnectionId = 0x18,
  RetireConnectionId = 0x19,
  PathChallenge = 0x1a,
  PathResponse = 0x1b,
  ConnectionClose = 0x1c,
  ConnectionCloseApplication = 0x1d,
  HandshakeDone = 0x1e,
  /** draft-ietf-quic-ack-frequency. */
  ImmediateAck = 0x1f,
  /** draft-ietf-quic-reliable-stream-reset. */
  ResetStreamAt = 0x24,
  /** RFC 9221. */
  Datagram = 0x30,
  DatagramWithLength = 0x31,
  /** draft-ietf-quic-ack-frequency. */
  AckFrequency = 0xaf,
}

/** Bits of the type of a STREAM frame (RFC 9000 section 19.8). */
export const enum QuicStreamBit {
  Fin = 0x01,
  Len = 0x02,
  Off = 0x04,
}

/** Transport error codes (RFC 9000 section 20.1, RFC 9368 section 10.2). */
export const enum QuicWireCode {
  NoError = 0x00,
  InternalError = 0x01,
  ConnectionRefused = 0x02,
  FlowControlError = 0x03,
  StreamLimitError = 0x04,
  StreamStateError = 0x05,
  FinalSizeError = 0x06,
  FrameEncodingError = 0x07,
  TransportParameterError = 0x08,
  ConnectionIdLimitError = 0x09,
  ProtocolViolation = 0x0a,
  InvalidToken = 0x0b,
  ApplicationError = 0x0c,
  CryptoBufferExceeded = 0x0d,
  KeyUpdateError = 0x0e,
  AeadLimitReached = 0x0f,
  NoViablePath = 0x10,
  VersionNegotiationError = 0x11,
  /** And the alert of TLS in the low octet, to 0x1ff. */
  CryptoError = 0x100,
}

/** Transport parameters (RFC 9000 section 18.2, RFC 9221, RFC 9287, RFC 9368, drafts). */
export const enum QuicParameter {
  OriginalDestinationConnectionId = 0x00,
  MaxIdleTimeout = 0x01,
  StatelessResetToken = 0x02,
  MaxUdpPayloadSize = 0x03,
  InitialMaxData = 0x04,
  InitialMaxStreamDataBidiLocal = 0x05,
  InitialMaxStreamDataBidiRemote = 0x06,
  InitialMaxStreamDataUni = 0x07,
  InitialMaxStreamsBidi = 0x08,
  InitialMaxStreamsUni = 0x09,
  AckDelayExponent = 0x0a,
  MaxAckDelay = 0x0b,
  DisableActiveMigration = 0x0c,
  PreferredAddress = 0x0d,
  ActiveConnectionIdLimit = 0x0e,
  InitialSourceConnectionId = 0x0f,
  RetrySourceConnectionId = 0x10,
  /** RFC 9368. */
  VersionInformation = 0x11,
  /** RFC 9221. */
  MaxDatagramFrameSize = 0x20,
  /** draft-huitema-quic-dctest. */
  Discard = 0x173e,
  /** draft-ferrieuxhamchaoui-quic-lossbits. */
  LossBits = 0x1057,
  /** Google's. */
  GoogleConnectionOptions = 0x3128,
  GoogleVersion = 0x4752,
  /** RFC 9287. */
  GreaseQuicBit = 0x2ab2,
}

/** Parameters too large for an enumeration: draft-ietf-quic-reliable-stream-reset, draft-ietf-quic-ack-frequency. */
export const RESET_STREAM_AT_PARAMETER = 0x17f7586d2cb571;
export const MIN_ACK_DELAY_PARAMETER = 0xff04de1b;
/** The codepoint of earlier drafts of min_ack_delay. */
export const MIN_ACK_DELAY_DRAFT05_PARAMETER = 0xff03de1a;

/** Cipher suites of TLS 1.3 (RFC 8446 appendix B.4) that QUIC can use. */
export const enum TlsCipherSuite {
  Aes128GcmSha256 = 0x1301,
  Aes256GcmSha384 = 0x1302,
  Chacha20Poly1305Sha256 = 0x1303,
  Aes128CcmSha256 = 0x1304,
}
