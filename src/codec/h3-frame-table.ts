// Which frame may stand where: ONE table of frame type x stream x who receives it (RFC 9114 table 1 and section 7.2, RFC
// 9218 section 7.2, RFC 9412, WebTransport). What depends on the frames before (SETTINGS first and once, HEADERS before
// DATA, trailers, CONNECT) is not here.
// Rules: H3-SET-3, H3-FRM-6, H3-FRM-7, H3-FRM-8, H3-FRM-10, H3-FRM-11, H3-FRM-14, H3-FRM-17, H3-FRM-19, H3-FRM-20,
// H3-FRM-21, H3-FRM-28, H3-FRM-29, H3-FRM-34, H3-FRM-36.

import { ErrorCode } from "../abi/error-code.js";
import { H3FrameType } from "../abi/h3-wire.js";
import type { Varint } from "./varint.js";

/** Streams that carry frames. */
export const enum H3StreamKind {
  Request = 0,
  Control = 1,
  Push = 2,
}

/** Who receives the frame; `Either` where that is not known: a frame is legal if it is for one of both. */
export const enum H3Receiver {
  Server = 0,
  Client = 1,
  Either = 2,
}

/** Verdict of a frame that is passed over as if its type were unknown. All others are codes; NONE: it is legal. */
export const FRAME_IGNORED = -1;

/** Who may receive a frame on a stream. */
type Receivers = "both" | "server" | "client" | "nobody";

interface FrameRow {
  readonly type: number;
  readonly request: Receivers;
  readonly control: Receivers;
  /** A push stream has no other receiver than a client; who takes another for one has made the mistake before. */
  readonly push: Receivers;
  /** Verdict where it is not legal: H3_FRAME_UNEXPECTED without one. */
  readonly otherwise?: ErrorCode | typeof FRAME_IGNORED;
}

/** Types of HTTP/2 that HTTP/3 does not have: PRIORITY, PING, WINDOW_UPDATE, CONTINUATION. */
const HTTP2_TYPES: readonly number[] = [0x2, 0x6, 0x8, 0x9];

/** The table. A type without a row is unknown, and legal everywhere. */
export const H3_FRAME_TABLE: readonly FrameRow[] = [
  { type: H3FrameType.Data, request: "both", control: "nobody", push: "both" },
  { type: H3FrameType.Headers, request: "both", control: "nobody", push: "both" },
  { type: H3FrameType.CancelPush, request: "nobody", control: "both", push: "nobody" },
  { type: H3FrameType.Settings, request: "nobody", control: "both", push: "nobody" },
  { type: H3FrameType.PushPromise, request: "client", control: "nobody", push: "nobody" },
  { type: H3FrameType.Goaway, request: "nobody", control: "both", push: "nobody" },
  { type: H3FrameType.MaxPushId, request: "nobody", control: "server", push: "nobody" },
  { type: H3FrameType.PriorityUpdateRequest, request: "nobody", control: "server", push: "nobody" },
  { type: H3FrameType.PriorityUpdatePush, request: "nobody", control: "server", push: "nobody" },
  {
    type: H3FrameType.Origin,
    ...{ request: "nobody", control: "client", push: "nobody" },
    otherwise: FRAME_IGNORED,
  },
  // No frame: it begins a stream, where the connection takes it before it asks here.
  {
    type: H3FrameType.WtStream,
    ...{ request: "nobody", control: "nobody", push: "nobody" },
    otherwise: ErrorCode.WT_STREAM_MISPLACED,
  },
  ...HTTP2_TYPES.map((type): FrameRow => {
    return { type, request: "nobody", control: "nobody", push: "nobody" };
  }),
];

const KINDS = ["request", "control", "push"] as const;
/** Verdicts of one type: by kind, then by receiver. */
const WIDTH = 9;
/** Types below this have their verdicts at their place; the others behind them. */
const DIRECT = 0x42;

const VERDICTS = verdicts();

function verdicts(): Int32Array {
  const all = new Int32Array((DIRECT + 2) * WIDTH);
  for (const row of H3_FRAME_TABLE) {
    KINDS.forEach((kind, at) => {
      const legal = row[kind];
      const otherwise = row.otherwise ?? ErrorCode.H3_FRAME_UNEXPECTED;
      const isFor = (who: Receivers) => legal === who || legal === "both";
      const place = placeOf(row.type) + 3 * at;
      all[place + H3Receiver.Server] = isFor("server") ? ErrorCode.NONE : otherwise;
      all[place + H3Receiver.Client] = isFor("client") ? ErrorCode.NONE : otherwise;
      all[place + H3Receiver.Either] = legal === "nobody" ? otherwise : ErrorCode.NONE;
    });
  }
  return all;
}

/** Where the verdicts of a type begin; -1 for a type that is unknown, whatever the table says. */
function placeOf(type: number): number {
  if (type < DIRECT) return type * WIDTH;
  if (type === H3FrameType.PriorityUpdateRequest) return DIRECT * WIDTH;
  return type === H3FrameType.PriorityUpdatePush ? (DIRECT + 1) * WIDTH : -1;
}

/**
 * Whether a frame may stand on a stream of this kind at this receiver.
 * @returns NONE where it may, FRAME_IGNORED where it is passed over, else the code of the mistake
 */
export function frameVerdict(
  type: number,
  kind: H3StreamKind,
  receiver: H3Receiver,
): ErrorCode | typeof FRAME_IGNORED {
  const place = placeOf(type);
  return place < 0 ? ErrorCode.NONE : (VERDICTS[place + 3 * kind + receiver] as ErrorCode);
}

/** Whether a type, setting or error code is one of 0x1f * N + 0x21, which mean nothing (RFC 9114 section 7.2.8). */
export function isGrease(value: Varint): boolean {
  if (typeof value === "bigint") return value % 0x1fn === 2n;
  return value >= 0x21 && value % 0x1f === 2;
}
