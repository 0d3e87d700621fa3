// Our server and browsers, over TLS: a page whose script fetches all bodies in both directions, many at once, aborts
// some, and reports what it found. Headless, each with a profile of its own, loopback only.

import { mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../interop/chromium.js";
import { Pages } from "../interop/page.js";
import { freePort, Peer } from "../interop/process.js";
import { makeSetting, type Ours, type Setting, startOurs } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";

let setting: Setting;
let ours: Ours;
const pages = new Pages();

beforeAll(async () => {
  setting = await makeSetting();
  ours = await startOurs(setting, { fetch: pages.fetch });
});

afterAll(async () => {
  await ours?.end();
  setting?.end();
});

const GOOD = {
  ...{ version: "2", wrong: [], many: 300, head: 200, fail: "rejected", after: "hello" },
  ...{ cookies: "a=1; b=2", protocols: ["h2"] },
};

describe.runIf(isInstalled("chromium"))("Chromium", () => {
  test("bodies both ways, many, aborts, a stream that breaks", async () => {
    const { port } = ours.secure.address;
    const peer = startChromium(setting, `https://localhost:${port}/page`);
    try {
      expect(await pages.reported(peer)).toEqual(GOOD);
    } finally {
      await peer.end();
    }
    expect(ours.errors).toEqual([]);
  });
});

describe.runIf(isInstalled("firefox-esr"))("Firefox", () => {
  test("bodies both ways, many, aborts, a stream that breaks", async () => {
    const marionette = await freePort();
    const profile = setting.file("firefox");
    mkdirSync(profile);
    writeFileSync(`${profile}/user.js`, preferences(marionette));
    const args = ["--headless", "--no-remote", "--marionette", "--profile", profile];
    const peer = new Peer("firefox-esr", args, { env: { HOME: setting.folder } });
    try {
      const found = pages.reported(peer);
      await peer.listensOn(marionette);
      await navigate(marionette, `https://localhost:${ours.secure.address.port}/page`);
      expect(await found).toEqual(GOOD);
    } finally {
      await peer.end();
    }
    expect(ours.errors).toEqual([]);
  });
});

/** Nothing but the page: no updates, no telemetry, no captive portal. */
function preferences(marionette: number): string {
  const values = {
    "marionette.port": marionette,
    "app.update.enabled": false,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "toolkit.telemetry.reportingpolicy.firstRun": false,
  };
  return Object.entries(values)
    .map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`)
    .join("");
}

/**
 * Opens a page by Firefox's remote protocol, which can be told to accept our certificate: JSON behind its length.
 * @throws Error where Firefox says no
 */
async function navigate(port: number, url: string): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  const messages = messagesOf(socket);
  await messages.next();
  const send = async (id: number, command: string, parameters: object) => {
    const text = JSON.stringify([0, id, command, parameters]);
    socket.write(`${Buffer.byteLength(text)}:${text}`);
    const { value } = await messages.next();
    const [, , error] = value as [number, number, unknown];
    if (error !== null) throw new Error(`Firefox, ${command}: ${JSON.stringify(error)}`);
  };
  await send(1, "WebDriver:NewSession", { acceptInsecureCerts: true });
  await send(2, "WebDriver:Navigate", { url });
  socket.unref();
}

async function* messagesOf(socket: net.Socket): AsyncGenerator<unknown> {
  let received = Buffer.alloc(0);
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, bytes]);
    for (;;) {
      const colon = received.indexOf(":");
      const end = colon + 1 + Number(received.subarray(0, Math.max(0, colon)).toString());
      if (colon < 0 || received.length < end) break;
      yield JSON.parse(received.subarray(colon + 1, end).toString());
      received = received.subarray(end);
    }
  }
}
