// @fails-components/webtransport over HTTP/2, both ways: its client with our server, our client with its server; and the two of
// each kind, so that it shows whose a difference is. Its HTTP/3 needs a binary and is not used.

import { createHash, X509Certificate } from "node:crypto";
import { WebTransport, WebTransportServer } from "tercet/node";
import { WebTransportError } from "tercet/webtransport";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readAll, writeAll } from "../helpers/webtransport-drivers.js";
import { ECHO_FOUND, echoScript, echoSession } from "../helpers/webtransport-echo.js";
import { bytesOf } from "../helpers/webtransport-pair.js";
import { missing } from "../node/peers.js";
import { shortCertificate } from "./short-certificate.js";

const NAME = "@fails-components/webtransport";

/** It says aloud, each time it is loaded, that its HTTP/3 is not there. */
async function load(): Promise<{ Http2Server: never; WebTransport: never } | null> {
  const quiet = ["log", "error"].map((name) =>
    vi.spyOn(console, name as "log").mockImplementation(() => {}),
  );
  try {
    const found = await import(/* @vite-ignore */ NAME);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return found;
  } catch {
    return null;
  } finally {
    for (const spy of quiet) spy.mockRestore();
  }
}

const theirs = await load();
const isThere = theirs !== null || missing(NAME);

// biome-ignore lint/suspicious/noExplicitAny: two makers' classes of one shape
type Any = any;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What `kind` means at each end. */
const serverOf = (kind: string): Any =>
  kind === "ours" ? WebTransportServer : theirs?.Http2Server;
const clientOf = (kind: string): Any => (kind === "ours" ? WebTransport : theirs?.WebTransport);

async function listen(kind: string): Promise<{ server: Any; port: number }> {
  const { key, cert } = await shortCertificate();
  const Server = serverOf(kind);
  const common = { port: 0, host: "127.0.0.1", secret: "x" };
  const server = new Server({ ...common, cert, privKey: key });
  server.setRequestCallback(async ({ header }: Any) => ({
    status: header[":path"] === "/wt" ? 200 : 404,
    ...{ path: header[":path"], userData: {}, selectedProtocol: "b" },
  }));
  server.startServer();
  await server.ready;
  ends.push(() => server.stopServer());
  return { server, port: server.address().port };
}

async function connect(kind: string, url: string, options: object = {}): Promise<Any> {
  const { cert } = await shortCertificate();
  const value = createHash("sha256").update(new X509Certificate(cert).raw).digest();
  const Client = clientOf(kind);
  const made = new Client(url, {
    ...{ forceReliable: true, protocols: ["a", "b"] },
    serverCertificateHashes: [{ algorithm: "sha-256", value }],
    ...options,
  });
  made.closed.catch(() => {});
  ends.push(() => made.close());
  return made;
}

/** The first session of /wt. */
async function accepted(server: Any): Promise<Any> {
  const reader = server.sessionStream("/wt").getReader();
  const { value } = await reader.read();
  await value.ready;
  value.closed.catch(() => {});
  return value;
}

async function pair(server: string, client: string): Promise<{ client: Any; server: Any }> {
  const listening = await listen(server);
  const session = accepted(listening.server);
  const made = await connect(client, `https://127.0.0.1:${listening.port}/wt`);
  await made.ready;
  return { client: made, server: await session };
}

const next = async (stream: ReadableStream<Any>): Promise<Any> => {
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return value;
};

