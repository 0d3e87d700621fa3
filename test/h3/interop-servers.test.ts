// Our client and the HTTP/3 servers of others: gtlsserver (ngtcp2 and nghttp3), Caddy and quic-go, Bun (lsquic), aioquic.
// Caddy stands before our own server too, as a proxy. What each put on the wire is looked at.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ConnectionEvent } from "tercet";
import { H3Connection } from "tercet/h3";
import {
  attachQuic,
  type Client,
  type ClientOptions,
  type ClientRequest,
  connect,
} from "tercet/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { MAX_VARINT } from "../helpers/h3-frames.js";
import { SETTING, TYPE } from "../helpers/h3-names.js";
import { content, LENGTHS } from "../interop/application.js";
import { freeUdpPort, Peer } from "../interop/process.js";
import { buildGo, hasGoModule, npmPeer, pythonWith } from "../interop/programs.js";
import { makeSetting, type Setting, startOurs } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";
import { transport } from "./interop/ours.js";
import {
  type Heard,
  heard,
  isGrease,
  recording,
  setTo,
  typesOf,
  type Wire,
} from "./interop/wires.js";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

let setting: Setting;
const wires: Wire[] = [];
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  setting = await makeSetting();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  wires.length = 0;
});

afterAll(() => setting?.end());

const pem = () => [setting.file("cert.pem"), setting.file("key.pem")];

/** Starts a server and waits until it listens. */
async function started(command: string, args: readonly string[], port: number): Promise<void> {
  const peer = new Peer(command, args, { cwd: setting.folder, env: { HOME: setting.folder } });
  ends.push(() => peer.end());
  await peer.receivesOn(port);
}

async function client(port: number, options: Partial<ClientOptions> = {}): Promise<Client> {
  const made = await connect({
    ...{ host: "localhost", port, tls: { ca: setting.cert } },
    quic: { transport: recording(transport, wires) },
    ...options,
  });
  ends.push(() => made.destroy());
  expect(made.protocol).toBe("h3");
  return made;
}

async function* pieces(whole: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < whole.length; at += 30_000) yield whole.subarray(at, at + 30_000);
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Gets the body of each length by /bytes/N. */
async function getsBodies(requests: Client, lengths: readonly number[] = LENGTHS): Promise<void> {
  for (const length of lengths) {
    const response = await requests.request({ path: `/bytes/${length}` });
    expect(response.status).toBe(200);
    expect(digest(await response.bytes())).toBe(digest(content(length)));
  }
  const head = await requests.request({ method: "HEAD", path: "/bytes/100000" });
  expect([head.status, (await head.bytes()).length]).toEqual([200, 0]);
}

const bothWays = (length: number) => [content(length), pieces(content(length))];

