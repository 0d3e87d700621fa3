// tercet/quic: packets, frames, protection and transport parameters of QUIC (RFC 8999, 9000, 9001, 9369), and what an
// observer of real traffic needs: keys, TLS handshake messages, streams out of packets.

export { QUIC_V1, QUIC_V2 } from "./abi/quic-wire.js";
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
export type { ReassemblyLimits } from "./codec/reassembler.js";
export { Reassembler, ReassemblyFault } from "./codec/reassembler.js";
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
  QuicClosedReason,
  QuicObservation,
  QuicSender,
} from "./connection/quic-observation.js";
export type { QuicSecrets } from "./connection/quic-observed-keys.js";
export type { ObservedUdp, QuicObserverOptions } from "./connection/quic-observer.js";
export { QuicObserver } from "./connection/quic-observer.js";
