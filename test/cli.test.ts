// The command line as a user runs it: the built package, in a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { certificate } from "./node/certificate.js";
import { ask, sessionTo } from "./node/h2-client.js";
import { RawClient } from "./node/raw-client.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const children: ChildProcess[] = [];
let folder = "";

beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error("dist/cli/main.js is missing: npm run build");
  folder = await mkdtemp(path.join(tmpdir(), "tercet-cli-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

function start(...args: string[]): ChildProcess {
  const env = { ...process.env, NO_COLOR: "" };
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: "pipe", env });
  children.push(child);
  return child;
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function outcome(child: ChildProcess): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text) => {
    stdout += text;
  });
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve) =>
    child.once("close", (code: number | null) => resolve({ code, stdout, stderr })),
  );
}

const run = (...args: string[]) => outcome(start(...args));

describe("help and wrong use", () => {
  test.each([
    ["journey", /--rounds[^]*--json/],
    ["serve", /--port[^]*--self-signed/],
    ["bench", /npm run bench -- h1/],
    ["fuzz", /npm run fuzz -- TARGET/],
  ])("tercet %s --help says how to use it", async (command, text) => {
    const { code, stdout, stderr } = await run(command, "--help");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(text);
  });

  test("tercet --help lists the commands; --version is the package's", async () => {
    expect((await run("--help")).stdout).toMatch(/journey[^]*serve[^]*bench[^]*fuzz/);
    expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    ["no command", []],
    ["an unknown command", ["jorney"]],
    ["a name of Object.prototype", ["constructor"]],
    ["an unknown option", ["journey", "--fast"]],
    ["an option without its value", ["serve", "--port"]],
    ["a positional where none is", ["journey", "x"]],
    ["rounds that are no number", ["journey", "--rounds", "many"]],
    ["rounds out of range", ["journey", "--rounds", "1"]],
    ["a port out of range", ["serve", "--port", "70000"]],
    ["two folders", ["serve", ".", "."]],
    ["a folder that is not there", ["serve", "/nowhere/at/all"]],
    ["a file as a folder", ["serve", MAIN]],
    ["a key without a certificate", ["serve", "--key", MAIN]],
    ["a key that is not there", ["serve", "--key", "/nowhere", "--cert", "/nowhere"]],
    ["a key that is none", ["serve", "--port", "0", "--key", MAIN, "--cert", MAIN]],
    ["HTTP/3, which is not there yet", ["serve", "--http3"]],
    ["a host that is not this machine", ["serve", "--port", "0", "--host", "192.0.2.1"]],
    ["bench outside of the repository", ["bench"]],
    ["fuzz outside of the repository", ["fuzz", "h1"]],
  ])("%s: one line, exit code 2", async (_name, args) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(/^tercet[^\n]*: [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("a port in use: one line, exit code 2", async () => {
    const taken = net.createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as net.AddressInfo;
    const { code, stderr } = await run("serve", "--port", String(port));
    taken.close();
    expect(stderr).toBe(
      `tercet serve: cannot listen on 127.0.0.1 port ${port}: the port is in use\n`,
    );
    expect(code).toBe(2);
  });
});

interface Named {
  name: string;
  protocol: string;
}

describe("tercet journey", () => {
  const inTls = ["handshake", "decrypt", "encrypt"];
  const stops = ["accept", "handshake", "read", "decrypt", "parse", "decode"].concat([
    ...["process", "serialize", "encrypt", "drain"],
  ]);

  test("--json: one document, every stop measured", async () => {
    const { code, stdout, stderr } = await run("journey", "--json", "--rounds", "12");
    expect([code, stderr]).toEqual([0, ""]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ tool: "tercet journey", rounds: 12, warmUpRounds: 12 });
    expect(result.timer.costNs).toBeGreaterThan(0);
    const scenes = ["get", "post", "upload", "burst"];
    expect(result.scenes.map(({ name, protocol }: Named) => `${protocol} ${name}`)).toEqual(
      ["http/1.1", "h2c", "h2"].flatMap((protocol) => scenes.map((name) => `${protocol} ${name}`)),
    );
    for (const scene of result.scenes) {
      expect(scene.stops.map(({ stop }: { stop: string }) => stop)).toEqual(stops);
      for (const { stop, cost } of scene.stops) {
        const hasNoContent = scene.name === "get" || scene.name === "burst";
        const isIdle =
          (stop === "decode" && hasNoContent) || (inTls.includes(stop) && scene.protocol !== "h2");
        if (isIdle) expect(cost).toBeNull();
        else expect(cost.samples).toBe(12);
        if (!isIdle) expect(cost.p10Ns <= cost.medianNs && cost.medianNs <= cost.p90Ns).toBe(true);
      }
      expect(scene.server.medianNs).toBeGreaterThan(0);
      expect(scene.parseWarm.medianNs).toBeGreaterThan(0);
      expect(scene.clientTotal.samples).toBe(12);
    }
    const [get, post, upload, burst] = result.scenes;
    expect(get.fields).toBe(15);
    expect(Object.keys(post.stops[5].parts)).toEqual(["json"]);
    expect(Object.keys(upload.stops[5].parts)).toEqual(["gunzip", "json"]);
    expect(burst).toMatchObject({ requestsPerRound: 16, writes: 1, hpackWarm: null });
    const getH2 = result.scenes[4];
    expect(getH2.client).toBe("node:http2");
    expect(getH2.hpackWarm.samples).toBe(12);
    expect(getH2.blockLength).toBeLessThan(getH2.fieldLength);
    expect(getH2.bytesIn).toBeLessThan(get.bytesIn);
    expect(result.unseen).toHaveLength(6);
  });

  test("--json: what ends early, and where", async () => {
    const { stdout } = await run("journey", "--json", "--rounds", "10");
    const [cookies, stall, broken, cookiesH2, stallH2, brokenH2] = JSON.parse(stdout).extras;
    expect(cookies).toMatchObject({
      status: 431,
      stop: "parse",
      error: { code: "H1_FIELD_LINE_TOO_LONG" },
    });
    expect(cookies.error.offset).toBeLessThan(20_100);
    expect(stall).toMatchObject({ status: 200, stop: "read", error: null });
    expect(stall.stopNs / stall.wallNs).toBeGreaterThan(0.5);
    expect(broken).toMatchObject({
      status: 400,
      error: { code: "H1_LENGTH_AND_TRANSFER_ENCODING" },
    });
    expect(broken.note).toMatch(/another connection[^]*200/);
    expect(cookiesH2).toMatchObject({
      ...{ protocol: "h2c", status: 431, stop: "parse", scope: "stream" },
      error: { code: "H2_FIELD_COUNT_TOO_LARGE" },
    });
    expect(stallH2).toMatchObject({ protocol: "h2c", status: 200, stop: "read", error: null });
    expect(stallH2.note).toMatch(/window of 262,144 B/);
    expect(brokenH2).toMatchObject({ status: 0, error: { code: "H2_CONTENT_LENGTH_MISMATCH" } });
    expect(brokenH2.note).toMatch(/another stream[^]*200/);
  });

  test("the table: plain where no terminal is, at most 100 columns", async () => {
    const { code, stdout } = await run("journey", "--rounds", "10");
    expect(code).toBe(0);
    expect(stdout).not.toContain("\u001b");
    for (const stop of stops) expect(stdout).toContain(`  ${stop}`);
    expect(stdout).toMatch(/█/);
    expect(stdout).toMatch(/ {2}h2, TLS +a+h+x*p/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

/** Starts a server and waits for its line. */
async function served(
  ...args: string[]
): Promise<{ child: ChildProcess; url: string; ended: Promise<Outcome> }> {
  const child = start("serve", "--port", "0", ...args);
  const ended = outcome(child);
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (piece) => {
      text += piece;
      if (text.includes("\n")) resolve(text);
    });
    child.once("exit", () => reject(new Error("the server has ended")));
  });
  const found = /^listening on (https?:\/\/127\.0\.0\.1:\d+) (.+)\n$/.exec(line);
  const promised = found?.[1]?.startsWith("https") ? "h2 http/1.1" : "http/1.1 h2c";
  if (found?.[2] !== promised) throw new Error(`not the line that was promised: ${line}`);
  return { child, url: found[1] as string, ended };
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
