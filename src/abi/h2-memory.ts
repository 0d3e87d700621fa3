// What the HTTP/2 engine (h2.wasm: frames and HPACK) has beyond field-memory.ts, which holds its map: the words of a
// connection's block, phases, options. Compiled by asc and by tsc; imports nothing.

/** Words of a connection's block behind those of FieldBlock that the host reads or writes. The rest belongs to assembly/. */
export const enum H2Block {
  /** Phase of the frame reader: H2Phase. */
  Phase = 14,
  /** A size update must come first in the next block, and be at most this; -1 = none (RFC 9113 section 4.3.1). */
  UpdateDue = 15,
  /** Payload that goes on behind the last input, padding excluded. */
  Remaining = 16,
  /** Padding that remains behind it. */
  PaddingLeft = 17,
  /** Largest payload that we accept: our SETTINGS_MAX_FRAME_SIZE. */
  MaxFrameSize = 18,
  /** Stream whose field block is under way, 0 = none (RFC 9113 section 4.3). */
  BlockStream = 19,
  /** Longest field block, compressed: the limit fieldBlockLength. */
  FieldBlockLength = 20,
  /** Most CONTINUATION frames of a field block: the limit continuationCount. */
  ContinuationCount = 21,
  /** First of the words that only assembly/h2 uses. */
  PrivateFrames = 22,
}

/** Where the frame reader stands between two calls. */
export const enum H2Phase {
  /** Server: inside the 24 octets of the connection preface (RFC 9113 section 3.4). */
  Preface = 0,
  /** The next octet begins a frame. */
  Frame = 1,
  /** Inside a payload that goes on behind the last input: the host takes it as it comes, then sets Frame. */
  Payload = 2,
  /** The same of a payload that nobody reads. */
  Skip = 3,
  /** Failed: the engine must not be called. */
  Stopped = 4,
}

/** Flags of a config record beside those of FieldConfigFlag. */
export const enum H2ConfigFlag {
  /** The peer is a server: its first octets are no preface, its heads are responses. */
  Client = 1,
  /** Frames only, no HPACK and no sequence rules: H2FrameParser. */
  FramesOnly = 2,
  /** A record for each frame, unknown ones and CONTINUATION included (observe). */
  Observe = 8,
}
