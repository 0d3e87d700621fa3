// The server's commands: interim and final responses, in the order of the requests whatever the order of the
// calls (RFC 9112 section 9.3.2), and the answer to an error.
// Rules: H1-078, H1-129.

import { HeadFlag } from "../abi/tape.js";
import { ConnectionOption, type HeaderScan } from "../codec/h1-headers.js";
import { writeResponse, writeResponseHead } from "../codec/h1-serialize.js";
import { validateStatus } from "../codec/h1-validate.js";
import { contentLengthOf } from "../codec/head-bytes.js";
import { UsageError } from "../errors.js";
import type { BodyKind, HeaderList } from "../events.js";
import type { H1Core } from "./h1-core.js";
import { type Exchange, Kind, Stage } from "./h1-exchange.js";
import { addFramingLine, asksClose, chooseFraming, type Framing, scanOf } from "./h1-send.js";
import { Flag } from "./h1-state.js";

/** A response to send. */
export interface ResponseToSend {
  readonly status: number;
  /** Reason phrase; the registered one by default, "" for none. */
  readonly reason?: string | null;
  readonly headers: HeaderList;
  /** How the content ends; by default chunked, or until-close to an HTTP/1.0 client. */
  readonly body?: BodyKind;
  /** The whole content: one call ends the message. Strings are sent as UTF-8. */
  readonly content?: Uint8Array | string;
}

/** The exchange that waits for a final response; null where it was abandoned because the connection ends. */
function unanswered(core: H1Core, streamId: number): Exchange | null {
  if (core.awaiting !== null) throw new UsageError("H1_ROLE", "a client sends requests");
  const exchange = core.output.find(streamId, core.nextId);
  if (exchange === undefined) {
    if (core.output.isClosed || core.has(Flag.Failed | Flag.Closed)) return null;
    throw new UsageError("H1_RESPONSE_REPEATED", `exchange ${streamId} was answered`);
  }
  if (exchange.stage !== Stage.Waiting) {
    throw new UsageError("H1_RESPONSE_REPEATED", `exchange ${streamId} was answered`);
  }
  return exchange;
}

/** A 1xx response. */
export function sendInformational(
  core: H1Core,
  streamId: number,
  head: { status: number; headers: HeaderList },
): void {
  validateStatus(head.status);
  if (head.status > 199)
    throw new UsageError("H1_STATUS_INVALID", "an informational status is from 100 to 199");
  const exchange = unanswered(core, streamId);
  if (exchange === null) return;
  if (head.status === 101) {
    sendSwitch(core, exchange, head);
    return;
  }
  // A 1.0 client does not know 1xx (RFC 9110 section 15.2, H1-133).
  if ((exchange.flags & HeadFlag.Http10) !== 0) {
    throw new UsageError("H1_INFORMATIONAL_FORBIDDEN", "an HTTP/1.0 client gets no 1xx response");
  }
  const bytes = writeResponseHead({ status: head.status, headers: scanOf(head.headers) });
  if (head.status === 100) exchange.hasContinued = true;
  push(core, exchange, bytes);
}

/** 101: only to an offer, behind the whole request, and behind a 100 that the client waits for (RFC 9110 section 7.8). */
function sendSwitch(
  core: H1Core,
  exchange: Exchange,
  head: { reason?: string | null; headers: HeaderList },
): void {
  if ((exchange.flags & HeadFlag.Upgrade) === 0) {
    throw new UsageError("H1_UPGRADE_NOT_OFFERED", "the request offered no upgrade");
  }
  if (!exchange.isReceived)
    throw new UsageError("H1_UPGRADE_EARLY", "the request is not complete: wait for its end");
  const scan = scanOf(head.headers);
  const extra = (scan.options & ConnectionOption.Upgrade) === 0 ? ["Connection", "upgrade"] : [];
  const bytes = writeResponseHead({
    status: 101,
    reason: head.reason ?? null,
    headers: scan,
    extra,
  });
  if ((exchange.flags & HeadFlag.ExpectContinue) !== 0 && !exchange.hasContinued) {
    push(core, exchange, writeResponseHead({ status: 100, headers: [] }));
  }
  core.switchToTunnel(exchange);
  push(core, exchange, bytes);
}

