// The three ways in which a connection is joined to bytes, in one shape, so that one suite proves all of them: attach()
// on net, attach() on tls, and connectionStreams() over WHATWG streams.

import net from "node:net";
import tls from "node:tls";
import type { ConnectionEvent } from "tercet";
import { H1Connection } from "tercet/h1";
import { attach } from "tercet/node";
import { connectionStreams } from "tercet/web";
import { certificate } from "./certificate.js";
import { RawClient } from "./raw-client.js";

/** What a test's server sees of one connection. */
export interface Link {
  readonly connection: H1Connection;
  readonly socket: net.Socket;
  /** To be called after commands that are given outside of `onBatch`. */
  flush(): void;
}

/** A test's server: gets the events of each read; the next read waits for it. */
export type OnBatch = (events: ConnectionEvent[], link: Link) => void | Promise<void>;

export interface Listening {
  readonly port: number;
  /** Links of all connections so far. */
  readonly links: readonly Link[];
  /** A client of this server. */
  connect(): Promise<RawClient>;
  close(): Promise<void>;
}

export interface Transport {
  readonly name: string;
  listen(onBatch: OnBatch): Promise<Listening>;
}

type Join = (socket: net.Socket, onBatch: OnBatch, links: Link[]) => Promise<void>;

async function joinAttach(socket: net.Socket, onBatch: OnBatch, links: Link[]): Promise<void> {
  const connection = new H1Connection({ role: "server" });
  const attachment = attach(socket, connection);
  const link = { connection, socket, flush: () => attachment.flush() };
  links.push(link);
  for await (const events of attachment) await onBatch(events, link);
}

async function joinStreams(socket: net.Socket, onBatch: OnBatch, links: Link[]): Promise<void> {
  const connection = new H1Connection({ role: "server" });
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
}

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

function transport(name: string, isSecure: boolean, join: Join): Transport {
  return {
    name,
    async listen(onBatch) {
      const links: Link[] = [];
      const sockets = new Set<net.Socket>();
      const accept = (socket: net.Socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        void join(socket, onBatch, links);
      };
      const pem = await certificate();
      const server = isSecure
        ? tls.createServer(pem, accept)
        : net.createServer({ allowHalfOpen: join !== joinAttach }, accept);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as net.AddressInfo;
      return {
        port,
        links,
        async connect() {
          const options = { port, host: "127.0.0.1", allowHalfOpen: true };
          const socket = isSecure
            ? tls.connect({ ...options, ca: pem.cert })
            : net.connect(options);
          sockets.add(socket);
          await new Promise<void>((resolve, reject) => {
            socket.once("error", reject);
            socket.once(isSecure ? "secureConnect" : "connect", () => resolve());
          });
          return new RawClient(socket);
        },
        async close() {
          for (const socket of sockets) socket.destroy();
          await new Promise<void>((resolve) => server.close(() => resolve()));
        },
      };
    },
  };
}

export const TRANSPORTS: readonly Transport[] = [
  transport("attach, net", false, joinAttach),
  transport("attach, tls", true, joinAttach),
  transport("connectionStreams, WHATWG", false, joinStreams),
];
