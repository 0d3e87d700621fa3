// Sizes of what RFC 9204 fixes, as numbers alone: the engine is compiled with them, and not with the table of
// qpack-static.ts, which the host writes into its memory. Imports nothing.

/** Entries of the static table (RFC 9204 appendix A), numbered from 0. */
export const STATIC_COUNT = 99;
