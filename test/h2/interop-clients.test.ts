// Our server and the HTTP/2 clients of others: curl, nghttp, h2load, Python's httpx, Go's net/http, node:http2; over
// TLS by ALPN, and in the clear by prior knowledge. Every pair exchanges bodies of the same lengths.

import http2 from "node:http2";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { content, LENGTHS } from "../interop/application.js";
import { run } from "../interop/process.js";
import { buildGo, pythonWith } from "../interop/programs.js";
import { makeSetting, type Ours, type Setting, startOurs } from "../interop/setting.js";
import { ask, readAnswer, sessionTo } from "../node/h2-client.js";
import { isInstalled } from "../node/peers.js";
import { listenFast } from "./interop/fast-server.js";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

let setting: Setting;
let ours: Ours;

beforeAll(async () => {
  setting = await makeSetting();
  ours = await startOurs(setting);
});

beforeEach(() => {
  ours.errors.length = 0;
});

afterAll(async () => {
  await ours?.end();
  setting?.end();
});

const CLOTHES = ["secure", "clear"] as const;

describe.runIf(isInstalled("curl"))("curl", () => {
  async function curl(...args: string[]) {
    const version = args.some((arg) => arg.startsWith("http://")) ? "-prior-knowledge" : "";
    const common = ["--disable", "--silent", "--show-error", "--cacert", setting.file("cert.pem")];
    return run("curl", [...common, `--http2${version}`, ...args]);
  }

  test.each(CLOTHES)("%s: bodies both ways, HEAD, the version", async (clothes) => {
    const { url } = ours[clothes];
    expect((await curl(`${url}/version`)).stdout).toBe("2");
    for (const length of LENGTHS) {
      const got = await curl(`${url}/bytes/${length}`);
      expect(got.stdout === content(length).toString("latin1")).toBe(true);
      const file = `@${setting.file(`body-${length}`)}`;
      expect((await curl("--data-binary", file, `${url}/count`)).stdout).toBe(`${length} none`);
      const back = await curl("-H", "expect:", "--data-binary", file, `${url}/echo`);
      expect(back.stdout === content(length).toString("latin1")).toBe(true);
    }
    const head = await curl("--head", `${url}/bytes/7`);
    expect(head.stdout).toMatch(/^HTTP\/2 200 \r\n/);
    expect(ours.errors).toEqual([]);
  });

  test("many at once on one connection", async () => {
    const { url } = ours.secure;
    const output = ["--parallel", "--parallel-max", "60", "--output", "/dev/null"];
    const format = ["--write-out", "%{http_code} %{num_connects}\n"];
    const { stdout } = await curl(...output, ...format, `${url}/bytes/[1000-1199]`);
    const lines = stdout.trim().split("\n");
    expect(lines.filter((line) => line.startsWith("200"))).toHaveLength(200);
  });

  test("trailers of the answer, 100-continue, 431, a stream that breaks", async () => {
    const { url } = ours.clear;
    const echoed = await curl("-v", "-H", "expect: 100-continue", "-d", "abc", `${url}/echo`);
    expect(echoed.stdout).toBe("abc");
    expect(echoed.stderr).toMatch(/< HTTP\/2 100 [^]*< HTTP\/2 200 [^]*< x-length: 3/);
    const fields = Array.from({ length: 250 }, (_, at) => ["-H", `x-${at}: 1`]).flat();
    const format = ["--output", "/dev/null", "--write-out", "%{http_code}"];
    expect((await curl(...format, ...fields, `${url}/`)).stdout).toBe("431");
    const broken = await curl("--output", "/dev/null", `${url}/fail`);
    expect([broken.code, broken.stderr]).toEqual([92, expect.stringContaining("INTERNAL_ERROR")]);
  });
});

describe.runIf(isInstalled("nghttp"))("nghttp", () => {
  const nghttp = (...args: string[]) => run("nghttp", ["--no-verify-peer", ...args]);

  test.each(CLOTHES)("%s: bodies both ways", async (clothes) => {
    const { url } = ours[clothes];
    for (const length of LENGTHS) {
      const got = await nghttp(`${url}/bytes/${length}`);
      expect(got.stdout === content(length).toString("latin1")).toBe(true);
      const back = await nghttp("-d", setting.file(`body-${length}`), `${url}/echo`);
      expect(back.stdout === content(length).toString("latin1")).toBe(true);
    }
    expect(ours.errors).toEqual([]);
  });

  test("trailers both ways, padding, CONTINUATION, HEAD, many streams", async () => {
    const { url } = ours.clear;
    const file = setting.file("body-100000");
    const counted = await nghttp("--trailer=x-sum: 7", "-d", file, `${url}/count`);
    expect(counted.stdout).toBe("100000 7");
    const frames = await nghttp(
      "-nv",
      "--padding=200",
      "--continuation",
      "-d",
      file,
      `${url}/echo`,
    );
    expect(frames.stdout).toMatch(/recv \(stream_id=\d+\) x-length: 100000/);
    const head = await nghttp("-nv", "-H:method: HEAD", `${url}/bytes/7`);
    expect(head.stdout).toMatch(/:status: 200[^]*recv GOAWAY|:status: 200/);
    const many = await nghttp("-n", "-s", "-m", "200", `${url}/bytes/1000`);
    expect(many.stdout.match(/ 200 1000 \/bytes/g)).toHaveLength(200);
    expect(ours.errors).toEqual([]);
  });
});

