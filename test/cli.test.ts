// The command line: help, wrong use, and the journey. `tercet serve` is in cli-serve.test.ts.

import { once } from "node:events";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { MAIN, type Outcome, outcome, run, startWithoutQuiche } from "./helpers/command.js";

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
    ["HTTP/3 without TLS", ["serve", "--http3"]],
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

  let document: Promise<Outcome> | undefined;
  /** One run for the tests that look at its parts. */
  const inJson = () => {
    document ??= run("journey", "--json", "--rounds", "12");
    return document;
  };

  test("--json: one document, every stop measured", async () => {
    const { code, stdout, stderr } = await inJson();
    expect([code, stderr]).toEqual([0, ""]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ tool: "tercet journey", rounds: 12, warmUpRounds: 12 });
    expect(result.timer.costNs).toBeGreaterThan(0);
    const scenes = ["get", "post", "upload", "burst"];
    expect(result.scenes.map(({ name, protocol }: Named) => `${protocol} ${name}`)).toEqual(
      ["http/1.1", "h2c", "h2", "h3"].flatMap((protocol) =>
        scenes.map((name) => `${protocol} ${name}`),
      ),
    );
    for (const scene of result.scenes) {
      expect(scene.stops.map(({ stop }: { stop: string }) => stop)).toEqual(stops);
      for (const { stop, cost } of scene.stops) {
        const hasNoContent = scene.name === "get" || scene.name === "burst";
        const isIdle =
          (stop === "decode" && hasNoContent) ||
          (inTls.includes(stop) && !["h2", "h3"].includes(scene.protocol));
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
    const getH3 = result.scenes[12];
    expect(getH3.client).toBe("quiche + H3Connection");
    expect(getH3.hpackWarm.samples).toBe(12);
    expect(getH3.blockLength).toBeLessThan(getH3.fieldLength);
    expect(result.missing).not.toContainEqual(expect.stringMatching(/HTTP\/3/));
    expect(result.unseen).toHaveLength(7);
  });

  test("--json: what ends early, and where", async () => {
    const { stdout } = await inJson();
    const { extras } = JSON.parse(stdout);
    const [cookies, stall, broken, cookiesH2, stallH2, brokenH2] = extras;
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
    const [cookiesH3, stallH3, brokenH3] = extras.slice(6);
    expect(cookiesH3).toMatchObject({
      ...{ protocol: "h3", status: 431, stop: "parse", scope: "stream" },
      error: { code: "H3_FIELD_COUNT_TOO_LARGE" },
    });
    expect(stallH3).toMatchObject({ protocol: "h3", status: 200, stop: "read", error: null });
    expect(stallH3.stopNs / stallH3.wallNs).toBeGreaterThan(0.5);
    expect(brokenH3).toMatchObject({ status: 0, error: { code: "H3_CONTENT_LENGTH_MISMATCH" } });
    expect(brokenH3.note).toMatch(/another stream[^]*200/);
  });

  test("the table: plain where no terminal is, at most 100 columns", async () => {
    const { code, stdout } = await run("journey", "--rounds", "10");
    expect(code).toBe(0);
    expect(stdout).not.toContain("\u001b");
    for (const stop of stops) expect(stdout).toContain(`  ${stop}`);
    expect(stdout).toMatch(/█/);
    expect(stdout).toMatch(/ {2}h2, TLS +a+h+x*p/);
    expect(stdout).toMatch(/ {2}h3, QUIC +a+h+x*p/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("without the optional package: three protocols, and what to install for the fourth", async () => {
    const { code, stdout } = await outcome(
      startWithoutQuiche("journey", "--json", "--rounds", "10"),
    );
    const result = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(result.scenes.map(({ protocol }: Named) => protocol)).not.toContain("h3");
    expect(result.missing.join()).toContain("npm install @matrixai/quic");
  });
});
