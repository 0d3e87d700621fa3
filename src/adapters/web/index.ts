// tercet/web: the platform's Request and Response on a connection, connections as WHATWG streams, HTTP/3 on any QUIC
// transport, and Deno's. No `node:` import: runs in workers, browsers, Deno, Bun and Node.

export type { ResponseWriter, WireConnection } from "../connection.js";
export { attachQuic, type QuicAttachment, type QuicAttachOptions } from "../quic/drive.js";
export { QuicError } from "../quic/quic-error.js";
export type * from "../quic/transport.js";
export { protectAsync, unprotectAsync } from "./aead.js";
export { BodySource, type BodySourceOptions } from "./body-source.js";
export { type DenoQuic, denoTransport } from "./deno-quic.js";
export { type RequestOptions, toRequest } from "./request.js";
export { type ResponseOptions, type ResponsePort, sendFetchResponse } from "./response.js";
export { type ConnectionStreams, connectionStreams } from "./streams.js";
