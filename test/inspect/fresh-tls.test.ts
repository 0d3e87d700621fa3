// Captures made now, of HTTP/1.1 and HTTP/2 over TCP between our server and the clients of others, in TLS and in the clear:
// every head and every frame is what tshark says of the same file.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type InspectEvent, inspect } from "tercet/inspect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../interop/process.js";
import { canRecord, Recorder } from "../interop/recorder.js";
import { makeSetting, type Ours, type Setting, startOurs } from "../interop/setting.js";
import { dissectTcp } from "../interop/tshark.js";
import { isInstalled } from "../node/peers.js";

const isAble = await canRecord();

let setting: Setting;
let ours: Ours;
let captures = 0;

beforeAll(async () => {
  setting = await makeSetting();
  ours = await startOurs(setting);
});

afterAll(async () => {
  await ours?.end();
  setting?.end();
});

type Any = InspectEvent & { readonly [member: string]: unknown };

/** What both say of what a client did. */
async function record(port: number, isSecure: boolean, command: string, args: readonly string[]) {
  const capture = setting.file(`tcp-${captures++}.pcap`);
  const keys = `${capture}.keys`;
  const recorder = await Recorder.start(capture, "tcp", port);
  const { code, stderr } = await run(command, args, { env: { SSLKEYLOGFILE: keys } });
  const bytes = await recorder.end();
  expect(code, stderr).toBe(0);
  if (!existsSync(keys)) writeFileSync(keys, "");
  const options = ["-d", `tcp.port==${port},${isSecure ? "tls" : "http2"}`];
  const keyLog = readFileSync(keys);
  const events = inspect(bytes, { keyLog }) as Any[];
  for (const lenient of [false, true]) {
    const found = inspect(bytes, { keyLog, lenient });
    expect(found.filter(({ event }) => event === "error" || event === "gap")).toEqual([]);
  }
  expect((events.at(-1) as Any).closed).toEqual({});
  const isSent = ({ direction }: Any, sender: number) =>
    (sender === port) === (direction === "server");
  return { events, isSent, ...dissectTcp(capture, keys, ...options) };
}

const TYPES = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING"];
const LATER = ["GOAWAY", "WINDOW_UPDATE", "CONTINUATION"];
const typeOf = (name: unknown) => [...TYPES, ...LATER].indexOf(String(name));

const urls = (scheme: string, port: number) =>
  ["/bytes/1", "/bytes/20000", "/cookies", "/none"].map(
    (path) => `${scheme}://localhost:${port}${path}`,
  );
const CURL = ["--disable", "--silent", "--insecure", "--output", "/dev/null"];
/** curl writes each of the URLs somewhere. */
const quietly = (list: readonly string[]) => list.flatMap((url) => ["--output", "/dev/null", url]);
const secure = () => ours.secure.address.port;
const clear = () => ours.clear.address.port;

/** Every frame, and every section, of HTTP/2. */
function expectSameFrames(
  { events, frames }: Awaited<ReturnType<typeof record>>,
  port: number,
): void {
  for (const direction of ["client", "server"]) {
    const theirs = frames.filter((frame) => (frame.port === port) === (direction === "server"));
    const own = events.filter((event) => event.protocol === "h2" && event.direction === direction);
    const seen = own.filter(({ event }) => event === "frame");
    expect(seen.map((frame) => [typeOf(frame.name), frame.streamId, frame.length])).toEqual(
      theirs.map(({ type, streamId, length }) => [type, streamId, length]),
    );
    const sections = own.filter(({ event }) =>
      ["head", "informational", "trailers"].includes(String(event)),
    );
    expect(sections.map(({ streamId, headers }) => [streamId, headers])).toEqual(
      theirs.flatMap(({ streamId, headers }) => (headers === null ? [] : [[streamId, headers]])),
    );
    expect(sections.length).toBeGreaterThan(3);
  }
}

describe.runIf(isAble && isInstalled("curl"))("curl", () => {
  test.each([
    ["TLS 1.3", ["--tlsv1.3"]],
    ["TLS 1.3, ChaCha20", ["--tlsv1.3", "--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256"]],
    ["TLS 1.2", ["--tls-max", "1.2"]],
    ["TLS 1.2, ChaCha20", ["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305"]],
  ])("HTTP/1.1 over %s", async (_name, args) => {
    const body = setting.file("body-100000");
    const more = ["--next", "--http1.1", ...CURL, ...args, "--data-binary", `@${body}`];
    const list = [
      ...quietly(urls("https", secure())),
      ...more,
      `https://localhost:${secure()}/echo`,
    ];
    const { events, heads, isSent } = await record(secure(), true, "curl", [
      ...["--http1.1", ...CURL, ...args],
      ...list,
    ]);
    const own = events.filter(({ event }) => event === "head" || event === "informational");
    expect(own.map(({ startLine, headers }) => ({ startLine, headers }))).toEqual(
      heads.map(({ startLine, headers }) => ({ startLine, headers })),
    );
    expect(own.every((event, at) => isSent(event, heads[at]?.port ?? 0))).toBe(true);
    expect(own.length).toBeGreaterThanOrEqual(10);
    const sent = events.filter(
      ({ event, direction }) => event === "data" && direction === "client",
    );
    expect(sent.reduce((sum, { length }) => sum + Number(length), 0)).toBe(100_000);
  });

  test.each([
    ["TLS 1.3", ["--tlsv1.3"]],
    ["TLS 1.2", ["--tls-max", "1.2"]],
  ])("HTTP/2 over %s", async (_name, args) => {
    const list = quietly(urls("https", secure()));
    const recorded = await record(secure(), true, "curl", ["--http2", ...CURL, ...args, ...list]);
    expectSameFrames(recorded, secure());
  });
});

describe.runIf(isAble && isInstalled("nghttp"))("nghttp", () => {
  test("HTTP/2 in the clear, many streams at once, trailers", async () => {
    const body = ["--data", setting.file("body-1"), "--trailer", "x-sum: 7", "--no-dep"];
    const echo = `http://localhost:${clear()}/echo`;
    const recorded = await record(clear(), false, "nghttp", [
      ...["--null-out", "--multiply=20", ...body],
      ...[echo, ...urls("http", clear())],
    ]);
    expectSameFrames(recorded, clear());
    expect(recorded.events.some(({ event }) => event === "trailers")).toBe(true);
  });
});
