// The server's commands: interim and final responses, promises (RFC 9113 sections 8.1, 8.4).
// Rules: H2-052, H2-092, H2-158, H2-195.

import { requestFields, responseFields } from "../codec/message.js";
import { UsageError } from "../errors.js";
import type { HeaderList } from "../events.js";
import { CoreFlag, type H2Core } from "./h2-core.js";
import { startContent, streamOf } from "./h2-send.js";
import { ID_MAX, Stream, StreamFlag } from "./h2-stream.js";
import { StreamState } from "./h2-stream-state.js";
import {
  bytesOf,
  checkContentless,
  type ResponseToSend,
  responseLength,
} from "./message-content.js";
import { type SensitiveNames, sensitiveSet } from "./sensitive.js";

/** A response to send. */
export type H2ResponseToSend = ResponseToSend;

/** A request to promise. */
export interface PushToSend {
  readonly method?: "GET" | "HEAD";
  readonly path: string;
  readonly authority?: string;
  readonly scheme?: string;
  readonly headers: HeaderList;
}

function unanswered(core: H2Core, streamId: number): Stream | null {
  if (core.config.isClient) throw new UsageError("H2_ROLE", "a client sends requests");
  const stream = streamOf(core, streamId);
  if (stream === null) return null;
  if (stream.has(StreamFlag.HeadSent))
    throw new UsageError("H2_RESPONSE_REPEATED", `stream ${streamId} was answered`);
  if (stream.state === StreamState.ReservedLocal) checkPushes(core);
  return stream;
}

/** A promise counts from its response on (RFC 9113 section 5.1.2). */
function checkPushes(core: H2Core): void {
  if (core.streams.localActive >= core.peer.maxConcurrentStreams)
    throw new UsageError("H2_STREAMS_FULL", "the client allows no more pushes at a time");
}

/** A 1xx response. */
export function sendInformational(
  core: H2Core,
  streamId: number,
  head: { status: number; headers: HeaderList; sensitive?: SensitiveNames },
): void {
  const { fields } = responseFields(head, true);
  const sensitive = sensitiveSet("H2", head.sensitive);
  const stream = unanswered(core, streamId);
  if (stream === null) return;
  if (stream.state === StreamState.ReservedLocal) beginPush(core, stream);
  core.output.headers(core, streamId, fields, sensitive, false);
}

/** The final response. */
export function sendResponse(core: H2Core, streamId: number, response: H2ResponseToSend): void {
  const { status, content } = response;
  const message = responseFields(response, false);
  const sensitive = sensitiveSet("H2", response.sensitive);
  const bytes = bytesOf(content);
  checkContentless("H2", status, response.body, bytes);
  const stream = unanswered(core, streamId);
  if (stream === null) return;
  const isTunnel = stream.has(StreamFlag.Connect) && status < 300;
  const isHead = stream.has(StreamFlag.Head);
  const field = message.contentLength;
  const { length, shown } = responseLength(
    "H2",
    status,
    field,
    response.body,
    bytes,
    isTunnel,
    isHead,
  );
  if (shown >= 0) message.fields.push("content-length", String(shown));
  if (stream.state === StreamState.ReservedLocal) beginPush(core, stream);
  stream.flags |= StreamFlag.HeadSent;
  if (isTunnel) stream.flags |= StreamFlag.Tunnel;
  core.output.headers(core, streamId, message.fields, sensitive, length === 0);
  startContent(core, stream, length, bytes);
}

function beginPush(core: H2Core, stream: Stream): void {
  core.streams.begin(stream, StreamState.HalfClosedRemote);
}

/**
 * Promises a response to a request that the client did not make (RFC 9113 section 8.4).
 * @returns the promised stream, to be answered by sendResponse
 */
export function push(core: H2Core, streamId: number, request: PushToSend): number {
  if (core.config.isClient) throw new UsageError("H2_ROLE", "only servers push");
  const { method = "GET" } = request;
  if (method !== "GET" && method !== "HEAD")
    throw new UsageError("H2_PUSH_INVALID", "a promised request is GET or HEAD");
  const { fields, contentLength } = requestFields(
    { ...request, method },
    { connectProtocol: false },
  );
  if (contentLength > 0)
    throw new UsageError("H2_PUSH_INVALID", "a promised request has no content");
  const parent = streamOf(core, streamId);
  if (parent === null || core.isOver)
    throw new UsageError("H2_STREAM_CLOSED", `stream ${streamId} is closed: nothing to push on`);
  if (
    !parent.canSend ||
    parent.state === StreamState.ReservedLocal ||
    parent.has(StreamFlag.EndQueued)
  )
    throw new UsageError("H2_STREAM_CLOSED", `the response on stream ${streamId} has ended`);
  if (!core.peer.enablePush)
    throw new UsageError("H2_PUSH_FORBIDDEN", "the client does not accept pushes");
  if (core.has(CoreFlag.GoawayReceived) || core.streams.lastLocal + 2 > ID_MAX)
    throw new UsageError("H2_GOAWAY", "no new streams on this connection");
  checkPushes(core);
  const id = core.streams.lastLocal + 2;
  core.streams.lastLocal = id;
  const stream = new Stream(id, StreamState.ReservedLocal, 0);
  stream.flags = StreamFlag.HeadReceived | StreamFlag.EndReceived;
  if (method === "HEAD") stream.flags |= StreamFlag.Head;
  core.streams.reserve(stream);
  core.output.pushPromise(core, streamId, id, fields);
  return id;
}
