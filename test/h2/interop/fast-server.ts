// The shortest way through the adapters: attach() with a handler, one small answer to everything. Not a test.

import { once } from "node:events";
import net from "node:net";
import { H2Connection } from "tercet/h2";
import { attach } from "tercet/node";

export interface FastServer {
  readonly url: string;
  readonly errors: readonly string[];
  end(): Promise<void>;
}

/** Starts it in the clear. */
export async function listenFast(): Promise<FastServer> {
  const errors: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const clock = () => performance.now();
    const connection = new H2Connection({ role: "server", clock });
    attach(socket, connection, {
      end: (streamId) =>
        connection.sendResponse(streamId, {
          ...{ status: 200, headers: ["content-type", "text/plain"], content: "hello\n" },
        }),
      error: (error) => errors.push(error.message),
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/`,
    errors,
    async end() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
