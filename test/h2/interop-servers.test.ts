// Our client and the HTTP/2 servers of others: nghttpd, Go's net/http, node:http2, nginx, haproxy, Caddy. nginx, haproxy
// and Caddy stand as proxies before our own server too: haproxy and Caddy reach it by HTTP/2.

import { mkdirSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import type net from "node:net";
import { fileURLToPath } from "node:url";
import { type Client, type ClientOptions, type ClientRequest, connect } from "tercet/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { content, LENGTHS } from "../interop/application.js";
import { freePort, Peer } from "../interop/process.js";
import { buildGo } from "../interop/programs.js";
import { makeSetting, type Ours, type Setting, startOurs } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

let setting: Setting;
let ours: Ours;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  setting = await makeSetting();
  ours = await startOurs(setting);
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(async () => {
  await ours?.end();
  setting?.end();
});

/** Starts a server and waits until it listens. */
async function started(command: string, args: readonly string[], port: number): Promise<void> {
  const peer = new Peer(command, args, { cwd: setting.folder });
  ends.push(() => peer.end());
  await peer.listensOn(port);
}

async function client(options: Omit<ClientOptions, "tls" | "host">): Promise<Client> {
  const clothes = options.h2c ? {} : { host: "localhost", tls: { ca: setting.cert } };
  const made = await connect({ ...clothes, ...options });
  ends.push(() => made.destroy());
  expect(made.protocol).toBe("h2");
  return made;
}

async function* pieces(whole: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < whole.length; at += 30_000) yield whole.subarray(at, at + 30_000);
}

/** Gets the body of each length by /bytes/N. */
async function getsBodies(requests: Client): Promise<void> {
  for (const length of LENGTHS) {
    const response = await requests.request({ path: `/bytes/${length}` });
    expect(response.status).toBe(200);
    expect(content(length).equals(await response.bytes())).toBe(true);
  }
  const head = await requests.request({ method: "HEAD", path: "/bytes/100000" });
  expect([head.status, (await head.bytes()).length]).toEqual([200, 0]);
}

/** Sends the body of each length, whole and in pieces, and gets it back. */
async function echoes(requests: Client, path = "/echo"): Promise<void> {
  for (const length of LENGTHS) {
    for (const body of [content(length), pieces(content(length))]) {
      const response = await requests.request({ method: "POST", path, body });
      expect(content(length).equals(await response.bytes())).toBe(true);
    }
  }
}

/** 300 requests at once, more than servers take streams. */
async function many(requests: Client, path = "/bytes/1"): Promise<void> {
  const all = Array.from({ length: 300 }, async () => {
    const response = await requests.request({ path });
    await response.bytes();
    return response.status;
  });
  expect(await Promise.all(all)).toEqual(all.map(() => 200));
}

/** An upload whose trailers the server sends back as its own. */
async function trailers(requests: Client): Promise<void> {
  const request: ClientRequest = {
    ...{ method: "POST", path: "/echo", body: pieces(content(70_000)), trailers: ["x-sum", "7"] },
    // Go keeps trailers that were announced, and drops others.
    headers: ["trailer", "x-sum"],
  };
  const response = await requests.request(request);
  expect((await response.bytes()).length).toBe(70_000);
  expect(response.trailers?.get("x-length")).toBe("70000");
  expect(response.trailers?.get("x-sum")).toBe("7");
}

/** A folder with a file for each length. */
function htdocs(): string {
  const folder = setting.file("htdocs");
  mkdirSync(`${folder}/bytes`, { recursive: true });
  for (const length of LENGTHS) writeFileSync(`${folder}/bytes/${length}`, content(length));
  return folder;
}

