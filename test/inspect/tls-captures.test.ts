// Captures of HTTPS made now: curl against our own server, over HTTP/2 and HTTP/1.1, TLS 1.3 and TLS 1.2. Records and frames
// are those that tshark finds in the same file, and nothing stays closed.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Direction, InspectEvent } from "../../src/inspect/events.js";
import { inspect } from "../../src/inspect/index.js";
import { run } from "../interop/process.js";
import { canRecord, Recorder } from "../interop/recorder.js";
import { makeSetting, type Ours, type Setting, startOurs } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";

const isAble = (await canRecord()) && isInstalled("curl");

let setting: Setting;
let ours: Ours;
beforeAll(async () => {
  setting = await makeSetting();
  ours = await startOurs(setting);
});
afterAll(async () => {
  await ours?.end();
  setting?.end();
});

interface Recorded {
  readonly file: string;
  readonly keys: string;
  readonly port: number;
}

/** A download of 100,000 octets and an upload of as many, on one connection. */
async function record(name: string, args: readonly string[]): Promise<Recorded> {
  const { port } = ours.secure.address;
  const [file, keys] = [setting.file(`${name}.pcap`), setting.file(`${name}.keys`)];
  const recorder = await Recorder.start(file, "tcp", port);
  const site = `https://localhost:${port}`;
  const common = ["-sSk", ...args, "-o", setting.file("out")];
  const upload = ["--data-binary", `@${setting.file("body-100000")}`, `${site}/plain`];
  const { code, stderr } = await run(
    "curl",
    ["--disable", ...common, `${site}/bytes/100000`, "--next", ...common, ...upload],
    { env: { SSLKEYLOGFILE: keys } },
  );
  expect([code, stderr]).toEqual([0, ""]);
  await recorder.end();
  return { file, keys, port };
}

/** Values of a field that tshark has in packets of each direction, in order. */
function dissected({ file, keys, port }: Recorded, field: string): Record<Direction, string[]> {
  const options = [
    "-n",
    "-r",
    file,
    "-o",
    `tls.keylog_file:${keys}`,
    "-d",
    `tcp.port==${port},tls`,
  ];
  const output = execFileSync(
    "tshark",
    [...options, "-T", "fields", "-e", "tcp.srcport", "-e", field, "-E", "separator=/t"],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const values: Record<Direction, string[]> = { client: [], server: [] };
  for (const line of output.split("\n")) {
    const [source, list = ""] = line.split("\t");
    const direction = Number(source) === port ? "server" : "client";
    if (list !== "") values[direction].push(...list.split(","));
  }
  return values;
}

function both<Value>(read: (direction: Direction) => Value): Record<Direction, Value> {
  return { client: read("client"), server: read("server") };
}

/** Lengths of the data of a protocol, summed. */
function dataLength(events: readonly InspectEvent[], direction: Direction): number {
  let sum = 0;
  for (const event of events)
    if (event.event === "data" && event.direction === direction) sum += event.length;
  return sum;
}

describe.runIf(isAble)("curl and our server, recorded", () => {
  test.each([
    ["TLS 1.3, HTTP/2", ["--http2"]],
    ["TLS 1.3, HTTP/1.1", ["--http1.1"]],
    ["TLS 1.3 with AES-128", ["--http2", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256"]],
    ["TLS 1.3 with ChaCha20", ["--http2", "--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256"]],
    ["TLS 1.2, HTTP/2", ["--http2", "--tls-max", "1.2"]],
    ["TLS 1.2, HTTP/1.1", ["--http1.1", "--tls-max", "1.2"]],
  ])("%s", async (name, args) => {
    const recorded = await record(name.replaceAll(/\W/g, ""), args);
    const keyLog = readFileSync(recorded.keys);
    const events = inspect(readFileSync(recorded.file), { keyLog });
    expect(events.filter((event) => event.event === "error" || event.event === "gap")).toEqual([]);
    expect(events.at(-1)).toMatchObject({ event: "summary", connections: 1, closed: {} });
    const about = events.filter((event) => event.event === "connection").at(-1);
    expect(about).toMatchObject({
      security: name.slice(0, 7),
      serverName: "localhost",
      alpn: args[0] === "--http2" ? "h2" : "http/1.1",
    });
    const records = both((direction) =>
      events
        .filter((event) => event.event === "packet" && event.direction === direction)
        .map((event) => String((event as { length: number }).length - 5)),
    );
    expect(records).toEqual(dissected(recorded, "tls.record.length"));
    expect(both((direction) => dataLength(events, direction))).toEqual({
      client: 100_000,
      server: 200_000,
    });
    if (args[0] !== "--http2") return;
    const frames = both((direction) =>
      events
        .filter((event) => event.event === "frame" && event.protocol === "h2")
        .filter((event) => event.direction === direction)
        .map((event) => String((event as { length: number }).length)),
    );
    expect(frames).toEqual(dissected(recorded, "http2.length"));
  });
});
