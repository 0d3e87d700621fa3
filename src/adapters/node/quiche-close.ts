// How a connection of quiche ended, in the terms of QuicConnection.

import type { QuicClose } from "../quic/transport.js";
import type { QuicheNative } from "./quiche-binding.js";

/** Who closed it, and by which code. */
export function closeOf(native: QuicheNative): QuicClose {
  const peer = native.peerError();
  const error = peer ?? native.localError();
  if (error === null) {
    return {
      by: native.isTimedOut() ? "timeout" : "us",
      isApplication: false,
      code: 0,
      reason: "",
    };
  }
  const reason = new TextDecoder().decode(error.reason);
  return {
    by: peer === null ? "us" : "peer",
    isApplication: error.isApp,
    code: error.errorCode,
    reason,
  };
}
