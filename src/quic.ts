// tercet/quic: packets, frames, protection and transport parameters of QUIC (RFC 8999, 9000, 9001, 9369), and what an
// observer of real traffic needs: keys, TLS handshake messages, streams out of packets.

export type {
  AeadKey,
  AeadName,
  AeadProvider,
  AeadShape,
  HeaderKey,
  LentCipher,
} from "./codec/aead.js";
export { AEADS } from "./codec/aead.js";
export { wasmAead } from "./codec/aead-wasm.js";
export type { HashName } from "./codec/hkdf.js";
export {
  hash,
  hkdfExpand,
  hkdfExpandLabel,
  hkdfExtract,
  hmac,
  tls12Prf,
} from "./codec/hkdf.js";
export type {
  QuicAckFrame,
  QuicAckFrequencyFrame,
  QuicConnectionCloseFrame,
  QuicCryptoFrame,
  QuicDataBlockedFrame,
  QuicDatagramFrame,
  QuicEcnCounts,
  QuicFrame,
  QuicFrameError,
  QuicFrameInput,
  QuicFrameName,
  QuicHandshakeDoneFrame,
  QuicImmediateAckFrame,
  QuicMaxDataFrame,
  QuicMaxStreamDataFrame,
  QuicMaxStreamsFrame,
  QuicNewConnectionIdFrame,
  QuicNewTokenFrame,
  QuicPaddingFrame,
  QuicPathChallengeFrame,
  QuicPathResponseFrame,
  QuicPingFrame,
  QuicResetStreamAtFrame,
  QuicResetStreamFrame,
  QuicRetireConnectionIdFrame,
  QuicStopSendingFrame,
  QuicStreamDataBlockedFrame,
  QuicStreamFrame,
  QuicStreamsBlockedFrame,
  QuicUnknownFrame,
} from "./codec/quic-frame.js";
export type { FrameOptions } from "./codec/quic-frame-parser.js";
export { parseFrames } from "./codec/quic-frame-parser.js";
export { encodeFrame, encodeFrames } from "./codec/quic-frame-writer.js";
export type { InitialKeys, KeyOptions, PacketKeys } from "./codec/quic-keys.js";
export { deriveInitialKeys, deriveKeys, secretLength, updateKeys } from "./codec/quic-keys.js";
export type { QuicPacket, QuicPacketType } from "./codec/quic-packet.js";
export type {
  EncodedPacketHeader,
  PacketHeaderFields,
  RetryFields,
  VersionNegotiationFields,
} from "./codec/quic-packet-header.js";
export {
  encodePacketHeader,
  encodeRetryWithoutTag,
  encodeVersionNegotiation,
} from "./codec/quic-packet-header.js";
export { decodePacketNumber, encodePacketNumber } from "./codec/quic-packet-number.js";
export type { DatagramOptions, DatagramPart, SplitDatagram } from "./codec/quic-packet-parser.js";
export { parseDatagram, splitDatagram } from "./codec/quic-packet-parser.js";
export type { OpenedPacket, PacketFields, UnprotectOptions } from "./codec/quic-protection.js";
export { openBatch, protect, unprotect } from "./codec/quic-protection.js";
export { isStatelessReset, retryIntegrityTag, verifyRetry } from "./codec/quic-retry.js";
export type {
  PreferredAddress,
  TransportParameter,
  TransportParameterError,
  TransportParameterValue,
  VersionInformation,
} from "./codec/quic-transport-parameters.js";
export { parseTransportParameters } from "./codec/quic-transport-parameters.js";
export type { TransportParameterInput } from "./codec/quic-transport-parameters-writer.js";
export { encodeTransportParameters } from "./codec/quic-transport-parameters-writer.js";
export { decodeVarint, encodeVarint } from "./codec/quic-varint.js";
export { VERSION_1 as QUIC_V1, VERSION_2 as QUIC_V2 } from "./codec/quic-version.js";
export type { ReassemblyLimits } from "./codec/reassembler.js";
export { Reassembler, ReassemblyFault } from "./codec/reassembler.js";
export type { TlsCipherSuite } from "./codec/tls-cipher-suites.js";
export { tlsCipherSuite, tlsCipherSuiteName } from "./codec/tls-cipher-suites.js";
export type { TlsFault } from "./codec/tls-cursor.js";
export type { TlsExtension } from "./codec/tls-extensions.js";
export type {
  ClientHello,
  EncryptedExtensions,
  NewSessionTicket,
  ServerHello,
  TlsKeyUpdate,
} from "./codec/tls-handshake.js";
export {
  parseClientHello,
  parseEncryptedExtensions,
  parseKeyUpdate,
  parseNewSessionTicket,
  parseServerHello,
} from "./codec/tls-handshake.js";
export type { TlsMessage } from "./codec/tls-message-reader.js";
export { TlsMessageReader } from "./codec/tls-message-reader.js";
export {
  TlsContentType,
  TlsExtensionType,
  TlsMessageType,
  TlsVersion,
  tlsAlertName,
  tlsMessageName,
  tlsVersionName,
} from "./codec/tls-registry.js";
export type {
  ObservedClose,
  ObservedConnectionStart,
  ObservedDatagram,
  ObservedError,
  ObservedGap,
  ObservedHello,
  ObservedKeyUpdate,
  ObservedMigration,
  ObservedPacket,
  ObservedParameters,
  ObservedReset,
  ObservedStopSending,
  ObservedStream,
  ObservedUdp,
  QuicClosedReason,
  QuicObservation,
  QuicSender,
} from "./connection/quic-observation.js";
export type { QuicSecrets } from "./connection/quic-observed-keys.js";
export type { QuicObserverOptions } from "./connection/quic-observer.js";
export { QuicObserver } from "./connection/quic-observer.js";
