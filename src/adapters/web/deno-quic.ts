// denoTransport(): Deno's raw QUIC (quinn; `--unstable-net`) as a QuicTransport. Rules of the file: no global is touched,
// `Deno` is handed in; streams of ours are opened in the order of their ids, for Deno gives each the next one; what
// Deno does not tell or take is left out: it has no codes of resets (RESET_STREAM comes as 0x100, and goes as an end or
// as 0), no resumption, and no measure of its own work.

import { UsageError } from "../../errors.js";
import { QuicError } from "../quic/quic-error.js";
import type {
  QuicClose,
  QuicConnection,
  QuicConnectOptions,
  QuicListener,
  QuicListenOptions,
  QuicReceiver,
  QuicSettings,
  QuicTiming,
  QuicTransport,
} from "../quic/transport.js";
import type { DenoBidi, DenoConn, DenoQuic, DenoReadable } from "./deno-binding.js";
import { DenoStream } from "./deno-stream.js";

export type { DenoQuic } from "./deno-binding.js";

/** Bytes of one stream that Deno gets before it has taken those before. */
const STREAM_ROOM = 64 * 1024;
/** From the last write to an orderly close: Deno does not say what has arrived. */
const LINGER_MS = 200;
/** H3_NO_ERROR: in place of the code that Deno does not tell. */
const NO_CODE = 0x100;

/**
 * A QUIC transport for `attachQuic`, or for `serve` and `connect` of `tercet/node` on Deno.
 *
 * @param deno the global `Deno`, run with `--unstable-net`
 */
export function denoTransport(deno: DenoQuic): QuicTransport {
  if (typeof deno?.QuicEndpoint !== "function") {
    throw new UsageError("QUIC_DENO_INVALID", "denoTransport takes Deno, run with --unstable-net");
  }
  return {
    name: "deno",
    listen: (options, onConnection) => listen(deno, options, onConnection),
    connect: (options) => connect(deno, options),
  };
}

function settingsOf({ alpn, idleTimeoutMs, bidiStreams, uniStreams }: QuicSettings): object {
  return {
    alpnProtocols: alpn ?? ["h3"],
    maxIdleTimeout: idleTimeoutMs ?? 30_000,
    maxConcurrentBidirectionalStreams: bidiStreams ?? 100,
    maxConcurrentUnidirectionalStreams: uniStreams ?? 100,
  };
}

async function listen(
  deno: DenoQuic,
  options: QuicListenOptions,
  onConnection: (connection: QuicConnection) => void,
): Promise<QuicListener> {
  const { hostname, port, key, cert } = options;
  const endpoint = new deno.QuicEndpoint({ hostname, port });
  const listener = endpoint.listen({ ...settingsOf(options), key, cert });
  const connections = new Set<DenoConnection>();
  let isClosing = false;
  const accept = async (): Promise<void> => {
    for (;;) {
      const incoming = await listener.incoming();
      // A handshake that fails is the client's affair, and no other client waits for it.
      incoming.accept().then((conn) => {
        if (isClosing) return conn.close({ closeCode: NO_CODE, reason: "" });
        const connection = new DenoConnection(conn, "server");
        connections.add(connection);
        void connection.closed.then(() => connections.delete(connection));
        onConnection(connection);
      }, ignore);
    }
  };
  accept().catch(ignore);
  const destroy = () => endpoint.close({ closeCode: NO_CODE, reason: "" });
  return {
    address: { address: endpoint.addr.hostname, port: endpoint.addr.port },
    async close() {
      isClosing = true;
      await Promise.all([...connections].map(({ closed }) => closed));
      destroy();
    },
    destroy,
  };
}