/** Sends the body of each length, with content-length and without, and gets it back. */
async function echoes(requests: Client, path = "/echo", bodies = bothWays): Promise<void> {
  for (const length of LENGTHS) {
    for (const body of bodies(length)) {
      const response = await requests.request({ method: "POST", path, body });
      expect(digest(await response.bytes())).toBe(digest(content(length)));
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

async function cookies(requests: Client): Promise<void> {
  const headers = ["cookie", "a=1", "cookie", "b=2"];
  const response = await requests.request({ path: "/cookies", headers });
  expect(await response.text()).toBe("a=1; b=2");
}

/** A folder with a file for each length. */
function htdocs(): string {
  const folder = setting.file("htdocs");
  mkdirSync(`${folder}/bytes`, { recursive: true });
  for (const length of LENGTHS) writeFileSync(`${folder}/bytes/${length}`, content(length));
  return folder;
}

/** What is on the only wire of a test. */
function said(): Heard {
  expect(wires).toHaveLength(1);
  return heard(wires[0] as Wire);
}

describe.runIf(isInstalled("gtlsserver"))("gtlsserver, nghttp3", () => {
  /** A file of no length is none to it. */
  const FILES = LENGTHS.filter((length) => length > 0);

  async function start(...args: string[]): Promise<Client> {
    const port = await freeUdpPort();
    const [cert = "", key = ""] = pem();
    const place = ["127.0.0.1", String(port), key, cert];
    await started("gtlsserver", ["--quiet", ...place, "-d", htdocs(), ...args], port);
    return client(port);
  }

  test("bodies, HEAD, uploads, many; 2^62 - 1 as the longest field section, the dynamic table", async () => {
    const requests = await start();
    await getsBodies(requests, FILES);
    await many(requests);
    for (const body of [content(5_242_880), pieces(content(100_000))]) {
      const response = await requests.request({ method: "POST", path: "/bytes/1", body });
      expect([response.status, digest(await response.bytes())]).toEqual([200, digest(content(1))]);
    }
    expect((await requests.request({ path: "/nothing" })).status).toBe(404);
    expect(setTo(said()).get(SETTING.MAX_FIELD_SECTION_SIZE)).toBe(MAX_VARINT);
    expect(said().encoder).toBeGreaterThan(20);
  });

  test("trailers, an address that must be shown first, packets that are lost", async () => {
    const losses = ["--tx-loss=0.03", "--rx-loss=0.03"];
    const requests = await start("--send-trailers", "--validate-addr", ...losses);
    await getsBodies(
      requests,
      FILES.filter((length) => length <= 100_000),
    );
    const response = await requests.request({ path: "/bytes/1" });
    await response.bytes();
    expect(response.trailers?.has("x-ngtcp2-stream-id")).toBe(true);
  });
});

const quicGo = here("./interop/quic-go");

describe.runIf(hasGoModule(quicGo, "github.com/quic-go/quic-go"))("quic-go", () => {
  let program = "";

  beforeAll(() => {
    program = buildGo(quicGo, "quic-go-peer");
  }, 240_000);

  test("bodies both ways, HEAD, many, cookies, trailers, 103, a stream that breaks", async () => {
    const port = await freeUdpPort();
    await started(program, ["server", String(port), ...pem()], port);
    const requests = await client(port);
    await getsBodies(requests);
    await echoes(requests);
    await many(requests);
    await cookies(requests);
    await trailers(requests);
    expect(await (await requests.request({ path: "/hints" })).text()).toBe("hinted");
    const failing = requests.request({ path: "/fail" }).then((response) => response.bytes());
    await expect(failing).rejects.toMatchObject({ code: "STREAM_RESET", wireCode: 0x102 });
    expect((await requests.request({ path: "/" })).status).toBe(200);
    expect(setTo(said()).get(SETTING.H3_DATAGRAM)).toBe(1n);
  });
});

const bun = npmPeer("bun", "bin/bun");

describe.runIf(bun !== null)("Bun, lsquic", () => {
  test("bodies both ways, HEAD, many, cookies", async () => {
    const port = await freeUdpPort();
    const script = here("./interop/bun-server.mjs");
    await started(bun as string, [script, String(port), ...pem()], port);
    const requests = await client(port);
    await getsBodies(requests);
    await echoes(requests);
    await many(requests);
    await cookies(requests);
    // An answer that breaks is ended as if it were whole.
    const broken = await requests.request({ path: "/fail" });
    expect((await broken.bytes()).length).toBe(1_000);
    expect(await (await requests.request({ path: "/" })).text()).toBe("hello");
    expect(setTo(said()).get(SETTING.QPACK_MAX_TABLE_CAPACITY)).toBe(4_096n);
  });
});

const python = pythonWith("aioquic");

describe.runIf(python !== null)("Python, aioquic", () => {
  test("bodies both ways, HEAD, many, cookies, trailers, 103, a push that is not wanted", async () => {
    const port = await freeUdpPort();
    const script = here("./interop/aioquic_server.py");
    await started(python as string, [script, String(port), ...pem()], port);
    const requests = await client(port);
    await getsBodies(requests);
    await echoes(requests);
    await many(requests);
    await cookies(requests);
    await trailers(requests);
    expect(await (await requests.request({ path: "/hints" })).text()).toBe("hinted");
    expect(await (await requests.request({ path: "/push" })).text()).toBe("pushed");
    const failing = requests.request({ path: "/fail" }).then((response) => response.bytes());
    await expect(failing).rejects.toMatchObject({ code: "STREAM_RESET", wireCode: 0x102 });
    const heardOf = said();
    expect(heardOf.settings.some(([id]) => isGrease(id))).toBe(true);
    expect(setTo(heardOf).get(SETTING.ENABLE_WEBTRANSPORT)).toBe(1n);
    expect(heardOf.encoder).toBeGreaterThan(20);
  });

  test("a push that is wanted: promised beside the answer, on a stream of its own", async () => {
    const port = await freeUdpPort();
    const script = here("./interop/aioquic_server.py");
    await started(python as string, [script, String(port), ...pem()], port);
    const quic = await transport.connect?.({ host: "localhost", port, ca: setting.cert });
    if (quic === undefined) throw new Error("a transport without connect");
    ends.push(() => quic.destroy());
    const connection = new H3Connection({ role: "client", maxPushId: 3 });
    const events: ConnectionEvent[] = [];
    const answered = new Promise<void>((resolve) => {
      attachQuic(quic, connection, (batch) => {
        events.push(...batch);
        const over = events.filter(({ type }) => type === "end" || type === "error");
        if (over.length >= 2) resolve();
      }).flush();
    });
    const asked = { authority: `localhost:${port}`, path: "/push", headers: [] };
    const streamId = connection.sendRequest({ method: "GET", ...asked });
    quic.wake();
    await answered;
    const promise = events.find((event) => event.type === "push");
    expect(promise).toMatchObject({
      streamId,
      promisedId: 0,
      head: { path: "/bytes/7", method: "GET" },
    });
    const bodies = new Map<number, number[]>();
    for (const event of events)
      if (event.type === "data")
        bodies.set(event.streamId, [...(bodies.get(event.streamId) ?? []), ...event.bytes]);
    expect(bodies.get(streamId)).toEqual([...Buffer.from("pushed")]);
    // The first stream of a server that is neither its control stream nor one of QPACK.
    expect(bodies.get(15)).toEqual([...content(7)]);
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
  });
});

describe.runIf(isInstalled("caddy"))("Caddy, an old quic-go", () => {
  const config = (port: number, upstream: number) => `
{
  admin off
  auto_https off
  http_port ${port + 1}
  servers {
    protocols h1 h2 h3
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

  test("files, and before our server; an empty SETTINGS, no QPACK streams, DATA without content", async () => {
    const ours = await startOurs(setting);
    ends.push(() => ours.end());
    const port = await freeUdpPort();
    writeFileSync(setting.file("Caddyfile"), config(port, ours.clear.address.port));
    const args = ["run", "--adapter", "caddyfile", "--config", setting.file("Caddyfile")];
    await started("caddy", args, port);
    const requests = await client(port);
    await getsBodies(requests);
    await many(requests);
    expect(await (await requests.request({ path: "/own/version" })).text()).toBe("2");
    // Without content-length this version takes a body for an empty one, whatever the client.
    await echoes(requests, "/own/echo", (length) => [content(length)]);
    await many(requests, "/own/bytes/1");
    expect(ours.errors).toEqual([]);
    expect(typesOf(said().control)[0]).toBe(TYPE.SETTINGS);
    expect(said().settings).toEqual([]);
    expect(said().streamTypes).toEqual([0n]);
  });
});
