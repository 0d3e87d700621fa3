// The server's commands: interim and final responses (RFC 9114 section 4.1).
// Rules: H3-FRM-24, H3-MSG-14, H3-MSG-24.

import { h3ResponseFields } from "../codec/h3-message.js";
import { UsageError } from "../errors.js";
import type { HeaderList } from "../events.js";
import { checkCapsuleMessage } from "./h3-capsules.js";
import type { H3Core } from "./h3-core.js";
import { startContent, streamOf } from "./h3-send.js";
import { establishSession } from "./h3-sessions.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";
import {
  bytesOf,
  checkContentless,
  type ResponseToSend,
  responseLength,
} from "./message-content.js";
import { type SensitiveNames, sensitiveSet } from "./sensitive.js";

/** A response to send. */
export type H3ResponseToSend = ResponseToSend;

function unanswered(core: H3Core, streamId: number): H3Stream | null {
  if (core.config.isClient) throw new UsageError("H3_ROLE", "a client sends requests");
  const stream = streamOf(core, streamId);
  if (stream === null || stream.has(H3StreamFlag.SendDone | H3StreamFlag.Refused)) return null;
  if (!stream.has(H3StreamFlag.HeadReceived))
    throw new UsageError("H3_STREAM_UNKNOWN", `stream ${streamId} has no request yet`);
  if (stream.has(H3StreamFlag.HeadSent))
    throw new UsageError("H3_RESPONSE_REPEATED", `stream ${streamId} was answered`);
  return stream;
}

/** A 1xx response. */
export function sendInformational(
  core: H3Core,
  streamId: number,
  head: { status: number; headers: HeaderList; sensitive?: SensitiveNames },
): void {
  const { fields } = h3ResponseFields(head, true);
  const sensitive = sensitiveSet("H3", head.sensitive);
  const stream = unanswered(core, streamId);
  if (stream !== null) core.output.headers(stream, fields, sensitive, null);
}

/** The final response. */
export function sendResponse(core: H3Core, streamId: number, response: H3ResponseToSend): void {
  const { status, content, body } = response;
  const message = h3ResponseFields(response, false);
  const sensitive = sensitiveSet("H3", response.sensitive);
  const bytes = bytesOf(content);
  checkContentless("H3", status, body, bytes);
  const stream = unanswered(core, streamId);
  if (stream === null) return;
  checkCapsuleMessage(stream, message.fields, status);
  const isTunnel = stream.has(H3StreamFlag.Connect) && status < 300;
  const isHead = stream.has(H3StreamFlag.Head);
  const field = message.contentLength;
  const { length, shown } = responseLength("H3", status, field, body, bytes, isTunnel, isHead);
  if (shown >= 0) message.fields.push("content-length", String(shown));
  stream.flags |= H3StreamFlag.HeadSent;
  if (isTunnel) stream.flags |= H3StreamFlag.Tunnel;
  const hasContent = length !== 0 && bytes !== undefined;
  core.output.headers(stream, message.fields, sensitive, hasContent ? bytes : null);
  startContent(core, stream, length, hasContent ? bytes : undefined);
  if (isTunnel && stream.has(H3StreamFlag.WebTransport)) establishSession(core, stream);
}
