// The client's command: requests (RFC 9113 sections 5.1.1, 5.1.2, 8.1, 8.3, 8.5).
// Rules: H2-049, H2-052, XC-003.

import { requestFields } from "../codec/message.js";
import { parsePriority } from "../codec/priority-field.js";
import { UsageError } from "../errors.js";
import { CoreFlag, type H2Core } from "./h2-core.js";
import { startContent } from "./h2-send.js";
import { AUTHORITIES_MAX, ID_MAX, Stream, StreamFlag } from "./h2-stream.js";
import { StreamState } from "./h2-stream-state.js";
import { bytesOf, type RequestToSend, requestLength, saysLength } from "./message-content.js";
import { sensitiveSet } from "./sensitive.js";

/** A request to send. */
export type H2RequestToSend = RequestToSend;

/** Opens a stream. @returns its identifier: 1, 3, 5, … */
export function sendRequest(core: H2Core, request: H2RequestToSend): number {
  if (!core.config.isClient) throw new UsageError("H2_ROLE", "a server sends responses");
  const message = requestFields(request, { connectProtocol: core.peer.enableConnectProtocol });
  const sensitive = sensitiveSet("H2", request.sensitive);
  const { content } = request;
  const bytes = bytesOf(content);
  const isConnect = request.method === "CONNECT";
  const length = isConnect ? -1 : requestLength("H2", request, message.contentLength, bytes);
  checkRoom(core);
  if (message.contentLength < 0 && saysLength(request, length))
    message.fields.push("content-length", String(length));
  const id = core.streams.lastLocal === 0 ? 1 : core.streams.lastLocal + 2;
  const stream = new Stream(id, StreamState.Open, core.local.initialWindowSize);
  core.streams.lastLocal = id;
  core.streams.open(stream);
  stream.flags |= StreamFlag.HeadSent;
  if (isConnect) stream.flags |= StreamFlag.Connect;
  if (request.method === "HEAD") stream.flags |= StreamFlag.Head;
  noteRequest(core, stream, message.fields, message.priority);
  core.output.headers(core, id, message.fields, sensitive, length === 0);
  startContent(core, stream, length, bytes);
  return id;
}

function checkRoom(core: H2Core): void {
  if (core.isOver) throw new UsageError("H2_CLOSED", "the connection has ended: open a new one");
  if (core.has(CoreFlag.Closing | CoreFlag.Ended))
    throw new UsageError("H2_GOAWAY", "no new streams on this connection: open a new one");
  if (core.streams.lastLocal >= ID_MAX)
    throw new UsageError("H2_STREAMS_EXHAUSTED", "no identifiers are left: open a new connection");
  if (core.streams.localActive >= core.peer.maxConcurrentStreams)
    throw new UsageError(
      "H2_STREAMS_FULL",
      `the server allows ${core.peer.maxConcurrentStreams} streams at a time: wait for one to end`,
    );
}

/** What the connection must know about it later: priority, and whom promises may speak for. */
function noteRequest(
  core: H2Core,
  stream: Stream,
  fields: readonly string[],
  field: string | null,
): void {
  const priority = field === null ? null : parsePriority(field);
  if (priority !== null) {
    stream.urgency = priority.urgency;
    stream.incremental = priority.incremental;
  }
  if (core.local.pushIsOff) return;
  const authority = fields[fields.indexOf(":authority") + 1] as string;
  const { authorities } = core.rare;
  if (authorities.size < AUTHORITIES_MAX) authorities.add(authority.toLowerCase());
}
