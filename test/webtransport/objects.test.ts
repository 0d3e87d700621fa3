// WebTransport objects of both ends: promises, streams with backpressure, datagrams, errors, as the W3C API has them.

import { WebTransportError, type WebTransportSession } from "tercet/webtransport";
import { describe, expect, test } from "vitest";
import {
  type Drivers,
  joinDrivers,
  next,
  readAll,
  writeAll,
} from "../helpers/webtransport-drivers.js";
import { BOTH, bytesOf } from "../helpers/webtransport-pair.js";

const soon = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const REQUEST = { authority: "a", path: "/wt" };

interface Open extends Drivers {
  readonly a: WebTransportSession;
  readonly b: WebTransportSession;
}

async function open(
  over: "h2" | "h3",
  options: Parameters<typeof joinDrivers>[1] = {},
): Promise<Open> {
  const drivers = joinDrivers(over, options);
  const a = drivers.client.connect({ ...REQUEST, protocols: ["p"] });
  await a.ready;
  return { ...drivers, a, b: drivers.accepted[0] as WebTransportSession };
}

describe.each(BOTH)("over %s", (over) => {
  test("a session that is open", async () => {
    const drivers = joinDrivers(over);
    const a = drivers.client.connect({ ...REQUEST, protocols: ["p", "q"] });
    expect([a.state, a.reliability, a.protocol]).toEqual(["connecting", "pending", ""]);
    await expect(a.ready).resolves.toBe(undefined);
    const reliability = over === "h2" ? "reliable-only" : "supports-unreliable";
    expect([a.state, a.reliability, a.protocol]).toEqual(["connected", reliability, "p"]);
    const [b] = drivers.accepted;
    await b?.ready;
    expect([b?.state, b?.reliability, b?.protocol]).toEqual(["connected", reliability, "p"]);
    expect(a.congestionControl).toBe("default");
  });

  test("a session that is refused", async () => {
    const drivers = joinDrivers(over, {
      server: { onSession: (request) => request.reject({ status: 403 }) },
    });
    const a = drivers.client.connect(REQUEST);
    await expect(a.ready).rejects.toThrow(/status 403/);
    await expect(a.closed).rejects.toBeInstanceOf(WebTransportError);
    expect(a.state).toBe("failed");
    await expect(a.createBidirectionalStream()).rejects.toMatchObject({
      name: "InvalidStateError",
    });
  });

  test("what a server sees of the request", async () => {
    const seen: unknown[] = [];
    const drivers = joinDrivers(over, {
      server: {
        onSession: (request) => {
          const { path, authority, origin, protocols } = request;
          seen.push({ path, authority, origin, protocols });
          request.accept();
        },
      },
    });
    await drivers.client.connect({ ...REQUEST, origin: "https://o", protocols: ["x"] }).ready;
    expect(seen).toEqual([{ path: "/wt", authority: "a", origin: "https://o", protocols: ["x"] }]);
  });

  test("a session can be accepted later", async () => {
    const drivers = joinDrivers(over, {
      server: { onSession: (request) => void soon().then(() => request.accept()) },
    });
    const a = drivers.client.connect(REQUEST);
    // A stream that is asked for before is opened when the session is.
    const stream = a.createUnidirectionalStream();
    await a.ready;
    await expect(stream).resolves.toBeInstanceOf(WritableStream);
  });

  test("streams in both directions, from either end", async () => {
    const { a, b } = await open(over);
    for (const [one, far] of [
      [a, b],
      [b, a],
    ] as const) {
      const { readable, writable } = await one.createBidirectionalStream();
      const sent = writeAll(writable, bytesOf(100_000, 1), bytesOf(100_000, 2));
      const theirs = await next(far.incomingBidirectionalStreams);
      const echoed = theirs.readable.pipeTo(theirs.writable);
      const back = await readAll(readable);
      await Promise.all([sent, echoed]);
      expect(Buffer.compare(back, Buffer.concat([bytesOf(100_000, 1), bytesOf(100_000, 2)]))).toBe(
        0,
      );
    }
    const stats = await a.getStats();
    expect(stats).toMatchObject({ numOutgoingStreamsCreated: 1, numIncomingStreamsCreated: 1 });
  });

  test("streams in one direction", async () => {
    const { a, b } = await open(over);
    for (const [one, far] of [
      [a, b],
      [b, a],
    ] as const) {
      const stream = await one.createUnidirectionalStream();
      const sent = writeAll(stream, bytesOf(10));
      const theirs = await next(far.incomingUnidirectionalStreams);
      expect(await readAll(theirs)).toEqual(bytesOf(10));
      await sent;
      expect(await stream.getStats()).toMatchObject({ bytesWritten: 10 });
      expect(await theirs.getStats()).toEqual({ bytesReceived: 10, bytesRead: 10 });
    }
  });

  test("bytes are read into the reader's own buffer", async () => {
    const { a, b } = await open(over);
    const stream = await a.createUnidirectionalStream();
    const sent = writeAll(stream, bytesOf(10));
    const reader = (await next(b.incomingUnidirectionalStreams)).getReader({ mode: "byob" });
    const first = await reader.read(new Uint8Array(4));
    expect(first.value).toEqual(bytesOf(10).subarray(0, 4));
    const second = await reader.read(new Uint8Array(100));
    expect(second.value).toEqual(bytesOf(10).subarray(4));
    expect((await reader.read(new Uint8Array(1))).done).toBe(true);
    await sent;
  });

  test("what is written may be used again at once, in any form of bytes", async () => {
    const { a, b } = await open(over);
    const writer = (await a.createUnidirectionalStream()).getWriter();
    const buffer = Uint8Array.of(1, 2, 3, 4);
    const written = [
      writer.write(buffer),
      writer.write(new DataView(buffer.buffer, 1, 2) as never),
      writer.write(buffer.buffer as never),
      writer.write(new Uint8Array(0)),
      writer.close(),
    ];
    const theirs = await next(b.incomingUnidirectionalStreams);
    await Promise.all(written);
    buffer.fill(9);
    expect([...(await readAll(theirs))]).toEqual([1, 2, 3, 4, 2, 3, 1, 2, 3, 4]);
    const wrong = (await a.createUnidirectionalStream()).getWriter();
    await expect(wrong.write("text" as never)).rejects.toBeInstanceOf(TypeError);
  });

  test("nobody reads: the writer waits, and goes on when somebody does", async () => {
    const { a, b } = await open(over);
    const writer = (await a.createUnidirectionalStream()).getWriter();
    let written = 0;
    const piece = bytesOf(16_384);
    const all = (async () => {
      for (let i = 0; i < 256; i++) {
        await writer.write(piece);
        written += piece.length;
      }
      await writer.close();
    })();
    const theirs = await next(b.incomingUnidirectionalStreams);
    for (let i = 0; i < 50; i++) await soon();
    const waitedAt = written;
    expect(waitedAt).toBeLessThan(1024 * 1024);
    for (let i = 0; i < 50; i++) await soon();
    expect(written).toBe(waitedAt);
    expect((await readAll(theirs)).length).toBe(256 * 16_384);
    await all;
  });

  test("datagrams", async () => {
    const { a, b } = await open(over);
    const writer = a.datagrams.createWritable().getWriter();
    const reader = b.datagrams.readable.getReader();
    const waiting = reader.read();
    await writer.write(bytesOf(3));
    expect((await waiting).value).toEqual(bytesOf(3));
    const size = a.datagrams.maxDatagramSize;
    expect(size).toBe(over === "h2" ? 16_384 : 1_024);
    await writer.write(bytesOf(size + 1));
    await writer.write(bytesOf(size));
    await writer.write(bytesOf(0));
    expect((await reader.read()).value).toHaveLength(size);
    expect((await reader.read()).value).toHaveLength(0);
    expect((await a.getStats()).datagrams.expiredOutgoing).toBe(1);
    await expect(a.datagrams.writable.getWriter().write("x" as never)).rejects.toBeInstanceOf(
      TypeError,
    );
  });

  test("datagrams that nobody reads are dropped, oldest first", async () => {
    const { a, b } = await open(over);
    b.datagrams.incomingHighWaterMark = 2;
    const writer = a.datagrams.writable.getWriter();
    for (const length of [1, 2, 3, 4]) await writer.write(bytesOf(length));
    await soon();
    const reader = b.datagrams.readable.getReader();
    expect((await reader.read()).value).toHaveLength(3);
    expect((await reader.read()).value).toHaveLength(4);
    expect((await b.getStats()).datagrams.droppedIncoming).toBe(2);
  });

  test("abort and cancel carry a code of the application", async () => {
    const { a, b } = await open(over);
    const { readable, writable } = await a.createBidirectionalStream();
    const theirs = await next(b.incomingBidirectionalStreams);
    const reading = readAll(theirs.readable);
    await writable.abort(new WebTransportError("no", { streamErrorCode: 77 }));
    await expect(reading).rejects.toMatchObject({
      ...{ name: "WebTransportError", source: "stream", streamErrorCode: 77 },
    });
    await readable.cancel({ code: 78 });
    await soon();
    await soon();
    await expect(theirs.writable.getWriter().closed).rejects.toMatchObject({
      ...{ source: "stream", streamErrorCode: 78 },
    });
  });

  test.each([
    ["nothing", undefined, 0],
    ["an error", new Error("x"), 0],
    ["a code of the other API", { code: 5 }, 5],
    [
      "one that does not fit",
      new WebTransportError("x", { streamErrorCode: 2 ** 40 }),
      0xffff_ffff,
    ],
    ["one that is none", { code: -1 }, 0],
    ["an exception of the platform", new DOMException("x", "AbortError"), 0],
  ])("abort with %s", async (_name, reason, code) => {
    const { a, b } = await open(over);
    const { writable } = await a.createBidirectionalStream();
    const theirs = await next(b.incomingBidirectionalStreams);
    await writable.abort(reason);
    await expect(readAll(theirs.readable)).rejects.toMatchObject({ streamErrorCode: code });
  });

  test("close: both ends have code and reason, streams fail with the session", async () => {
    const { a, b } = await open(over);
    const { writable } = await a.createBidirectionalStream();
    const theirs = await next(b.incomingBidirectionalStreams);
    const reading = readAll(theirs.readable);
    a.close({ closeCode: 9, reason: `${"ü".repeat(600)}` });
    await expect(a.closed).resolves.toEqual({ closeCode: 9, reason: "ü".repeat(512) });
    await expect(b.closed).resolves.toEqual({ closeCode: 9, reason: "ü".repeat(512) });
    await expect(reading).rejects.toMatchObject({ source: "session", streamErrorCode: null });
    await expect(writable.getWriter().closed).rejects.toMatchObject({ source: "session" });
    expect((await b.incomingBidirectionalStreams.getReader().read()).done).toBe(true);
    expect((await b.incomingUnidirectionalStreams.getReader().read()).done).toBe(true);
    expect((await b.datagrams.readable.getReader().read()).done).toBe(true);
    expect([a.state, b.state]).toEqual(["closed", "closed"]);
    await expect(b.createUnidirectionalStream()).rejects.toMatchObject({
      name: "InvalidStateError",
    });
    a.close();
    b.close();
  });

  test("close before the session is open", async () => {
    const drivers = joinDrivers(over);
    const a = drivers.client.connect(REQUEST);
    a.close({ closeCode: 1 });
    await expect(a.ready).rejects.toMatchObject({ source: "session" });
    await expect(a.closed).rejects.toMatchObject({ source: "session" });
    await soon();
    expect(drivers.client.sessionCount).toBe(0);
    expect(drivers.server.sessionCount).toBe(0);
  });

  test("a connection that is lost fails everything", async () => {
    const drivers = await open(over);
    const { a, b, cut } = drivers;
    const { readable } = await a.createBidirectionalStream();
    const reading = readAll(readable);
    const waiting = b.datagrams.readable.getReader().read();
    cut();
    await expect(a.closed).rejects.toMatchObject({ name: "WebTransportError", source: "session" });
    await expect(b.closed).rejects.toMatchObject({ source: "session" });
    await expect(reading).rejects.toMatchObject({ source: "session" });
    await expect(waiting).rejects.toMatchObject({ source: "session" });
  });

  test("draining", async () => {
    const { a, b } = await open(over);
    b.notifySessionDraining();
    await expect(a.draining).resolves.toBe(undefined);
    expect(a.state).toBe("connected");
  });

  test("incoming streams that nobody wants are given up", async () => {
    const { a, b } = await open(over);
    await b.incomingUnidirectionalStreams.cancel();
    const writer = (await a.createUnidirectionalStream()).getWriter();
    await expect(writer.closed).rejects.toMatchObject({ source: "stream", streamErrorCode: 0 });
  });
});

