// Our server and Chromium over HTTP/3: a page whose script fetches all bodies in both directions, many at once, aborts some,
// and reports what it found. Its WebTransport is in test/webtransport. Loopback only.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SETTING, TYPE } from "../helpers/h3-names.js";
import { forceHttp3, startChromium } from "../interop/chromium.js";
import { Pages } from "../interop/page.js";
import { makeSetting, type Setting } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";
import { startOurs } from "./interop/ours.js";
import { heard, isGrease, typesOf, type Wire } from "./interop/wires.js";

let setting: Setting;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  setting = await makeSetting();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(() => setting?.end());

const GOOD = {
  ...{ version: "3", wrong: [], many: 300, head: 200, fail: "rejected", after: "hello" },
  ...{ cookies: "a=1; b=2", protocols: ["h3"] },
};

/** What each browser that we force onto HTTP/3 puts on its control and encoder streams. */
function expectChromiumsWire(wire: Wire): void {
  const said = heard(wire);
  const settings = new Map(said.settings.map(([id, value]) => [Number(id), value]));
  expect(settings.get(SETTING.QPACK_MAX_TABLE_CAPACITY)).toBe(65_536n);
  expect(said.settings.some(([id]) => isGrease(id))).toBe(true);
  const control = typesOf(said.control);
  expect(control.slice(0, 2)).toEqual([TYPE.SETTINGS, "GREASE"]);
  // One right before each request.
  expect(control.filter((type) => type === TYPE.PRIORITY_UPDATE).length).toBeGreaterThan(300);
  expect(said.encoder).toBeGreaterThan(500);
}

describe.runIf(isInstalled("chromium"))("Chromium", () => {
  test("bodies both ways, cookies, many, aborts, a stream that breaks", async () => {
    // Over HTTP/3 it loses a body of several packets that trailers follow, whatever the server (seen with quic-go's).
    const pages = Pages.plain();
    const ours = await startOurs(setting, { fetch: pages.fetch });
    ends.push(() => ours.end());
    const url = `${ours.url}/page`;
    const peer = startChromium(setting, url, forceHttp3(ours.port));
    ends.push(() => peer.end());
    expect(await pages.reported(peer)).toEqual(GOOD);
    expect([ours.errors, ours.faults]).toEqual([[], []]);
    // Where it is in doubt it opens a second connection, which stays empty.
    const [wire] = ours.wires.sort((one, other) => other.size - one.size);
    expectChromiumsWire(wire as Wire);
  });
});
