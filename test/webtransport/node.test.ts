// WebTransport on Node: `new WebTransport` and WebTransportServer over TLS and over QUIC, with the page's script and the
// application that browsers get.

import { createHash, X509Certificate } from "node:crypto";
import {
  type SessionQuestion,
  WebTransport,
  type WebTransportClientOptions,
  WebTransportServer,
  type WebTransportServerOptions,
} from "tercet/node";
import { afterEach, describe, expect, test } from "vitest";
import { ECHO_FOUND, echoScript, echoSession } from "../helpers/webtransport-echo.js";
import { certificate } from "../node/certificate.js";
import { transport } from "../node/quic.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listen(options: Partial<WebTransportServerOptions> = {}): Promise<{
  server: WebTransportServer;
  port: number;
}> {
  const { key, cert } = await certificate();
  const server = new WebTransportServer({ port: 0, cert, privKey: key, ...options });
  ends.push(async () => {
    server.stopServer();
    await server.closed;
  });
  server.startServer();
  await server.ready;
  return { server, port: server.address()?.port as number };
}

/** The application on each session of /wt. @returns what went wrong, when the test is over */
function answers(server: WebTransportServer): string[] {
  const wrong: string[] = [];
  (async () => {
    const sessions = server.sessionStream("/wt") as unknown as AsyncIterable<never>;
    for await (const session of sessions) echoSession(session).then((list) => wrong.push(...list));
  })();
  return wrong;
}

/** Runs the page's script with this WebTransport. */
const play = (port: number, make: (url: string) => unknown): Promise<unknown> =>
  new Function("WebTransport", `${echoScript(`"https://localhost:${port}"`)}; return talk();`)(
    function FromPage(url: string) {
      return make(url);
    },
  ) as Promise<unknown>;

const WAYS: [string, object][] = [
  ["HTTP/2", {}],
  ["HTTP/3", { quic: { transport } }],
];

describe.each(WAYS)("over %s", (name, quic) => {
  const connect = async (url: string, options: WebTransportClientOptions = {}) => {
    const { cert } = await certificate();
    const made = new WebTransport(url, { ca: cert, ...quic, ...options });
    ends.push(() => made.close());
    return made;
  };

  test("everything that a page does", async () => {
    const { server, port } = await listen(quic);
    const wrong = answers(server);
    const { cert } = await certificate();
    const found = await play(port, (url) => new WebTransport(url, { ca: cert, ...quic }));
    expect(found).toEqual(ECHO_FOUND);
    expect(wrong).toEqual([]);
  });

  test("a callback decides about each session", async () => {
    const { server, port } = await listen(quic);
    const asked: SessionQuestion[] = [];
    server.setRequestCallback(async (question) => {
      asked.push(question);
      const isFine = question.header[":path"] === "/a?b";
      return { status: isFine ? 200 : 403, path: "/x", userData: { n: 1 }, selectedProtocol: "q" };
    });
    const sessions = server.sessionStream("/x", { noAutoPaths: true }).getReader();
    const options = { protocols: ["p", "q"], origin: "https://o", headers: { "x-y": "z" } };
    const client = await connect(`https://localhost:${port}/a?b`, options);
    await client.ready;
    expect(client.protocol).toBe("q");
    expect(client.reliability).toBe(name === "HTTP/2" ? "reliable-only" : "supports-unreliable");
    const { value: session } = await sessions.read();
    expect(session?.userData).toEqual({ n: 1 });
    expect(session?.peerAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(asked[0]?.header).toMatchObject({
      ...{ ":method": "CONNECT", ":path": "/a?b", ":scheme": "https", origin: "https://o" },
      ...{ ":authority": `localhost:${port}`, "x-y": "z" },
    });
    const refused = await connect(`https://localhost:${port}/other`);
    await expect(refused.ready).rejects.toThrow(/403/);
  });

  test("a server that stops ends its sessions", async () => {
    const { server, port } = await listen(quic);
    const sessions = server.sessionStream("/wt");
    const client = await connect(`https://localhost:${port}/wt`);
    await client.ready;
    server.stopServer();
    await server.closed;
    await expect(client.closed).rejects.toMatchObject({ source: "session" });
    const reader = sessions.getReader();
    expect((await reader.read()).done).toBe(false);
    expect((await reader.read()).done).toBe(true);
  });
});

test("a certificate is trusted by its hash, and no other", async () => {
  const { port } = await listen();
  const { server: _server } = await listen();
  const { cert } = await certificate();
  const value = createHash("sha256").update(new X509Certificate(cert).raw).digest();
  const other = new WebTransport(`https://localhost:${port}/wt`, {
    serverCertificateHashes: [{ algorithm: "sha-256", value: new Uint8Array(32) }],
  });
  await expect(other.ready).rejects.toThrow(/none of the hashes/);
  // Ours is made for a year: too long to be trusted by its hash (W3C WebTransport section 5.4).
  const long = new WebTransport(`https://localhost:${port}/wt`, {
    serverCertificateHashes: [{ algorithm: "sha-256", value }],
  });
  await expect(long.ready).rejects.toThrow(/14 days/);
  const untrusted = new WebTransport(`https://localhost:${port}/wt`);
  await expect(untrusted.ready).rejects.toMatchObject({ source: "session" });
});

test("what is wrong use", async () => {
  expect(() => new WebTransport("http://localhost/")).toThrow(DOMException);
  expect(() => new WebTransport("https://localhost/#x")).toThrow(DOMException);
  expect(() => new WebTransport("https://localhost/", { requireUnreliable: true })).toThrow(
    expect.objectContaining({ code: "WT_UNRELIABLE" }),
  );
  expect(() => new WebTransportServer({ port: 0 } as never)).toThrow(
    expect.objectContaining({ code: "WT_CERTIFICATE_MISSING" }),
  );
  const { port } = await listen();
  const { key, cert } = await certificate();
  const second = new WebTransportServer({ port, cert, privKey: key });
  second.startServer();
  await expect(second.ready).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("nobody listens", async () => {
  const { server, port } = await listen();
  server.stopServer();
  await server.closed;
  const client = new WebTransport(`https://localhost:${port}/wt`);
  await expect(client.ready).rejects.toMatchObject({
    name: "WebTransportError",
    source: "session",
  });
  await expect(client.closed).rejects.toBeInstanceOf(Error);
});
