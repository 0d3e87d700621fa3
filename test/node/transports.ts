// The three ways in which a connection is joined to bytes, in one shape, so that one suite proves all of them: attach()
// on net, attach() on tls, and connectionStreams() over WHATWG streams. Each for HTTP/1.1 and for HTTP/2.

import net from "node:net";
import tls from "node:tls";
import type { ConnectionEvent } from "tercet";
import { H1Connection } from "tercet/h1";
import { H2Connection, type H2Options } from "tercet/h2";
import { attach } from "tercet/node";
import { connectionStreams } from "tercet/web";
import { certificate } from "./certificate.js";
import { RawClient } from "./raw-client.js";

type Connection = H1Connection | H2Connection;

/** What a test's server sees of one connection. */
export interface Link<C extends Connection = H1Connection> {
  readonly connection: C;
  readonly socket: net.Socket;
  /** To be called after commands that are given outside of `onBatch`. */
  flush(): void;
}

/** A test's server: gets the events of each read; the next read waits for it. */
export type OnBatch<C extends Connection = H1Connection> = (
  events: ConnectionEvent[],
  link: Link<C>,
) => void | Promise<void>;

export interface Listening<C extends Connection = H1Connection> {
  readonly port: number;
  /** Links of all connections so far. */
  readonly links: readonly Link<C>[];
  /** A client of this server. */
  connect(): Promise<RawClient>;
  /** The same as a bare socket, for clients of other makers. */
  dial(): Promise<net.Socket>;
  close(): Promise<void>;
}

export interface Transport {
  readonly name: string;
  listen(onBatch: OnBatch): Promise<Listening>;
  listenH2(
    onBatch: OnBatch<H2Connection>,
    options?: Partial<H2Options>,
  ): Promise<Listening<H2Connection>>;
}

/** What a server does with a socket: only the making of the connection depends on the protocol. */
interface Door<C extends Connection> {
  make(): C;
  onBatch: OnBatch<C>;
  links: Link<C>[];
}

type Join = <C extends Connection>(socket: net.Socket, door: Door<C>) => Promise<void>;

const joinAttach: Join = async (socket, { make, onBatch, links }) => {
  const connection = make();
  const attachment = attach(socket, connection);
  const link = { connection, socket, flush: () => attachment.flush() };
  links.push(link);
  for await (const events of attachment) await onBatch(events, link);
};

const joinStreams: Join = async (socket, { make, onBatch, links }) => {
  const connection = make();
  const { events, output, flush } = connectionStreams(connection);
  const link = { connection, socket, flush };
  links.push(link);
  const sent = output.pipeTo(writableOf(socket));
  const received = (async () => {
    const batches = readableOf(socket).pipeThrough(events);
    for await (const batch of batches as unknown as AsyncIterable<ConnectionEvent[]>) {
      await onBatch(batch, link);
      flush();
    }
  })();
  // The transport is the owner's: when the connection is over, or the client has gone, it is closed here.
  await Promise.allSettled([sent, received]);
  socket.destroy();
};

/** What Duplex.toWeb does, but each side ends on its own (Node's waits for both). */
function readableOf(socket: net.Socket): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let isOver = false;
        socket.pause();
        socket.on("data", (bytes) => {
          controller.enqueue(bytes);
          socket.pause();
        });
        socket.on("end", () => {
          isOver = true;
          controller.close();
        });
        socket.on("close", () => {
          if (!isOver) controller.error(new Error("the socket was closed"));
          isOver = true;
        });
      },
      pull: () => void socket.resume(),
      cancel: () => void socket.destroy(),
    },
    { highWaterMark: 0 },
  );
}

function writableOf(socket: net.Socket): WritableStream<Uint8Array> {
  const done = (resolve: () => void, reject: (error: Error) => void) => (error?: Error | null) =>
    error ? reject(error) : resolve();
  return new WritableStream<Uint8Array>({
    start(controller) {
      socket.on("close", () => controller.error(new Error("the socket was closed")));
    },
    write: (bytes) => new Promise((resolve, reject) => socket.write(bytes, done(resolve, reject))),
    close: () => new Promise((resolve) => socket.end(() => resolve())),
    abort: () => void socket.destroy(),
  });
}

async function listenWith<C extends Connection>(
  isSecure: boolean,
  join: Join,
  alpn: string,
  door: Door<C>,
): Promise<Listening<C>> {
  const sockets = new Set<net.Socket>();
  const accept = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    void join(socket, door);
  };
  const pem = await certificate();
  const server = isSecure
    ? tls.createServer({ ...pem, ALPNProtocols: [alpn], noDelay: true }, accept)
    : net.createServer({ allowHalfOpen: join !== joinAttach, noDelay: true }, accept);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const dial = async () => {
    const options = { port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true };
    const socket = isSecure
      ? tls.connect({ ...options, ca: pem.cert, ALPNProtocols: [alpn] })
      : net.connect(options);
    sockets.add(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once(isSecure ? "secureConnect" : "connect", () => resolve());
    });
    return socket;
  };
  return {
    port,
    links: door.links,
    dial,
    connect: async () => new RawClient(await dial()),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function transport(name: string, isSecure: boolean, join: Join): Transport {
  return {
    name,
    listen(onBatch) {
      const make = () => new H1Connection({ role: "server" });
      return listenWith(isSecure, join, "http/1.1", { make, onBatch, links: [] });
    },
    listenH2(onBatch, options = {}) {
      const clock = () => performance.now();
      const make = () => new H2Connection({ role: "server", clock, ...options });
      return listenWith(isSecure, join, "h2", { make, onBatch, links: [] });
    },
  };
}

export const TRANSPORTS: readonly Transport[] = [
  transport("attach, net", false, joinAttach),
  transport("attach, tls", true, joinAttach),
  transport("connectionStreams, WHATWG", false, joinStreams),
];
