// Numbers of QUIC as builders of packets write them: versions, types of frames, transport parameters (RFC 9000, 9221, 9287,
// 9368, 9369, drafts of ACK frequency and reliable resets). Written down a second time on purpose: rows must not follow a
// mistake of the parser's tables.

/** Versions. */
export const QUIC_VERSION = { NEGOTIATION: 0, V1: 1, V2: 0x6b3343cf, GREASE: 0x1a2a3a4a } as const;

/** Types of frames. */
export const QUIC_FRAME = {
  PADDING: 0x00,
  PING: 0x01,
  ACK: 0x02,
  ACK_ECN: 0x03,
  RESET_STREAM: 0x04,
  STOP_SENDING: 0x05,
  CRYPTO: 0x06,
  NEW_TOKEN: 0x07,
  STREAM: 0x08,
  MAX_DATA: 0x10,
  MAX_STREAM_DATA: 0x11,
  MAX_STREAMS_BIDI: 0x12,
  MAX_STREAMS_UNI: 0x13,
  DATA_BLOCKED: 0x14,
  STREAM_DATA_BLOCKED: 0x15,
  STREAMS_BLOCKED_BIDI: 0x16,
  STREAMS_BLOCKED_UNI: 0x17,
  NEW_CONNECTION_ID: 0x18,
  RETIRE_CONNECTION_ID: 0x19,
  PATH_CHALLENGE: 0x1a,
  PATH_RESPONSE: 0x1b,
  CONNECTION_CLOSE: 0x1c,
  CONNECTION_CLOSE_APPLICATION: 0x1d,
  HANDSHAKE_DONE: 0x1e,
  IMMEDIATE_ACK: 0x1f,
  RESET_STREAM_AT: 0x24,
  DATAGRAM: 0x30,
  DATAGRAM_WITH_LENGTH: 0x31,
  ACK_FREQUENCY: 0xaf,
} as const;

/** Transport parameters. */
export const QUIC_PARAMETER = {
  ORIGINAL_DESTINATION_CONNECTION_ID: 0x00,
  MAX_IDLE_TIMEOUT: 0x01,
  STATELESS_RESET_TOKEN: 0x02,
  MAX_UDP_PAYLOAD_SIZE: 0x03,
  INITIAL_MAX_DATA: 0x04,
  INITIAL_MAX_STREAM_DATA_BIDI_LOCAL: 0x05,
  INITIAL_MAX_STREAM_DATA_BIDI_REMOTE: 0x06,
  INITIAL_MAX_STREAM_DATA_UNI: 0x07,
  INITIAL_MAX_STREAMS_BIDI: 0x08,
  INITIAL_MAX_STREAMS_UNI: 0x09,
  ACK_DELAY_EXPONENT: 0x0a,
  MAX_ACK_DELAY: 0x0b,
  DISABLE_ACTIVE_MIGRATION: 0x0c,
  PREFERRED_ADDRESS: 0x0d,
  ACTIVE_CONNECTION_ID_LIMIT: 0x0e,
  INITIAL_SOURCE_CONNECTION_ID: 0x0f,
  RETRY_SOURCE_CONNECTION_ID: 0x10,
  VERSION_INFORMATION: 0x11,
  MAX_DATAGRAM_FRAME_SIZE: 0x20,
  LOSS_BITS: 0x1057,
  GREASE_QUIC_BIT: 0x2ab2,
} as const;

/** Spellings of the types of packets, as RFC 9000 has them. */
export const QUIC_PACKET_TYPES = ["Initial", "0-RTT", "Handshake", "1-RTT"] as const;
/** A type of packets that carry frames. */
export type QuicPacketName = (typeof QUIC_PACKET_TYPES)[number];
