// What assembly/quic's protection has in the area QUIC_KEYS of quic.wasm (src/abi/quic-memory.ts), and how it uses the rest:
// the text that is opened or sealed lies in the window, and the stream of key octets where the tape is between two calls.
// Compiled by asc and by tsc; imports nothing. test/quic/crypto-memory.test.ts compares it with the map.
//
//   TABLES     AES: eleven tables of 16 octets, written by the host at start (src/engine/quic-aes-tables.ts)
//   INPUT      nonce, raw key and tag of one call
//   AEAD_KEY   the key that open and seal use: AES round keys and the hash key of GCM, or the octets of a ChaCha20 key
//   HEADER_KEY the key that masks are made with
//   HASH       state of SHA-2, and one or two blocks that are padded
//   SAMPLES    samples of header protection, 16 octets each; in their place the masks, 16 octets each
//   PRODUCTS   GHASH of many packets: multiples of the hash key
//   LANES      GHASH of many packets: 16 blocks, one of each packet, and what is known of the packets
//   BATCH      packets of a batch, BatchRecord words each

export const CRYPTO_TABLES = 327_936; // QUIC_KEYS
export const CRYPTO_TABLES_LENGTH = 176;

export const CRYPTO_NONCE = 328_192; // QUIC_KEYS + 256
export const CRYPTO_TAG = 328_208; // QUIC_KEYS + 272
export const CRYPTO_RAW_KEY = 328_224; // QUIC_KEYS + 288

export const CRYPTO_AEAD_KEY = 328_448; // QUIC_KEYS + 512
export const CRYPTO_HEADER_KEY = 328_960; // QUIC_KEYS + 1_024
/** Octets of a prepared key. */
export const CRYPTO_KEY_LENGTH = 288;
/** In a prepared key of AES: where the count of rounds and the hash key are. Round keys stand in front. */
export const CRYPTO_KEY_ROUNDS = 240;
export const CRYPTO_KEY_HASH = 256;

export const CRYPTO_HASH = 329_472; // QUIC_KEYS + 1_536
/** Octets of the hash's state; behind them is room for two blocks. */
export const CRYPTO_HASH_STATE = 64;

export const CRYPTO_SAMPLES = 329_984; // QUIC_KEYS + 2_048
/** Most samples of one call. */
export const CRYPTO_SAMPLE_COUNT = 1024;

/** Key octets: of one text or of all texts of a batch, one block more for each. */
export const CRYPTO_STREAM = 196_864; // QUIC_TAPE
