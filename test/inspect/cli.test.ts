// `tercet inspect` as a user runs it: exit codes, standard input, outputs, broken pipes, long input in little memory.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { inspect, toJsonLine } from "../../src/inspect/index.js";
import { pcap, pcapHeader } from "../helpers/capture-file.js";
import { ascii } from "../helpers/capture-octets.js";
import { MAIN, outcome, run, start } from "../helpers/command.js";
import { packetsOf, sayH1, sayH2, sayInTls } from "../helpers/inspect-sample.js";

const folder = mkdtempSync(path.join(tmpdir(), "tercet-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const place = path.join(folder, name);
  writeFileSync(place, bytes);
  return place;
}

const SAMPLE = fileURLToPath(new URL("../../docs/examples/http3.pcapng", import.meta.url));
const GOOD = file("good.pcap", pcap(packetsOf(sayH1("/one", "/two"))));
const BAD = file("bad.h1", "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n");
const NONSENSE = file("nonsense", new Uint8Array(5000).fill(0x9c));
const EMPTY = file("empty", "");

/** Runs it with these bytes on standard input. */
function feed(bytes: Uint8Array, ...args: string[]) {
  const child = start("inspect", ...args);
  child.stdin?.on("error", () => {});
  child.stdin?.end(bytes);
  return outcome(child);
}

describe("help and wrong use", () => {
  test("--help has every option, the shapes of the events, examples, exit codes", async () => {
    const { code, stdout } = await run("inspect", "--help");
    expect(code).toBe(0);
    for (const word of [
      "--as",
      "--role",
      "--keylog",
      "--lenient",
      "--json",
      "--hex",
      "--qlog",
      "summary",
      "Exit code",
    ]) {
      expect(stdout).toContain(word);
    }
    expect((await run("--help")).stdout).toMatch(/\n {2}inspect +\w/);
  });

  test.each([
    ["no file", []],
    ["two files", [GOOD, GOOD]],
    ["a file that is not there", ["/nowhere/at/all"]],
    ["a folder", [folder]],
    ["an unknown option", [GOOD, "--fast"]],
    ["a protocol that is none", [GOOD, "--as", "spdy"]],
    ["a role that is none", [GOOD, "--role", "proxy"]],
    ["a key log that is not there", [GOOD, "--keylog", "/nowhere"]],
    ["two documents for one output", [GOOD, "--json", "--qlog", "-"]],
    ["a place for qlog that cannot be written", [GOOD, "--qlog", "/nowhere/x.qlog"]],
  ])("%s: one line, exit code 2", async (_name, args) => {
    const { code, stderr } = await run("inspect", ...args);
    expect(stderr).toMatch(/^tercet inspect: [^\n]+\n$/);
    expect(code).toBe(2);
  });
});

describe("exit codes", () => {
  test("0 for what is good, and nothing on stderr", async () => {
    expect(await run("inspect", GOOD)).toMatchObject({ code: 0, stderr: "" });
    expect(await run("inspect", SAMPLE)).toMatchObject({ code: 0, stderr: "" });
  });

  test("0 where packets stay closed, with what to do about it", async () => {
    const { said } = await sayInTls(sayH1("/"), "http/1.1");
    const { code, stdout } = await run("inspect", file("closed.pcap", pcap(packetsOf(said))));
    expect([code, stdout]).toEqual([0, expect.stringContaining("SSLKEYLOGFILE")]);
  });

  test("1 for what breaks the protocol, with one line", async () => {
    const { code, stdout, stderr } = await run("inspect", BAD);
    expect(stderr).toMatch(
      /^tercet inspect: [^\n]*bad\.h1: H1_\w+ at byte \d+: [^\n]+ \(RFC 9112 section [\d.]+, H1-\d+\)\n$/,
    );
    expect([code, stdout]).toEqual([1, expect.stringContaining("✗ H1_")]);
  });

  test.each([
    ["nonsense", NONSENSE],
    ["nothing", EMPTY],
  ])("1 for %s: one clear line, and no tree", async (_name, place) => {
    const { code, stdout, stderr } = await run("inspect", place);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^tercet inspect: [^\n]+: neither a capture [^\n]+\n$/);
  });

  test("1 for a capture that is cut or of garbage, with what was readable", async () => {
    const whole = readFileSync(GOOD);
    const cut = await run("inspect", file("cut.pcap", whole.subarray(0, -5)));
    expect([cut.code, cut.stdout]).toEqual([1, expect.stringContaining("GET /one")]);
    expect(cut.stderr).toMatch(/^tercet inspect: [^\n]+CAPTURE_TRUNCATED at byte \d+[^\n]+\n$/);
    const garbage = Buffer.concat([pcapHeader(), Buffer.alloc(3000, 0xee)]);
    const { code, stderr } = await run("inspect", file("garbage.pcap", garbage));
    expect([code, stderr.match(/\n/g)?.length]).toEqual([1, 1]);
  });
});

