// tercet/h1: HTTP/1.1 (RFC 9112).

export { dechunkHeaders, removeHopByHop } from "./codec/h1-forward.js";
export type { H1UsageCode } from "./codec/h1-usage.js";
export { formatHttpDate } from "./codec/http-date.js";
export { H1Connection } from "./connection/h1.js";
export type { RequestToSend } from "./connection/h1-client.js";
export type { H1Options } from "./connection/h1-options.js";
export type { ResponseToSend } from "./connection/h1-server.js";
export type {
  BodyKind,
  ConnectionEvent,
  ConnectionState,
  Fields,
  Handler,
  HeaderList,
  RequestHead,
  ResponseHead,
} from "./events.js";
