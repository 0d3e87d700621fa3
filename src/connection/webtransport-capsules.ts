// Capsules of the CONNECT stream that both protocols have: close, drain, limits of the session
// (draft-ietf-webtrans-http3 sections 4.7, 5.6 and 6).
// Rules: H3-WT-7, H3-WT-8, H3-WT-9, H3-CAP-2, H3-CAP-3.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import type { Varint } from "../codec/varint.js";
import { allowData } from "./webtransport-receive.js";
import { unblock } from "./webtransport-send.js";
import { Kind, type Session, SessionState } from "./webtransport-session.js";
import { readClose, readVarints } from "./webtransport-values.js";

/** Stream identifiers end here, and with them limits of streams. */
const STREAMS_MAX = 2 ** 60;

/** A capsule whose value is bytes[from, to); types that are not known mean nothing. */
export function receiveCapsule(
  session: Session,
  type: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  offset: number,
): void {
  switch (type) {
    case CapsuleType.WtCloseSession:
      return onClose(session, bytes, from, to, offset);
    case CapsuleType.WtDrainSession:
      return from === to ? session.drain() : session.fail(ErrorCode.WT_CAPSULE_INVALID, offset);
    case CapsuleType.WtMaxData:
    case CapsuleType.WtMaxStreamsBidi:
    case CapsuleType.WtMaxStreamsUni:
    case CapsuleType.WtDataBlocked:
    case CapsuleType.WtStreamsBlockedBidi:
    case CapsuleType.WtStreamsBlockedUni: {
      // Where nobody asked for limits these are ignored (section 5.1).
      if (!session.hasLimits) return;
      const values = readVarints(bytes, from, to);
      if (values?.length !== 1) return session.fail(ErrorCode.WT_CAPSULE_INVALID, offset);
      return onLimit(session, type, values[0] as Varint, offset);
    }
  }
}

function onClose(
  session: Session,
  bytes: Uint8Array,
  from: number,
  to: number,
  offset: number,
): void {
  const close = readClose(bytes, from, to);
  if (close === null) return session.fail(ErrorCode.WT_CLOSE_INVALID, offset);
  session.state = SessionState.Closed;
  session.finish(close.code, close.reason, true);
  session.link.end(session);
}

function onLimit(session: Session, type: number, value: Varint, offset: number): void {
  switch (type) {
    case CapsuleType.WtMaxData:
      if (!isMore(session, value, session.dataMax)) break;
      session.dataMax = value;
      return unblock(session);
    case CapsuleType.WtMaxStreamsBidi:
    case CapsuleType.WtMaxStreamsUni: {
      const kind = type === CapsuleType.WtMaxStreamsUni ? Kind.Uni : Kind.Bidi;
      if (value > STREAMS_MAX || !isMore(session, value, session.streamsMax[kind])) break;
      session.streamsMax[kind] = value;
      return;
    }
    case CapsuleType.WtDataBlocked:
      return onDataBlocked(session, value);
    default:
      if (value <= STREAMS_MAX) return;
  }
  session.fail(ErrorCode.WT_FLOW_CONTROL, offset);
}

/** Over HTTP/3 a limit must grow; over HTTP/2 it must not fall. */
export function isMore(session: Session, value: Varint, before: Varint): boolean {
  return session.h2 === null ? value > before : value >= before;
}

/**
 * The peer waits at our limit although it was used up by less than that: what is missing went with streams that were
 * reset, whose last size nobody told us. Those bytes count as received and consumed.
 */
function onDataBlocked(session: Session, value: Varint): void {
  if (value !== session.dataLimit || session.dataReceived >= session.dataLimit) return;
  const lost = session.dataLimit - session.dataReceived;
  session.dataReceived += lost;
  session.dataConsumed += lost;
  allowData(session);
}
