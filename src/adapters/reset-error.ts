// What a stream that the peer has reset is to those who wait for it.

import type { ProtocolError } from "../errors.js";

/** RFC 9113 section 7. */
const NAMES = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

/** The peer has given up a stream. */
export interface ResetError extends Error {
  readonly code: "STREAM_RESET";
  /** As it stood in RST_STREAM; 7, REFUSED_STREAM: nothing was done, the request may be sent again. */
  readonly wireCode: number;
}

/** An Error that says which code the peer gave. */
export function resetError(wireCode: number): ResetError {
  const name = NAMES[wireCode] ?? `code ${wireCode}`;
  const error = new Error(`the peer has reset the stream: ${name}`);
  return Object.assign(error, { code: "STREAM_RESET" as const, wireCode });
}

/** Whether an error is about one message or stream, and the connection goes on. */
export function isOfStream(error: ProtocolError): boolean {
  return error.scope === "stream" && error.streamId !== null;
}
