// What goes wrong with a QUIC connection, whatever the transport.

import type { QuicClose } from "./transport.js";

/** A handshake that failed, or a connection that ended before it was done with. */
export class QuicError extends Error {
  override readonly name = "QuicError";
  /** "QUIC_HANDSHAKE_FAILED" | "QUIC_CERTIFICATE_INVALID" | "QUIC_CLOSED" | "QUIC_TIMEOUT" */
  readonly code: string;
  /** How the connection ended; null: without a word. */
  readonly close: QuicClose | null;

  constructor(code: string, message: string, close: QuicClose | null = null) {
    super(message);
    this.code = code;
    this.close = close;
  }
}

/** The error of those who still waited for something when the connection ended. */
export function closeError(close: QuicClose): QuicError {
  const why = close.reason === "" ? "" : `: ${close.reason}`;
  if (close.by === "timeout") {
    return new QuicError("QUIC_TIMEOUT", "the connection was silent for too long", close);
  }
  const who = close.by === "peer" ? "the peer closed the connection" : "the connection was closed";
  const kind = close.isApplication ? "code" : "QUIC code";
  return new QuicError("QUIC_CLOSED", `${who} (${kind} 0x${close.code.toString(16)})${why}`, close);
}
