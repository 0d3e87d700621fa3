// tercet/node: connections on Node's sockets, TCP, TLS and QUIC. The only sub-path that imports `node:`.

export type { WireConnection } from "../connection.js";
export type { Limits } from "../limits.js";
export { attachQuic, type QuicAttachment, type QuicAttachOptions } from "../quic/drive.js";
export { QuicError } from "../quic/quic-error.js";
export type * from "../quic/transport.js";
export type { ResetError } from "../reset-error.js";
export { nodeAead } from "./aead.js";
export {
  type Attachment,
  type AttachOptions,
  attach,
  type Receiver,
} from "./attach.js";
export {
  type Client,
  type ClientOptions,
  type ClientRequest,
  type ClientResponse,
  connect,
} from "./connect.js";
export type {
  QuicClientOptions,
  QuicIntercept,
  QuicOptions,
  QuicResumption,
  QuicServerOptions,
} from "./quic-options.js";
export { quicheTransport } from "./quiche.js";
export type { QuicheBinding } from "./quiche-binding.js";
export {
  type ConnectionInfo,
  type FetchHandler,
  type RequestInfo,
  type RequestTiming,
  type ServeOptions,
  type Server,
  serve,
} from "./serve.js";
export type { Timeouts } from "./timeouts.js";
export { TunnelStream } from "./tunnel.js";
export {
  type CertificateHash,
  WebTransport,
  type WebTransportClientOptions,
} from "./webtransport-client.js";
export {
  type ServerSession,
  type SessionDecision,
  type SessionQuestion,
  WebTransportServer,
  type WebTransportServerOptions,
} from "./webtransport-server.js";