describe.runIf(isInstalled("nghttpd"))("nghttpd", () => {
  test.each([true, false])("TLS %s: bodies, HEAD, many, trailers", async (isSecure) => {
    const port = await freePort();
    const common = ["--address=127.0.0.1", "-d", htdocs(), "--trailer=x-sum: 7"];
    const pem = [setting.file("key.pem"), setting.file("cert.pem")];
    const args = isSecure ? [String(port), ...pem] : ["--no-tls", String(port)];
    await started("nghttpd", [...common, ...args], port);
    const requests = await client({ port, h2c: !isSecure });
    await getsBodies(requests);
    await many(requests);
    const response = await requests.request({ path: "/bytes/1" });
    await response.bytes();
    expect(response.trailers?.get("x-sum")).toBe("7");
    expect((await requests.request({ path: "/nothing" })).status).toBe(404);
  });

  test("uploads come back", async () => {
    const port = await freePort();
    const args = ["--address=127.0.0.1", "--echo-upload", "--no-tls", String(port)];
    await started("nghttpd", args, port);
    await echoes(await client({ port, h2c: true }), "/");
  });
});

describe.runIf(isInstalled("go"))("Go, net/http", () => {
  let program = "";

  beforeAll(() => {
    program = buildGo(here("./interop/go"), "go-peer");
  }, 240_000);

  test("bodies both ways, HEAD, many, trailers, a stream that breaks, GOAWAY", async () => {
    const port = await freePort();
    const pem = [setting.file("cert.pem"), setting.file("key.pem")];
    await started(program, ["server", String(port), ...pem], port);
    const requests = await client({ port });
    await getsBodies(requests);
    await echoes(requests);
    await many(requests);
    await trailers(requests);
    const failing = await requests.request({ path: "/fail" });
    await expect(failing.bytes()).rejects.toMatchObject({ code: "STREAM_RESET" });
    const last = await requests.request({ path: "/close" });
    expect(await last.text()).toBe("bye");
    await requests.closed;
    expect(requests.isOpen).toBe(false);
  });
});

describe("node:http2", () => {
  async function listen(isSecure: boolean): Promise<number> {
    const { key, cert } = setting;
    const server = isSecure ? http2.createSecureServer({ key, cert }) : http2.createServer();
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on("session", (session: http2.ServerHttp2Session) => sessions.add(session));
    server.on("stream", serveStream);
    ends.push(() => {
      for (const session of sessions) session.destroy();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as net.AddressInfo).port;
  }

  function serveStream(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    const path = headers[":path"] ?? "";
    stream.on("error", () => {});
    if (path.startsWith("/bytes/")) {
      stream.respond({ ":status": 200 });
      stream.end(content(Number(path.slice(7))));
    } else if (path === "/fail") {
      stream.respond({ ":status": 200 });
      stream.write("x", () => stream.destroy(new Error("gives up")));
    } else if (path === "/goaway") {
      stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR, stream.id);
      stream.respond({ ":status": 200 }, { endStream: true });
    } else {
      const fields: http2.OutgoingHttpHeaders = {};
      let length = 0;
      stream.on("trailers", (trailers) => Object.assign(fields, trailers));
      stream.on("data", (bytes: Buffer) => {
        length += bytes.length;
      });
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ ...fields, "x-length": length }));
      stream.pipe(stream);
    }
  }

  test.each([true, false])(
    "TLS %s: bodies both ways, HEAD, many, trailers, ends",
    async (isSecure) => {
      const port = await listen(isSecure);
      const requests = await client({ port, h2c: !isSecure });
      await getsBodies(requests);
      await echoes(requests);
      await many(requests);
      await trailers(requests);
      const failing = requests.request({ path: "/fail" }).then((response) => response.bytes());
      await expect(failing).rejects.toMatchObject({ code: "STREAM_RESET", wireCode: 2 });
      expect((await requests.request({ path: "/goaway" })).status).toBe(200);
      while (requests.isOpen) await new Promise((resolve) => setImmediate(resolve));
      await expect(requests.request()).rejects.toThrow();
    },
  );
});