describe("limits over HTTP/2", () => {
  const few = { server: { initial: { streamsBidi: 1 } } };

  test("no more streams now: refused, or waited for", async () => {
    const { a, b } = await open("h2", few);
    const first = await a.createBidirectionalStream();
    await expect(a.createBidirectionalStream()).rejects.toMatchObject({
      name: "QuotaExceededError",
    });
    const waiting = a.createBidirectionalStream({ waitUntilAvailable: true });
    const theirs = await next(b.incomingBidirectionalStreams);
    await Promise.all([
      writeAll(first.writable),
      writeAll(theirs.writable),
      readAll(theirs.readable),
      readAll(first.readable),
    ]);
    const second = await waiting;
    expect(second.readable).toBeInstanceOf(ReadableStream);
  });

  test("who waits for a stream fails with the session", async () => {
    const { a } = await open("h2", few);
    await a.createBidirectionalStream();
    const waiting = a.createBidirectionalStream({ waitUntilAvailable: true });
    await soon();
    a.close();
    await expect(waiting).rejects.toMatchObject({ name: "InvalidStateError" });
  });
});

test("WebTransportError has the shape of the W3C API", () => {
  const error = new WebTransportError("text", { source: "session", streamErrorCode: 3, cause: 1 });
  expect(error).toBeInstanceOf(DOMException);
  expect(error).toMatchObject({ name: "WebTransportError", message: "text", source: "session" });
  expect([error.streamErrorCode, (error as { cause?: unknown }).cause]).toEqual([3, 1]);
  expect(new WebTransportError()).toMatchObject({
    message: "",
    source: "stream",
    streamErrorCode: null,
  });
});
