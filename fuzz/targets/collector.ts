// A handler whose calls become events, for the targets that compare both ways to receive.

import type { ConnectionEvent, Handler } from "tercet";

/** A handler of HTTP/2 or HTTP/3 that appends to a list. */
export function collector(list: ConnectionEvent[]): Handler {
  const add = (event: ConnectionEvent) => void list.push(event);
  return {
    head: (streamId, head) => add({ type: "head", streamId, head: head.keep() }),
    informational: (streamId, head) => add({ type: "informational", streamId, head: head.keep() }),
    data: (streamId, bytes) => add({ type: "data", streamId, bytes }),
    trailers: (streamId, trailers) => add({ type: "trailers", streamId, trailers }),
    end: (streamId) => add({ type: "end", streamId }),
    reset: (streamId, code) => add({ type: "reset", streamId, code }),
    writable: (streamId) => add({ type: "writable", streamId }),
    tunnel: (streamId, bytes) => add({ type: "tunnel", streamId, bytes }),
    settings: (settings) => add({ type: "settings", settings }),
    settingsAck: () => add({ type: "settingsAck" }),
    ping: (ack, payload) => add({ type: "ping", ack, payload }),
    goaway: (lastStreamId, code, debugData) =>
      add({ type: "goaway", lastStreamId, code, debugData }),
    priority: (streamId, urgency, incremental) =>
      add({ type: "priority", streamId, urgency, incremental }),
    push: (streamId, promisedId, head) => add({ type: "push", streamId, promisedId, head }),
    altsvc: (streamId, origin, value) => add({ type: "altsvc", streamId, origin, value }),
    origin: (origins) => add({ type: "origin", origins }),
    stopSending: (streamId, code) => add({ type: "stopSending", streamId, code }),
    datagram: (streamId, bytes) => add({ type: "datagram", streamId, bytes }),
    capsule: (streamId, capsuleType, bytes) =>
      add({ type: "capsule", streamId, capsuleType, bytes }),
    stream: (streamId, sessionId, unidirectional) =>
      add({ type: "stream", streamId, sessionId, unidirectional }),
    streamData: (streamId, bytes) => add({ type: "streamData", streamId, bytes }),
    streamEnd: (streamId) => add({ type: "streamEnd", streamId }),
    frame: (frame) => add({ type: "frame", ...frame }),
    error: (error) => add({ type: "error", error }),
  };
}
