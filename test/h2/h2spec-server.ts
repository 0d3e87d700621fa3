// The smallest server of the API page over a real socket, in cleartext or over TLS: what h2spec and its table talk to.

import net from "node:net";
import tls from "node:tls";
import type { ConnectionEvent } from "tercet";
import { H2Connection, type H2Options } from "tercet/h2";
import { certificate } from "../node/certificate.js";

export interface H2Server {
  readonly port: number;
  close(): Promise<void>;
}

/** Content of every answer: more than the small windows of the suites. */
export const CONTENT = "hello from a server under test\n";

function respond(connection: H2Connection, events: readonly ConnectionEvent[]): void {
  for (const event of events)
    if (event.type === "end")
      connection.sendResponse(event.streamId, {
        status: 200,
        headers: ["content-type", "text/plain"],
        content: CONTENT,
      });
}

function attend(socket: net.Socket, options: Omit<H2Options, "role">): void {
  const connection = new H2Connection({ ...options, role: "server" });
  const flush = () => {
    for (const bytes of connection.take()) socket.write(bytes);
    if (connection.state === "closed" || connection.state === "failed") socket.end();
  };
  socket.setNoDelay(true);
  socket.on("data", (chunk: Uint8Array) => {
    respond(connection, connection.receive(chunk));
    flush();
  });
  socket.on("end", () => {
    connection.receiveEnd();
    flush();
  });
  // A peer that goes away in the middle of everything is what these suites do.
  socket.on("error", () => socket.destroy());
  flush();
}

/** Listens on a free port of the loopback interface. */
export async function listen(
  options: Omit<H2Options, "role"> & { overTls?: boolean } = {},
): Promise<H2Server> {
  const { overTls, ...rest } = options;
  const sockets = new Set<net.Socket>();
  const onSocket = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    attend(socket, rest);
  };
  const server = overTls
    ? tls.createServer({ ...(await certificate()), ALPNProtocols: ["h2"] }, onSocket)
    : net.createServer(onSocket);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