describe("outputs", () => {
  test("--json is what inspect() gives, one event a line", async () => {
    const { stdout } = await run("inspect", GOOD, "--json");
    expect(stdout).toBe(inspect(readFileSync(GOOD)).map(toJsonLine).join(""));
  });

  test("--json of nonsense is events, too", async () => {
    const { code, stdout } = await run("inspect", NONSENSE, "--json");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    expect([code, lines.map(({ event }) => event)]).toEqual([1, ["error", "summary"]]);
  });

  test("standard input, raw, hex text and captures", async () => {
    const raw = await feed(ascii("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"), "-", "--role", "server");
    expect([raw.code, raw.stdout]).toEqual([0, expect.stringContaining("GET /x")]);
    const hpack = await feed(
      ascii("828684410f7777772e6578616d706c652e636f6d\n"),
      "-",
      "--as",
      "hpack",
    );
    expect([hpack.code, hpack.stdout]).toEqual([
      0,
      expect.stringContaining(":authority: www.example.com"),
    ]);
    const capture = await feed(readFileSync(GOOD), "-");
    expect(capture.stdout).toMatch(/GET \/one[^]*GET \/two[^]*summary/);
  });

  test("the sample capture opens by itself: HTTP/3 with its secrets inside", async () => {
    const { stdout } = await run("inspect", SAMPLE);
    expect(stdout).toMatch(
      /^connection 0 .* HTTP\/3 {2}QUIC v1 {2}TLS_AES_128_GCM_SHA256 {2}ALPN h3 {2}SNI localhost\n/,
    );
    expect(stdout).toMatch(/stream 0 {2}GET https:\/\/localhost:4433\/ {2}→ 200 /);
    expect(stdout).toMatch(/stream 4 {2}GET https:\/\/localhost:4433\/missing {2}→ 404 /);
    expect(stdout).toMatch(/QPACK saves \d+ %/);
    expect(stdout).toMatch(
      /summary {2}1 connection, 4 messages, 24 captured packets, [\d,]+ B, no errors\n/,
    );
  });

  test("a QUIC packet has its place in the file", () => {
    const bytes = readFileSync(SAMPLE);
    const packets = inspect(bytes, { keepBytes: true }).filter(({ event }) => event === "packet");
    expect(packets.length).toBeGreaterThan(20);
    for (const packet of packets as { offset: number; bytes?: Uint8Array }[]) {
      if (packet.bytes === undefined) continue;
      const { offset, bytes: own } = packet;
      expect(Buffer.from(own)).toEqual(bytes.subarray(offset, offset + own.length));
    }
  });

  test("--keylog opens TLS", async () => {
    const { said, keyLog } = await sayInTls(sayH2("/one"), "h2");
    const { stdout } = await run(
      "inspect",
      file("tls.pcap", pcap(packetsOf(said))),
      "--keylog",
      file("keys", keyLog),
    );
    expect(stdout).toMatch(/GET http:\/\/example\.com\/one {2}→ 200/);
  });

  test("a line of the key log that is none is told, and is no fault of the capture", async () => {
    const { code, stdout } = await run("inspect", GOOD, "--keylog", file("odd", "no key log\n"));
    expect([code, stdout]).toEqual([0, expect.stringContaining("KEY_LOG_LINE_INVALID")]);
  });

  test("--hex annotates, and with --json adds the bytes", async () => {
    const { stdout } = await run("inspect", SAMPLE, "--hex");
    expect(stdout).toMatch(
      /\npacket Initial 0 {2}quic[^]*Destination Connection ID Length: \d+ {2}RFC 9000 section 17\.2\n/,
    );
    expect(stdout).toMatch(/:path: \/missing {2}\(literal[^)]*\) {2}RFC 9204 section 4\.5\.\d\n/);
    const json = await run("inspect", SAMPLE, "--hex", "--json");
    expect(json.stdout).toMatch(/"event":"frame"[^\n]*"bytes":"[0-9a-f]+"/);
  });

  test("--qlog writes beside the tree, or alone to standard output", async () => {
    const place = path.join(folder, "sample.qlog");
    const { code, stdout } = await run("inspect", SAMPLE, "--qlog", place);
    expect([code, stdout]).toEqual([0, expect.stringContaining("connection 0")]);
    const alone = await run("inspect", SAMPLE, "--qlog", "-");
    expect(JSON.parse(alone.stdout)).toEqual(JSON.parse(readFileSync(place, "utf8")));
  });

  test("--lenient goes on behind an error", async () => {
    const wire =
      "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    const { code, stdout } = await feed(ascii(wire), "-", "--lenient", "--role", "server");
    expect([code, stdout]).toEqual([1, expect.stringMatching(/✗ H1_[^]*GET \/2/)]);
  });
});

