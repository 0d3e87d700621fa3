// `tercet serve` as a user runs it: what it prints, serves and refuses, by each protocol, and how it ends.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, outcome, start, startWithoutQuiche } from "./helpers/command.js";
import { certificate } from "./node/certificate.js";
import { ask, sessionTo } from "./node/h2-client.js";
import { h3, until } from "./node/quic.js";
import { RawClient } from "./node/raw-client.js";
import { gate } from "./node/serving.js";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tercet-cli-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a server and waits for its line, or its two lines. */
async function served(
  ...args: string[]
): Promise<{ child: ChildProcess; url: string; ended: Promise<Outcome> }> {
  const child = start("serve", "--port", "0", ...args);
  const ended = outcome(child);
  const hasH3 = args.includes("--http3");
  const lines = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (piece) => {
      text += piece;
      if (text.split("\n").length > (hasH3 ? 2 : 1)) resolve(text);
    });
    child.once("exit", () => reject(new Error("the server has ended")));
  });
  const url = /^listening on (https?:\/\/127\.0\.0\.1:\d+) /.exec(lines)?.[1] ?? "";
  const onTcp = url.startsWith("https") ? "h2 http/1.1" : "http/1.1 h2c";
  const promised = [onTcp, ...(hasH3 ? ["h3"] : [])].map((what) => `listening on ${url} ${what}\n`);
  if (lines !== promised.join("")) throw new Error(`not the lines that were promised: ${lines}`);
  return { child, url, ended };
}

interface Got {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

function get(url: string, options: https.RequestOptions = {}): Promise<Got> {
  const { request } = url.startsWith("https") ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text) => {
        body += text;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on("error", reject);
    sent.end(options.method === "POST" ? "echo me" : undefined);
  });
}

