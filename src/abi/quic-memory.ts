// The map of the linear memory of quic.wasm: protection of packets and records, header protection, hashes. Compiled by asc
// and by tsc; imports nothing. The memory never grows: memory.grow detaches every view.
//
//   page 0   static data and tables of the module
//   WINDOW   input: the payload of a packet, or several packets of a batch, and padding that kernels may over-read
//   OUTPUT   what was decrypted or encrypted
//   TAPE     between the two: key octets of the texts of one call (src/abi/quic-crypto.ts)
//   KEYS     schedules and tables of keys, samples and masks: assembly/quic's crypto alone

export const QUIC_WINDOW = 65_536;
export const QUIC_WINDOW_LENGTH = 65_536;
/** What kernels may read past the end of window and output. */
export const QUIC_PADDING = 64;

export const QUIC_OUTPUT = 131_200; // QUIC_WINDOW + QUIC_WINDOW_LENGTH + 128
export const QUIC_OUTPUT_LENGTH = 65_536;

export const QUIC_TAPE = 196_864; // QUIC_OUTPUT + QUIC_OUTPUT_LENGTH + 128
export const QUIC_TAPE_LENGTH = 131_072;

export const QUIC_KEYS = 327_936; // QUIC_TAPE + QUIC_TAPE_LENGTH
export const QUIC_KEYS_LENGTH = 131_072;

export const MEMORY_PAGES = 8; // QUIC_KEYS + QUIC_KEYS_LENGTH, rounded up: 524,288