function push(core: H1Core, exchange: Exchange, bytes: Uint8Array): void {
  core.output.bufferOf(exchange).push(bytes);
  core.output.wrote(exchange, bytes.length);
}

/** A final response. */
export function sendResponse(core: H1Core, streamId: number, response: ResponseToSend): void {
  validateStatus(response.status);
  const exchange = unanswered(core, streamId);
  if (exchange === null) return;
  if (response.status < 200) {
    if (response.status !== 101)
      throw new UsageError("H1_STATUS_INVALID", "1xx is sent by sendInformational");
    sendSwitch(core, exchange, response);
    return;
  }
  const scan = scanOf(response.headers);
  const length = response.content === undefined ? -1 : contentLengthOf(response.content);
  const framing = responseFraming(exchange, response, scan, length);
  const closes = closesAfter(core, exchange, scan, framing);
  writeHead(core, exchange, response, scan, framing, closes, length);
  exchange.closes = closes;
  decide(core, exchange, framing);
  core.output.wrote(exchange, 0);
  core.settle();
}

/** Where the content of a response ends, RFC 9112 section 6.3, RFC 9110 sections 6.4.1 and 8.6. */
function responseFraming(
  exchange: Exchange,
  response: ResponseToSend,
  scan: HeaderScan,
  length: number,
): Framing {
  const { status } = response;
  if ((exchange.flags & HeadFlag.Connect) !== 0 && status < 300) {
    const framed = scan.contentLength >= 0 || scan.transferEncoding !== null;
    if (framed || length > 0)
      throw new UsageError("H1_FRAMING_FORBIDDEN", "a 2xx to CONNECT has no content");
    return { kind: Kind.Tunnel, length: 0 };
  }
  const body = response.body ?? (length >= 0 ? length : undefined);
  if (length >= 0 && typeof response.body === "number" && response.body !== length) {
    throw new UsageError(
      "H1_FRAMING_CONFLICT",
      `body says ${response.body} bytes, content has ${length}`,
    );
  }
  if (status === 204 || status === 205 || status === 304)
    return contentless(status, body, scan, length);
  const isHttp10 = (exchange.flags & HeadFlag.Http10) !== 0;
  const chosen = chooseFraming(body, scan, isHttp10 ? Kind.UntilClose : Kind.Chunked);
  if (isHttp10 && chosen.kind === Kind.Chunked) {
    if (scan.transferEncoding !== null)
      throw new UsageError("H1_FRAMING_FORBIDDEN", "an HTTP/1.0 client does not know chunked");
    return { kind: Kind.UntilClose, length: 0 };
  }
  // No content still needs a length, or the client waits for the close (RFC 9112 section 6.3, rule 8).
  if (chosen.kind === Kind.None && scan.contentLength < 0) return { kind: Kind.Length, length: 0 };
  return chosen;
}

/** 204, 205 and 304 have no content (H1-149); 304 may say what a 200 would have (H1-094). */
function contentless(
  status: number,
  body: BodyKind | undefined,
  scan: HeaderScan,
  length: number,
): Framing {
  const empty = body === undefined || body === "none" || body === 0;
  if (length > 0 || (!empty && status !== 304) || (status === 205 && scan.contentLength > 0)) {
    throw new UsageError("H1_BODY_FORBIDDEN", `a ${status} response has no content`);
  }
  if (status === 205) return { kind: Kind.Length, length: 0 };
  return { kind: Kind.None, length: 0 };
}

/** Whether the connection ends behind this response (RFC 9112 section 9.6). */
function closesAfter(
  core: H1Core,
  exchange: Exchange,
  scan: HeaderScan,
  framing: Framing,
): boolean {
  if (framing.kind === Kind.Tunnel) return false;
  if (framing.kind === Kind.UntilClose || asksClose(scan)) return true;
  if ((exchange.flags & HeadFlag.Persistent) === 0) return true;
  const isLast = core.output.queue.at(-1) === exchange;
  if (core.has(Flag.Failed | Flag.Ended | Flag.Closing)) return isLast;
  return false;
}

