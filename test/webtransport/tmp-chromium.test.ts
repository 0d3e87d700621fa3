import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startOurs, transport } from "../h3/interop/ours.js";
import { ECHO_FOUND, type EchoFound, echoPage, interceptSessions } from "../helpers/webtransport-echo.js";
import { forceHttp3, startChromium } from "../interop/chromium.js";
import { Pages } from "../interop/page.js";
import { makeSetting } from "../interop/setting.js";
test("x", async () => {
  const setting = await makeSetting();
  const pages = new Pages<EchoFound>(echoPage());
  const wrong: string[] = [];
  const ours = await startOurs(setting, {
    fetch: pages.fetch,
    onError: (e) => console.log("ERR", e.message),
    quic: { transport, webtransport: true, intercept: (a) => { const i = interceptSessions((one) => { wrong.push(one); console.log("WRONG", one); })(a)!; return (events) => { for (const e of events) console.log(e.type, (e as any).streamId, e.type === "settings" ? JSON.stringify([...e.settings].map(([a,b])=>[a.toString(16),String(b)])) : e.type === "head" && "method" in e.head ? e.head.method + " " + e.head.protocol + " " + e.head.rawHeaders : "bytes" in e ? e.bytes.length : e.type === "error" ? e.error.message : e.type==="reset" || e.type === "stopSending" ? (e as any).code.toString(16):""); console.log("dialect", a.connection.webtransport); return i(events); }; } },
  });
  const peer = startChromium(setting, `${ours.url}/page`, forceHttp3(ours.port));
  const found = await Promise.race([pages.reported(peer), new Promise((r) => setTimeout(() => r("timeout " + peer.said), 12000))]);
  console.log(found, wrong);
  await peer.end(); await ours.end(); setting.end();
});
