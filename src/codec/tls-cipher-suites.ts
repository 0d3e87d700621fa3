// Cipher suites of TLS with an AEAD: TLS 1.3 (RFC 8446 appendix B.4) and TLS 1.2 (RFC 5288, 5289, 5487, 6655, 7251, 7905,
// 8442). Of the others only the names of those that are still met: their records stay closed.

import { AEADS, type AeadName } from "./aead.js";

/** What records need to know of a cipher suite. */
export interface TlsCipherSuite {
  readonly id: number;
  /** Name in the registry: "TLS_AES_128_GCM_SHA256". */
  readonly name: string;
  readonly isTls13: boolean;
  readonly aead: AeadName;
  /** Hash of HKDF, or of the PRF of TLS 1.2. */
  readonly hash: "SHA-256" | "SHA-384";
  /** Octets. */
  readonly keyLength: number;
  readonly tagLength: number;
  /** Octets of the nonce that the key block of TLS 1.2 has: 4, and 8 in each record; or all 12. */
  readonly fixedNonceLength: number;
}

const GCM_128 = "AES_128_GCM_SHA256";
const GCM_256 = "AES_256_GCM_SHA384";
const CHACHA = "CHACHA20_POLY1305_SHA256";

/** Number, then what stands before and behind "_WITH_"; TLS 1.3 has nothing before it. */
const AEAD_SUITES: readonly (readonly [number, string, string])[] = [
  [0x1301, "", GCM_128],
  [0x1302, "", GCM_256],
  [0x1303, "", CHACHA],
  [0x1304, "", "AES_128_CCM_SHA256"],
  [0x1305, "", "AES_128_CCM_8_SHA256"],
  [0x009c, "RSA", GCM_128],
  [0x009d, "RSA", GCM_256],
  [0x009e, "DHE_RSA", GCM_128],
  [0x009f, "DHE_RSA", GCM_256],
  [0x00a0, "DH_RSA", GCM_128],
  [0x00a1, "DH_RSA", GCM_256],
  [0x00a2, "DHE_DSS", GCM_128],
  [0x00a3, "DHE_DSS", GCM_256],
  [0x00a4, "DH_DSS", GCM_128],
  [0x00a5, "DH_DSS", GCM_256],
  [0x00a6, "DH_anon", GCM_128],
  [0x00a7, "DH_anon", GCM_256],
  [0x00a8, "PSK", GCM_128],
  [0x00a9, "PSK", GCM_256],
  [0x00aa, "DHE_PSK", GCM_128],
  [0x00ab, "DHE_PSK", GCM_256],
  [0x00ac, "RSA_PSK", GCM_128],
  [0x00ad, "RSA_PSK", GCM_256],
  [0xc02b, "ECDHE_ECDSA", GCM_128],
  [0xc02c, "ECDHE_ECDSA", GCM_256],
  [0xc02d, "ECDH_ECDSA", GCM_128],
  [0xc02e, "ECDH_ECDSA", GCM_256],
  [0xc02f, "ECDHE_RSA", GCM_128],
  [0xc030, "ECDHE_RSA", GCM_256],
  [0xc031, "ECDH_RSA", GCM_128],
  [0xc032, "ECDH_RSA", GCM_256],
  [0xc09c, "RSA", "AES_128_CCM"],
  [0xc09d, "RSA", "AES_256_CCM"],
  [0xc09e, "DHE_RSA", "AES_128_CCM"],
  [0xc09f, "DHE_RSA", "AES_256_CCM"],
  [0xc0a0, "RSA", "AES_128_CCM_8"],
  [0xc0a1, "RSA", "AES_256_CCM_8"],
  [0xc0a2, "DHE_RSA", "AES_128_CCM_8"],
  [0xc0a3, "DHE_RSA", "AES_256_CCM_8"],
  [0xc0a4, "PSK", "AES_128_CCM"],
  [0xc0a5, "PSK", "AES_256_CCM"],
  [0xc0a6, "DHE_PSK", "AES_128_CCM"],
  [0xc0a7, "DHE_PSK", "AES_256_CCM"],
  [0xc0a8, "PSK", "AES_128_CCM_8"],
  [0xc0a9, "PSK", "AES_256_CCM_8"],
  [0xc0aa, "PSK_DHE", "AES_128_CCM_8"],
  [0xc0ab, "PSK_DHE", "AES_256_CCM_8"],
  [0xc0ac, "ECDHE_ECDSA", "AES_128_CCM"],
  [0xc0ad, "ECDHE_ECDSA", "AES_256_CCM"],
  [0xc0ae, "ECDHE_ECDSA", "AES_128_CCM_8"],
  [0xc0af, "ECDHE_ECDSA", "AES_256_CCM_8"],
  [0xcca8, "ECDHE_RSA", CHACHA],
  [0xcca9, "ECDHE_ECDSA", CHACHA],
  [0xccaa, "DHE_RSA", CHACHA],
  [0xccab, "PSK", CHACHA],
  [0xccac, "ECDHE_PSK", CHACHA],
  [0xccad, "DHE_PSK", CHACHA],
  [0xccae, "RSA_PSK", CHACHA],
  [0xd001, "ECDHE_PSK", GCM_128],
  [0xd002, "ECDHE_PSK", GCM_256],
  [0xd003, "ECDHE_PSK", "AES_128_CCM_8_SHA256"],
  [0xd005, "ECDHE_PSK", "AES_128_CCM_SHA256"],
];

