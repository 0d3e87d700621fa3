// tercet/hpack: header compression for HTTP/2 on its own (RFC 7541).

export type { HpackDecoderOptions, HpackField } from "./codec/hpack-decoder.js";
export { HpackDecoder } from "./codec/hpack-decoder.js";
export type { HpackEncoderOptions } from "./codec/hpack-encoder.js";
export { HpackEncoder } from "./codec/hpack-encoder.js";
