// tercet/web: the platform's Request and Response on a connection, and connections as WHATWG streams. No
// `node:` import: runs in workers, browsers, Deno, Bun and Node.

export type { ResponseWriter, WireConnection } from "../connection.js";
export { BodySource, type BodySourceOptions } from "./body-source.js";
export { type RequestOptions, toRequest } from "./request.js";
export { type ResponseOptions, type ResponsePort, sendFetchResponse } from "./response.js";
export { type ConnectionStreams, connectionStreams } from "./streams.js";
