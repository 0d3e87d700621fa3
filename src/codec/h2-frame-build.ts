// A record of the engine and its payload to the frame that users see.
// Rules: H2-014, H2-132, H2-141, OR-004, OR-011, PU-014.

import { FrameFlag, FrameRecord, FrameType } from "../abi/h2-tape.js";
import { latin1Reader } from "../engine/latin1.js";
import type { H2Frame } from "./h2-frame.js";
import { readAltSvc, readSettings } from "./h2-payloads.js";
import { readOrigins } from "./origins.js";

/** What the record says of a frame, to keep while its payload comes. */
export class FrameParts {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly length: number;
  readonly offset: number;
  readonly padLength: number;
  readonly extra: number;
  readonly extra2: number;

  /** Of the record at word `at`; window octet 0 stands at `base` of the connection. */
  constructor(i32: Int32Array, at: number, base: number) {
    const head = i32[at + FrameRecord.Head] as number;
    this.type = head & 0xff;
    this.flags = (head >> 8) & 0xff;
    this.streamId = i32[at + FrameRecord.StreamId] as number;
    this.length = i32[at + FrameRecord.Length] as number;
    this.offset = base + (i32[at + FrameRecord.Offset] as number);
    this.padLength = i32[at + FrameRecord.PadLength] as number;
    this.extra = i32[at + FrameRecord.Extra] as number;
    this.extra2 = i32[at + FrameRecord.Extra2] as number;
  }
}

/** The frame with this payload proper; null where the payload does not follow the grammar of its type. */
export function buildFrame(parts: FrameParts, payload: Uint8Array): H2Frame | null {
  const { type, flags, streamId, length, offset, padLength, extra, extra2 } = parts;
  const header = { type, flags, streamId, length, offset };
  const padding = (flags & FrameFlag.Padded) === 0 ? {} : { padLength };
  switch (type) {
    case FrameType.Data:
      return { name: "DATA", ...header, data: payload, padLength };
    case FrameType.Headers: {
      const priority = (flags & FrameFlag.Priority) === 0 ? {} : priorityOf(extra, extra2);
      return { name: "HEADERS", ...header, ...padding, ...priority, fieldBlockFragment: payload };
    }
    case FrameType.Priority:
      return { name: "PRIORITY", ...header, ...priorityOf(extra, extra2) };
    case FrameType.RstStream:
      return { name: "RST_STREAM", ...header, errorCode: extra2 >>> 0 };
    case FrameType.Settings:
      return { name: "SETTINGS", ...header, settings: settingsOf(payload) };
    case FrameType.PushPromise: {
      const promise = { promisedStreamId: extra, fieldBlockFragment: payload };
      return { name: "PUSH_PROMISE", ...header, ...padding, ...promise };
    }
    case FrameType.Ping:
      return { name: "PING", ...header, opaqueData: payload };
    case FrameType.Goaway: {
      const goaway = { lastStreamId: extra, errorCode: extra2 >>> 0, debugData: payload };
      return { name: "GOAWAY", ...header, ...goaway };
    }
    case FrameType.WindowUpdate:
      return { name: "WINDOW_UPDATE", ...header, windowSizeIncrement: extra };
    case FrameType.Continuation:
      return { name: "CONTINUATION", ...header, fieldBlockFragment: payload };
    case FrameType.AltSvc: {
      const service = readAltSvc(payload, latin1Reader(payload), 0, payload.length);
      if (service === null) return null;
      const { origin, value } = service;
      return { name: "ALTSVC", ...header, origin, altSvcFieldValue: value };
    }
    case FrameType.Origin: {
      const origins = readOrigins(payload, latin1Reader(payload), 0, payload.length);
      return origins === null ? null : { name: "ORIGIN", ...header, origins };
    }
    case FrameType.PriorityUpdate: {
      const priorityFieldValue = latin1Reader(payload)(0, payload.length);
      return { name: "PRIORITY_UPDATE", ...header, prioritizedStreamId: extra, priorityFieldValue };
    }
    default:
      return { name: "UNKNOWN", ...header, payload };
  }
}

function priorityOf(dependency: number, weight: number) {
  return {
    exclusive: dependency < 0,
    streamDependency: dependency & 0x7fff_ffff,
    weight: weight + 1,
  };
}

function settingsOf(payload: Uint8Array): [id: number, value: number][] {
  const flat: number[] = [];
  readSettings(payload, 0, payload.length, flat);
  const settings: [number, number][] = [];
  for (let i = 0; i < flat.length; i += 2)
    settings.push([flat[i] as number, flat[i + 1] as number]);
  return settings;
}
