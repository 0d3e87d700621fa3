// Records of frames without content or fields, as calls of the sink (RFC 9113 sections 6.3 to 6.5, 6.7, 6.9, RFC 7838
// section 4, RFC 8336, RFC 9218 section 7.1). The engine checked lengths and stream identifiers.
// Rules: H2-108, OR-004, OR-005, OR-008, OR-009, OR-011.

import { FIELD_WINDOW } from "../abi/field-memory.js";
import { FrameFlag, FrameRecord, FrameType } from "../abi/h2-tape.js";
import type { H2Instance } from "../engine/h2-instance.js";
import { readAltSvc, readSettings } from "./h2-payloads.js";
import type { H2ReaderSink } from "./h2-sink.js";
import { isOrigin, readOrigins } from "./origins.js";

/** Reads the record at word `at`; `settings` is an array to reuse. */
export function readControlFrame(
  instance: H2Instance,
  at: number,
  settings: number[],
  offset: number,
  sink: H2ReaderSink,
): void {
  const { i32 } = instance;
  const head = i32[at + FrameRecord.Head] as number;
  const flags = (head >> 8) & 0xff;
  const streamId = i32[at + FrameRecord.StreamId] as number;
  const extra = i32[at + FrameRecord.Extra] as number;
  const extra2 = i32[at + FrameRecord.Extra2] as number;
  const start = FIELD_WINDOW + (i32[at + FrameRecord.PayloadAt] as number);
  const end = start + (i32[at + FrameRecord.PayloadLength] as number);
  switch (head & 0xff) {
    case FrameType.WindowUpdate:
      return sink.onWindowUpdate(streamId, extra, offset);
    case FrameType.RstStream:
      return sink.onRstStream(streamId, extra2 >>> 0, offset);
    case FrameType.Ping: {
      const payload = instance.u8.slice(start - PING_LENGTH, start);
      return sink.onPing((flags & FrameFlag.Ack) !== 0, payload, offset);
    }
    case FrameType.Settings:
      if ((flags & FrameFlag.Ack) !== 0) return sink.onSettingsAck(offset);
      settings.length = 0;
      readSettings(instance.u8, start, end, settings);
      return sink.onSettings(settings, offset);
    case FrameType.Priority:
      return sink.onPriority(streamId, extra & 0x7fff_ffff, extra < 0, extra2 + 1, offset);
    case FrameType.PriorityUpdate:
      return sink.onPriorityUpdate(extra, instance.text(start, end), offset);
    default:
      return readHint(instance, head & 0xff, flags, streamId, start, end, offset, sink);
  }
}

/** Octets of a PING payload, which the engine takes for fixed fields: they stand in front of what remains. */
const PING_LENGTH = 8;

/** ALTSVC and ORIGIN: what is malformed is ignored. */
function readHint(
  { u8, text }: H2Instance,
  type: number,
  flags: number,
  streamId: number,
  start: number,
  end: number,
  offset: number,
  sink: H2ReaderSink,
): void {
  if (type === FrameType.Origin) {
    const origins = readOrigins(u8, text, start, end);
    if (origins !== null) sink.onOrigin(streamId, flags, origins.filter(isOrigin), offset);
    return;
  }
  const service = readAltSvc(u8, text, start, end);
  // RFC 7838 section 4: an origin on a stream, and none on the connection, are ignored.
  if (service === null || (service.origin === "") === (streamId === 0)) return;
  sink.onAltSvc(streamId, service.origin, service.value, offset);
}
