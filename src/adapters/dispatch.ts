// Hands event objects to a handler: what `receive(bytes, handler)` does, for events that came as objects.

import type { ConnectionEvent, Handler, RequestHead, ResponseHead } from "../events.js";

/** Events of HTTP/3 alone. */
type H3Event = Extract<
  ConnectionEvent,
  { type: "stopSending" | "datagram" | "capsule" | "stream" | "streamData" | "streamEnd" }
>;
/** Events of HTTP/2 and HTTP/3 about more than one message. */
type WideEvent = Extract<
  ConnectionEvent,
  {
    type:
      | "settings"
      | "settingsAck"
      | "ping"
      | "goaway"
      | "priority"
      | "push"
      | "altsvc"
      | "origin"
      | "frame";
  }
>;
type AnyHead = RequestHead & ResponseHead;

/** Calls the handler's method of each event, in order. */
export function dispatch(events: readonly ConnectionEvent[], handler: Handler): void {
  for (const event of events) call(event, handler);
}

function call(event: ConnectionEvent, handler: Handler): void {
  switch (event.type) {
    case "head":
      return handler.head?.(event.streamId, keepable(event.head as AnyHead));
    case "informational":
      return handler.informational?.(event.streamId, keepable(event.head));
    case "data":
      return handler.data?.(event.streamId, event.bytes);
    case "trailers":
      return handler.trailers?.(event.streamId, event.trailers);
    case "end":
      return handler.end?.(event.streamId);
    case "reset":
      return handler.reset?.(event.streamId, event.code);
    case "writable":
      return handler.writable?.(event.streamId);
    case "tunnel":
      return handler.tunnel?.(event.streamId, event.bytes);
    case "preface":
      return handler.preface?.(event.streamId, event.bytes);
    case "leniency":
      return handler.leniency?.(event.streamId, event.name, event.offset);
    case "chunk":
      return handler.chunk?.(event.streamId, event.size, event.extensions);
    case "error":
      return handler.error?.(event.error);
    case "stopSending":
    case "datagram":
    case "capsule":
    case "stream":
    case "streamData":
    case "streamEnd":
      return callH3(event, handler);
    default:
      return callWide(event, handler);
  }
}

function callH3(event: H3Event, handler: Handler): void {
  switch (event.type) {
    case "stopSending":
      return handler.stopSending?.(event.streamId, event.code);
    case "datagram":
      return handler.datagram?.(event.streamId, event.bytes);
    case "capsule":
      return handler.capsule?.(event.streamId, event.capsuleType, event.bytes);
    case "stream":
      return handler.stream?.(event.streamId, event.sessionId, event.unidirectional);
    case "streamData":
      return handler.streamData?.(event.streamId, event.bytes);
    case "streamEnd":
      return handler.streamEnd?.(event.streamId);
  }
}

function callWide(event: WideEvent, handler: Handler): void {
  switch (event.type) {
    case "settings":
      return handler.settings?.(event.settings);
    case "settingsAck":
      return handler.settingsAck?.();
    case "ping":
      return handler.ping?.(event.ack, event.payload);
    case "goaway":
      return handler.goaway?.(event.lastStreamId, event.code, event.debugData);
    case "priority":
      return handler.priority?.(event.streamId, event.urgency, event.incremental);
    case "push":
      return handler.push?.(event.streamId, event.promisedId, event.head);
    case "altsvc":
      return handler.altsvc?.(event.streamId, event.origin, event.value);
    case "origin":
      return handler.origin?.(event.origins);
    case "frame":
      return handler.frame?.(event);
  }
}

/** A head of an event is the user's own already: keeping it gives the same object. */
function keepable<T extends object>(head: T): T & { keep(): T } {
  if ("keep" in head) return head as T & { keep(): T };
  return Object.defineProperty(head, "keep", { value: () => head }) as T & { keep(): T };
}
