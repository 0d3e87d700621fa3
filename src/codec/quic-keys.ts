// Keys of QUIC packets: from the client's first connection id, from a secret of TLS, and the next ones (RFC 9001 sections 5.1,
// 5.2 and 6.1, RFC 9369 section 3.3). A secret makes three: the AEAD's key and iv, and the key of header protection.
// Rules: Q-KEY-1, Q-KEY-2, Q-KEY-3, Q-KEY-9, Q-V2-2.

import {
  CONNECTION_ID_MAX,
  QUIC_V1,
  QUIC_V2,
  QUIC_V2_DRAFT,
  TlsCipherSuite,
} from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import {
  AEADS,
  type AeadKey,
  type AeadName,
  type AeadProvider,
  type HeaderKey,
  NONCE_LENGTH,
} from "./aead.js";
import { WasmAeadKey, WasmHeaderKey, wasmAead } from "./aead-wasm.js";
import { type HashName, hkdfExpandLabel, hkdfExtract } from "./hkdf.js";
import { hex } from "./quic-version.js";
import { hashShape } from "./sha2.js";

/** How packets of one direction and one encryption level are protected. */
export interface PacketKeys {
  readonly version: number;
  /** Number of the cipher suite (RFC 8446 appendix B.4). */
  readonly cipherSuite: number;
  readonly aeadName: AeadName;
  readonly secret: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** The key of header protection. It stays when keys are updated. */
  readonly hp: Uint8Array;
  readonly aead: AeadKey;
  readonly header: HeaderKey;
  /** Who provides them; updateKeys asks again. */
  readonly provider: AeadProvider;
  /** The same in WASM, where many packets are opened at once; null where the provider does all on its own. */
  readonly engine: EngineKeys | null;
}

/** Keys in WASM. */
interface EngineKeys {
  readonly aead: WasmAeadKey;
  readonly header: WasmHeaderKey;
}

/** Options of what derives keys. */
export interface KeyOptions {
  /** Who encrypts and decrypts; quic.wasm without it. */
  readonly aead?: AeadProvider;
}

interface VersionKeys {
  readonly salt: Uint8Array;
  /** What labels begin with. */
  readonly prefix: string;
}

const VERSIONS: ReadonlyMap<number, VersionKeys> = new Map([
  [QUIC_V1, { salt: hex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), prefix: "quic " }],
  [QUIC_V2, { salt: hex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), prefix: "quicv2 " }],
  [QUIC_V2_DRAFT, { salt: hex("a707c203a59b47184a1d62ca570406ea7ae3e5d3"), prefix: "quicv2 " }],
]);

interface Suite {
  readonly number: TlsCipherSuite;
  readonly aead: AeadName;
  readonly hash: HashName;
}

/** The suites of TLS 1.3 that QUIC can use (RFC 9001 section 5.3). */
const SUITES: readonly Suite[] = [
  { number: TlsCipherSuite.Aes128GcmSha256, aead: "AES-128-GCM", hash: "SHA-256" },
  { number: TlsCipherSuite.Aes256GcmSha384, aead: "AES-256-GCM", hash: "SHA-384" },
  { number: TlsCipherSuite.Chacha20Poly1305Sha256, aead: "CHACHA20-POLY1305", hash: "SHA-256" },
  { number: TlsCipherSuite.Aes128CcmSha256, aead: "AES-128-CCM", hash: "SHA-256" },
];

const INITIAL_SUITE = SUITES[0] as Suite;
const NOTHING = new Uint8Array(0);

/** Both directions of Initial packets. */
export interface InitialKeys {
  readonly client: PacketKeys;
  readonly server: PacketKeys;
}

/**
 * Keys of Initial packets, which anybody can derive (RFC 9001 section 5.2).
 * @param version 0x00000001 or 0x6b3343cf
 * @param destinationConnectionId of the client's first Initial; after a Retry, of its next one
 * @throws UsageError QUIC_VERSION_UNKNOWN, QUIC_CONNECTION_ID_INVALID
 */
export function deriveInitialKeys(
  version: number,
  destinationConnectionId: Uint8Array,
  options: KeyOptions = {},
): InitialKeys {
  const { salt } = versionKeys(version);
  checkId(destinationConnectionId);
  const initial = hkdfExtract("SHA-256", salt, destinationConnectionId);
  const keys = (label: string) => {
    const secret = hkdfExpandLabel("SHA-256", initial, label, NOTHING, 32);
    return derive(version, INITIAL_SUITE, secret, options);
  };
  return { client: keys("client in"), server: keys("server in") };
}

/**
 * Keys from a secret of TLS 1.3: a line of a key log, or what a TLS stack hands out.
 * @param version 0x00000001 or 0x6b3343cf
 * @param cipherSuite its number (0x1301 to 0x1304), or the name of its AEAD
 * @param secret as many octets as the suite's hash has: 48 with AES-256-GCM, else 32
 * @throws UsageError QUIC_VERSION_UNKNOWN, QUIC_CIPHER_SUITE_UNKNOWN, QUIC_SECRET_INVALID
 */
