// tercet/h2: HTTP/2 (RFC 9113).

export type { H2Frame } from "./codec/h2-frame.js";
export { H2FrameParser } from "./codec/h2-frame-parser.js";
export { H2FrameWriter } from "./codec/h2-frame-writer.js";
export type { H2UsageCode } from "./codec/message-usage.js";
export { H2Connection } from "./connection/h2.js";
export type { H2RequestToSend } from "./connection/h2-client.js";
export type { H2Options, H2Settings } from "./connection/h2-options.js";
export type { SentFrame } from "./connection/h2-passive.js";
export type { LimitUse } from "./connection/h2-report.js";
export type { H2ResponseToSend, PushToSend } from "./connection/h2-server.js";
export type {
  BodyKind,
  ConnectionEvent,
  ConnectionState,
  Fields,
  FrameEvent,
  Handler,
  HeaderList,
  RequestHead,
  ResponseHead,
} from "./events.js";
