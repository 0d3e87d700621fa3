// The handshake messages that an observer reads (RFC 8446 section 4, RFC 5246 section 7.4): whole bodies in, fields out.
// A body that is cut or wrong gives what stood before the mistake, and the mistake with its offset; nothing is ever thrown.
// Certificates stay opaque: who watches needs none.
// Rules: TLS-HS-1, TLS-HS-5.

import { TlsCursor, type TlsFault } from "./tls-cursor.js";
import {
  ExtensionFields,
  readExtensions,
  readKeyShareGroups,
  readServerName,
  type TlsExtension,
} from "./tls-extensions.js";
import { HELLO_RETRY_RANDOM, TlsExtensionType } from "./tls-registry.js";

const RANDOM = 32;

/** What every parsed message has. Octets in its members are views of the body. */
interface Parsed {
  /** The first mistake; members behind it are empty. null: it is sound. */
  readonly fault: TlsFault | null;
}

/** ClientHello (RFC 8446 section 4.1.2). */
export interface ClientHello extends Parsed {
  /** The version of old clients; newer ones are in `supportedVersions`. */
  readonly legacyVersion: number;
  /** 32 octets: the key of the key log. Shorter only where the message is cut there. */
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  /** Empty where the extension is missing: TLS 1.2 or older. */
  readonly supportedVersions: readonly number[];
  /** Groups of the key shares. */
  readonly keyShares: readonly number[];
  readonly quicTransportParameters: Uint8Array | null;
  /** It sends 0-RTT data. */
  readonly earlyData: boolean;
  /** It offers a session to resume: pre_shared_key. */
  readonly preSharedKey: boolean;
  readonly extensions: readonly TlsExtension[];
}

/** Reads the body of a ClientHello. */
export function parseClientHello(body: Uint8Array): ClientHello {
  const cursor = new TlsCursor(body);
  const legacyVersion = cursor.number(2);
  const random = cursor.take(RANDOM);
  const sessionId = cursor.vector(1);
  const cipherSuites = cursor.numbers(2);
  cursor.vector(1); // compression methods
  const extensions = readExtensions(cursor);
  const fields = new ExtensionFields(body, extensions);
  const versions = (part: TlsCursor) => part.numbers(1);
  const hello = {
    legacyVersion,
    random,
    sessionId,
    cipherSuites,
    serverName: fields.read(TlsExtensionType.ServerName, null, readServerName),
    alpn: fields.alpn,
    supportedVersions: fields.read(TlsExtensionType.SupportedVersions, [], versions),
    keyShares: fields.read(TlsExtensionType.KeyShare, [], readKeyShareGroups),
    quicTransportParameters: fields.transportParameters,
    earlyData: fields.has(TlsExtensionType.EarlyData),
    preSharedKey: fields.has(TlsExtensionType.PreSharedKey),
    extensions,
  };
  cursor.finish();
  return { ...hello, fault: cursor.fault ?? fields.fault };
}

/** ServerHello, and HelloRetryRequest, which has its shape (RFC 8446 sections 4.1.3 and 4.1.4). */
export interface ServerHello extends Parsed {
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  /** The version that was chosen: 0x0304 is TLS 1.3. */
  readonly version: number;
  readonly isHelloRetryRequest: boolean;
  /** Group of the key share, or the one that a HelloRetryRequest asks for; null without one. */
  readonly keyShare: number | null;
  /** Which of the offered sessions is resumed; null: none. */
  readonly preSharedKey: number | null;
  /** TLS 1.2: the protocol that was chosen. TLS 1.3 has it in EncryptedExtensions. */
  readonly alpn: string | null;
  readonly extensions: readonly TlsExtension[];
}

