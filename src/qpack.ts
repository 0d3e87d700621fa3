// tercet/qpack: header compression for HTTP/3 on its own (RFC 9204).

export type { QpackDecoderOptions, QpackField, UnblockedSection } from "./codec/qpack-decoder.js";
export { QpackDecoder } from "./codec/qpack-decoder.js";
export { QpackEncoder } from "./codec/qpack-encoder.js";
export type { QpackEncoderOptions, QpackStrategy } from "./codec/qpack-encoder-options.js";
