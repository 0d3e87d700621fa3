// The server of the README: a dozen lines on a socket, and nothing of the adapters.

import http from "node:http";
import net from "node:net";
import { H1Connection } from "tercet/h1";
import { afterEach, expect, test } from "vitest";

const server = net.createServer((socket) => {
  const connection = new H1Connection({ role: "server" });
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    for (const event of connection.receive(chunk)) {
      if (event.type === "end") {
        connection.sendResponse(event.streamId, {
          status: 200,
          headers: ["content-type", "text/plain"],
          content: "hello\n",
        });
      }
    }
    for (const bytes of connection.take()) socket.write(bytes);
    if (connection.state === "closed" || connection.state === "failed") socket.end();
  });
});

afterEach(() => server.close());

test("answers node:http, with keep-alive and without", async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const options of [{ agent }, { agent }, { agent: false as const }]) {
    const body = await new Promise<string>((resolve, reject) => {
      const request = http.get({ port, ...options }, (response) => {
        response.setEncoding("latin1");
        response.on("data", resolve);
      });
      request.on("error", reject);
    });
    expect(body).toBe("hello\n");
  }
  agent.destroy();
});