/** Reads the body of a ServerHello. */
export function parseServerHello(body: Uint8Array): ServerHello {
  const cursor = new TlsCursor(body);
  const legacyVersion = cursor.number(2);
  const random = cursor.take(RANDOM);
  const sessionId = cursor.vector(1);
  const cipherSuite = cursor.number(2);
  cursor.number(1); // compression method
  const extensions = readExtensions(cursor);
  const fields = new ExtensionFields(body, extensions);
  const isHelloRetryRequest = isRetryRandom(random);
  const two = (part: TlsCursor): number => part.number(2);
  const version = fields.read(TlsExtensionType.SupportedVersions, legacyVersion, two);
  const hello = {
    random,
    sessionId,
    cipherSuite,
    version,
    isHelloRetryRequest,
    keyShare: fields.read<number | null>(TlsExtensionType.KeyShare, null, (part) => {
      const group = part.number(2);
      if (!isHelloRetryRequest) part.vector(2);
      return group;
    }),
    preSharedKey: fields.read<number | null>(TlsExtensionType.PreSharedKey, null, two),
    alpn: fields.alpn[0] ?? null,
    extensions,
  };
  cursor.finish();
  return { ...hello, fault: cursor.fault ?? fields.fault };
}

function isRetryRandom(random: Uint8Array): boolean {
  return random.length === RANDOM && HELLO_RETRY_RANDOM.every((octet, at) => octet === random[at]);
}

/** EncryptedExtensions (RFC 8446 section 4.3.1). */
export interface EncryptedExtensions extends Parsed {
  /** The protocol that was chosen. */
  readonly alpn: string | null;
  readonly quicTransportParameters: Uint8Array | null;
  /** The server reads the 0-RTT data. */
  readonly earlyData: boolean;
  readonly extensions: readonly TlsExtension[];
}

/** Reads the body of EncryptedExtensions. */
export function parseEncryptedExtensions(body: Uint8Array): EncryptedExtensions {
  const cursor = new TlsCursor(body);
  // Unlike in a hello, the length must be there.
  if (cursor.isAtEnd) cursor.number(2);
  const extensions = readExtensions(cursor);
  const fields = new ExtensionFields(body, extensions);
  const message = {
    alpn: fields.alpn[0] ?? null,
    quicTransportParameters: fields.transportParameters,
    earlyData: fields.has(TlsExtensionType.EarlyData),
    extensions,
  };
  cursor.finish();
  return { ...message, fault: cursor.fault ?? fields.fault };
}

/** NewSessionTicket of TLS 1.3 (RFC 8446 section 4.6.1). */
export interface NewSessionTicket extends Parsed {
  /** Seconds. */
  readonly lifetime: number;
  readonly ageAdd: number;
  readonly nonce: Uint8Array;
  readonly ticket: Uint8Array;
  /** Octets of 0-RTT data that the ticket allows; null: none. QUIC has 2^32 - 1 here. */
  readonly maxEarlyData: number | null;
  readonly extensions: readonly TlsExtension[];
}

/** Reads the body of a NewSessionTicket of TLS 1.3. */
export function parseNewSessionTicket(body: Uint8Array): NewSessionTicket {
  const cursor = new TlsCursor(body);
  const lifetime = cursor.number(4);
  const ageAdd = cursor.number(4);
  const nonce = cursor.vector(1);
  const ticket = cursor.vector(2);
  if (cursor.isAtEnd) cursor.number(2);
  const extensions = readExtensions(cursor);
  const fields = new ExtensionFields(body, extensions);
  const four = (part: TlsCursor): number => part.number(4);
  const maxEarlyData = fields.read<number | null>(TlsExtensionType.EarlyData, null, four);
  cursor.finish();
  const fault = cursor.fault ?? fields.fault;
  return { lifetime, ageAdd, nonce, ticket, maxEarlyData, extensions, fault };
}

/** KeyUpdate (RFC 8446 section 4.6.3). */
export interface TlsKeyUpdate extends Parsed {
  /** The other side is asked to update its keys, too. */
  readonly updateRequested: boolean;
}

/** Reads the body of a KeyUpdate. */
export function parseKeyUpdate(body: Uint8Array): TlsKeyUpdate {
  const cursor = new TlsCursor(body);
  const request = cursor.number(1);
  cursor.finish();
  return { updateRequested: request === 1, fault: cursor.fault };
}