describe("tercet serve", () => {
  test("without a folder: status, headers, echo", async () => {
    const { url } = await served();
    expect(JSON.parse((await get(url)).body)).toMatchObject({
      server: "tercet",
      httpVersion: "1.1",
    });
    expect(
      JSON.parse((await get(`${url}/headers`, { headers: { "x-a": "1" } })).body).headers["x-a"],
    ).toBe("1");
    expect((await get(`${url}/echo`, { method: "POST" })).body).toBe("echo me");
    expect((await get(`${url}/nothing`)).status).toBe(404);
    expect(await get(url, { method: "DELETE" })).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  });

  test("without a folder, HTTP/2: prior knowledge", async () => {
    const { url } = await served();
    const session = await sessionTo(url);
    const status = JSON.parse((await ask(session)).body.toString());
    expect(status).toMatchObject({ server: "tercet", httpVersion: "2" });
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        ask(session, { method: "POST", path: "/echo", body: `echo ${at}` }),
      ),
    );
    expect(many.map(({ body }) => body.toString())).toEqual(many.map((_, at) => `echo ${at}`));
    session.close();
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "ends cleanly on %s, after the request under way",
    async (signal) => {
      const { child, url, ended } = await served();
      const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
      const client = new RawClient(socket);
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
      await client.until("ab");
      child.kill(signal);
      client.send("cd");
      expect(await client.untilEnd()).toMatch(/ab[^]*cd/);
      socket.destroy();
      expect(await ended).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("a folder: types, validators, HEAD, index, redirect", async () => {
    const root = path.join(folder, "site");
    await mkdir(path.join(root, "sub dir"), { recursive: true });
    await writeFile(path.join(root, "index.html"), "<h1>home</h1>");
    await writeFile(path.join(root, "data.json"), "{}");
    await writeFile(path.join(root, "empty.txt"), "");
    await writeFile(path.join(root, "sub dir", "index.html"), "sub");
    const { url } = await served(root);
    const home = await get(url);
    expect(home).toMatchObject({ status: 200, body: "<h1>home</h1>" });
    expect(home.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-length": "13",
    });
    expect(home.headers.date).toMatch(/GMT$/);
    const { etag = "", "last-modified": modified = "" } = home.headers;
    expect(await get(url, { headers: { "if-none-match": etag } })).toMatchObject({
      status: 304,
      body: "",
    });
    expect((await get(url, { headers: { "if-modified-since": modified } })).status).toBe(304);
    const other = { "if-none-match": '"other"', "if-modified-since": modified };
    expect((await get(url, { headers: other })).status).toBe(200);
    const head = await get(`${url}/data.json`, { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, body: "", headers: { "content-length": "2" } });
    expect(await get(`${url}/empty.txt`)).toMatchObject({ status: 200, body: "" });
    const redirect = await get(`${url}/sub%20dir?a=b`);
    expect(redirect).toMatchObject({ status: 301, headers: { location: "/sub%20dir/?a=b" } });
    expect((await get(`${url}/sub%20dir/`)).body).toBe("sub");
    expect((await get(url, { method: "POST" })).status).toBe(405);
  });

  test("a folder over HTTP/2: many files at once, validators, HEAD; SIGTERM ends it in order", async () => {
    const root = path.join(folder, "many");
    await mkdir(root);
    const names = Array.from({ length: 50 }, (_, at) => `${at}.txt`);
    const content = (name: string) => name.repeat(3_000);
    for (const name of names) await writeFile(path.join(root, name), content(name));
    const { child, url, ended } = await served(root);
    const session = await sessionTo(url);
    const all = await Promise.all(names.map((name) => ask(session, { path: `/${name}` })));
    expect(all.every(({ body }, at) => body.toString() === content(names[at] ?? ""))).toBe(true);
    const { etag = "" } = all[0]?.headers ?? {};
    const again = await ask(session, { path: "/0.txt", headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    const head = await ask(session, { method: "HEAD", path: "/0.txt" });
    expect([head.headers["content-length"], head.body.length]).toEqual(["15000", 0]);
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });

  test("a folder: nothing outside of it is served", async () => {
    const root = path.join(folder, "inside");
    await mkdir(path.join(root, "deep"), { recursive: true });
    await writeFile(path.join(folder, "secret.txt"), "secret");
    await writeFile(path.join(root, ".env"), "secret");
    await writeFile(path.join(root, "open.txt"), "open");
    await symlink(path.join(folder, "secret.txt"), path.join(root, "link.txt"));
    await symlink(path.join(root, "open.txt"), path.join(root, "deep", "good-link.txt"));
    const { url } = await served(root);
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    const client = new RawClient(socket);
    const paths = [
      "/../secret.txt",
      "/deep/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/deep/..%2f..%2fsecret.txt",
      "/..%5csecret.txt",
      "/link.txt",
      "/.env",
      "/%2eenv",
      "/open.txt%00.html",
      "/open.txt/",
    ];
    // One after the other on one connection: as written, not as a URL library would write them.
    for (const target of paths) client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    client.send("GET /deep/good-link.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const received = await client.untilEnd();
    socket.destroy();
    expect(received).not.toContain("secret");
    const statuses = [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses.slice(0, -1).filter((status) => status !== "404" && status !== "400")).toEqual(
      [],
    );
    expect(received).toMatch(/HTTP\/1\.1 200 [^]*open$/);
  });

  test("--key and --cert: TLS", async () => {
    const pem = await certificate();
    const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
    await writeFile(key, pem.key);
    await writeFile(cert, pem.cert);
    const { url } = await served("--key", key, "--cert", cert);
    expect(url).toMatch(/^https:/);
    expect(JSON.parse((await get(url, { ca: pem.cert })).body).httpVersion).toBe("1.1");
    const session = await sessionTo(url, { ca: pem.cert });
    expect(JSON.parse((await ask(session)).body.toString()).httpVersion).toBe("2");
    session.close();
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "--http3: the same on UDP; ends cleanly on %s, after the request under way",
    async (signal) => {
      const pem = await certificate();
      const [key, cert] = [path.join(folder, "key3.pem"), path.join(folder, "cert3.pem")];
      await writeFile(key, pem.key);
      await writeFile(cert, pem.cert);
      const { child, url, ended } = await served("--http3", "--key", key, "--cert", cert);
      const port = Number(new URL(url).port);
      const alternative = (await get(url, { ca: pem.cert })).headers["alt-svc"];
      expect(alternative).toBe(`h3=":${port}"; ma=86400`);
      const client = await h3({ address: { address: "127.0.0.1", family: "IPv4", port } });
      expect(JSON.parse(await (await client.request()).text())).toMatchObject({
        ...{ server: "tercet", httpVersion: "3" },
      });
      const sent = gate();
      async function* halves() {
        yield new TextEncoder().encode("half of it, ");
        await sent.isOpen;
        yield new TextEncoder().encode("the rest");
      }
      const answer = await client.request({ method: "POST", path: "/echo", body: halves() });
      child.kill(signal);
      await until(() => !client.isOpen);
      sent.open();
      expect(await answer.text()).toBe("half of it, the rest");
      expect(await ended).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("--http3 without the optional package: what to install, exit code 2", async () => {
    const { code, stdout, stderr } = await outcome(
      startWithoutQuiche("serve", "--self-signed", "--http3", "--port", "0"),
    );
    expect(stderr).toBe(
      "tercet serve: HTTP/3 needs the package @matrixai/quic: npm install @matrixai/quic\n",
    );
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("--self-signed: TLS with a certificate for this machine", async () => {
    const { url } = await served("--self-signed");
    const { port } = new URL(url);
    for (const host of ["localhost", "127.0.0.1"]) {
      const socket = tls.connect({
        ...{ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false },
        ...(host === "localhost" ? { servername: host } : {}),
      });
      await once(socket, "secureConnect");
      const cert = socket.getPeerX509Certificate();
      socket.destroy();
      expect([cert?.checkHost("localhost"), cert?.checkIP("127.0.0.1")]).toEqual([
        ...["localhost", "127.0.0.1"],
      ]);
      expect(cert?.verify(cert.publicKey)).toBe(true);
      // With itself as the authority it is good, and not only for those who look away.
      expect((await get(`https://${host}:${port}`, { ca: cert?.toString() })).status).toBe(200);
    }
  });
});
