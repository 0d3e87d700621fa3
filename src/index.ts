// tercet: the shared names. Runs nothing; the parsers are in the sub-paths.

export type { ErrorInfo, ErrorName, ErrorScope } from "./errors.js";
export { ERRORS, ProtocolError, UsageError } from "./errors.js";
export type {
  BodyKind,
  ConnectionEvent,
  ConnectionState,
  Fields,
  FrameEvent,
  Handler,
  HeaderList,
  Keepable,
  RequestHead,
  ResponseHead,
} from "./events.js";
export type { LeniencyInfo, LeniencyName, LenientOption } from "./leniency.js";
export { LENIENCIES } from "./leniency.js";
export type {
  H1LimitName,
  H1Limits,
  H2LimitName,
  H2Limits,
  H3LimitName,
  H3Limits,
  LimitInfo,
  QuicLimitName,
  QuicLimits,
} from "./limits.js";
export { H1_LIMITS, H2_LIMITS, H3_LIMITS, QUIC_LIMITS } from "./limits.js";
