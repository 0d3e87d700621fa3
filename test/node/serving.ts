// Servers and raw clients of the serve() tests; all of them end with the test that made them.

import type http2 from "node:http2";
import net from "node:net";
import { type ServeOptions, type Server, serve } from "tercet/node";
import { afterEach } from "vitest";
import { sessionTo } from "./h2-client.js";
import { RawClient } from "./raw-client.js";

const servers: Server[] = [];
const clients: RawClient[] = [];
const sessions: http2.ClientHttp2Session[] = [];

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A server with this application. */
export async function start(
  fetch: ServeOptions["fetch"],
  options: Partial<ServeOptions> = {},
): Promise<Server> {
  const server = await serve({ timeouts: { drainMs: 2_000 }, ...options, fetch });
  servers.push(server);
  return server;
}

/** A client of it that sends bytes. */
export async function raw(server: Server): Promise<RawClient> {
  const { port } = server.address;
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  const client = new RawClient(socket);
  clients.push(client);
  return client;
}

/** A client of it that speaks HTTP/2. */
export async function h2(
  server: Server,
  options: http2.SecureClientSessionOptions = {},
): Promise<http2.ClientHttp2Session> {
  const session = await sessionTo(server.url, options);
  sessions.push(session);
  return session;
}

/** An application that answers with method, path and body in one line of text. */
export const mirror: ServeOptions["fetch"] = async (request) => {
  const { pathname, search } = new URL(request.url);
  return new Response(`${request.method} ${pathname}${search} ${await request.text()}`);
};

export const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** One turn of the event loop. */
export const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The body of an answer. */
export const text = async (answer: Promise<{ body: Buffer }>): Promise<string> =>
  (await answer).body.toString();

/** A promise and what fulfils it. */
export function gate(): { open: () => void; isOpen: Promise<void> } {
  let open = () => {};
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, isOpen };
}
