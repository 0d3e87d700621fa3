// Chromium without a window, with a profile of its own and no talk to anybody but us. Not a test.

import { Peer } from "./process.js";
import type { Setting } from "./setting.js";

let profiles = 0;

/** Opens a page of ours; our certificate is accepted by its key. */
export function startChromium(setting: Setting, url: string, ...flags: string[]): Peer {
  return new Peer("chromium", [
    ...["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    // Whatever else it would like to reach.
    "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND",
    `--ignore-certificate-errors-spki-list=${setting.spki}`,
    `--user-data-dir=${setting.file(`chromium-${profiles++}`)}`,
    ...flags,
    url,
  ]);
}

/** For `startChromium`: HTTP/3 from the first request on, for there is no other protocol to learn of it by. */
export const forceHttp3 = (port: number): string => `--origin-to-force-quic-on=localhost:${port}`;
