// OpenSSL on both sides, over loopback: 0-RTT data, accepted and refused, and KeyUpdates, which node:tls does not send.

import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import {
  applicationData,
  closedReasons,
  messageNames,
  observe,
  only,
} from "../helpers/tls-observe.js";
import { OpensslPeers, until } from "../helpers/tls-openssl.js";
import { isInstalled } from "../node/peers.js";

const running: OpensslPeers[] = [];
afterEach(async () => {
  for (const peers of running.splice(0)) await peers.stop();
});

async function start(...options: string[]): Promise<OpensslPeers> {
  const peers = new OpensslPeers();
  running.push(peers);
  await peers.start(...options);
  return peers;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** A connection that leaves its session in a file. */
async function firstConnection(peers: OpensslPeers): Promise<void> {
  const client = peers.connect("-sess_out", peers.file("session"), "-tls1_3");
  await until(() => existsSync(peers.file("session")));
  client.stdin?.write("Q\n");
  await once(client, "exit");
}

describe.runIf(isInstalled("openssl"))("OpenSSL", () => {
  test("0-RTT data that is accepted", async () => {
    const peers = await start("-tls1_3", "-early_data", "-no_anti_replay");
    await firstConnection(peers);
    writeFileSync(peers.file("early"), "GET /early\n");
    const session = ["-sess_in", peers.file("session"), "-tls1_3"];
    const client = peers.connect(...session, "-early_data", peers.file("early"));
    await until(() => peers.serverOutput.includes("End of early data"));
    client.stdin?.write("later\n");
    await until(() => peers.serverOutput.includes("later"));
    client.stdin?.write("Q\n");
    await once(client, "exit");
    const events = observe(peers.wire, peers.keyLog);
    expect(textOf(applicationData(events, "client"))).toBe("GET /early\nlater\n");
    expect(only(events, "application")[0]?.early).toBe(true);
    expect(messageNames(events)).toContain("c EndOfEarlyData");
    expect(closedReasons(events)).toEqual({});
    expect(only(events, "error")).toEqual([]);
  });

  test("0-RTT data that is refused: the same ticket twice", async () => {
    const peers = await start("-tls1_3", "-early_data");
    await firstConnection(peers);
    writeFileSync(peers.file("early"), "GET /early\n");
    const session = ["-sess_in", peers.file("session"), "-tls1_3"];
    for (const turn of ["first", "second"]) {
      const client = peers.connect(...session, "-early_data", peers.file("early"));
      // The server refuses a ticket that it has seen.
      client.stdin?.write(`${turn}\n`);
      await until(() => peers.serverOutput.includes(turn));
      client.stdin?.write("Q\n");
      await once(client, "exit");
    }
    const events = observe(peers.wire, peers.keyLog);
    expect(textOf(applicationData(events, "client"))).toBe("second\n");
    expect(only(events, "record").some((record) => record.early && record.decrypted)).toBe(true);
    expect(messageNames(events)).not.toContain("c EndOfEarlyData");
    expect(closedReasons(events)).toEqual({});
    expect(only(events, "error")).toEqual([]);
  });

  test.each(["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])(
    "KeyUpdate of both sides, again and again: %s",
    async (suite) => {
      const peers = await start("-tls1_3");
      const client = peers.connect("-tls1_3", "-ciphersuites", suite);
      let output = "";
      client.stdout?.on("data", (text) => {
        output += text;
      });
      await until(() => peers.serverOutput.includes("CIPHER"));
      for (const turn of ["one", "two", "three"]) {
        // "K" asks the other side to update, too.
        const before = peers.count("client");
        client.stdin?.write(turn === "two" ? "k\n" : "K\n");
        // A line that comes together with a command is lost with it.
        await until(() => peers.count("client") > before);
        client.stdin?.write(`client ${turn}\n`);
        await until(() => peers.serverOutput.includes(`client ${turn}`));
        peers.type(`answer ${turn}`);
        await until(() => output.includes(`answer ${turn}`));
      }
      client.stdin?.write("Q\n");
      await once(client, "exit");
      const events = observe(peers.wire, peers.keyLog);
      expect(textOf(applicationData(events, "client"))).toBe(
        "client one\nclient two\nclient three\n",
      );
      expect(textOf(applicationData(events, "server"))).toBe(
        "answer one\nanswer two\nanswer three\n",
      );
      const updates = only(events, "keyUpdate");
      expect(updates.filter((event) => event.direction === "client")).toHaveLength(3);
      expect(updates.some((event) => event.direction === "server")).toBe(true);
      expect(closedReasons(events)).toEqual({});
      expect(only(events, "error")).toEqual([]);
    },
  );
});
