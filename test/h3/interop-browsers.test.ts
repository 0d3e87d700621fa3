// Our server and Chromium over HTTP/3: a page whose script fetches all bodies in both directions, many at once, aborts some,
// and reports what it found. Its WebTransport is in test/webtransport. Loopback only.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SETTING, TYPE } from "../helpers/h3-names.js";
import { readVarint } from "../helpers/h3-read.js";
import { forceHttp3, startChromium } from "../interop/chromium.js";
import { Pages } from "../interop/page.js";
import { makeSetting, type Setting } from "../interop/setting.js";
import { isInstalled } from "../node/peers.js";
import { startOurs } from "./interop/ours.js";
import { expectSameAtEveryCut } from "./interop/replay.js";
import { heard, isGrease, setTo, typesOf, type Wire } from "./interop/wires.js";

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

/** Runs in a page. */
const FEW = `
const lengths = [];
for (let at = 0; at < 6; at++)
  lengths.push((await (await fetch("/bytes/" + at)).arrayBuffer()).byteLength);
await fetch("/found", { method: "POST", body: JSON.stringify({ lengths }) });
`;

/** Where it is in doubt it opens a second connection, which stays empty. */
const busiest = (wires: Wire[]): Wire =>
  wires.sort((one, other) => other.size - one.size)[0] as Wire;

/** What each browser that we force onto HTTP/3 puts on its control and encoder streams. */
function expectChromiumsWire(wire: Wire): void {
  const said = heard(wire);
  expect(setTo(said).get(SETTING.QPACK_MAX_TABLE_CAPACITY)).toBe(65_536n);
  expect(said.settings.some(([id]) => isGrease(id))).toBe(true);
  const control = typesOf(said.control);
  expect(control.slice(0, 2)).toEqual([TYPE.SETTINGS, "GREASE"]);
  // One for each request, before it.
  const updates = said.control.filter(({ type }) => type === BigInt(TYPE.PRIORITY_UPDATE));
  const ids = updates.map(({ payload }) => Number(readVarint(payload, 0)?.value));
  expect(said.requests.size).toBeGreaterThan(300);
  expect([...said.requests.keys()].filter((id) => !ids.includes(id))).toEqual([]);
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
    expectChromiumsWire(busiest(ours.wires));
  });

  test("what it sends for a page of a few requests: the same at every cut", async () => {
    const pages = new Pages<{ error?: string; lengths?: number[] }>(FEW);
    const ours = await startOurs(setting, { fetch: pages.fetch });
    ends.push(() => ours.end());
    const peer = startChromium(setting, `${ours.url}/page`, forceHttp3(ours.port));
    ends.push(() => peer.end());
    expect(await pages.reported(peer)).toEqual({ lengths: [0, 1, 2, 3, 4, 5] });
    expectSameAtEveryCut(busiest(ours.wires), true);
  });
});