export function deriveKeys(
  version: number,
  cipherSuite: number | AeadName,
  secret: Uint8Array,
  options: KeyOptions = {},
): PacketKeys {
  versionKeys(version);
  const suite = suiteOf(cipherSuite);
  const length = secretLength(suite.number);
  if (!(secret instanceof Uint8Array) || secret.length !== length)
    throw new UsageError(
      "QUIC_SECRET_INVALID",
      `the secret of this suite is a Uint8Array of ${length} octets`,
    );
  // A copy, also of a Buffer, whose slice() is none.
  return derive(version, suite, new Uint8Array(secret), options);
}

/**
 * The keys behind these (RFC 9001 section 6.1): another secret, key and iv, and header protection as it is.
 * @throws UsageError QUIC_VERSION_UNKNOWN, QUIC_CIPHER_SUITE_UNKNOWN
 */
export function updateKeys(keys: PacketKeys): PacketKeys {
  const { version, hp, header, provider } = keys;
  const { prefix } = versionKeys(version);
  const suite = suiteOf(keys.cipherSuite);
  const { length } = hashShape(suite.hash);
  const secret = hkdfExpandLabel(suite.hash, keys.secret, `${prefix}ku`, NOTHING, length);
  const key = packetKey(version, suite, secret, provider);
  return { ...key, hp, header, engine: engineKeys(key, () => keys.engine?.header ?? null) };
}

/**
 * Octets of a secret of this cipher suite; 0 where QUIC cannot use it.
 */
export function secretLength(cipherSuite: number): number {
  const suite = SUITES.find(({ number }) => number === cipherSuite);
  return suite === undefined ? 0 : hashShape(suite.hash).length;
}

function derive(
  version: number,
  suite: Suite,
  secret: Uint8Array,
  options: KeyOptions,
): PacketKeys {
  const provider = options.aead ?? wasmAead;
  const { prefix } = versionKeys(version);
  const { keyLength } = AEADS[suite.aead];
  const hp = hkdfExpandLabel(suite.hash, secret, `${prefix}hp`, NOTHING, keyLength);
  const header = provider.header(suite.aead, hp);
  const key = packetKey(version, suite, secret, provider);
  const engineHeader = () =>
    header instanceof WasmHeaderKey ? header : new WasmHeaderKey(suite.aead, hp);
  return { ...key, hp, header, engine: engineKeys(key, engineHeader) };
}

/** The keys in WASM: those of its own provider, or others for a provider that lends its AES. */
function engineKeys(
  { aead, aeadName, key, provider }: Pick<PacketKeys, "aead" | "aeadName" | "key" | "provider">,
  headerOf: () => WasmHeaderKey | null,
): EngineKeys | null {
  const isOwn = aead instanceof WasmAeadKey;
  if (!isOwn && provider.blocks === undefined) return null;
  const header = headerOf();
  if (header === null) return null;
  const lent = provider.blocks?.(aeadName, key) ?? null;
  return { aead: isOwn ? aead : new WasmAeadKey(aeadName, key, lent), header };
}

/** All but header protection. */
function packetKey(version: number, suite: Suite, secret: Uint8Array, provider: AeadProvider) {
  const { prefix } = versionKeys(version);
  const { keyLength } = AEADS[suite.aead];
  const key = hkdfExpandLabel(suite.hash, secret, `${prefix}key`, NOTHING, keyLength);
  const iv = hkdfExpandLabel(suite.hash, secret, `${prefix}iv`, NOTHING, NONCE_LENGTH);
  const aead = provider.aead(suite.aead, key);
  const { number: cipherSuite, aead: aeadName } = suite;
  return { version, cipherSuite, aeadName, secret, key, iv, aead, provider };
}

function versionKeys(version: number): VersionKeys {
  const found = VERSIONS.get(version);
  if (found === undefined)
    throw new UsageError("QUIC_VERSION_UNKNOWN", "a version is 0x00000001 or 0x6b3343cf");
  return found;
}

function suiteOf(cipherSuite: number | AeadName): Suite {
  // Names in any case: RFC 8439 writes ChaCha20-Poly1305.
  const name = typeof cipherSuite === "string" ? cipherSuite.toUpperCase() : "";
  const found = SUITES.find(({ number, aead }) => number === cipherSuite || aead === name);
  if (found === undefined)
    throw new UsageError(
      "QUIC_CIPHER_SUITE_UNKNOWN",
      `a cipher suite is 0x1301 to 0x1304 or ${SUITES.map(({ aead }) => aead).join(", ")}`,
    );
  return found;
}

function checkId(id: Uint8Array): void {
  if (!(id instanceof Uint8Array) || id.length > CONNECTION_ID_MAX)
    throw new UsageError(
      "QUIC_CONNECTION_ID_INVALID",
      `a connection id is a Uint8Array of at most ${CONNECTION_ID_MAX} octets`,
    );
}