describe.runIf(isThere)(NAME, () => {
  describe.each([
    ["ours", "theirs"],
    ["theirs", "ours"],
    ["ours", "ours"],
    ["theirs", "theirs"],
  ])("server: %s, client: %s", (ofServer, ofClient) => {
    const isMixed = ofServer !== ofClient;

    test("a session, its protocol, what it can do", async () => {
      const { client, server } = await pair(ofServer, ofClient);
      expect([client.reliability, client.protocol]).toEqual(["reliable-only", "b"]);
      expect(server.header[":path"]).toBe("/wt");
    });

    test("a path that the server does not have", async () => {
      const { port } = await listen(ofServer);
      const client = await connect(ofClient, `https://127.0.0.1:${port}/nothing-here`);
      await expect(client.ready).rejects.toThrow();
    });

    test.each(["client", "server"] as const)(
      "streams that the %s opens, of many lengths",
      async (end) => {
        const both = await pair(ofServer, ofClient);
        const [one, far] =
          end === "client" ? [both.client, both.server] : [both.server, both.client];
        for (const length of [1, 60, 1000, 16_384, 100_000, 500_000]) {
          const { readable, writable } = await one.createBidirectionalStream();
          const sent = writeAll(writable, bytesOf(length, 1));
          const theirs = await next(far.incomingBidirectionalStreams);
          const echoed = theirs.readable.pipeTo(theirs.writable);
          const back = await readAll(readable);
          await Promise.all([sent, echoed]);
          expect(Buffer.compare(back, bytesOf(length, 1)), `${length}`).toBe(0);
          const uni = writeAll(await one.createUnidirectionalStream(), bytesOf(length, 2));
          const came = await readAll(await next(far.incomingUnidirectionalStreams));
          await uni;
          expect(Buffer.compare(came, bytesOf(length, 2)), `${length}`).toBe(0);
        }
      },
    );

    test("more streams than there may be at a time, one after the other", async () => {
      const { client, server } = await pair(ofServer, ofClient);
      const incoming = server.incomingUnidirectionalStreams.getReader();
      for (let i = 0; i < 250; i++) {
        const options = { waitUntilAvailable: true };
        const sent = writeAll(await client.createUnidirectionalStream(options), bytesOf(10, i));
        const { value } = await incoming.read();
        expect(await readAll(value)).toEqual(bytesOf(10, i));
        await sent;
      }
    });

    test("datagrams both ways", async () => {
      const { client, server } = await pair(ofServer, ofClient);
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        const writer = from.datagrams.createWritable().getWriter();
        const reader = to.datagrams.readable.getReader();
        for (const length of [1, 100, 10_000]) {
          await writer.write(bytesOf(length));
          expect((await reader.read()).value).toEqual(bytesOf(length));
        }
      }
    });

    test("a reset and a stop have their codes", async () => {
      const { client, server } = await pair(ofServer, ofClient);
      const { readable, writable } = await client.createBidirectionalStream();
      const writer = writable.getWriter();
      await writer.write(bytesOf(3));
      const theirs = await next(server.incomingBidirectionalStreams);
      const reading = readAll(theirs.readable);
      const failed = reading.catch((error: Any) => error.streamErrorCode ?? error.message);
      // Both have their own words for the code.
      const reason = Object.assign(new WebTransportError("no", { streamErrorCode: 77 }), {});
      await writer.abort(ofClient === "ours" ? reason : { code: 77 }).catch(() => {});
      expect(await failed).toEqual(ofServer === "ours" ? 77 : expect.stringContaining("77"));
      const theirWriter = theirs.writable.getWriter();
      const stopped = theirWriter.closed.catch(
        (error: Any) => error.streamErrorCode ?? error.message,
      );
      readable.cancel(ofClient === "ours" ? { code: 78 } : { code: 78 }).catch(() => {});
      expect(await stopped).toEqual(ofServer === "ours" ? 78 : expect.stringContaining("78"));
    });

    test("the client closes with a code and a reason", async () => {
      const { client, server } = await pair(ofServer, ofClient);
      const closed = server.closed;
      client.close({ closeCode: 7, reason: "bye" });
      const told = await closed;
      expect(told.closeCode).toBe(7);
      // Theirs hears the end of the stream before its reason.
      if (ofServer === "ours") expect(told.reason).toBe("bye");
    });

    test("the server closes with a code and a reason", async () => {
      const { client, server } = await pair(ofServer, ofClient);
      const closed = client.closed;
      server.close({ closeCode: 9, reason: "done" });
      const told = await closed;
      expect(told.closeCode).toBe(9);
      if (ofClient === "ours") expect(told.reason).toBe("done");
    });

    if (isMixed)
      test("everything that a page does", async () => {
        const { server, port } = await listen(ofServer);
        const reader = server.sessionStream("/wt").getReader();
        const wrong: string[] = [];
        void reader.read().then(async ({ value }: Any) => {
          await value.ready;
          value.closed.catch(() => {});
          wrong.push(...(await echoSession(value)));
        });
        const run = new Function(
          "WebTransport",
          `${echoScript(`"https://127.0.0.1:${port}"`)}; return talk();`,
        );
        const Client = clientOf(ofClient);
        const { cert } = await shortCertificate();
        const value = createHash("sha256").update(new X509Certificate(cert).raw).digest();
        const found = await run(function FromPage(url: string) {
          const options = {
            forceReliable: true,
            serverCertificateHashes: [{ algorithm: "sha-256", value }],
          };
          return new Client(url, options);
        });
        expect(found).toMatchObject({
          ...{ bidi: ECHO_FOUND.bidi, uni: ECHO_FOUND.uni, datagrams: ECHO_FOUND.datagrams },
          ...{ many: ECHO_FOUND.many, server: ECHO_FOUND.server, serverUni: ECHO_FOUND.serverUni },
        });
      });
  });
});
