// Our server and browsers, over TLS: a page whose script fetches all bodies in both directions, many at once, aborts
// some, and reports what it found. Headless, each with a profile of its own, loopback only.

import { mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled } from "../node/peers.js";
import { application, LENGTHS } from "./interop/application.js";
import { freePort, Peer } from "./interop/process.js";
import { makeSetting, type Ours, type Setting, startOurs } from "./interop/setting.js";

/** Runs in the page. */
const SCRIPT = `
const content = (length) => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const bytes = async (response) => new Uint8Array(await response.arrayBuffer());
async function exchange() {
  const found = { version: await (await fetch("/version")).text(), wrong: [] };
  for (const length of [${LENGTHS.join()}]) {
    const whole = content(length);
    if (!same(await bytes(await fetch("/bytes/" + length)), whole)) found.wrong.push("get " + length);
    const back = await fetch("/echo", { method: "POST", body: whole });
    if (!same(await bytes(back), whole)) found.wrong.push("echo " + length);
  }
  const many = Array.from({ length: 300 }, async (_, at) => (await bytes(await fetch("/bytes/" + at))).length);
  found.many = (await Promise.all(many)).filter((length, at) => length === at).length;
  found.head = (await fetch("/bytes/7", { method: "HEAD" })).status;
  for (let turn = 0; turn < 20; turn++) {
    const control = new AbortController();
    const response = await fetch("/endless", { signal: control.signal });
    await response.body.getReader().read();
    control.abort();
  }
  found.fail = await fetch("/fail").then((response) => response.text()).then(() => "read", () => "rejected");
  document.cookie = "a=1"; document.cookie = "b=2";
  found.after = await (await fetch("/")).text();
  found.protocols = [...new Set(performance.getEntriesByType("resource").map((entry) => entry.nextHopProtocol))];
  return found;
}
exchange().catch((error) => ({ error: String(error) }))
  .then((found) => fetch("/found", { method: "POST", body: JSON.stringify(found) }));
`;
const PAGE = `<!doctype html><meta charset="utf-8"><title>interop</title><script type="module">${SCRIPT}</script>`;

let setting: Setting;
let ours: Ours;
let report: (found: Found) => void = () => {};

interface Found {
  error?: string;
  version?: string;
  wrong?: string[];
  many?: number;
  head?: number;
  fail?: string;
  after?: string;
  protocols?: string[];
}

beforeAll(async () => {
  setting = await makeSetting();
  ours = await startOurs(setting, {
    fetch: async (request, info) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/page") {
        return new Response(PAGE, { headers: { "content-type": "text/html" } });
      }
      if (pathname === "/found") {
        report((await request.json()) as Found);
        return new Response("thanks");
      }
      return application(request, info);
    },
  });
});

afterAll(async () => {
  await ours?.end();
  setting?.end();
});

/** What the page reports, or the browser's last words. */
function reported(peer: Peer): Promise<Found> {
  const found = new Promise<Found>((resolve) => {
    report = resolve;
  });
  const ended = peer.ended.then(() => ({ error: `the browser has ended: ${peer.said}` }));
  return Promise.race([found, ended]);
}

const GOOD = {
  ...{ version: "2", wrong: [], many: 300, head: 200, fail: "rejected", after: "hello" },
  protocols: ["h2"],
};

describe.runIf(isInstalled("chromium"))("Chromium", () => {
  test("bodies both ways, many, aborts, a stream that breaks", async () => {
    const { port } = ours.secure.address;
    const peer = new Peer("chromium", [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      `--ignore-certificate-errors-spki-list=${setting.spki}`,
      `--user-data-dir=${setting.file("chromium")}`,
      `https://localhost:${port}/page`,
    ]);
    try {
      expect(await reported(peer)).toEqual(GOOD);
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
      const found = reported(peer);
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
