// Chromium's WebTransport against our server over HTTP/3: a page whose script opens sessions, streams both ways, datagrams, and
// gives them up. Loopback only.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startOurs, transport } from "../h3/interop/ours.js";
import {
  ECHO_FOUND,
  type EchoFound,
  echoPage,
  interceptSessions,
} from "../helpers/webtransport-echo.js";
import { forceHttp3, startChromium } from "../interop/chromium.js";
import { Pages } from "../interop/page.js";
import { makeSetting, type Setting } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";

let setting: Setting;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  setting = await makeSetting();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(() => setting?.end());

describe.runIf(isInstalled("chromium"))("Chromium", () => {
  test("sessions, streams both ways, datagrams, resets, a close with code and reason", async () => {
    const pages = new Pages<EchoFound>(echoPage());
    const wrong: string[] = [];
    const ours = await startOurs(setting, {
      fetch: pages.fetch,
      quic: {
        transport,
        webtransport: true,
        intercept: interceptSessions((one) => wrong.push(one)),
      },
    });
    ends.push(() => ours.end());
    const peer = startChromium(setting, `${ours.url}/page`, forceHttp3(ours.port));
    ends.push(() => peer.end());
    expect(await pages.reported(peer)).toEqual(ECHO_FOUND);
    expect(ours.errors).toEqual([]);
    expect(wrong).toEqual([]);
  });
});
