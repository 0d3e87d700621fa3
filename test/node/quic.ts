// HTTP/3 servers and clients of the tests, over quiche in process; all of them end with the test that made them.

import { native } from "@matrixai/quic";
import {
  type Client,
  type ClientOptions,
  connect,
  type QuicClientOptions,
  type QuicServerOptions,
  type QuicTransport,
  quicheTransport,
  type ServeOptions,
  type Server,
} from "tercet/node";
import { afterEach } from "vitest";
import { certificate } from "./certificate.js";
import { start } from "./serving.js";

/** One for all: its binding has no state. */
export const transport: QuicTransport = quicheTransport(native.quiche);

const clients: Client[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

/** A server with HTTP/3. */
export async function startH3(
  fetch: ServeOptions["fetch"],
  options: Partial<ServeOptions> = {},
  quic: Partial<QuicServerOptions> = {},
): Promise<Server> {
  return start(fetch, { tls: await certificate(), ...options, quic: { transport, ...quic } });
}

/** A client of it that speaks HTTP/3. */
export async function h3(
  server: Pick<Server, "address">,
  quic: Partial<QuicClientOptions> = {},
  options: Partial<ClientOptions> = {},
): Promise<Client> {
  const { cert } = await certificate();
  const { port } = server.address;
  const made = await connect({ port, tls: { ca: cert }, ...options, quic: { transport, ...quic } });
  clients.push(made);
  return made;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Waits, in small steps, until something is so. @throws Error after five seconds */
export async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error("it has not come about");
    await sleep(5);
  }
}
