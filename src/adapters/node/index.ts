// tercet/node: connections on Node's sockets. The only sub-path that imports `node:`.

export type { WireConnection } from "../connection.js";
export type { Limits } from "../limits.js";
export type { ResetError } from "../reset-error.js";
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
