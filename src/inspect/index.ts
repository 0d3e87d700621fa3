// tercet/inspect: what bytes on the wire say.

export type * from "./events.js";
