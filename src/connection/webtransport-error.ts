// WebTransportError of the W3C API: what streams and promises of a session fail with.

/** What failed: one stream, by its other end, or the session. */
export type WebTransportErrorSource = "stream" | "session";

/** An error of WebTransport, with the shape of the W3C API. */
export class WebTransportError extends DOMException {
  readonly source: WebTransportErrorSource;
  /** The code that the other end gave, or that this end gives when a stream is aborted or cancelled with the error. */
  readonly streamErrorCode: number | null;

  constructor(
    message = "",
    options: {
      readonly source?: WebTransportErrorSource;
      readonly streamErrorCode?: number | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, "WebTransportError");
    this.source = options.source ?? "stream";
    this.streamErrorCode = options.streamErrorCode ?? null;
    if (options.cause !== undefined)
      Object.defineProperty(this, "cause", { value: options.cause, configurable: true });
  }
}

const CODE_MAX = 0xffff_ffff;

/** The code to reset a stream with, for a reason that the application gave: 0 where it names none. */
export function codeOf(reason: unknown): number {
  if (typeof reason !== "object" || reason === null) return 0;
  const { streamErrorCode, code } = reason as { streamErrorCode?: unknown; code?: unknown };
  const isOwn = reason instanceof DOMException;
  const value = streamErrorCode ?? (isOwn ? 0 : code);
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) return 0;
  return Math.min(value, CODE_MAX);
}
