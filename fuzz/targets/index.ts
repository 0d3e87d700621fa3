// All targets that take bytes of a peer. A new public function that takes peer bytes gets a file here.

import { capsuleParser } from "./capsule-parser.js";
import { capture } from "./capture.js";
import { h1ChunkedBody } from "./h1-chunked-body.js";
import { h1ClientReceive } from "./h1-client-receive.js";
import { h1ReceiveEnd } from "./h1-receive-end.js";
import { h1ReceiveHandler } from "./h1-receive-handler.js";
import { h1ServerReceive } from "./h1-server-receive.js";
import { h1TightLimits } from "./h1-tight-limits.js";
import { h2ClientReceive } from "./h2-client-receive.js";
import { h2FrameParser } from "./h2-frame-parser.js";
import { h2ReceiveHandler } from "./h2-receive-handler.js";
import { h2ServerReceive } from "./h2-server-receive.js";
import { h2TightLimits } from "./h2-tight-limits.js";
import { h3ClientReceive } from "./h3-client-receive.js";
import { h3FrameParser } from "./h3-frame-parser.js";
import { h3ReceiveHandler } from "./h3-receive-handler.js";
import { h3ServerReceive } from "./h3-server-receive.js";
import { h3TightLimits } from "./h3-tight-limits.js";
import { h3Webtransport } from "./h3-webtransport.js";
import { hpackDecode } from "./hpack-decode.js";
import { hpackRoundTrip } from "./hpack-round-trip.js";
import { inspect } from "./inspect.js";
import { keyLog } from "./key-log.js";
import { qpackDecode } from "./qpack-decode.js";
import { qpackRoundTrip } from "./qpack-round-trip.js";
import { quicDatagram } from "./quic-datagram.js";
import { quicFrames } from "./quic-frames.js";
import { quicObserver } from "./quic-observer.js";
import { quicParameters } from "./quic-parameters.js";
import type { Target } from "./target.js";
import { tlsRecord } from "./tls-record.js";

export type { Target } from "./target.js";

/** Every target, in the order of the list that --help prints. */
export const targets: readonly Target[] = [
  h1ServerReceive,
  h1ClientReceive,
  h1ReceiveHandler,
  h1ChunkedBody,
  h1ReceiveEnd,
  h1TightLimits,
  hpackDecode,
  hpackRoundTrip,
  h2FrameParser,
  h2ServerReceive,
  h2ClientReceive,
  h2ReceiveHandler,
  h2TightLimits,
  qpackDecode,
  qpackRoundTrip,
  h3FrameParser,
  capsuleParser,
  h3ServerReceive,
  h3ClientReceive,
  h3ReceiveHandler,
  h3TightLimits,
  h3Webtransport,
  quicDatagram,
  quicFrames,
  quicParameters,
  quicObserver,
  tlsRecord,
  keyLog,
  capture,
  inspect,
];
