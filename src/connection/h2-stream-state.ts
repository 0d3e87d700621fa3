// Stream states as ONE data table: what a received frame means in each state (RFC 9113 section 5.1).
// Rules: H2-030, H2-032, H2-033, H2-034, H2-035, H2-036, H2-037, H2-038, H2-039, H2-040, H2-041, H2-042,
// H2-043, H2-047, H2-071, H2-086, H2-090, H2-117, H2-118, H2-142, H2-143.

/** States of RFC 9113 section 5.1; closed is divided by how it came to be. */
export const enum StreamState {
  Idle = 0,
  ReservedLocal = 1,
  ReservedRemote = 2,
  Open = 3,
  HalfClosedLocal = 4,
  HalfClosedRemote = 5,
  /** END_STREAM went both ways. */
  ClosedEnded = 6,
  /** The peer sent RST_STREAM. */
  ClosedByPeer = 7,
  /** We sent RST_STREAM, or ignore the stream after our GOAWAY: what is in flight may still arrive. */
  ClosedByUs = 8,
  /** Closed without ever being used, or so long ago that nobody remembers. */
  ClosedForgotten = 9,
}

/** Columns of the table. */
export const enum Received {
  Data = 0,
  Headers = 1,
  RstStream = 2,
  WindowUpdate = 3,
  /** PUSH_PROMISE with this stream as the associated one. */
  PushPromise = 4,
}

/** What a frame means. */
export const enum Verdict {
  /** Allowed: the frame does what it does. */
  Accept = 0,
  /** Discarded; HPACK and the connection's window are kept up. */
  Ignore = 1,
  /** Stream error STREAM_CLOSED. */
  StreamClosed = 2,
  /** Connection error STREAM_CLOSED. */
  ConnectionClosed = 3,
  /** Connection error PROTOCOL_ERROR: the stream is idle. */
  Idle = 4,
  /** Connection error PROTOCOL_ERROR: not allowed in this state. */
  NotAllowed = 5,
  /** Connection error PROTOCOL_ERROR: a new stream must have a higher identifier. */
  OldId = 6,
}

const OK = Verdict.Accept;
const SKIP = Verdict.Ignore;
const GONE = Verdict.StreamClosed;
const OVER = Verdict.ConnectionClosed;
const IDLE = Verdict.Idle;
const BAD = Verdict.NotAllowed;
const OLD = Verdict.OldId;

/** Rows by StreamState, columns by Received. PRIORITY and unknown frames are accepted in every state. */
// biome-ignore format: a table is read by its columns
export const VERDICTS: readonly (readonly Verdict[])[] = [
  /*                      DATA  HEADERS RST_STREAM WINDOW_UPDATE PUSH_PROMISE */
  /* idle              */ [IDLE, OK,    IDLE,      IDLE,         IDLE],
  /* reserved (local)  */ [BAD,  BAD,   OK,        OK,           BAD],
  /* reserved (remote) */ [BAD,  OK,    OK,        BAD,          BAD],
  /* open              */ [OK,   OK,    OK,        OK,           OK],
  /* half-closed local */ [OK,   OK,    OK,        OK,           OK],
  /* half-closed remote*/ [GONE, GONE,  OK,        OK,           BAD],
  /* closed, ended     */ [OVER, OVER,  SKIP,      SKIP,         BAD],
  /* closed by peer    */ [GONE, GONE,  SKIP,      SKIP,         BAD],
  /* closed by us      */ [SKIP, SKIP,  SKIP,      SKIP,         OK],
  /* closed, forgotten */ [GONE, OLD,   SKIP,      SKIP,         BAD],
];

/** The verdict on a frame. */
export function verdictOn(state: StreamState, frame: Received): Verdict {
  return (VERDICTS[state] as readonly Verdict[])[frame] as Verdict;
}

/** The state after the peer's END_STREAM. */
export function afterRemoteEnd(state: StreamState): StreamState {
  return state === StreamState.Open ? StreamState.HalfClosedRemote : StreamState.ClosedEnded;
}

/** The state after our END_STREAM. */
export function afterLocalEnd(state: StreamState): StreamState {
  return state === StreamState.Open ? StreamState.HalfClosedLocal : StreamState.ClosedEnded;
}

/** Streams that count against SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113 section 5.1.2). */
export function isActive(state: StreamState): boolean {
  return state >= StreamState.Open && state <= StreamState.HalfClosedRemote;
}
