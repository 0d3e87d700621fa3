// Frames of one HTTP/3 stream, cut at any place (RFC 9114 section 7.1). A bidirectional stream of WebTransport begins like
// a frame: type 0x41, and its "length" is the session id. onFrameStart tells so and returns FrameUse.Stop; `offset` and
// the place that read() gives are then behind both numbers, where the bytes of the stream begin.
// Rules: H3-FRM-1, H3-WT-4.

export type { FrameSink as H3FrameSink } from "./tlv-reader.js";
export { FrameUse, TlvReader as H3FrameReader } from "./tlv-reader.js";
