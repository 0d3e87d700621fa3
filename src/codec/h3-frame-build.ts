// A whole payload to the frame that users see, or to the code of what is wrong with it.
// Rules: H3-FRM-2, H3-FRM-34, H3-SET-7, H3-SET-12.

import { ErrorCode } from "../abi/error-code.js";
import { H3FrameType } from "../abi/h3-wire.js";
import type { H3Frame } from "./h3-frame.js";
import {
  parseOrigin,
  parsePriorityUpdate,
  parsePushId,
  parseVarintPayloadExact,
} from "./h3-payloads.js";
import { parseSettings } from "./h3-settings.js";
import { type Varint, varintSize } from "./varint.js";

/** Settings of one frame that are kept: an object for every two octets is much memory. */
const SETTINGS_MAX = 4096;

/** What the header of a frame says. */
export interface FrameHead {
  readonly type: Varint;
  readonly length: number;
  readonly offset: number;
}

/** A frame with this payload, or the code of its mistake. */
export function buildH3Frame(head: FrameHead, payload: Uint8Array): H3Frame | ErrorCode {
  const { length } = payload;
  switch (head.type) {
    case H3FrameType.Data:
      return { name: "DATA", ...head, data: payload, dataOffset: 0 };
    case H3FrameType.Headers:
      return { name: "HEADERS", ...head, encodedFieldSection: payload };
    case H3FrameType.CancelPush:
      return buildNumber(payload, (pushId) => ({ name: "CANCEL_PUSH", ...head, pushId }));
    case H3FrameType.Goaway:
      return buildNumber(payload, (id) => ({ name: "GOAWAY", ...head, id }));
    case H3FrameType.MaxPushId:
      return buildNumber(payload, (pushId) => ({ name: "MAX_PUSH_ID", ...head, pushId }));
    case H3FrameType.Settings:
      return buildSettings(head, payload);
    case H3FrameType.PushPromise: {
      const pushId = parsePushId(payload, 0, length);
      if (pushId === -1) return ErrorCode.H3_FRAME_INVALID;
      const encodedFieldSection = payload.subarray(varintSize(payload[0] as number));
      return { name: "PUSH_PROMISE", ...head, pushId, encodedFieldSection };
    }
    case H3FrameType.Origin: {
      const origins = parseOrigin(payload, 0, length);
      if (origins === null) return ErrorCode.H3_FRAME_INVALID;
      return { name: "ORIGIN", ...head, origins };
    }
    case H3FrameType.PriorityUpdateRequest:
    case H3FrameType.PriorityUpdatePush: {
      const update = parsePriorityUpdate(payload, 0, length);
      if (update === null) return ErrorCode.H3_FRAME_INVALID;
      const { id: prioritizedElementId, value: priorityFieldValue } = update;
      return { name: "PRIORITY_UPDATE", ...head, prioritizedElementId, priorityFieldValue };
    }
    default:
      return { name: "UNKNOWN", ...head, payload };
  }
}

function buildNumber(payload: Uint8Array, build: (value: Varint) => H3Frame): H3Frame | ErrorCode {
  const value = parseVarintPayloadExact(payload, 0, payload.length);
  return value === -1 ? ErrorCode.H3_FRAME_INVALID : build(value);
}

function buildSettings(head: FrameHead, payload: Uint8Array): H3Frame | ErrorCode {
  const flat: Varint[] = [];
  const fault = parseSettings(payload, 0, payload.length, flat, SETTINGS_MAX);
  if (fault !== ErrorCode.NONE) return fault;
  const settings: [Varint, Varint][] = [];
  for (let i = 0; i < flat.length; i += 2)
    settings.push([flat[i] as Varint, flat[i + 1] as Varint]);
  return { name: "SETTINGS", ...head, settings };
}
