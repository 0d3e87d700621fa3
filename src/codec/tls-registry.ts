// Registries of TLS: content types, handshake messages, extensions, versions, alerts (RFC 8446 appendix B, RFC 5246
// appendix A, RFC 9001 section 8.2, IANA). Numbers that are not listed are read as well: these are only names.

/** Content types of records (RFC 8446 section 5.1, RFC 6520). */
export enum TlsContentType {
  ChangeCipherSpec = 20,
  Alert = 21,
  Handshake = 22,
  ApplicationData = 23,
  Heartbeat = 24,
}

/** Types of handshake messages (RFC 8446 section 4, RFC 5246 section 7.4). */
export enum TlsMessageType {
  HelloRequest = 0,
  ClientHello = 1,
  ServerHello = 2,
  NewSessionTicket = 4,
  EndOfEarlyData = 5,
  EncryptedExtensions = 8,
  Certificate = 11,
  ServerKeyExchange = 12,
  CertificateRequest = 13,
  ServerHelloDone = 14,
  CertificateVerify = 15,
  ClientKeyExchange = 16,
  Finished = 20,
  CertificateStatus = 22,
  KeyUpdate = 24,
  CompressedCertificate = 25,
}

/** Extensions that are read (RFC 8446 section 4.2). */
export enum TlsExtensionType {
  ServerName = 0,
  SupportedGroups = 10,
  Alpn = 16,
  ExtendedMasterSecret = 23,
  RecordSizeLimit = 28,
  SessionTicket = 35,
  PreSharedKey = 41,
  EarlyData = 42,
  SupportedVersions = 43,
  KeyShare = 51,
  QuicTransportParameters = 0x39,
  /** Of drafts 13 to 32, still on the wire of draft versions. */
  QuicTransportParametersDraft = 0xffa5,
  RenegotiationInfo = 0xff01,
}

/** Versions as records and hellos have them. */
export enum TlsVersion {
  Ssl30 = 0x0300,
  Tls10 = 0x0301,
  Tls11 = 0x0302,
  Tls12 = 0x0303,
  Tls13 = 0x0304,
}

const VERSION_NAMES: Readonly<Record<number, string>> = {
  [TlsVersion.Ssl30]: "SSL 3.0",
  [TlsVersion.Tls10]: "TLS 1.0",
  [TlsVersion.Tls11]: "TLS 1.1",
  [TlsVersion.Tls12]: "TLS 1.2",
  [TlsVersion.Tls13]: "TLS 1.3",
};

/** "TLS 1.3"; a number that is no version as "TLS 0x7f1c". */
export function tlsVersionName(version: number): string {
  return VERSION_NAMES[version] ?? `TLS 0x${version.toString(16).padStart(4, "0")}`;
}

const MESSAGE_NAMES: Readonly<Record<number, string>> = {
  [TlsMessageType.HelloRequest]: "HelloRequest",
  [TlsMessageType.ClientHello]: "ClientHello",
  [TlsMessageType.ServerHello]: "ServerHello",
  [TlsMessageType.NewSessionTicket]: "NewSessionTicket",
  [TlsMessageType.EndOfEarlyData]: "EndOfEarlyData",
  [TlsMessageType.EncryptedExtensions]: "EncryptedExtensions",
  [TlsMessageType.Certificate]: "Certificate",
  [TlsMessageType.ServerKeyExchange]: "ServerKeyExchange",
  [TlsMessageType.CertificateRequest]: "CertificateRequest",
  [TlsMessageType.ServerHelloDone]: "ServerHelloDone",
  [TlsMessageType.CertificateVerify]: "CertificateVerify",
  [TlsMessageType.ClientKeyExchange]: "ClientKeyExchange",
  [TlsMessageType.Finished]: "Finished",
  [TlsMessageType.CertificateStatus]: "CertificateStatus",
  [TlsMessageType.KeyUpdate]: "KeyUpdate",
  [TlsMessageType.CompressedCertificate]: "CompressedCertificate",
};

/** Name of a handshake message; null where it has none. */
export function tlsMessageName(type: number): string | null {
  return MESSAGE_NAMES[type] ?? null;
}

/** Alerts by number (RFC 8446 section 6, RFC 5246 section 7.2). */
const ALERT_NAMES: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  20: "bad_record_mac",
  21: "decryption_failed",
  22: "record_overflow",
  30: "decompression_failure",
  40: "handshake_failure",
  41: "no_certificate",
  42: "bad_certificate",
  43: "unsupported_certificate",
  44: "certificate_revoked",
  45: "certificate_expired",
  46: "certificate_unknown",
  47: "illegal_parameter",
  48: "unknown_ca",
  49: "access_denied",
  50: "decode_error",
  51: "decrypt_error",
  60: "export_restriction",
  70: "protocol_version",
  71: "insufficient_security",
  80: "internal_error",
  86: "inappropriate_fallback",
  90: "user_canceled",
  100: "no_renegotiation",
  109: "missing_extension",
  110: "unsupported_extension",
  111: "certificate_unobtainable",
  112: "unrecognized_name",
  113: "bad_certificate_status_response",
  114: "bad_certificate_hash_value",
  115: "unknown_psk_identity",
  116: "certificate_required",
  120: "no_application_protocol",
};

/** Name of an alert; null where it has none. */
export function tlsAlertName(description: number): string | null {
  return ALERT_NAMES[description] ?? null;
}

/** The random of a ServerHello that is a HelloRetryRequest: SHA-256 of its name (RFC 8446 section 4.1.3). */
export const HELLO_RETRY_RANDOM = Uint8Array.of(
  ...[0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8],
  ...[0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8],
  ...[0x33, 0x9c],
);
