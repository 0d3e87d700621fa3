// A user's TypeScript, checked with the strictest settings against the packed declarations.

import type { ConnectionEvent, Fields, HeaderList, RequestHead, ResponseHead } from "tercet";
import { ProtocolError, UsageError } from "tercet";
import { H1Connection } from "tercet/h1";
import { H3Connection, type StreamOutput } from "tercet/h3";
import { QpackDecoder, type QpackField } from "tercet/qpack";

export function texts(bytes: Uint8Array): string[] {
  const connection = new H1Connection({ role: "server" });
  return connection.receive(bytes).map(text);
}

function text(event: ConnectionEvent): string {
  switch (event.type) {
    case "head":
      return "method" in event.head ? request(event.head) : response(event.head);
    case "data":
      return `${event.streamId}: ${event.bytes.length} bytes`;
    case "trailers":
      return names(event.trailers).join();
    case "error":
      return event.error instanceof ProtocolError
        ? `${event.error.code} ${event.error.offset}`
        : "";
    default:
      return event.type;
  }
}

function request(head: RequestHead): string {
  return `${head.method} ${head.target} ${head.get("host") ?? ""}`;
}

function response(head: ResponseHead): string {
  return `${head.status} ${head.reason ?? ""}`;
}

function names(fields: Fields): string[] {
  return [...fields].map(([name]) => name);
}

export function answer(
  connection: H1Connection,
  streamId: number,
  headers: HeaderList,
): Uint8Array[] {
  try {
    connection.sendResponse(streamId, { status: 200, headers, content: "hello\n" });
  } catch (error) {
    if (error instanceof UsageError) throw new Error(error.code);
    throw error;
  }
  return connection.take();
}

export function fields(section: Uint8Array): readonly QpackField[] | null {
  return new QpackDecoder({ maxTableCapacity: 0 }).decodeFields(0, section);
}

export function settings(): readonly StreamOutput[] {
  return new H3Connection({ role: "client" }).takeStreams();
}
