// What the requests of one connection have from their server, whatever carries them.

import type { ConnectionInfo, ServeOptions } from "./serve.js";
import type { Timeouts } from "./timeouts.js";

/** What a connection has from its server. */
export interface ServerContext {
  readonly options: ServeOptions;
  readonly timeouts: Required<Timeouts>;
  readonly scheme: string;
  /** Fields that answers of this protocol have, where the application gives none: flat list. */
  defaults(httpVersion: string): string[];
  /** The application failed. */
  fault(fault: unknown, request: Request | null): void;
}

/** One connection of a server. */
export interface ServerOwner {
  readonly context: ServerContext;
  readonly info: ConnectionInfo;
  /** `performance.now()` when it was handed over. */
  readonly accepted: number;
  /** No further request; what is under way is finished. */
  close(): void;
  /** The end, at once. */
  destroy(): void;
}
