// A handler that turns its calls into events again: what receiveStream() gives in either form must be the same.

import type { ConnectionEvent, Handler } from "tercet";
import { h2Collector } from "./h2-dialogue.js";

export function h3Collector(events: ConnectionEvent[]): Handler {
  const add = (event: ConnectionEvent) => void events.push(event);
  return {
    ...h2Collector(events),
    goaway: (lastStreamId, code, debugData) =>
      add({ type: "goaway", lastStreamId, code, debugData }),
    stopSending: (streamId, code) => add({ type: "stopSending", streamId, code }),
    datagram: (streamId, bytes) => add({ type: "datagram", streamId, bytes }),
    capsule: (streamId, capsuleType, bytes) =>
      add({ type: "capsule", streamId, capsuleType, bytes }),
    stream: (streamId, sessionId, unidirectional) =>
      add({ type: "stream", streamId, sessionId, unidirectional }),
    streamData: (streamId, bytes) => add({ type: "streamData", streamId, bytes }),
    streamEnd: (streamId) => add({ type: "streamEnd", streamId }),
  };
}
