// tercet/webtransport: WebTransport sessions over HTTP/3 and over HTTP/2 (draft-ietf-webtrans-http3,
// draft-ietf-webtrans-http2), as events and commands, and as objects with the shape of the W3C API.

export {
  SessionBody,
  type SessionPort,
  type WebTransportCloseInfo,
  type WebTransportStreamOptions,
} from "./connection/webtransport-body.js";
export { WebTransportDatagrams } from "./connection/webtransport-datagrams.js";
export {
  DIALECTS,
  type Dialect,
  type DialectInfo,
  type InitialLimits,
  negotiateDialect,
  type SettingsMap,
  webtransportSettings,
} from "./connection/webtransport-dialect.js";
export {
  type DriverOptions,
  type SessionRequest,
  WebTransportDriver,
} from "./connection/webtransport-driver.js";
export {
  WebTransportError,
  type WebTransportErrorSource,
} from "./connection/webtransport-error.js";
export type { WebTransportEvent } from "./connection/webtransport-events.js";
export type { H2Carrier } from "./connection/webtransport-h2.js";
export {
  H2_DIALECTS,
  type H2Dialect,
  type H2DialectInfo,
  type H2InitialLimits,
  webtransportH2Settings,
} from "./connection/webtransport-h2-dialect.js";
export type { H3Carrier } from "./connection/webtransport-h3.js";
export { WebTransportSession, type WebTransportStats } from "./connection/webtransport-object.js";
export type {
  ReceiveStreamStats,
  SendStreamStats,
  WebTransportBidirectionalStream,
  WebTransportReceiveStream,
  WebTransportSendStream,
} from "./connection/webtransport-pipes.js";
export {
  type SessionToOpen,
  type WebTransportOptions,
  WebTransportSessions,
} from "./connection/webtransport-sessions.js";
export type { HeaderList, RequestHead, ResponseHead } from "./events.js";
