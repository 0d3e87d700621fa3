// tercet/webtransport: WebTransport sessions over HTTP/3 and over HTTP/2 (draft-ietf-webtrans-http3,
// draft-ietf-webtrans-http2).

export {
  DIALECTS,
  type Dialect,
  type DialectInfo,
  negotiateDialect,
  webtransportSettings,
} from "./connection/webtransport-dialect.js";
export type { WebTransportEvent } from "./connection/webtransport-events.js";
export {
  H2_DIALECTS,
  type H2Dialect,
  type H2DialectInfo,
  type H2InitialLimits,
  webtransportH2Settings,
} from "./connection/webtransport-h2-dialect.js";
export {
  type SessionToOpen,
  type WebTransportOptions,
  WebTransportSessions,
} from "./connection/webtransport-sessions.js";
