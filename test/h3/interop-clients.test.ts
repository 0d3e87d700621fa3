// Our server and the HTTP/3 clients of others: gtlsclient (ngtcp2 and nghttp3), quic-go, Bun (lsquic), aioquic, and
// quiche's own HTTP/3. Each exchanges bodies of the same lengths; what each put on the wire is looked at too, and goes
// through a second server of ours at every cut.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MAX_VARINT } from "../helpers/h3-frames.js";
import { SETTING, TYPE } from "../helpers/h3-names.js";
import { content, LENGTHS } from "../interop/application.js";
import { type Outcome, run } from "../interop/process.js";
import { buildGo, hasGoModule, npmPeer, pythonWith } from "../interop/programs.js";
import { makeSetting, type Setting } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";
import { type Ours, startOurs } from "./interop/ours.js";
import { expectSameAtEveryCut } from "./interop/replay.js";
import { type Heard, heard, isGrease, setTo, typesOf, type Wire } from "./interop/wires.js";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

let setting: Setting;
let ours: Ours;

beforeAll(async () => {
  setting = await makeSetting();
  ours = await startOurs(setting);
});

beforeEach(() => {
  ours.errors.length = 0;
  ours.faults.length = 0;
  ours.wires.length = 0;
});

afterAll(async () => {
  await ours?.end();
  setting?.end();
});

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The busiest wire of a test, and what is on it: some open a second connection behind an answer that breaks. */
function theWire(): { wire: Wire; said: Heard } {
  const [wire] = ours.wires.sort((one, other) => other.size - one.size) as [Wire];
  return { wire, said: heard(wire) };
}

/** A program that checks by itself and prints "good". */
function expectGood({ stdout, stderr }: Outcome): void {
  expect(stdout + stderr).toMatch(/^(settings .*\n)?good\n$/);
}

/** Too many or too long fields are the only thing that may be wrong. */
function expectNoErrors(): void {
  const tooLarge = /^H3_FIELD_(COUNT|SECTION)_TOO_LARGE/;
  expect(ours.errors.filter((error) => !tooLarge.test(error))).toEqual([]);
  expect(ours.faults).toEqual([]);
}

