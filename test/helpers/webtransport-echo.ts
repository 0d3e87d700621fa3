// A page's script that tries a WebTransport session in every way, and the application that answers it: for browsers, and for
// whoever else has the W3C API. Both ends of the talk stand here.

import type { QuicAttachment, QuicIntercept } from "tercet/node";
import {
  type SessionRequest,
  WebTransportDriver,
  WebTransportError,
  type WebTransportSession,
} from "tercet/webtransport";

/** What the script finds where all is well. */
export const ECHO_FOUND = {
  ...{ bidi: [0, 1, 70_000, 300_000], uni: 100_000, datagrams: 20, many: 40 },
  ...{ server: "hello from the server", serverUni: "one way" },
  ...{ reset: { source: "stream", code: 77 }, stopped: { source: "stream", code: 78 } },
  ...{ closed: { closeCode: 9, reason: "Grüße" }, refused: "rejected" },
};

export type EchoFound = typeof ECHO_FOUND & { error?: string };

/**
 * Runs where WebTransport is, gives what it found. `origin` and the rest are expressions of the page.
 * @param origin where the server is, as an expression
 */
export const echoScript = (origin = "location.origin"): string => `
const content = (length) => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
const readAll = async (stream) => {
  const pieces = [];
  for (const reader = stream.getReader();;) {
    const { value, done } = await reader.read();
    if (done) break;
    pieces.push(value);
  }
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) { all.set(piece, at); at += piece.length; }
  return all;
};
const writeAll = async (stream, bytes) => {
  const writer = stream.getWriter();
  for (let at = 0; at < bytes.length; at += 50000) await writer.write(bytes.slice(at, at + 50000));
  await writer.close();
};
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const next = async (stream) => {
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return value;
};
const text = async (stream) => new TextDecoder().decode(await readAll(stream));
const failure = (error) => ({ source: error.source, code: error.streamErrorCode });
const closing = async (transport) => {
  await writeAll(await transport.createUnidirectionalStream(), new TextEncoder().encode("close"));
  return transport.closed.then(
    ({ closeCode, reason }) => ({ closeCode, reason }),
    (error) => ({ lost: String(error) }),
  );
};
async function talk() {
  const origin = ${origin};
  const found = {};
  const transport = new WebTransport(origin + "/wt");
  await transport.ready;
  found.bidi = [];
  for (const length of ${JSON.stringify(ECHO_FOUND.bidi)}) {
    const { readable, writable } = await transport.createBidirectionalStream();
    const sent = writeAll(writable, content(length));
    const back = await readAll(readable);
    await sent;
    found.bidi.push(same(back, content(length)) ? length : "wrong " + length);
  }
  const many = Array.from({ length: ${ECHO_FOUND.many} }, async (_, at) => {
    const { readable, writable } = await transport.createBidirectionalStream();
    const sent = writeAll(writable, content(at));
    const back = await readAll(readable);
    await sent;
    return same(back, content(at));
  });
  found.many = (await Promise.all(many)).filter(Boolean).length;
  await writeAll(await transport.createUnidirectionalStream(), content(${ECHO_FOUND.uni}));
  found.uni = (await readAll(await next(transport.incomingUnidirectionalStreams))).length;
  const writable = transport.datagrams.createWritable?.() ?? transport.datagrams.writable;
  const writer = writable.getWriter();
  const reader = transport.datagrams.readable.getReader();
  found.datagrams = 0;
  for (let at = 0; at < ${ECHO_FOUND.datagrams}; at++) {
    await writer.write(content(at + 1));
    if (same((await reader.read()).value, content(at + 1))) found.datagrams++;
  }
  await writeAll(await transport.createUnidirectionalStream(), new TextEncoder().encode("open"));
  const theirs = await next(transport.incomingBidirectionalStreams);
  found.server = await text(theirs.readable);
  await writeAll(theirs.writable, new Uint8Array(3));
  found.serverUni = await text(await next(transport.incomingUnidirectionalStreams));
  const broken = await transport.createBidirectionalStream();
  await broken.writable.getWriter().write(new TextEncoder().encode("break"));
  found.reset = await readAll(broken.readable).catch(failure);
  found.stopped = await transport.createBidirectionalStream().then(async ({ writable }) => {
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode("stop"));
    return writer.closed.catch(failure);
  });
  found.closed = await closing(transport);
  // Chromium may learn that its network process has dropped the session before it learns why.
  for (let turn = 0; turn < 5 && found.closed.lost; turn++) {
    const again = new WebTransport(origin + "/wt");
    await again.ready;
    found.closed = await closing(again);
  }
  const refused = new WebTransport(origin + "/nothing-here");
  refused.closed.catch(() => {});
  found.refused = await refused.ready.then(() => "open", () => "rejected");
  return found;
}
`;

