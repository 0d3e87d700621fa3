// Frames as qlog writes them (draft-ietf-quic-qlog-quic-events, draft-ietf-quic-qlog-h3-events, in the spelling of qlog 0.3).
// The input is hostile: what a frame says is copied as a value and never trusted as a length or a place.

import type { FieldPair, InspectFields, InspectFrame, InspectSettings } from "./events.js";
import { settingName } from "./tree-names.js";

/** A value of qlog: becomes JSON. */
export type QlogValue = Readonly<Record<string, unknown>>;

/** Member of qlog → member of the event. */
type Members = Readonly<Record<string, string>>;

const STREAM_ID = { stream_id: "streamId" };
const FRAMES = new Map<string, readonly [type: string, members: Members]>(
  Object.entries({
    PADDING: ["padding", { length: "length" }],
    PING: ["ping", {}],
    RESET_STREAM: [
      "reset_stream",
      { ...STREAM_ID, error_code: "applicationProtocolErrorCode", final_size: "finalSize" },
    ],
    RESET_STREAM_AT: [
      "reset_stream_at",
      {
        ...STREAM_ID,
        error_code: "applicationProtocolErrorCode",
        final_size: "finalSize",
        reliable_size: "reliableSize",
      },
    ],
    STOP_SENDING: ["stop_sending", { ...STREAM_ID, error_code: "applicationProtocolErrorCode" }],
    CRYPTO: ["crypto", { offset: "offset", length: "length" }],
    NEW_TOKEN: ["new_token", {}],
    STREAM: ["stream", { ...STREAM_ID, offset: "offset", length: "length" }],
    MAX_DATA: ["max_data", { maximum: "maximumData" }],
    MAX_STREAM_DATA: ["max_stream_data", { ...STREAM_ID, maximum: "maximumStreamData" }],
    MAX_STREAMS: ["max_streams", { maximum: "maximumStreams" }],
    DATA_BLOCKED: ["data_blocked", { limit: "maximumData" }],
    STREAM_DATA_BLOCKED: ["stream_data_blocked", { ...STREAM_ID, limit: "maximumStreamData" }],
    STREAMS_BLOCKED: ["streams_blocked", { limit: "maximumStreams" }],
    NEW_CONNECTION_ID: [
      "new_connection_id",
      {
        sequence_number: "sequenceNumber",
        retire_prior_to: "retirePriorTo",
        connection_id: "connectionId",
        stateless_reset_token: "statelessResetToken",
      },
    ],
    RETIRE_CONNECTION_ID: ["retire_connection_id", { sequence_number: "sequenceNumber" }],
    PATH_CHALLENGE: ["path_challenge", { data: "data" }],
    PATH_RESPONSE: ["path_response", { data: "data" }],
    HANDSHAKE_DONE: ["handshake_done", {}],
    DATAGRAM: ["datagram", { length: "length" }],
  }),
);

/** A frame of QUIC. */
export function qlogFrame(event: InspectFrame): QlogValue {
  const [type, members] = FRAMES.get(event.name) ?? ["unknown", {}];
  const frame: Record<string, unknown> = { frame_type: type };
  for (const [name, member] of Object.entries(members)) {
    if (event[member] !== undefined) frame[name] = event[member];
  }
  switch (event.name) {
    case "ACK":
      return ackFrame(event);
    case "STREAM":
      frame.offset = event.streamOffset ?? 0;
      if (event.fin === true) frame.fin = true;
      break;
    case "CRYPTO":
      frame.offset = event.cryptoOffset ?? 0;
      break;
    case "MAX_STREAMS":
    case "STREAMS_BLOCKED":
      frame.stream_type = event.bidirectional === true ? "bidirectional" : "unidirectional";
      break;
    case "NEW_TOKEN":
      frame.token = { type: "unknown", raw: { data: event.token } };
      break;
    case "CONNECTION_CLOSE":
      return closeFrame(event);
    default:
      if (type === "unknown") frame.raw_frame_type = event.type ?? 0;
  }
  return frame;
}

/** Ranges of an ACK that are written, at most. */
const MAX_RANGES = 256;

function ackFrame(event: InspectFrame): QlogValue {
  const acked: [bigint, bigint][] = [];
  let to = whole(event.largestAcknowledged);
  let from = to - whole(event.firstAckRange);
  const ranges = Array.isArray(event.ackRanges) ? event.ackRanges : [];
  for (let at = 0; from >= 0n && acked.length < MAX_RANGES; at++) {
    acked.push([from, to]);
    const range = ranges[at];
    if (!Array.isArray(range)) break;
    to = from - whole(range[0]) - 2n;
    from = to - whole(range[1]);
  }
  const counts = event.ecnCounts as Record<string, unknown> | null | undefined;
  const ecn = counts
    ? { ect0: counts.ect0Count, ect1: counts.ect1Count, ce: counts.ecnCeCount }
    : {};
  return { frame_type: "ack", acked_ranges: acked.reverse(), ...ecn };
}

function whole(value: unknown): bigint {
  return typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value as number) : 0n;
}

function closeFrame(event: InspectFrame): QlogValue {
  const isApplication = event.frameType === null || event.frameType === undefined;
  return {
    frame_type: "connection_close",
    error_space: isApplication ? "application" : "transport",
    error_code: event.errorCode,
    raw_error_code: event.errorCode,
    reason: reasonText(event.reasonPhrase),
    ...(isApplication ? {} : { trigger_frame_type: event.frameType }),
  };
}

function reasonText(reason: unknown): string {
  return reason instanceof Uint8Array ? new TextDecoder().decode(reason) : "";
}

const H3_TYPES = new Map(
  Object.entries({
    DATA: "data",
    HEADERS: "headers",
    CANCEL_PUSH: "cancel_push",
    SETTINGS: "settings",
    PUSH_PROMISE: "push_promise",
    GOAWAY: "goaway",
    MAX_PUSH_ID: "max_push_id",
  }),
);

/** A frame of HTTP/3; `fields` and `settings` are what it was decoded to. */
export function qlogH3Frame(
  event: InspectFrame,
  fields: InspectFields | null,
  settings: InspectSettings | null,
): QlogValue {
  const type = H3_TYPES.get(event.name);
  if (type === undefined) {
    return { frame_type: "unknown", raw_frame_type: event.type ?? event.frameType ?? 0 };
  }
  return {
    frame_type: type,
    ...(fields === null ? {} : { headers: fields.headers.map(pair) }),
    ...(settings === null ? {} : { settings: settings.settings.map(setting) }),
    ...(event.pushId === undefined ? {} : { push_id: event.pushId }),
    ...(type === "goaway" && event.id !== undefined ? { id: event.id } : {}),
  };
}

const pair = ([name, value]: FieldPair) => ({ name, value });

const setting = ([id, value]: InspectSettings["settings"][number]) => ({
  name: `SETTINGS_${settingName("h3", id)}`,
  value,
});

/** Transport parameters that have a name of the RFC, by that name. */
export function qlogParameters(parameters: unknown): QlogValue {
  const value: Record<string, unknown> = {};
  for (const item of Array.isArray(parameters) ? parameters : []) {
    const { name, value: of } = item as { name?: unknown; value?: unknown };
    // Lower case with underscores: the RFC's own names, and none that means something to an object.
    if (typeof name === "string" && /^[a-z][a-z0-9_]+$/.test(name)) value[name] = of;
  }
  return value;
}
