// What a stream that the peer has reset is to those who wait for it.

import type { ProtocolError } from "../errors.js";

/** RFC 9113 section 7. */
const NAMES = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

/** RFC 9114 section 8.1, from 0x100 on. */
const NAMES_H3 = [
  ...["H3_NO_ERROR", "H3_GENERAL_PROTOCOL_ERROR", "H3_INTERNAL_ERROR", "H3_STREAM_CREATION_ERROR"],
  ...["H3_CLOSED_CRITICAL_STREAM", "H3_FRAME_UNEXPECTED", "H3_FRAME_ERROR", "H3_EXCESSIVE_LOAD"],
  ...["H3_ID_ERROR", "H3_SETTINGS_ERROR", "H3_MISSING_SETTINGS", "H3_REQUEST_REJECTED"],
  ...["H3_REQUEST_CANCELLED", "H3_REQUEST_INCOMPLETE", "H3_MESSAGE_ERROR", "H3_CONNECT_ERROR"],
  "H3_VERSION_FALLBACK",
];

/** The peer has given up a stream. */
export interface ResetError extends Error {
  readonly code: "STREAM_RESET";
  /**
   * As it stood in RST_STREAM or RESET_STREAM; 7, REFUSED_STREAM, and 0x10b, H3_REQUEST_REJECTED: nothing was done, the
   * request may be sent again.
   */
  readonly wireCode: number;
}

/** An Error that says which code the peer gave. */
export function resetError(wireCode: number): ResetError {
  const name = NAMES[wireCode] ?? NAMES_H3[wireCode - 0x100] ?? `code ${wireCode}`;
  const error = new Error(`the peer has reset the stream: ${name}`);
  return Object.assign(error, { code: "STREAM_RESET" as const, wireCode });
}

/** Whether an error is about one message or stream, and the connection goes on. */
export function isOfStream(error: ProtocolError): boolean {
  return error.scope === "stream" && error.streamId !== null;
}
