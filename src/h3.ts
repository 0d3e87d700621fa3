// tercet/h3: HTTP/3 (RFC 9114), capsules (RFC 9297).

export type { Capsule } from "./codec/capsule.js";
export type { CapsuleError, CapsuleParserOptions } from "./codec/capsule-parser.js";
export { CapsuleParser } from "./codec/capsule-parser.js";
export { CapsuleWriter } from "./codec/capsule-writer.js";
export type { H3Frame } from "./codec/h3-frame.js";
export type { H3FrameError, H3FrameParserOptions } from "./codec/h3-frame-parser.js";
export { H3FrameParser } from "./codec/h3-frame-parser.js";
export { H3FrameWriter } from "./codec/h3-frame-writer.js";
export type { H3UsageCode } from "./codec/message-usage.js";
export type {
  H3LimitUse,
  H3Options,
  H3RequestToSend,
  H3ResponseToSend,
  H3Settings,
  StreamOutput,
} from "./connection/h3.js";
export { H3Connection } from "./connection/h3.js";
