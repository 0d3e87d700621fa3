// Sending, what both roles share: content, ends, trailers, and the lines of the head that the connection owns.
// Rules: H1-148.

import {
  ConnectionOption,
  flattenHeaders,
  type HeaderScan,
  scanHeaders,
} from "../codec/h1-headers.js";
import { UsageError } from "../errors.js";
import type { BodyKind, HeaderList } from "../events.js";
import type { H1Core } from "./h1-core.js";
import { type Exchange, Kind, Stage } from "./h1-exchange.js";
import { Flag } from "./h1-state.js";

/** The open message of an exchange. @throws UsageError where it has no head yet, or is over */
function openMessage(core: H1Core, streamId: number): Exchange | null {
  const exchange = core.output.find(streamId, core.nextId);
  if (exchange === undefined) return null;
  if (exchange.stage === Stage.Waiting) {
    throw new UsageError(
      "H1_HEAD_MISSING",
      `exchange ${streamId} has no head yet: call sendResponse first`,
    );
  }
  return exchange;
}

/** Content of an exchange. False: stop until the writable event. */
export function sendData(core: H1Core, streamId: number, bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "sendData takes a Uint8Array");
  const exchange = openMessage(core, streamId);
  if (exchange === null || exchange.stage === Stage.Done) return refuseData(core, bytes);
  core.output.wrote(exchange, exchange.writeData(bytes, core.output.bufferOf(exchange)));
  if (core.output.length < core.settings.limits.sendBufferLength) return true;
  exchange.wantsRoom = true;
  core.flags |= Flag.WantsRoom;
  return false;
}

/** Content behind the end: wrong use, unless the connection itself ended the message. */
function refuseData(core: H1Core, bytes: Uint8Array): boolean {
  if (core.has(Flag.Failed | Flag.Closed) || core.output.isClosed || bytes.length === 0)
    return true;
  throw new UsageError("H1_MESSAGE_COMPLETE", "content behind the end of the message");
}

/** The end of the content; for a message that is complete it does nothing. */
export function sendEnd(core: H1Core, streamId: number): void {
  const exchange = openMessage(core, streamId);
  if (exchange === null || exchange.stage === Stage.Done) return;
  core.output.wrote(exchange, exchange.writeEnd(core.output.bufferOf(exchange)));
  core.settle();
}

/** Trailers, and the end. */
export function sendTrailers(core: H1Core, streamId: number, headers: HeaderList): void {
  const flat = flattenHeaders(headers);
  const exchange = openMessage(core, streamId);
  if (exchange === null || exchange.stage === Stage.Done) {
    if (core.has(Flag.Failed | Flag.Closed) || core.output.isClosed) return;
    throw new UsageError("H1_MESSAGE_COMPLETE", "trailers behind the end of the message");
  }
  core.output.wrote(exchange, exchange.writeTrailers(flat, core.output.bufferOf(exchange)));
  core.settle();
}

/** How the content of a message ends, by what the caller said. */
export interface Framing {
  kind: Kind;
  /** Exact length, of Kind.Length. */
  length: number;
}

/**
 * The caller's body and headers, which may name the same framing and never two different ones.
 * `otherwise` is what a message without either has.
 * @throws UsageError
 */
export function chooseFraming(
  body: BodyKind | undefined,
  scan: HeaderScan,
  otherwise: Kind,
): Framing {
  const named = scan.isChunked ? Kind.Chunked : scan.contentLength >= 0 ? Kind.Length : -1;
  if (body === undefined)
    return {
      kind: named < 0 ? otherwise : (named as Kind),
      length: Math.max(scan.contentLength, 0),
    };
  const kind = kindOf(body);
  const length = typeof body === "number" ? body : 0;
  const same = named === kind && (kind !== Kind.Length || length === scan.contentLength);
  const silent = named < 0 || (kind === Kind.None && scan.contentLength === 0);
  if (!same && !silent) {
    throw new UsageError(
      "H1_FRAMING_CONFLICT",
      "body and headers name different framings; the connection writes the header itself",
    );
  }
  return { kind, length };
}

function kindOf(body: BodyKind): Kind {
  if (body === "none") return Kind.None;
  if (body === "chunked") return Kind.Chunked;
  if (body === "until-close") return Kind.UntilClose;
  if (Number.isSafeInteger(body) && body >= 0) return Kind.Length;
  throw new UsageError(
    "H1_BODY_INVALID",
    `body is "none", "chunked", "until-close" or a length in bytes`,
  );
}

/** Adds the framing line, where the caller's headers do not have it. */
export function addFramingLine(extra: string[], framing: Framing, scan: HeaderScan): void {
  if (framing.kind === Kind.Chunked && !scan.isChunked) extra.push("Transfer-Encoding", "chunked");
  if (framing.kind === Kind.Length && scan.contentLength < 0)
    extra.push("Content-Length", String(framing.length));
}

/** Headers of any form, scanned once. */
export function scanOf(headers: HeaderList): HeaderScan {
  return scanHeaders(flattenHeaders(headers ?? []));
}

/** Whether the caller's Connection field lists close. */
export function asksClose(scan: HeaderScan): boolean {
  return (scan.options & ConnectionOption.Close) !== 0;
}