describe.runIf(isInstalled("nginx"))("nginx", () => {
  const config = (port: number, listen: string, upstream: string) => `
daemon off; master_process off; pid ${setting.file("nginx.pid")}; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 0;
  client_body_temp_path ${setting.file("nginx-a")}; proxy_temp_path ${setting.file("nginx-b")};
  fastcgi_temp_path ${setting.file("nginx-c")}; uwsgi_temp_path ${setting.file("nginx-d")};
  scgi_temp_path ${setting.file("nginx-e")};
  server {
    listen 127.0.0.1:${port} ${listen};
    ssl_certificate ${setting.file("cert.pem")}; ssl_certificate_key ${setting.file("key.pem")};
    root ${htdocs()};
    location /own/ {
      proxy_pass ${upstream}/; proxy_http_version 1.1; proxy_request_buffering off;
    }
  }
}`;

  test.each(["ssl http2", "http2"])("%s: files, and before our server", async (listen) => {
    const port = await freePort();
    writeFileSync(setting.file("nginx.conf"), config(port, listen, ours.clear.url));
    await started("nginx", ["-c", setting.file("nginx.conf"), "-e", "stderr"], port);
    const requests = await client({ port, h2c: !listen.includes("ssl") });
    await getsBodies(requests);
    await many(requests);
    await echoes(requests, "/own/echo");
    await many(requests, "/own/bytes/1");
  });
});

describe.runIf(isInstalled("haproxy"))("haproxy", () => {
  const config = (secure: number, clear: number, upstream: number) => `
global
  maxconn 100
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:${secure} ssl crt ${setting.file("both.pem")} alpn h2
  bind 127.0.0.1:${clear} proto h2
  default_backend b
backend b
  server s 127.0.0.1:${upstream} proto h2
`;

  test("TLS and in the clear, before our server, which it reaches by h2c", async () => {
    const [secure, clear] = [await freePort(), await freePort()];
    const { port } = ours.clear.address;
    writeFileSync(setting.file("haproxy.cfg"), config(secure, clear, port));
    await started("haproxy", ["-db", "-q", "-f", setting.file("haproxy.cfg")], clear);
    for (const h2c of [false, true]) {
      const requests = await client({ port: h2c ? clear : secure, h2c });
      expect(await (await requests.request({ path: "/version" })).text()).toBe("2");
      await getsBodies(requests);
      await echoes(requests);
      await many(requests);
      const counted = await requests.request({
        ...{
          method: "POST",
          path: "/count",
          body: pieces(content(70_000)),
          trailers: ["x-sum", "7"],
        },
      });
      expect(await counted.text()).toBe("70000 7");
    }
    expect(ours.errors).toEqual([]);
  });
});

describe.runIf(isInstalled("caddy"))("Caddy", () => {
  const config = (port: number, upstream: number) => `
{
  admin off
  auto_https off
  http_port ${port + 1}
  servers {
    protocols h1 h2
  }
}
https://localhost:${port} {
  bind 127.0.0.1
  tls ${setting.file("cert.pem")} ${setting.file("key.pem")}
  handle_path /own/* {
    reverse_proxy h2c://127.0.0.1:${upstream}
  }
  root * ${htdocs()}
  file_server
}
`;

  test("files, and before our server, which it reaches by h2c", async () => {
    const port = await freePort();
    writeFileSync(setting.file("Caddyfile"), config(port, ours.clear.address.port));
    const args = ["run", "--adapter", "caddyfile", "--config", setting.file("Caddyfile")];
    const peer = new Peer("caddy", args, { cwd: setting.folder, env: { HOME: setting.folder } });
    ends.push(() => peer.end());
    await peer.listensOn(port);
    const requests = await client({ port });
    await getsBodies(requests);
    await many(requests);
    expect(await (await requests.request({ path: "/own/version" })).text()).toBe("2");
    await echoes(requests, "/own/echo");
    await many(requests, "/own/bytes/1");
    expect(ours.errors).toEqual([]);
  });
});
