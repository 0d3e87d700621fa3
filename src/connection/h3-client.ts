// The client's command: requests (RFC 9114 sections 4.1, 4.3.1, 4.4, RFC 9220).
// Rules: H3-STR-1, H3-MSG-15, H3-MSG-16.

import { H3FrameReader } from "../codec/h3-frame-reader.js";
import { h3RequestFields } from "../codec/h3-message.js";
import { parsePriority } from "../codec/priority-field.js";
import { UsageError } from "../errors.js";
import { checkCapsuleMessage, noteProtocol } from "./h3-capsules.js";
import { type H3Core, H3CoreFlag } from "./h3-core.js";
import { startContent } from "./h3-send.js";
import { H3Stream, H3StreamFlag } from "./h3-stream.js";
import {
  bytesOf,
  type RequestThatWent,
  type RequestToSend,
  requestLength,
  saysLength,
} from "./message-content.js";
import { sensitiveSet } from "./sensitive.js";

/** A request to send. */
export type H3RequestToSend = RequestToSend;

/** Opens a stream. @returns its number: 0, 4, 8, … */
export function sendRequest(core: H3Core, request: H3RequestToSend): number {
  if (!core.config.isClient) throw new UsageError("H3_ROLE", "a server sends responses");
  const message = h3RequestFields(request, { connectProtocol: core.peer.connectProtocol });
  const sensitive = sensitiveSet("H3", request.sensitive);
  const bytes = bytesOf(request.content);
  const isConnect = request.method === "CONNECT";
  const length = isConnect ? -1 : requestLength("H3", request, message.contentLength, bytes);
  checkOpen(core);
  if (message.contentLength < 0 && saysLength(request, length))
    message.fields.push("content-length", String(length));
  const id = core.nextBidi;
  const stream = new H3Stream(id, H3StreamFlag.HeadSent);
  if (isConnect) stream.flags |= H3StreamFlag.Connect;
  if (request.method === "HEAD") stream.flags |= H3StreamFlag.Head;
  if (request.protocol !== undefined) noteProtocol(core, stream, request.protocol);
  checkCapsuleMessage(stream, message.fields, 0);
  core.nextBidi += 4;
  stream.frames = new H3FrameReader();
  core.live.set(id, stream);
  core.requestCount++;
  noteRequest(stream, message.fields, message.priority);
  core.output.headers(stream, message.fields, sensitive, bytes ?? null);
  startContent(core, stream, length, bytes);
  return id;
}

/**
 * A request that somebody else sent, for who reads both sides of a connection and sends nothing. Its stream is a
 * request of ours whose message is over; after the end of the connection there is nothing to expect.
 */
export function expectResponse(core: H3Core, streamId: number, request: RequestThatWent): void {
  if (!core.config.isClient) throw new UsageError("H3_ROLE", "a server reads no responses");
  const isRequest = Number.isSafeInteger(streamId) && streamId >= 0 && streamId % 4 === 0;
  if (!isRequest || core.live.has(streamId))
    throw new UsageError("H3_STREAM_UNKNOWN", `stream ${streamId} is no new request`);
  const { method, authority, protocol } = request;
  if (typeof method !== "string" || method === "")
    throw new UsageError("H3_METHOD_INVALID", "a request has a method");
  if (core.isOver) return;
  const over = H3StreamFlag.HeadSent | H3StreamFlag.EndQueued | H3StreamFlag.SendDone;
  const stream = new H3Stream(streamId, over);
  if (method === "CONNECT") stream.flags |= H3StreamFlag.Connect;
  if (method === "HEAD") stream.flags |= H3StreamFlag.Head;
  if (protocol !== undefined) noteProtocol(core, stream, protocol);
  stream.authority = authority ?? null;
  stream.frames = new H3FrameReader();
  core.nextBidi = Math.max(core.nextBidi, streamId + 4);
  core.live.set(streamId, stream);
  core.requestCount++;
}

function checkOpen(core: H3Core): void {
  if (core.isOver) throw new UsageError("H3_CLOSED", "the connection has ended: open a new one");
  if (core.has(H3CoreFlag.Closing))
    throw new UsageError("H3_GOAWAY", "no new requests on this connection: open a new one");
}

/** What the connection must know about it later: priority, and whom promises may speak for. */
function noteRequest(stream: H3Stream, fields: readonly string[], field: string | null): void {
  const priority = field === null ? null : parsePriority(field);
  if (priority !== null) {
    stream.urgency = priority.urgency;
    stream.incremental = priority.incremental;
  }
  const at = fields.indexOf(":authority");
  if (at >= 0) stream.authority = fields[at + 1] as string;
}
