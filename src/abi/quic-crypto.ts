// What assembly/quic's protection has in the area QUIC_KEYS of quic.wasm (src/abi/quic-memory.ts), and how it uses the rest:
// the text that is opened or sealed lies in the window, and the stream of key octets where the tape is between two calls.
// Compiled by asc and by tsc; imports nothing. test/quic/crypto-memory.test.ts compares it with the map.
//
//   TABLES     AES: eleven tables of 16 octets, written by the host at start (src/engine/quic-aes-tables.ts)
//   INPUT      nonce, tag and raw key of one call
//   HASH       state of SHA-2, one or two blocks that are padded, and the hash
//   BATCH      packets of a batch, BatchField words each
//   SAMPLES    samples of header protection, 16 octets each; in their place the masks, 16 octets each
//   SLOTS      keys that were used last, as the kernels take them

export const CRYPTO_TABLES = 327_936; // QUIC_KEYS
export const CRYPTO_TABLES_LENGTH = 176;

export const CRYPTO_NONCE = 328_192; // QUIC_KEYS + 256
export const CRYPTO_TAG = 328_208; // QUIC_KEYS + 272
export const CRYPTO_RAW_KEY = 328_224; // QUIC_KEYS + 288

export const CRYPTO_HASH = 328_448; // QUIC_KEYS + 512
/** Two blocks of the hash, and the hash when it has ended. */
export const CRYPTO_HASH_PAD = 328_512; // CRYPTO_HASH + 64
export const CRYPTO_HASH_RESULT = 328_768; // CRYPTO_HASH_PAD + 256

/** Hashes of the engine. */
export const enum HashKind {
  Sha256 = 0,
  Sha384 = 1,
  Sha512 = 2,
}

export const CRYPTO_BATCH = 328_960; // QUIC_KEYS + 1_024
/** Most packets of a batch. */
export const CRYPTO_BATCH_COUNT = 256;

/** One packet of a batch: words. */
export const enum BatchField {
  /** Address of the packet in the window, and its octets. */
  At = 0,
  Length = 1,
  /** Octets in front of its packet number; with it, once header protection is gone. */
  HeaderLength = 2,
  /** The packet number, and its low half first. */
  NumberLow = 3,
  NumberHigh = 4,
  /** Address of its key octets. */
  Stream = 5,
  /** BatchState. */
  State = 6,
  Size = 8,
}

/** What is known of a packet of a batch. */
export const enum BatchState {
  /** It did not open. */
  Closed = 0,
  /** Its payload stands in the window in the clear. */
  Open = 1,
  /** Its key phase is the other one: nothing was tried. */
  OtherPhase = 2,
}

export const CRYPTO_SAMPLES = 337_152; // CRYPTO_BATCH + 256 * 32
/** Most samples of one call. */
export const CRYPTO_SAMPLE_COUNT = 512;

export const CRYPTO_SLOTS = 345_408; // CRYPTO_SAMPLES + 512 * 16 + 64
/** Octets of a slot: a prepared key, and tables of its hash key. */
export const CRYPTO_SLOT_LENGTH = 9_216;
export const CRYPTO_SLOT_COUNT = 12;

/** Octets of a prepared key: round keys of AES and the hash key of GCM, or the octets of a key of ChaCha20. */
export const CRYPTO_KEY_LENGTH = 272;
/** In a prepared key of AES: the count of rounds, how many blocks were hashed (until it has tables), and the hash key. */
export const CRYPTO_KEY_ROUNDS = 240;
export const CRYPTO_KEY_BLOCKS = 244;
export const CRYPTO_KEY_HASH = 256;
/** In a slot: two tables of 16 blocks for each of the first CRYPTO_POWERS powers of the hash key. */
export const CRYPTO_POWER_TABLES = 512;
export const CRYPTO_POWERS = 17;

/** Key octets: of one text or of all texts of a batch, one block more for each. */
export const CRYPTO_STREAM = 196_864; // QUIC_TAPE
export const CRYPTO_STREAM_LENGTH = 131_072; // QUIC_TAPE_LENGTH