test("a reader that goes away ends it quietly", async () => {
  const big = pcap(packetsOf(sayH1(...Array.from({ length: 3000 }, (_, at) => `/${at}`))));
  const child = start("inspect", file("big.pcap", big), "--json");
  const ended = outcome(child);
  await once(child.stdout as NodeJS.ReadableStream, "data");
  child.stdout?.destroy();
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
});

test("256 MB go through 64 MB of heap", { timeout: 120_000 }, async () => {
  if (!existsSync(MAIN)) throw new Error("dist/cli/main.js is missing: npm run build");
  const content = new Uint8Array(900_000).fill(0x61);
  const head = ascii(`HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n`);
  const said = [
    ["client", ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
    ["server", head],
    ["server", content],
  ] as const;
  const header = pcapHeader();
  const packets = Buffer.from(pcap(packetsOf(said)).subarray(header.length));
  const child = spawn(
    process.execPath,
    ["--max-old-space-size=64", MAIN, "inspect", "-", "--json"],
    { stdio: "pipe" },
  );
  let lines = 0;
  let last = "";
  child.stdout.on("data", (text: Buffer) => {
    lines += text.toString("latin1").split("\n").length - 1;
    last = text.toString("latin1").slice(-400);
  });
  let [complaint, sent] = ["", header.length];
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  child.stdin.write(header);
  for (let clientPort = 1024; sent < 256e6; clientPort++) {
    setClientPort(packets, clientPort);
    sent += packets.length;
    if (!child.stdin.write(Uint8Array.from(packets))) await once(child.stdin, "drain");
  }
  child.stdin.end();
  const [code] = (await once(child, "close")) as [number];
  expect([code, complaint]).toEqual([0, ""]);
  expect(lines).toBeGreaterThan(100_000);
  expect(last).toMatch(
    new RegExp(`"bytes":${sent},"connections":\\d+,"messages":\\d+,"errors":0,`),
  );
});

/** Writes another port of the client into records whose server has port 8080. */
function setClientPort(records: Buffer, port: number): void {
  const ports = 16 + 14 + 20;
  for (let at = 0; at < records.length; at += 16 + records.readUInt32LE(at + 8)) {
    const isServers = records.readUInt16BE(at + ports) === 8080;
    records.writeUInt16BE(port, at + ports + (isServers ? 2 : 0));
  }
}