function writeHead(
  core: H1Core,
  exchange: Exchange,
  response: ResponseToSend,
  scan: HeaderScan,
  framing: Framing,
  closes: boolean,
  length: number,
): void {
  const extra: string[] = [];
  addFramingLine(extra, framing, scan);
  addConnectionLine(extra, exchange, scan, closes);
  const { status, reason = null, content } = response;
  const parts = { status, reason, headers: scan, extra };
  const out = core.output.bufferOf(exchange);
  const hasNone =
    (exchange.flags & HeadFlag.Head) !== 0 ||
    framing.kind === Kind.None ||
    framing.kind === Kind.Tunnel;
  if (content === undefined || length <= 0 || hasNone || framing.kind !== Kind.Length) {
    const bytes = writeResponseHead(parts);
    out.push(bytes);
    begin(core, exchange, framing, hasNone, bytes.length);
    if (content !== undefined && !hasNone) writeContent(core, exchange, content);
    if (content !== undefined && exchange.stage === Stage.Open && framing.kind !== Kind.Tunnel)
      exchange.stage = Stage.Done;
    return;
  }
  const written = writeResponse(parts, content, length, out);
  exchange.stage = Stage.Done;
  count(core, exchange, written);
}

/** Counts without letting the next message go: the caller does that when all is decided. */
function count(core: H1Core, exchange: Exchange, written: number): void {
  const stage = exchange.stage;
  exchange.stage = Stage.Open;
  core.output.wrote(exchange, written);
  exchange.stage = stage;
}

function begin(
  core: H1Core,
  exchange: Exchange,
  framing: Framing,
  hasNone: boolean,
  written: number,
): void {
  exchange.kind = hasNone && framing.kind !== Kind.Tunnel ? Kind.None : framing.kind;
  exchange.remaining = framing.length;
  count(core, exchange, written);
  const isOver =
    exchange.kind === Kind.None || (exchange.kind === Kind.Length && framing.length === 0);
  exchange.stage = isOver ? Stage.Done : Stage.Open;
}

/** Content given with the head, where the framing is not a length: chunked or until-close. */
function writeContent(core: H1Core, exchange: Exchange, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const out = core.output.bufferOf(exchange);
  count(core, exchange, exchange.writeData(bytes, out));
  count(core, exchange, exchange.writeEnd(out));
  exchange.stage = Stage.Done;
}

/** Connection: close and keep-alive are the connection's own (H1-120, H1-122). */
function addConnectionLine(
  extra: string[],
  exchange: Exchange,
  scan: HeaderScan,
  closes: boolean,
): void {
  if (scan.upgrade !== null && (scan.options & ConnectionOption.Upgrade) === 0)
    extra.push("Connection", "upgrade");
  if (closes) {
    if (!asksClose(scan)) extra.push("Connection", "close");
  } else if (
    (exchange.flags & HeadFlag.Http10) !== 0 &&
    (scan.options & ConnectionOption.KeepAlive) === 0
  ) {
    extra.push("Connection", "keep-alive");
  }
}

/** The final response decides what the bytes behind an Upgrade or CONNECT request are. */
function decide(core: H1Core, exchange: Exchange, framing: Framing): void {
  if (framing.kind === Kind.Tunnel) {
    core.switchToTunnel(exchange);
    return;
  }
  if ((exchange.flags & (HeadFlag.Upgrade | HeadFlag.Connect)) !== 0) core.flags &= ~Flag.Undecided;
  if (exchange.closes) core.flags |= Flag.Closing;
}

/** The suggested answer to an error, when it is its turn and no response has begun. */
export function answerError(core: H1Core): void {
  const { failing, error } = core.rare;
  if (failing === null || error === null || core.output.queue[0] !== failing) return;
  core.rare.failing = null;
  if (failing.stage !== Stage.Waiting) return;
  const isHead = (failing.flags & HeadFlag.Head) !== 0;
  const parts = {
    status: error.status ?? 400,
    headers: ["Connection", "close", ...(isHead ? [] : ["Content-Length", "0"])],
  };
  const bytes = writeResponseHead(parts);
  failing.stage = Stage.Done;
  failing.closes = true;
  core.output.bufferOf(failing).push(bytes);
  core.output.wrote(failing, bytes.length);
}
