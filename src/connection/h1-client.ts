// The client's command: requests, with the target form and the Host that RFC 9112 section 3.2 asks for.
// Rules: H1-033.

import { HeadFlag } from "../abi/tape.js";
import { ConnectionOption, type HeaderScan } from "../codec/h1-headers.js";
import { writeRequest, writeRequestHead } from "../codec/h1-serialize.js";
import { contentLengthOf } from "../codec/head-bytes.js";
import { UsageError } from "../errors.js";
import type { BodyKind, HeaderList } from "../events.js";
import type { H1Core } from "./h1-core.js";
import { Exchange, Kind, Stage } from "./h1-exchange.js";
import { addFramingLine, asksClose, chooseFraming, scanOf } from "./h1-send.js";
import { Flag } from "./h1-state.js";

/** A request to send. */
export interface RequestToSend {
  readonly method: string;
  /** Path and query; "*" for OPTIONS; an absolute URI to a proxy. Default "/". Not for CONNECT. */
  readonly path?: string;
  /** host[:port]: becomes Host, and the target of CONNECT. */
  readonly authority?: string;
  /** Not on the wire of HTTP/1.1, but with an absolute URI in `path`. */
  readonly scheme?: string;
  /** A protocol to offer: adds Upgrade and Connection: upgrade. */
  readonly protocol?: string;
  readonly headers: HeaderList;
  /** How the content ends; by default chunked for POST, PUT and PATCH, none for the others. */
  readonly body?: BodyKind;
  /** The whole content: one call ends the message. Strings are sent as UTF-8. */
  readonly content?: Uint8Array | string;
}

const WITH_CONTENT = new Set(["POST", "PUT", "PATCH"]);

/**
 * Sends the head of a request, and with `content` all of it.
 * @returns its streamId
 * @throws UsageError
 */
export function sendRequest(core: H1Core, request: RequestToSend): number {
  const { awaiting } = core;
  if (awaiting === null) throw new UsageError("H1_ROLE", "a server sends responses");
  if (core.has(Flag.Failed | Flag.Closed | Flag.Last | Flag.Ended | Flag.Closing | Flag.Tunnel)) {
    throw new UsageError("H1_CONNECTION_CLOSING", "this connection takes no further requests");
  }
  const scan = scanOf(request.headers);
  const length = request.content === undefined ? -1 : contentLengthOf(request.content);
  const otherwise = WITH_CONTENT.has(request.method) ? Kind.Chunked : Kind.None;
  const framing = chooseFraming(
    request.body ?? (length >= 0 ? length : undefined),
    scan,
    otherwise,
  );
  if (framing.kind === Kind.UntilClose)
    throw new UsageError("H1_BODY_INVALID", "a request cannot end with the connection");
  if (length >= 0 && framing.kind === Kind.Length && framing.length !== length) {
    throw new UsageError(
      "H1_FRAMING_CONFLICT",
      `the length says ${framing.length} bytes, content has ${length}`,
    );
  }
  const extra = ownLines(request, scan);
  // POST without content says so (RFC 9110 section 8.6).
  if (framing.kind === Kind.None && WITH_CONTENT.has(request.method) && scan.contentLength < 0)
    extra.push("Content-Length", "0");
  addFramingLine(extra, framing, scan);
  const parts = { method: request.method, target: targetOf(request), headers: scan, extra };

  const exchange = new Exchange(core.nextId, requestFlags(request, scan));
  const out: Uint8Array[] = [];
  let written: number;
  if (request.content !== undefined && framing.kind === Kind.Length) {
    written = writeRequest(parts, request.content, length, out);
    exchange.stage = Stage.Done;
  } else {
    const head = writeRequestHead(parts);
    out.push(head);
    written = head.length;
    exchange.kind = framing.kind;
    exchange.remaining = framing.length;
    exchange.stage =
      framing.kind === Kind.None || (framing.kind === Kind.Length && framing.length === 0)
        ? Stage.Done
        : Stage.Open;
    if (request.content !== undefined && exchange.stage === Stage.Open)
      written += writeAll(exchange, request.content, out);
  }
  enqueue(core, exchange, out, written);
  if (asksClose(scan)) core.flags |= Flag.Closing;
  return exchange.id;
}

function writeAll(exchange: Exchange, content: Uint8Array | string, out: Uint8Array[]): number {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return exchange.writeData(bytes, out) + exchange.writeEnd(out);
}

function enqueue(core: H1Core, exchange: Exchange, out: Uint8Array[], written: number): void {
  core.nextId++;
  core.output.add(exchange);
  core.awaiting?.push(exchange);
  const buffer = core.output.bufferOf(exchange);
  for (const bytes of out) buffer.push(bytes);
  core.output.wrote(exchange, written);
}

function targetOf(request: RequestToSend): string {
  if (request.method !== "CONNECT")
    return request.path === undefined || request.path === "" ? "/" : request.path;
  if (request.authority === undefined)
    throw new UsageError("H1_TARGET_INVALID", "CONNECT needs an authority");
  return request.authority;
}

/** Host first (H1-068), then an offered upgrade (H1-131). */
function ownLines(request: RequestToSend, scan: HeaderScan): string[] {
  const extra: string[] = [];
  if (request.authority !== undefined) {
    if (scan.host === null) extra.push("Host", request.authority);
    else if (scan.host.toLowerCase() !== request.authority.toLowerCase()) {
      throw new UsageError("H1_HOST_INVALID", "authority and the Host header differ");
    }
  }
  if (request.protocol !== undefined) {
    extra.push("Upgrade", request.protocol);
    if ((scan.options & ConnectionOption.Upgrade) === 0) extra.push("Connection", "upgrade");
  }
  return extra;
}

function requestFlags(request: RequestToSend, scan: HeaderScan): number {
  let flags = asksClose(scan) ? 0 : HeadFlag.Persistent;
  if (request.method === "HEAD") flags |= HeadFlag.Head;
  if (request.method === "CONNECT") flags |= HeadFlag.Connect;
  if (scan.upgrade !== null || request.protocol !== undefined) flags |= HeadFlag.Upgrade;
  return flags;
}