/** Suites without an AEAD that are still met. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  0: "TLS_NULL_WITH_NULL_NULL",
  10: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
  47: "TLS_RSA_WITH_AES_128_CBC_SHA",
  51: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
  53: "TLS_RSA_WITH_AES_256_CBC_SHA",
  57: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
  60: "TLS_RSA_WITH_AES_128_CBC_SHA256",
  61: "TLS_RSA_WITH_AES_256_CBC_SHA256",
  103: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
  107: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
  49161: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  49162: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  49171: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  49172: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  49187: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
  49188: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
  49191: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
  49192: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
};

const SUITES: ReadonlyMap<number, TlsCipherSuite> = new Map(
  AEAD_SUITES.map(([id, exchange, cipher]) => [id, suiteOf(id, exchange, cipher)]),
);

function suiteOf(id: number, exchange: string, cipher: string): TlsCipherSuite {
  const isChacha = cipher === CHACHA;
  const aead = isChacha ? "CHACHA20-POLY1305" : aesName(cipher);
  const { keyLength, tagLength } = AEADS[aead];
  return {
    id,
    name: exchange === "" ? `TLS_${cipher}` : `TLS_${exchange}_WITH_${cipher}`,
    isTls13: exchange === "",
    aead,
    hash: cipher.endsWith("SHA384") ? "SHA-384" : "SHA-256",
    keyLength,
    tagLength,
    fixedNonceLength: isChacha || exchange === "" ? 12 : 4,
  };
}

function aesName(cipher: string): AeadName {
  const mode = cipher.includes("GCM") ? "GCM" : cipher.includes("CCM_8") ? "CCM-8" : "CCM";
  return mode === "GCM"
    ? cipher.includes("256_GCM")
      ? "AES-256-GCM"
      : "AES-128-GCM"
    : `AES-${cipher.includes("256_CCM") ? 256 : 128}-${mode}`;
}

/** A cipher suite with an AEAD; null for every other number. */
export function tlsCipherSuite(id: number): TlsCipherSuite | null {
  return SUITES.get(id) ?? null;
}

/** Name of any cipher suite; "0x1234" where it has none here. */
export function tlsCipherSuiteName(id: number): string {
  const name = SUITES.get(id)?.name ?? OTHER_NAMES[id];
  return name ?? `0x${id.toString(16).padStart(4, "0")}`;
}
