// Handshake messages and records of TLS (RFC 8446) in the clear, written by plain, obvious code: just enough that who looks on
// knows the random, the suite and the extensions. Shared by what is written for QUIC and for TLS over TCP.

import { bytesOf, concat } from "./latin1.js";
import { type Octets, octets, uint } from "./octets.js";

/** Types of extensions that the builders know. */
export const TLS_EXTENSION = {
  SERVER_NAME: 0,
  ALPN: 16,
  SUPPORTED_VERSIONS: 43,
  KEY_SHARE: 51,
  QUIC_TRANSPORT_PARAMETERS: 57,
} as const;

/** AES-128-GCM with SHA-256. */
export const TLS_AES_128_GCM = 0x1301;
/** ChaCha20-Poly1305 with SHA-256. */
export const TLS_CHACHA20 = 0x1303;

/** Octets behind their length, which has `size` octets. */
export function vector(size: number, bytes: Octets, length?: number): Uint8Array {
  const content = octets(bytes);
  return concat([uint(length ?? content.length, size), content]);
}

/** A handshake message; `length` instead of the true one. */
export function handshake(type: number, body: Octets, length?: number): Uint8Array {
  return concat([Uint8Array.of(type), vector(3, body, length)]);
}

/** One extension. */
export function extension(type: number, body: Octets, length?: number): Uint8Array {
  return concat([uint(type, 2), vector(2, body, length)]);
}

/** What the hello messages may have. */
export interface HelloFields {
  readonly random?: Uint8Array;
  readonly serverName?: string;
  readonly alpn?: readonly string[];
  readonly suites?: readonly number[];
  /** quic_transport_parameters; null: none. */
  readonly parameters?: Uint8Array | null;
  /** Further extensions. */
  readonly more?: Octets;
}

/** The random of the clients that rows and arbitraries have. */
export const CLIENT_RANDOM = new Uint8Array(32).fill(0xc1);

const alpnList = (names: readonly string[]) =>
  extension(TLS_EXTENSION.ALPN, vector(2, concat(names.map((name) => vector(1, name)))));

/** ClientHello. */
export function clientHello(fields: HelloFields = {}): Uint8Array {
  const { random = CLIENT_RANDOM, serverName = "a.example", alpn = ["h3"] } = fields;
  const { suites = [TLS_AES_128_GCM], parameters = null, more = "" } = fields;
  const name = concat([Uint8Array.of(0), vector(2, serverName)]);
  const extensions = concat([
    extension(TLS_EXTENSION.SERVER_NAME, vector(2, name)),
    alpnList(alpn),
    extension(TLS_EXTENSION.SUPPORTED_VERSIONS, vector(1, uint(0x0304, 2))),
    extension(
      TLS_EXTENSION.KEY_SHARE,
      vector(2, concat([uint(29, 2), vector(2, new Uint8Array(32))])),
    ),
    ...(parameters === null
      ? []
      : [extension(TLS_EXTENSION.QUIC_TRANSPORT_PARAMETERS, parameters)]),
    octets(more),
  ]);
  return handshake(
    1,
    concat([
      uint(0x0303, 2),
      random,
      vector(1, ""),
      vector(2, concat(suites.map((suite) => uint(suite, 2)))),
      vector(1, "\0"),
      vector(2, extensions),
    ]),
  );
}

/** ServerHello of TLS 1.3. */
export function serverHello(suite = TLS_AES_128_GCM, more: Octets = ""): Uint8Array {
  const extensions = concat([
    extension(TLS_EXTENSION.SUPPORTED_VERSIONS, uint(0x0304, 2)),
    extension(TLS_EXTENSION.KEY_SHARE, concat([uint(29, 2), vector(2, new Uint8Array(32))])),
    octets(more),
  ]);
  return handshake(
    2,
    concat([
      uint(0x0303, 2),
      new Uint8Array(32).fill(0x5e),
      vector(1, ""),
      uint(suite, 2),
      Uint8Array.of(0),
      vector(2, extensions),
    ]),
  );
}

/** EncryptedExtensions. */
export function encryptedExtensions(fields: HelloFields = {}): Uint8Array {
  const { alpn = ["h3"], parameters = null, more = "" } = fields;
  const extensions = concat([
    alpnList(alpn.slice(0, 1)),
    ...(parameters === null
      ? []
      : [extension(TLS_EXTENSION.QUIC_TRANSPORT_PARAMETERS, parameters)]),
    octets(more),
  ]);
  return handshake(8, vector(2, extensions));
}

/** Finished, of any 32 octets: who looks on does not verify it. */
export function finished(): Uint8Array {
  return handshake(20, new Uint8Array(32).fill(0xf1));
}

/** A record in the clear; `length` instead of the true one. */
export function record(
  type: number,
  fragment: Octets,
  length?: number,
  version = 0x0303,
): Uint8Array {
  return concat([Uint8Array.of(type), uint(version, 2), vector(2, fragment, length)]);
}

/** The secret of a label, for every connection of rows and arbitraries: 32 octets that differ by label. */
export function secretOf(label: string): Uint8Array {
  const bytes = new Uint8Array(32);
  for (const [at, octet] of bytesOf(label).entries()) {
    bytes[at % 32] = ((bytes[at % 32] ?? 0) * 31 + octet) & 0xff;
  }
  return bytes;
}

/** Labels of the secrets that a connection of TLS 1.3 has. */
export const SECRET_LABELS = [
  "CLIENT_EARLY_TRAFFIC_SECRET",
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
] as const;

/** The secrets of every connection of rows and arbitraries, by label. */
export const SECRETS: ReadonlyMap<string, Uint8Array> = new Map(
  SECRET_LABELS.map((label) => [label, secretOf(label)]),
);