/** The same for a page: posts what it found to /found. */
export const echoPage = (origin?: string): string => `${echoScript(origin)}
talk().catch((error) => ({ error: String(error) + " " + (error.stack ?? "") }))
  .then((found) => fetch("/found", { method: "POST", body: JSON.stringify(found) }));
`;

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function writeAll(
  stream: WritableStream<Uint8Array>,
  text: string | Uint8Array,
): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(typeof text === "string" ? new TextEncoder().encode(text) : text);
  await writer.close();
}

/** What other makers' sessions have as well. */
type AnySession = Pick<
  WebTransportSession,
  | "close"
  | "createBidirectionalStream"
  | "createUnidirectionalStream"
  | "incomingBidirectionalStreams"
  | "incomingUnidirectionalStreams"
> & {
  readonly datagrams: {
    readonly readable: ReadableStream<Uint8Array>;
    createWritable(): WritableStream<Uint8Array>;
  };
};

/** The application: plays the server's part of the script. @returns what went wrong */
export async function echoSession(session: AnySession): Promise<string[]> {
  const wrong: string[] = [];
  const part = async (name: string, play: () => Promise<void>) => {
    await play().catch((error) => wrong.push(`${name}: ${error}`));
  };
  const each = async <T>(stream: ReadableStream<T>, play: (item: T) => Promise<void>) => {
    const parts: Promise<void>[] = [];
    for await (const item of stream as unknown as AsyncIterable<T>)
      parts.push(part("a stream", () => play(item)));
    await Promise.all(parts);
  };
  await Promise.all([
    part("streams both ways", () => each(session.incomingBidirectionalStreams, onBidirectional)),
    part("streams one way", () =>
      each(session.incomingUnidirectionalStreams, (stream) => onUnidirectional(session, stream)),
    ),
    part("datagrams", async () => {
      const writer = session.datagrams.createWritable().getWriter();
      for await (const bytes of session.datagrams.readable as unknown as AsyncIterable<Uint8Array>)
        await writer.write(bytes);
    }),
  ]);
  return wrong;
}

async function onBidirectional({
  readable,
  writable,
}: {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
}): Promise<void> {
  const reader = readable.getReader();
  const first = await reader.read();
  const word = first.done ? "" : new TextDecoder().decode(first.value);
  if (word === "break") {
    await writable.abort(new WebTransportError("broken", { streamErrorCode: 77 }));
    return void (await reader.cancel().catch(() => {}));
  }
  if (word === "stop") {
    // The other direction stays open: transports tell the code of a stop as long as there is a stream.
    return void (await reader.cancel(new WebTransportError("stopped", { streamErrorCode: 78 })));
  }
  const writer = writable.getWriter();
  for (let { value, done } = first; !done; { value, done } = await reader.read())
    await writer.write(value as Uint8Array);
  await writer.close();
}

async function onUnidirectional(
  session: AnySession,
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  const bytes = await readAll(stream);
  if (bytes.toString() === "close") return session.close({ closeCode: 9, reason: "Grüße" });
  if (bytes.toString() !== "open")
    return writeAll(await session.createUnidirectionalStream(), new Uint8Array(bytes));
  const both = await session.createBidirectionalStream();
  await writeAll(both.writable, ECHO_FOUND.server);
  if ((await readAll(both.readable)).length !== 3) throw new Error("the answer is not whole");
  await writeAll(await session.createUnidirectionalStream(), ECHO_FOUND.serverUni);
}

/** Accepts sessions on /wt and plays the application on them. */
export function answerSession(request: SessionRequest, onWrong: (wrong: string) => void): void {
  if (request.path !== "/wt") return request.reject();
  echoSession(request.accept()).then((list) => {
    for (const one of list) onWrong(one);
  });
}

/** For `quic.intercept` of serve(), beside `webtransport: true`: sessions are answered, the rest goes on to fetch. */
export const interceptSessions =
  (onWrong: (wrong: string) => void) =>
  (attachment: QuicAttachment): QuicIntercept => {
    const { connection, quic } = attachment;
    const driver = new WebTransportDriver(connection, {
      role: "server",
      flush: () => attachment.flushSoon(),
      maxDatagramSize: () => Math.max(0, quic.maxDatagramLength - 8),
      onSession: (request) => answerSession(request, onWrong),
    });
    attachment.closed.then(() => driver.connectionLost());
    return (events) => events.filter((event) => !driver.handle(event));
  };
