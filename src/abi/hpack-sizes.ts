// Sizes of what RFC 7541 fixes, as numbers alone: the engine is compiled with them, and not with the tables of
// hpack-static.ts and huffman.ts, which the host writes into its memory. Imports nothing.

/** Entries of the static table (RFC 7541 appendix A); the dynamic table goes on behind them. */
export const STATIC_COUNT = 61;
/** Symbols of the Huffman code (RFC 7541 appendix B): octets, and EOS. */
export const HUFFMAN_SYMBOLS = 257;
/** Bits of the longest code. */
export const HUFFMAN_LENGTH_MAX = 30;
