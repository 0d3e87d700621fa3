// denoTransport() on Deno itself, in both roles, with our own client and server over quiche at the other end.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type DenoQuic, denoTransport } from "tercet/web";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { leafCertificate } from "../node/certificate.js";
import { missing } from "../node/peers.js";
import { h3, startH3 } from "../node/quic.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** On the path, or where continuous integration puts it. */
function findDeno(): string | null {
  const own = path.join(ROOT, "build/peers/node_modules/deno/deno");
  const found = [own, "deno"].find((program) => spawnSync(program, ["--version"]).status === 0);
  if (found === undefined) missing("deno");
  return found ?? null;
}

const deno = findDeno();
const children: ChildProcess[] = [];
let folder = "";

beforeAll(async () => {
  if (!existsSync(path.join(ROOT, "dist/h3.js"))) throw new Error("npm run build has not run");
  folder = await mkdtemp(path.join(tmpdir(), "tercet-deno-"));
  const { key, cert } = await leafCertificate();
  await writeFile(path.join(folder, "key.pem"), key);
  await writeFile(path.join(folder, "cert.pem"), cert);
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs one of our programs on Deno. */
function start(program: string, ...args: string[]): ChildProcess {
  const programs = path.join(ROOT, "test/quic-transport/deno");
  // Deno reads `imports` of a package.json only where it is a package that was installed.
  const config = ["--config", path.join(programs, "deno.json"), "--no-lock"];
  const flags = ["run", ...config, "--unstable-net", "--allow-net", "--allow-read"];
  const child = spawn(deno as string, [...flags, path.join(programs, program), ...args], {
    stdio: "pipe",
  });
  child.stderr?.on("data", (text) => process.stderr.write(text));
  children.push(child);
  return child;
}

describe.skipIf(deno === null)("Deno", () => {
  test("as a client: 50 requests and a megabyte each way", async () => {
    const server = await startH3(
      async (request) => new Response(request.body ?? new URL(request.url).pathname),
      { tls: await leafCertificate() },
    );
    const child = start("client.mjs", String(server.address.port), path.join(folder, "cert.pem"));
    let output = "";
    child.stdout?.on("data", (text) => {
      output += text;
    });
    const [code] = await once(child, "close");
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({
      ...{ alpn: "h3", count: 51, statuses: [200], lengths: [2, 1024 * 1024] },
      ...{ by: "us", code: 0x100 },
    });
  });

  test("as a server: requests, a megabyte each way, trailers", async () => {
    const files = ["key.pem", "cert.pem"].map((name) => path.join(folder, name));
    const child = start("server.mjs", ...files);
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout?.once("data", (bytes: Buffer) => resolve(bytes.toString()));
      child.once("exit", () => reject(new Error("the server on Deno has ended")));
    });
    const address = { address: "127.0.0.1", family: "IPv4", port: Number(line) };
    const { cert: ca } = await leafCertificate();
    const client = await h3({ address }, {}, { tls: { ca } });
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const answer = await client.request({ path: `/${at}` });
        return [answer.headers.get("x-path"), await answer.text(), answer.trailers?.get("x-end")];
      }),
    );
    expect(answers).toEqual(answers.map((_, at) => [`/${at}`, "from Deno", String(4 * at)]));
    const body = new Uint8Array(1024 * 1024).map((_, at) => at * 7);
    const echo = await client.request({ method: "POST", body });
    expect(Buffer.compare(await echo.bytes(), body)).toBe(0);
    await client.close();
    child.stdin?.end();
    expect(await once(child, "close")).toEqual([0, null]);
  });
});

describe("wrong use", () => {
  test("something else than Deno", () => {
    expect(() => denoTransport({} as DenoQuic)).toThrow(
      expect.objectContaining({ code: "QUIC_DENO_INVALID" }),
    );
  });
});
