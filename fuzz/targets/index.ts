// All targets that take bytes of a peer. A new public function that takes peer bytes gets a file here.

import { h1ChunkedBody } from "./h1-chunked-body.js";
import { h1ClientReceive } from "./h1-client-receive.js";
import { h1ReceiveEnd } from "./h1-receive-end.js";
import { h1ReceiveHandler } from "./h1-receive-handler.js";
import { h1ServerReceive } from "./h1-server-receive.js";
import { h1TightLimits } from "./h1-tight-limits.js";
import type { Target } from "./target.js";

export type { Target } from "./target.js";

/** Every target, in the order of the list that --help prints. */
export const targets: readonly Target[] = [
  h1ServerReceive,
  h1ClientReceive,
  h1ReceiveHandler,
  h1ChunkedBody,
  h1ReceiveEnd,
  h1TightLimits,
];
