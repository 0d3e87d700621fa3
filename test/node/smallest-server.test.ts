// The server of the README: a dozen lines on a socket, and nothing of the adapters; with H2Connection in the place of
// H1Connection it is an h2c server.

import http from "node:http";
import net from "node:net";
import { H1Connection } from "tercet/h1";
import { H2Connection } from "tercet/h2";
import { afterEach, expect, test } from "vitest";
import { ask, sessionTo } from "./h2-client.js";

let Connection: typeof H1Connection | typeof H2Connection = H1Connection;

const server = net.createServer((socket) => {
  const connection = new Connection({ role: "server" });
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

async function listen(kind: typeof Connection): Promise<number> {
  Connection = kind;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as net.AddressInfo).port;
}

test("answers node:http, with keep-alive and without", async () => {
  const port = await listen(H1Connection);
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

test("answers node:http2, one request and many, and closes when the client does", async () => {
  const session = await sessionTo(`http://127.0.0.1:${await listen(H2Connection)}`);
  const answer = await ask(session, { method: "POST", body: "content" });
  expect([answer.status, answer.body.toString()]).toEqual([200, "hello\n"]);
  const many = await Promise.all(Array.from({ length: 100 }, () => ask(session)));
  expect(many.map(({ status }) => status)).toEqual(Array(100).fill(200));
  const closed = new Promise((resolve) => session.once("close", resolve));
  session.close();
  await closed;
});