async function connect(deno: DenoQuic, options: QuicConnectOptions): Promise<QuicConnection> {
  const { host, port, serverName, ca, verify = true, signal } = options;
  if (!verify) {
    throw new UsageError(
      "QUIC_DENO_VERIFY",
      "Deno checks every certificate: name those to trust in ca",
    );
  }
  signal?.throwIfAborted();
  const made = deno.connectQuic({
    ...{ ...settingsOf(options), hostname: host, port },
    ...(serverName === undefined ? {} : { serverName }),
    ...(ca === undefined ? {} : { caCerts: [ca] }),
  });
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return new DenoConnection(await Promise.race([made, aborted]), "client");
  } catch (error) {
    made.then((conn) => conn.close({ closeCode: NO_CODE, reason: "" }), ignore);
    if (signal?.aborted) throw error;
    throw new QuicError("QUIC_HANDSHAKE_FAILED", `no QUIC connection: ${(error as Error).message}`);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

const ignore = (): void => {};

class DenoConnection implements QuicConnection {
  readonly role: "client" | "server";
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly alpn: string;
  readonly isEstablished = true;
  readonly bidiStreamLimit = Number.POSITIVE_INFINITY;
  readonly session = null;
  readonly timing: QuicTiming;
  readonly number = -1;
  readonly closed: Promise<QuicClose>;
  readonly #conn: DenoConn;
  readonly #streams = new Map<number, DenoStream>();
  /** The next stream of ours, of either kind. */
  readonly #nextId: { bidi: number; uni: number };
  /** Streams are opened one after the other. */
  #opening: { bidi: Promise<void>; uni: Promise<void> };
  #receiver: QuicReceiver | null = null;
  #isDue = false;
  /** Our own close: Deno does not tell what it was. */
  #closing: { code: number; reason: string } | null = null;
  #isOver = false;

  constructor(conn: DenoConn, role: "client" | "server") {
    this.role = role;
    this.#conn = conn;
    const { hostname, port } = conn.remoteAddr;
    this.remoteAddress = hostname;
    this.remotePort = port;
    this.alpn = conn.protocol ?? "";
    this.#nextId = role === "client" ? { bidi: 0, uni: 2 } : { bidi: 1, uni: 3 };
    this.#opening = { bidi: Promise.resolve(), uni: Promise.resolve() };
    const none = { receiveMs: 0, sendMs: 0, socketMs: 0, received: 0, sent: 0 };
    this.timing = { startedAt: performance.now(), openedAt: performance.now(), ...none };
    this.closed = conn.closed.then(
      ({ closeCode: code, reason }) => {
        if (this.#closing !== null) return { by: "us", isApplication: true, ...this.#closing };
        return { by: "peer", isApplication: true, code, reason };
      },
      (error: Error) => {
        const by = /time/i.test(error.message) ? ("timeout" as const) : ("peer" as const);
        return { by, isApplication: false, code: 0, reason: error.message };
      },
    );
  }

  get maxDatagramLength(): number {
    return this.#isOver ? 0 : this.#conn.maxDatagramSize;
  }

  start(receiver: QuicReceiver): void {
    this.#receiver = receiver;
    const { incomingBidirectionalStreams: bidi, incomingUnidirectionalStreams: uni } = this.#conn;
    void each(bidi, ({ readable, writable }) => this.#add(readable, writable));
    void each(uni, (readable) => this.#add(readable, null));
    void this.#readDatagrams();
    void this.closed.then((close) => {
      this.#isOver = true;
      this.#streams.clear();
      receiver.closed(close);
    });
    this.wake();
  }

  wake(): void {
    if (this.#isDue || this.#isOver) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (!this.#isOver) this.#receiver?.turn();
    });
  }

  /** A stream of the peer. Its id must be asked for before it is read. */
  #add(readable: DenoReadable, writable: DenoBidi["writable"] | null): void {
    const streamId = Number(readable.id);
    const stream = new DenoStream();
    this.#streams.set(streamId, stream);
    stream.writer = writable?.getWriter() ?? null;
    stream.isOver = writable === null;
    void this.#read(streamId, stream, readable);
  }

  /** A stream that is over on both sides is nothing any more. */
  #forget(streamId: number, stream: DenoStream): void {
    if (stream.isOver && stream.isRead && stream.queue.length === 0) this.#streams.delete(streamId);
  }

  async #read(streamId: number, stream: DenoStream, readable: DenoReadable): Promise<void> {
    const reader = readable.getReader();
    stream.reader = reader;
    try {
      for (;;) {
        const { done, value = new Uint8Array(0) } = await reader.read();
        if (this.#isOver || stream.reader === null) return;
        this.#receiver?.stream(streamId, value, done);
        this.wake();
        if (done) return this.#endRead(streamId, stream);
        if (!stream.isPaused) continue;
        await new Promise<void>((resolve) => {
          stream.resume = resolve;
        });
      }
    } catch {
      if (this.#isOver || stream.reader === null) return;
      this.#receiver?.reset(streamId, NO_CODE);
      this.wake();
      this.#endRead(streamId, stream);
    }
  }

  #endRead(streamId: number, stream: DenoStream): void {
    stream.isRead = true;
    this.#forget(streamId, stream);
  }

  async #readDatagrams(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#conn.readDatagram();
        this.#receiver?.datagram(bytes);
        this.wake();
      }
    } catch {
      // The connection is over.
    }
  }

  /** The stream; one of ours is opened with those below it. */
  #stream(streamId: number): DenoStream | undefined {
    const kind = (streamId & 2) === 0 ? "bidi" : "uni";
    if ((streamId & 1) === (this.role === "client" ? 0 : 1)) {
      for (; this.#nextId[kind] <= streamId; this.#nextId[kind] += 4) {
        const stream = new DenoStream();
        stream.isRead = kind === "uni";
        this.#streams.set(this.#nextId[kind], stream);
        const id = this.#nextId[kind];
        this.#opening[kind] = this.#opening[kind].then(() => this.#open(id, stream)).catch(ignore);
      }
    }
    return this.#streams.get(streamId);
  }

  async #open(streamId: number, stream: DenoStream): Promise<void> {
    const when = { waitUntilAvailable: true };
    if ((streamId & 2) === 0) {
      const { readable, writable } = await this.#conn.createBidirectionalStream(when);
      stream.writer = writable.getWriter();
      void this.#read(streamId, stream, readable);
    } else {
      stream.writer = (await this.#conn.createUnidirectionalStream(when)).getWriter();
    }
    if (stream.isReset) this.#abort(stream);
    this.#flush(streamId, stream);
  }

  room(streamId: number): number {
    const stream = this.#stream(streamId);
    return stream === undefined ? STREAM_ROOM : Math.max(0, STREAM_ROOM - stream.waiting);
  }

  write(streamId: number, bytes: Uint8Array, fin: boolean): void {
    const stream = this.#stream(streamId);
    if (stream === undefined || stream.isOver) return;
    stream.queue.push({ bytes, fin });
    stream.waiting += bytes.length;
    stream.isOver = fin;
    this.#flush(streamId, stream);
  }

  #flush(streamId: number, stream: DenoStream): void {
    const { writer } = stream;
    if (writer === null) return;
    for (const { bytes, fin } of stream.queue.splice(0)) {
      const taken = bytes.length > 0 ? writer.write(bytes) : Promise.resolve();
      taken.then(
        () => {
          stream.waiting -= bytes.length;
          this.wake();
        },
        () => this.#stopped(streamId, stream),
      );
      if (fin) writer.close().catch(ignore);
    }
    this.#forget(streamId, stream);
  }

  #stopped(streamId: number, stream: DenoStream): void {
    if (stream.writer === null || this.#isOver) return;
    stream.writer = null;
    stream.isOver = true;
    stream.waiting = 0;
    this.#receiver?.stopSending(streamId, NO_CODE);
    this.wake();
    this.#forget(streamId, stream);
  }

  reset(streamId: number, _code: number): void {
    const stream = this.#stream(streamId);
    if (stream === undefined) return;
    stream.isOver = true;
    stream.isReset = true;
    stream.queue = [];
    if (stream.writer !== null) this.#abort(stream);
    this.#forget(streamId, stream);
  }

  /** Deno takes no code of ours. */
  #abort(stream: DenoStream): void {
    stream.writer?.abort(new Error("given up")).catch(ignore);
    stream.writer = null;
  }

  stopSending(streamId: number, code: number): void {
    const stream = this.#stream(streamId);
    const reader = stream?.reader ?? null;
    if (stream === undefined || reader === null) return;
    stream.reader = null;
    stream.resume?.();
    reader.cancel(new Error(`not wanted, code ${code}`)).catch(ignore);
    this.#endRead(streamId, stream);
  }

  sendDatagram(bytes: Uint8Array): boolean {
    if (bytes.length > this.maxDatagramLength) return false;
    this.#conn.sendDatagram(bytes).catch(ignore);
    return true;
  }

  pause(streamId: number): void {
    (this.#streams.get(streamId) ?? new DenoStream()).isPaused = true;
  }

  resume(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.isPaused = false;
    stream.resume?.();
    stream.resume = null;
  }

  close(code: number, reason = ""): void {
    if (this.#closing !== null || this.#isOver) return;
    this.#closing = { code, reason };
    this.#conn.close({ closeCode: code, reason });
  }

  finish(code: number, reason = ""): void {
    setTimeout(() => this.close(code, reason), LINGER_MS);
  }

  destroy(): void {
    this.close(NO_CODE);
  }
}

/** All that a stream gives, until it ends in whatever way. */
async function each<T>(stream: ReadableStream<T>, use: (value: T) => void): Promise<void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      use(value);
    }
  } catch {
    // The connection is over.
  }
}
