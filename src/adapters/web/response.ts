// Sends the platform's Response on a connection (fetch standard, "Response class"). Rules of the file: framing
// belongs to the connection, so fields about it are dropped; a short body leaves with its length, a long one
// as it comes; the body is read only as fast as the connection takes it.

import type { HeaderList } from "../../events.js";
import type { ResponseWriter } from "../connection.js";

/** What the sender needs of the adapter that moves the bytes. */
export interface ResponsePort {
  /** Moves what the connection has to send. */
  flush(): void;
  /** Fulfilled when the connection has room again, rejected when it has gone. */
  writable(streamId: number): Promise<void>;
  /** The body is read from now on: `cancel` ends that, where nobody waits for it any more. */
  reading?(cancel: (reason: unknown) => void): void;
  /** Nobody waits for the answer any more. Default: somebody does. */
  isGone?(): boolean;
}

/** How to answer. */
export interface ResponseOptions {
  /** Method of the request: nothing is sent behind the head for "HEAD". */
  readonly method?: string;
  /** Version of the connection, as in the head of the request. Default "1.1". */
  readonly httpVersion?: string;
  /** Fields to add where the response does not have them: flat list. */
  readonly defaults?: readonly string[];
  /** Asked when the body has ended: the trailers to send, or null. Only behind a body. */
  readonly trailers?: () => HeaderList | null;
}

/** Of the fields of one hop only Connection may be the application's (RFC 9110 section 7.6.1). */
const DROPPED = new Set(["transfer-encoding", "keep-alive", "proxy-connection", "upgrade"]);
/** From HTTP/2 on there are none (RFC 9113 section 8.2.2): an application need not know what it is reached by. */
const DROPPED_H2 = new Set([...DROPPED, "connection"]);

/** A body that is complete within this many bytes is sent with its length. */
const WHOLE_LENGTH = 64 * 1024;

/** Microtasks in which a body that is in memory gives its next piece. */
const TURNS = 8;

/**
 * Sends one response and its body; fulfilled when the last byte was given to the connection.
 *
 * A Response of status 0 (`Response.error()`) is sent as 500.
 *
 * @param connection the connection that received the request
 * @param streamId the exchange
 * @param response its body is read to the end, or cancelled, also when the port says that nobody waits for it
 * @param port moves the bytes
 * @throws UsageError where the connection refuses the head, before a byte leaves; whatever the body rejects with,
 *   and the port's rejection, when the head may have left: the connection must then be cut
 */
export async function sendFetchResponse(
  connection: ResponseWriter,
  streamId: number,
  response: Response,
  port: ResponsePort,
  options: ResponseOptions = {},
): Promise<void> {
  const status = response.status === 0 ? 500 : response.status;
  const head = {
    status,
    // Most applications give none: then the registered one is sent.
    reason: response.statusText || null,
    headers: headersOf(response, status, options),
  };
  const hasNoBody = options.method === "HEAD" || status === 204 || status === 205 || status === 304;
  if (response.body === null || hasNoBody) {
    // Of a HEAD the length is not known here: the head goes without one unless the application gave it.
    const isEmpty = options.method !== "HEAD" && status !== 204 && status !== 304;
    connection.sendResponse(streamId, isEmpty ? { ...head, content: "" } : head);
    port.flush();
    await response.body?.cancel();
    return;
  }
  const reader = response.body.getReader();
  port.reading?.((reason) => {
    reader.cancel(reason).catch(() => {});
  });
  try {
    await sendBody(connection, streamId, head, reader, port, options.trailers);
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

type Head = { status: number; reason: string | null; headers: string[] };
type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function sendBody(
  connection: ResponseWriter,
  streamId: number,
  head: Head,
  reader: Reader,
  port: ResponsePort,
  trailers: ResponseOptions["trailers"],
): Promise<void> {
  const { pieces, next } = await readAhead(reader);
  if (port.isGone?.() === true) return;
  const behind = next === null ? (trailers?.() ?? null) : null;
  if (next === null && behind === null) {
    connection.sendResponse(streamId, { ...head, content: joined(pieces) });
    port.flush();
    return;
  }
  connection.sendResponse(streamId, head);
  for (const bytes of pieces) await sendPiece(connection, streamId, bytes, port);
  // The head leaves now: its body may take long.
  port.flush();
  for (let result = await next; result?.done === false; result = await reader.read()) {
    await sendPiece(connection, streamId, result.value, port);
  }
  if (port.isGone?.() === true) return;
  const list = behind ?? trailers?.() ?? null;
  if (list === null) connection.sendEnd(streamId);
  else connection.sendTrailers(streamId, list);
  port.flush();
}

async function sendPiece(
  connection: ResponseWriter,
  streamId: number,
  bytes: Uint8Array,
  port: ResponsePort,
): Promise<void> {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError("the body of a Response must give Uint8Arrays");
  }
  if (bytes.length === 0) return;
  const hasRoom = connection.sendData(streamId, bytes);
  const writable = hasRoom ? null : port.writable(streamId);
  port.flush();
  await writable;
}

/** What a body gives without waiting, up to WHOLE_LENGTH; `next` is the read under way, null: that was all. */
async function readAhead(
  reader: Reader,
): Promise<{ pieces: Uint8Array[]; next: ReturnType<Reader["read"]> | null }> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = reader.read();
    const result = await within(next, TURNS);
    if (result === null) return { pieces, next };
    if (result.done) return { pieces, next: null };
    length += result.value.length;
    if (length > WHOLE_LENGTH || !(result.value instanceof Uint8Array)) return { pieces, next };
    pieces.push(result.value);
  }
}

/** The value of a promise that settles within some microtasks, else null. A rejection is thrown. */
async function within<T>(promise: Promise<T>, turns: number): Promise<T | null> {
  let value: { of: T } | null = null;
  let failure: { of: unknown } | null = null;
  promise.then(
    (of) => {
      value = { of };
    },
    (of: unknown) => {
      failure = { of };
    },
  );
  for (let turn = 0; turn < turns && value === null && failure === null; turn++) await null;
  if (failure !== null) throw (failure as { of: unknown }).of;
  return value === null ? null : (value as { of: T }).of;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function headersOf(response: Response, status: number, options: ResponseOptions): string[] {
  const { httpVersion = "1.1", defaults = [] } = options;
  const dropped = httpVersion.startsWith("1.") ? DROPPED : DROPPED_H2;
  const headers: string[] = [];
  response.headers.forEach((value, name) => {
    // 204 may not have a length (RFC 9110 section 8.6).
    const isDropped = dropped.has(name) || (status === 204 && name === "content-length");
    if (!isDropped && name !== "set-cookie") headers.push(name, value);
  });
  // Each Set-Cookie is a field of its own (RFC 9110 section 5.3).
  for (const value of response.headers.getSetCookie()) headers.push("set-cookie", value);
  for (let at = 0; at < defaults.length; at += 2) {
    if (!response.headers.has(defaults[at] as string)) {
      headers.push(defaults[at] as string, defaults[at + 1] as string);
    }
  }
  return headers;
}