describe.runIf(isInstalled("h2load"))("h2load", () => {
  const h2load = async (url: string, ...args: string[]) =>
    (await run("h2load", [...args, url])).stdout;

  test("100,000 requests, 100 streams at a time: nothing is lost", async () => {
    const server = await listenFast();
    const said = await h2load(server.url, "-n", "100000", "-c", "10", "-m", "100");
    await server.end();
    expect(said).toMatch(/100000 done, 100000 succeeded, 0 failed, 0 errored, 0 timeout/);
    expect(server.errors).toEqual([]);
  });

  test.each(CLOTHES)("%s, serve(): 5,000 requests, 100 streams at a time", async (clothes) => {
    const said = await h2load(`${ours[clothes].url}/`, "-n", "5000", "-c", "3", "-m", "100");
    expect(said).toMatch(/5000 done, 5000 succeeded, 0 failed, 0 errored, 0 timeout/);
    const uploads = ["-n", "200", "-c", "2", "-m", "20", "-d", setting.file("body-100000")];
    const counted = await h2load(`${ours[clothes].url}/count`, ...uploads);
    expect(counted).toMatch(/200 done, 200 succeeded, 0 failed, 0 errored, 0 timeout/);
    expect(ours.errors).toEqual([]);
  });
});

describe("node:http2", () => {
  test.each(CLOTHES)("%s: bodies both ways, trailers, HEAD, many, resets, 431", async (clothes) => {
    const session = await sessionTo(ours[clothes].url, { ca: setting.cert });
    for (const length of LENGTHS) {
      expect((await ask(session, { path: `/bytes/${length}` })).body.equals(content(length))).toBe(
        true,
      );
      const back = await ask(session, { method: "POST", path: "/echo", body: content(length) });
      expect(back.body.equals(content(length))).toBe(true);
      // Trailers come behind a body.
      if (length > 0) expect(back.trailers?.["x-length"]).toBe(String(length));
    }
    const trailers = { "x-sum": "7" };
    const counted = await ask(session, { method: "POST", path: "/count", body: "abc", trailers });
    expect(counted.body.toString()).toBe("3 7");
    expect((await ask(session, { method: "HEAD", path: "/bytes/7" })).body.length).toBe(0);
    const many = Array.from({ length: 300 }, (_, at) => ask(session, { path: `/bytes/${at}` }));
    expect((await Promise.all(many)).map(({ body }) => body.length)).toEqual(
      many.map((_, at) => at),
    );
    for (let turn = 0; turn < 50; turn++) {
      const stream = session.request({ ":path": "/endless" });
      stream.on("error", () => {});
      await new Promise((resolve) => stream.once("response", resolve));
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
    await expect(ask(session, { path: "/fail" })).rejects.toThrow(/INTERNAL_ERROR/);
    const headers = Object.fromEntries(Array.from({ length: 250 }, (_, at) => [`x-${at}`, "1"]));
    expect((await ask(session, { headers })).status).toBe(431);
    expect((await ask(session)).status).toBe(200);
    session.close();
    expect(ours.errors.every((error) => error.startsWith("H2_FIELD_COUNT_TOO_LARGE"))).toBe(true);
  });

  test("GOAWAY: what is under way is answered", async () => {
    const own = await startOurs(setting);
    const session = await sessionTo(own.clear.url);
    const stream = session.request({ ":path": "/slow" });
    const answer = readAnswer(stream);
    await ask(session);
    const goaway = new Promise<number>((resolve) => session.once("goaway", resolve));
    const ended = own.end();
    expect(await goaway).toBe(http2.constants.NGHTTP2_NO_ERROR);
    expect((await answer).body.toString()).toBe("hello");
    await ended;
  });
});

const python = pythonWith("httpx");

describe.runIf(python !== null)("Python, httpx", () => {
  test.each(CLOTHES)("%s: bodies both ways, HEAD, many, resets, 431", async (clothes) => {
    const script = here("./interop/httpx_client.py");
    const { url } = ours[clothes];
    const args = [script, url, setting.file("cert.pem"), LENGTHS.join(",")];
    const { stdout, stderr } = await run(python as string, args);
    expect(stdout + stderr).toBe("good\n");
  });
});

describe.runIf(isInstalled("go"))("Go, net/http", () => {
  let program = "";

  beforeAll(() => {
    program = buildGo(here("./interop/go"), "go-peer");
  }, 240_000);

  test("secure: bodies both ways, trailers, HEAD, many, resets, 431", async () => {
    const { url } = ours.secure;
    // Go gives its requests the name that the certificate is for.
    const args = ["client", url, setting.file("cert.pem"), LENGTHS.join(",")];
    const { stdout, stderr } = await run(program, args);
    expect(stdout + stderr).toBe("good\n");
    expect(ours.errors.every((error) => error.startsWith("H2_FIELD_COUNT_TOO_LARGE"))).toBe(true);
  });
});