describe.runIf(isInstalled("gtlsclient"))("gtlsclient, nghttp3", () => {
  async function gtlsclient(paths: readonly string[], ...args: string[]) {
    const uris = paths.map((path) => `${ours.url}${path}`);
    const quiet = ["--no-quic-dump", "--no-http-dump", "--exit-on-all-streams-close"];
    const place = ["127.0.0.1", String(ours.port)];
    const { code, stdout, stderr } = await run("gtlsclient", [
      ...quiet,
      ...args,
      ...place,
      ...uris,
    ]);
    expect(code).toBe(0);
    const lines = (stdout + stderr).split("\n");
    return lines.filter((line) => line.startsWith("http: stream ")).join("\n");
  }

  function downloads(): string {
    const folder = setting.file("downloads");
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  test("bodies both ways, HEAD, trailers, a stream that breaks", async () => {
    const folder = downloads();
    await gtlsclient(
      LENGTHS.map((length) => `/bytes/${length}`),
      `--download=${folder}`,
    );
    for (const length of LENGTHS.filter((one) => one > 0))
      expect(digest(readFileSync(`${folder}/${length}`))).toBe(digest(content(length)));
    for (const length of LENGTHS) {
      // It has no body of no length.
      const body = length === 0 ? [] : [`--data=${setting.file(`body-${length}`)}`];
      const upload = [...body, "--http-method=POST"];
      const said = await gtlsclient(["/echo"], `--download=${folder}`, ...upload);
      expect(said).toContain("http: stream 0x0 [:status: 200]");
      if (length === 0) continue;
      expect(said).toContain(`http: stream 0x0 [x-length: ${length}]`);
      expect(digest(readFileSync(`${folder}/echo`))).toBe(digest(content(length)));
    }
    const head = await gtlsclient(["/bytes/7"], "--http-method=HEAD");
    expect(head).toContain("http: stream 0x0 [:status: 200]");
    expect(await gtlsclient(["/nothing"])).toContain("http: stream 0x0 [:status: 404]");
    expectNoErrors();
  });

  test("a field section of up to 2^62 - 1 octets, the dynamic table, many on one connection", async () => {
    const said = await gtlsclient(["/bytes/1"], "--nstreams=150");
    expect(said.match(/\[:status: 200\]/g)).toHaveLength(150);
    const { wire, said: sent } = theWire();
    expect(setTo(sent).get(SETTING.MAX_FIELD_SECTION_SIZE)).toBe(MAX_VARINT);
    expect(sent.encoder).toBeGreaterThan(20);
    expectNoErrors();
    expectSameAtEveryCut(wire);
  });

  test("packets that are lost", async () => {
    const folder = downloads();
    rmSync(`${folder}/100000`, { force: true });
    const losses = ["--tx-loss=0.05", "--rx-loss=0.05"];
    await gtlsclient(["/bytes/100000", "/bytes/1"], `--download=${folder}`, ...losses);
    expect(digest(readFileSync(`${folder}/100000`))).toBe(digest(content(100_000)));
    expectNoErrors();
  });

  test.each([
    ["a key update in the middle of a body", "--key-update=10ms"],
    [
      "a version that our transport does not have: another one is negotiated",
      ...["--version=v2draft", "--preferred-versions=v2draft,v1", "--other-versions=v2draft,v1"],
    ],
  ])("%s", async (_title, ...args) => {
    const folder = downloads();
    rmSync(`${folder}/5242880`, { force: true });
    await gtlsclient(["/bytes/5242880"], `--download=${folder}`, ...args);
    expect(digest(readFileSync(`${folder}/5242880`))).toBe(digest(content(5_242_880)));
    expectNoErrors();
  });
});

const quicGo = here("./interop/quic-go");

describe.runIf(hasGoModule(quicGo, "github.com/quic-go/quic-go"))("quic-go", () => {
  let program = "";

  beforeAll(() => {
    program = buildGo(quicGo, "quic-go-peer");
  }, 240_000);

  test("bodies both ways, trailers, HEAD, many, cookies, 431, resets", async () => {
    const args = ["client", ours.url, setting.file("cert.pem"), LENGTHS.join(",")];
    expectGood(await run(program, args));
    const { wire, said } = theWire();
    expect(setTo(said).get(SETTING.H3_DATAGRAM)).toBe(1n);
    expectNoErrors();
    expectSameAtEveryCut(wire);
  });
});

const bun = npmPeer("bun", "bin/bun");

describe.runIf(bun !== null)("Bun, lsquic", () => {
  test("bodies both ways, HEAD, many, cookies, 431, resets", async () => {
    const url = ours.url.replace("localhost", "127.0.0.1");
    expectGood(
      await run(bun as string, [here("./interop/bun-client.mjs"), url, LENGTHS.join(",")]),
    );
    // Where no stream is left it opens another connection.
    const [wire] = ours.wires as [Wire];
    expect(heard(wire).encoder).toBeGreaterThan(20);
    expectNoErrors();
    expectSameAtEveryCut(wire);
  });
});

const python = pythonWith("aioquic");

describe.runIf(python !== null)("Python, aioquic", () => {
  test("bodies both ways, trailers, HEAD, many, cookies, 431, resets; MAX_PUSH_ID, a setting of GREASE", async () => {
    const args = [ours.url, setting.file("cert.pem"), LENGTHS.join(",")];
    expectGood(await run(python as string, [here("./interop/aioquic_client.py"), ...args]));
    const { wire, said } = theWire();
    expect(typesOf(said.control)).toEqual([TYPE.SETTINGS, TYPE.MAX_PUSH_ID]);
    expect(said.settings.some(([id]) => isGrease(id))).toBe(true);
    expectNoErrors();
    expectSameAtEveryCut(wire);
  });
});

const quiche = npmPeer("@currentspace/http3", "dist/index.js");

describe.runIf(quiche !== null)("@currentspace/http3, quiche", () => {
  test("bodies both ways, trailers, HEAD, many, cookies, 431; GREASE in settings, frames and streams", async () => {
    const args = [quiche as string, ours.url, setting.file("cert.pem"), LENGTHS.join(",")];
    expectGood(await run(process.execPath, [here("./interop/quiche-client.mjs"), ...args]));
    const { wire, said } = theWire();
    expect(said.settings.some(([id]) => isGrease(id))).toBe(true);
    expect(said.streamTypes.some(isGrease)).toBe(true);
    const onRequests = [...said.requests.values()].flat().filter(({ type }) => isGrease(type));
    expect(onRequests.length).toBeGreaterThan(0);
    expectNoErrors();
    expectSameAtEveryCut(wire);
  });
});
