// The marks that HTTP/3 must reach, as data. There is none on times: what they are compared with is in h3-peers.ts.

/** Bytes of a connection that waits, engine's memory included. */
export const LARGEST_IDLE = 6144;
/** Bytes that one more open stream adds: not a mark, but what bombs are judged beyond. */
export const STREAM_BYTES = 500;
/** Memory held against octets received, where a peer sends as little as it can for as much as it can. */
export const LARGEST_AMPLIFICATION = 4;
