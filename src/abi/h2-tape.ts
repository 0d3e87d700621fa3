// Records of frames on the HTTP/2 engine's tape: 32-bit words, written by assembly/h2, read by src/codec.
// Compiled by asc and by tsc; imports nothing.
//
// A call of `exec` writes frame records one behind the other. A record of a frame with a field block is
// followed by the section record and that by its field records (field-tape.ts). `decode` writes the last two alone.

/** Frame types (RFC 9113 section 6, RFC 7838, RFC 8336, RFC 9218). */
export const enum FrameType {
  Data = 0x0,
  Headers = 0x1,
  Priority = 0x2,
  RstStream = 0x3,
  Settings = 0x4,
  PushPromise = 0x5,
  Ping = 0x6,
  Goaway = 0x7,
  WindowUpdate = 0x8,
  Continuation = 0x9,
  AltSvc = 0xa,
  Origin = 0xc,
  PriorityUpdate = 0x10,
}

/** Frame flags (RFC 9113 section 6). */
export const enum FrameFlag {
  /** DATA, HEADERS. */
  EndStream = 0x1,
  /** SETTINGS, PING. */
  Ack = 0x1,
  /** HEADERS, PUSH_PROMISE, CONTINUATION. */
  EndHeaders = 0x4,
  /** DATA, HEADERS, PUSH_PROMISE. */
  Padded = 0x8,
  /** HEADERS. */
  Priority = 0x20,
}

/** Registered settings. */
export const enum Setting {
  HeaderTableSize = 0x1,
  EnablePush = 0x2,
  MaxConcurrentStreams = 0x3,
  InitialWindowSize = 0x4,
  MaxFrameSize = 0x5,
  MaxHeaderListSize = 0x6,
  EnableConnectProtocol = 0x8,
  NoRfc7540Priorities = 0x9,
}

/** Error codes of the wire (RFC 9113 section 7). */
export const enum WireCode {
  NoError = 0x0,
  ProtocolError = 0x1,
  InternalError = 0x2,
  FlowControlError = 0x3,
  SettingsTimeout = 0x4,
  StreamClosed = 0x5,
  FrameSizeError = 0x6,
  RefusedStream = 0x7,
  Cancel = 0x8,
  CompressionError = 0x9,
  ConnectError = 0xa,
  EnhanceYourCalm = 0xb,
  InadequateSecurity = 0xc,
  Http11Required = 0xd,
}

/** Words that every frame record begins with. Offsets count from the start of the window. */
export const enum FrameRecord {
  /** Type (bits 0-7), flags (bits 8-15), FrameMark (bits 16-23). */
  Head = 0,
  /** Reserved bit masked. */
  StreamId = 1,
  /** Payload length as the header says it. */
  Length = 2,
  /** First octet of the frame header. */
  Offset = 3,
  /** First octet of the payload proper: behind Pad Length and priority fields. */
  PayloadAt = 4,
  /** Octets of the payload proper inside this input, padding excluded. */
  PayloadLength = 5,
  /** Pad Length. */
  PadLength = 6,
  /**
   * HEADERS and PRIORITY: Stream Dependency with its E bit; PUSH_PROMISE: Promised Stream ID; GOAWAY: Last-Stream-ID;
   * WINDOW_UPDATE: increment; PRIORITY_UPDATE: Prioritized Stream ID; a stream error: ErrorCode; else 0.
   */
  Extra = 7,
  /** HEADERS and PRIORITY: weight octet; RST_STREAM, GOAWAY: error code; FrameMark.Error: the offset of the error; else 0. */
  Extra2 = 8,
  Size = 9,
}

export const enum FrameMark {
  None = 0,
  /**
   * An error. Alone: it ends the connection, and Length is the ErrorCode. With Skipped: it is the stream's, Extra is
   * the ErrorCode, and the other words are the frame's.
   */
  Error = 1,
  /** The payload goes on behind this input: DATA, GOAWAY, skipped ones; with FramesOnly any but those of fixed length. */
  Partial = 2,
  /** A field block that is not complete: the host collects the fragment at PayloadAt. */
  Fragment = 4,
  /** Followed by a section record. */
  Section = 8,
  /** The payload is not kept: an unknown type, a frame above the maximum. PayloadLength is then the whole of it. */
  Skipped = 16,
}
