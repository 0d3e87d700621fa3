// What a review of the adapters found: each test is one mistake that was made. Sockets that are left open are looked for where
// Node lists them.

import dgram from "node:dgram";
import net from "node:net";
import { WebTransport, WebTransportServer } from "tercet/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";
import { startH3, transport, until } from "./quic.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Sockets of a kind that are open in this process. */
const open = (kind: "UDPWrap") =>
  process.getActiveResourcesInfo().filter((name) => name === kind).length;

// Those of the test before are gone.
beforeEach(() => until(() => open("UDPWrap") === 0));

/** A UDP port on which nobody answers. */
async function silentPort(): Promise<number> {
  const socket = dgram.createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  ends.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket.address().port;
}

describe("a QUIC client whose handshake does not come about closes its socket", () => {
  const attempt = async (more: object, port: number) => {
    const { cert } = await certificate();
    const before = open("UDPWrap");
    await expect(
      transport.connect?.({ host: "127.0.0.1", port, ca: cert, ...more }),
    ).rejects.toThrow();
    await until(() => open("UDPWrap") === before);
  };

  test("a session that is none", async () => {
    const server = await startH3(() => new Response());
    await attempt({ session: Uint8Array.of(1, 2, 3) }, server.address.port);
  });

  test.each([0, 1, 2, 3, 5, 8])("given up after %d turns of the loop", async (turns) => {
    const port = await silentPort();
    const controller = new AbortController();
    const giveUp = async () => {
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(new Error("not wanted"));
    };
    await Promise.all([attempt({ signal: controller.signal }, port), giveUp()]);
  });
});

test("listening on a port that is taken leaves no socket", async () => {
  const port = await silentPort();
  const { key, cert } = await certificate();
  const before = open("UDPWrap");
  const listening = transport.listen?.({ port, hostname: "127.0.0.1", key, cert }, () => {});
  await expect(listening).rejects.toMatchObject({ code: "EADDRINUSE" });
  await until(() => open("UDPWrap") === before);
});

describe("WebTransport", () => {
  test("closed during the handshake of TLS: the socket goes, too", async () => {
    const sockets: net.Socket[] = [];
    let closed = 0;
    const silent = net.createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.once("close", () => closed++);
      socket.resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise<void>((resolve) => silent.close(() => resolve())));
    const { port } = silent.address() as net.AddressInfo;
    const session = new WebTransport(`https://127.0.0.1:${port}/wt`);
    session.ready.catch(() => {});
    await until(() => sockets.length === 1);
    session.close();
    await expect(session.closed).rejects.toThrow(/closed before it was open/);
    await until(() => closed === 1);
  });

  test("closed during the handshake of QUIC: the socket goes, too", async () => {
    const port = await silentPort();
    const before = open("UDPWrap");
    const session = new WebTransport(`https://127.0.0.1:${port}/wt`, { quic: { transport } });
    session.ready.catch(() => {});
    await until(() => open("UDPWrap") > before);
    session.close();
    await expect(session.closed).rejects.toThrow(/closed before it was open/);
    await until(() => open("UDPWrap") === before);
  });

  const listen = async (quic: object) => {
    const { key, cert } = await certificate();
    const server = new WebTransportServer({ port: 0, cert, privKey: key, ...quic });
    ends.push(() => server.stopServer());
    return { server, cert };
  };

  test.each([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["is rejected", () => Promise.reject(new Error("broken"))],
    ["decides nothing", () => undefined],
    ["decides a status that is none", () => Promise.resolve({ status: 100 })],
  ])("a request callback that %s refuses the session by 500", async (_name, callback) => {
    const { server, cert } = await listen({});
    server.setRequestCallback(callback as never);
    server.startServer();
    await server.ready;
    const session = new WebTransport(`https://localhost:${server.address()?.port}/wt`, {
      ca: cert,
    });
    await expect(session.ready).rejects.toThrow(/status 500/);
    await session.closed.catch(() => {});
  });

  test("a server that is stopped while it starts listens on nothing", async () => {
    const before = open("UDPWrap");
    const { server } = await listen({ quic: { transport } });
    server.startServer();
    // TCP listens, UDP is about to.
    await until(() => server.address() !== null);
    server.stopServer();
    await server.closed;
    await server.ready.catch(() => {});
    await until(() => open("UDPWrap") === before);
  });

  test("`closed` of a server waits for its UDP port", async () => {
    const { server } = await listen({ quic: { transport } });
    server.startServer();
    await server.ready;
    const port = server.address()?.port as number;
    server.stopServer();
    await server.closed;
    const socket = dgram.createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, "127.0.0.1", resolve);
    });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  });
});
