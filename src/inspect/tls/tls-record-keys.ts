// Keys of the records of one direction: TLS 1.3 from a traffic secret (RFC 8446 sections 5.2, 5.3 and 7.3), TLS 1.2 from the
// master secret (RFC 5246 section 6.3, RFC 5288 section 3, RFC 6655, RFC 7905). One record at a time; the number of the
// record is the caller's affair.
// Rules: TLS-REC-4.

import { UsageError } from "../../index.js";
import {
  type AeadKey,
  type AeadProvider,
  hkdfExpandLabel,
  type TlsCipherSuite,
  tls12Prf,
} from "../../quic.js";
import { RECORD_HEADER } from "./tls-record-reader.js";

const NONCE = 12;
const EXPLICIT_NONCE = 8;
const HASH_LENGTH = { "SHA-256": 32, "SHA-384": 48 } as const;
const NOTHING = new Uint8Array(0);

/** Keys of one direction until they change. */
export class RecordKeys {
  readonly suite: TlsCipherSuite;
  /** The traffic secret that they come from; null with TLS 1.2. */
  readonly secret: Uint8Array | null;
  readonly #key: AeadKey;
  readonly #iv: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE);
  /** What TLS 1.2 authenticates: sequence number, type, version, length. */
  readonly #header = new Uint8Array(13);

  constructor(
    suite: TlsCipherSuite,
    key: AeadKey,
    iv: Uint8Array,
    secret: Uint8Array | null = null,
  ) {
    this.suite = suite;
    this.secret = secret;
    this.#key = key;
    this.#iv = iv;
  }

  /** Octets that a record has more than its contents; TLS 1.3: with its content type. */
  get overhead(): number {
    const { tagLength, isTls13, fixedNonceLength } = this.suite;
    return RECORD_HEADER + tagLength + (isTls13 ? 1 : NONCE - fixedNonceLength);
  }

  /**
   * What a record (with its header) has inside: contents, and with TLS 1.3 their type and padding.
   * @returns null: it does not open under this number
   */
  open(record: Uint8Array, sequence: number): Uint8Array | null {
    const hasExplicit = this.#iv.length < NONCE;
    const from = hasExplicit ? RECORD_HEADER + EXPLICIT_NONCE : RECORD_HEADER;
    const length = record.length - from - this.suite.tagLength;
    if (length < 0) return null;
    const nonce = this.#nonce;
    nonce.fill(0);
    nonce.set(this.#iv);
    if (hasExplicit) nonce.set(view(record, RECORD_HEADER, EXPLICIT_NONCE), this.#iv.length);
    else mixSequence(nonce, NONCE, sequence);
    return this.#key.open(
      nonce,
      this.suite.isTls13
        ? view(record, 0, RECORD_HEADER)
        : this.#header12(record, sequence, length),
      view(record, from, record.length - from),
    );
  }

  #header12(record: Uint8Array, sequence: number, length: number): Uint8Array {
    const header = this.#header;
    header.fill(0, 0, EXPLICIT_NONCE);
    mixSequence(header, EXPLICIT_NONCE, sequence);
    header.set(view(record, 0, 3), EXPLICIT_NONCE);
    header[11] = length >>> 8;
    header[12] = length & 0xff;
    return header;
  }
}

function view(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
}

/** XORs a number below 2^53 into the eight octets before `end`. */
function mixSequence(bytes: Uint8Array, end: number, sequence: number): void {
  let rest = sequence;
  for (let at = end - 1; rest > 0; at--) {
    bytes[at] = (bytes[at] as number) ^ (rest & 0xff);
    rest = Math.floor(rest / 256);
  }
}

/** null where this provider does not have the AEAD: those of platforms may lack CCM. */
function aeadKey(suite: TlsCipherSuite, key: Uint8Array, provider: AeadProvider): AeadKey | null {
  try {
    return provider.aead(suite.aead, key);
  } catch (error) {
    if (error instanceof UsageError && error.code === "AEAD_UNKNOWN") return null;
    throw error;
  }
}

/** Octets of a secret of this suite. */
export function secretLength(suite: TlsCipherSuite): number {
  return HASH_LENGTH[suite.hash];
}

/** Keys of TLS 1.3; null where the secret is not of this suite, or nobody has its AEAD. */
export function trafficKeys(
  suite: TlsCipherSuite,
  secret: Uint8Array,
  provider: AeadProvider,
): RecordKeys | null {
  if (secret.length !== secretLength(suite)) return null;
  const expand = (label: string, length: number) =>
    hkdfExpandLabel(suite.hash, secret, label, NOTHING, length);
  const key = aeadKey(suite, expand("key", suite.keyLength), provider);
  return key === null ? null : new RecordKeys(suite, key, expand("iv", NONCE), secret);
}

/** The keys behind a KeyUpdate (RFC 8446 section 7.2). */
export function updatedKeys(keys: RecordKeys, provider: AeadProvider): RecordKeys | null {
  const { suite, secret } = keys;
  if (secret === null) return null;
  const length = secretLength(suite);
  const next = hkdfExpandLabel(suite.hash, secret, "traffic upd", NOTHING, length);
  return trafficKeys(suite, next, provider);
}

/** Keys of TLS 1.2 of one direction; null where nobody has its AEAD. */
export function keyBlockKeys(
  suite: TlsCipherSuite,
  master: Uint8Array,
  randoms: { readonly client: Uint8Array; readonly server: Uint8Array },
  direction: "client" | "server",
  provider: AeadProvider,
): RecordKeys | null {
  const { keyLength, fixedNonceLength, hash } = suite;
  const seed = new Uint8Array(randoms.server.length + randoms.client.length);
  seed.set(randoms.server);
  seed.set(randoms.client, randoms.server.length);
  const block = tls12Prf(hash, master, "key expansion", seed, 2 * (keyLength + fixedNonceLength));
  const which = direction === "client" ? 0 : 1;
  const ivAt = 2 * keyLength + which * fixedNonceLength;
  const key = aeadKey(suite, block.slice(which * keyLength, (which + 1) * keyLength), provider);
  return key && new RecordKeys(suite, key, block.slice(ivAt, ivAt + fixedNonceLength));
}
