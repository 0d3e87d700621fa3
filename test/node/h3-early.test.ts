// serve() and connect() over HTTP/3 with early data (0-RTT), and what only a QuicAttachment can: extended CONNECT.

import type { RequestHead } from "tercet";
import { H3Connection } from "tercet/h3";
import { attachQuic, type ClientRequest, TunnelStream } from "tercet/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { relayTo } from "../quic-transport/relay.js";
import { certificate } from "./certificate.js";
import { h3, startH3, transport, until } from "./quic.js";

describe("early data", () => {
  test("a safe request is answered before the handshake is done, another one behind it", async () => {
    const seen: string[] = [];
    const server = await startH3(
      async (request) => {
        seen.push(request.method);
        return new Response(await request.text());
      },
      {},
      { earlyData: true },
    );
    const first = await h3(server);
    await (await first.request()).text();
    const { resumption } = first;
    if (resumption === null) throw new Error("the server has sent no ticket");
    await first.close();

    const relay = await relayTo(server.address.port);
    onTestFinished(() => relay.close());
    // What the server sends is held back: all that it sees now is early.
    relay.hold();
    const place = { address: { address: "127.0.0.1", family: "IPv4", port: relay.port } };
    const second = await h3(place, { earlyData: true, resumption });
    const send = async (request: ClientRequest) => (await second.request(request)).text();
    const posted = send({ method: "POST", body: "once only" });
    const got = send({ path: "/" });
    await until(() => seen.length === 2);
    expect(seen).toEqual(["GET", "GET"]);
    relay.release();
    expect([await posted, await got]).toEqual(["once only", ""]);
    expect(seen).toEqual(["GET", "GET", "POST"]);
  });

  test("resumption without early data; settings that are remembered", async () => {
    const server = await startH3(() => new Response("a"));
    const first = await h3(server);
    await (await first.request()).text();
    const { resumption } = first;
    if (resumption === null) throw new Error("the server has sent no ticket");
    expect(resumption.settings.get(6)).toBeGreaterThan(0);
    await first.close();
    const second = await h3(server, { resumption });
    expect(await (await second.request()).text()).toBe("a");
  });
});

describe("intercept", () => {
  test("an extended CONNECT becomes a tunnel, past fetch", async () => {
    const server = await startH3(
      () => new Response("fetched"),
      {},
      {
        h3Settings: { enableConnectProtocol: true },
        intercept({ connection }) {
          const tunnels = new Set<number>();
          return (events) =>
            events.filter((event) => {
              if (event.type === "head" && (event.head as RequestHead).protocol === "echo") {
                tunnels.add(event.streamId);
                connection.sendResponse(event.streamId, { status: 200, headers: [] });
              } else if (!("streamId" in event) || !tunnels.has(event.streamId)) return true;
              else if (event.type === "tunnel") connection.sendData(event.streamId, event.bytes);
              else if (event.type === "end") connection.sendEnd(event.streamId);
              return false;
            });
        },
      },
    );
    const { port } = server.address;
    const { cert: ca } = await certificate();
    const quic = await transport.connect?.({ port, host: "127.0.0.1", ca });
    if (quic === undefined) throw new Error("no client");
    const connection = new H3Connection({ role: "client" });
    const log: string[] = [];
    const attachment = attachQuic(quic, connection, {
      settings() {
        const common = { scheme: "https", authority: "a", headers: [] };
        connection.sendRequest({ ...common, method: "CONNECT", protocol: "echo", path: "/" });
        connection.sendRequest({ ...common, method: "GET", path: "/", body: "none" });
      },
      head(streamId, { status }) {
        log.push(`${streamId} ${status}`);
        if (streamId !== 0) return;
        connection.sendData(0, new TextEncoder().encode("through"));
        connection.sendEnd(0);
      },
      tunnel: (streamId, bytes) => log.push(`${streamId} ${Buffer.from(bytes)}`),
      data: (streamId, bytes) => log.push(`${streamId} ${Buffer.from(bytes)}`),
      end: (streamId) => log.push(`${streamId} end`),
    });
    await until(() => log.filter((line) => line.endsWith("end")).length === 2);
    expect(log.filter((line) => line.startsWith("0"))).toEqual(["0 200", "0 through", "0 end"]);
    expect(log.filter((line) => line.startsWith("4"))).toEqual(["4 200", "4 fetched", "4 end"]);
    attachment.end();
    await attachment.closed;
  });

  test("TunnelStream: many tunnels, one that is not read stops no other", async () => {
    const server = await startH3(
      () => new Response("fetched"),
      {},
      {
        h3Settings: { enableConnectProtocol: true },
        intercept(attachment) {
          const { connection } = attachment;
          return (events) =>
            events.filter((event) => {
              if (event.type !== "head" || (event.head as RequestHead).method !== "CONNECT")
                return true;
              connection.sendResponse(event.streamId, { status: 200, headers: [] });
              const tunnel = new TunnelStream(attachment, event.streamId);
              // The tunnel of the path /deaf is never read.
              if ((event.head as RequestHead).path === "/echo") tunnel.pipe(tunnel);
              tunnel.on("error", () => {});
              return false;
            });
        },
      },
    );
    const { port } = server.address;
    const { cert: ca } = await certificate();
    const quic = await transport.connect?.({ port, host: "127.0.0.1", ca });
    if (quic === undefined) throw new Error("no client");
    const connection = new H3Connection({ role: "client", window: "manual" });
    const tunnels: TunnelStream[] = [];
    const attachment = attachQuic(quic, connection, {
      settings() {
        for (const path of ["/deaf", "/echo"]) {
          const head = {
            method: "CONNECT",
            protocol: "bytes",
            scheme: "https",
            authority: "a",
            path,
          };
          connection.sendRequest({ ...head, headers: [] });
        }
      },
      head: (streamId) => void tunnels.push(new TunnelStream(attachment, streamId)),
    });
    await until(() => tunnels.length === 2);
    const [deaf, echo] = tunnels as [TunnelStream, TunnelStream];
    const bytes = Buffer.alloc(1024 * 1024, "abc");
    let written = 0;
    for (let at = 0; at < 200; at++) deaf.write(Buffer.alloc(16_384), () => written++);
    const received: Buffer[] = [];
    echo.on("data", (piece: Buffer) => received.push(piece));
    echo.end(bytes);
    await new Promise((resolve) => echo.once("end", resolve));
    expect(Buffer.compare(Buffer.concat(received), bytes)).toBe(0);
    expect(written).toBeLessThan(100);
    deaf.destroy();
    attachment.destroy();
    await attachment.closed;
    expect(deaf.destroyed).toBe(true);
  });
});
