// A page for browsers whose script fetches all bodies in both directions, many at once, aborts some, and reports what it
// found: served by our application beside what other programs ask for. Not a test.

import type { FetchHandler } from "tercet/node";
import { application, LENGTHS } from "./application.js";
import { type Peer, sleep } from "./process.js";

/** How long a page may take. */
const REPORT_MS = 90_000;

/** Runs in the page. `echo` is where bodies come back. */
const script = (echo: string) => `
const content = (length) => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const bytes = async (response) => new Uint8Array(await response.arrayBuffer());
async function exchange() {
  const found = { version: await (await fetch("/version")).text(), wrong: [] };
  for (const length of [${LENGTHS.join()}]) {
    const whole = content(length);
    if (!same(await bytes(await fetch("/bytes/" + length)), whole)) found.wrong.push("get " + length);
    const back = await fetch("${echo}", { method: "POST", body: whole });
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
  found.cookies = await (await fetch("/cookies")).text();
  found.after = await (await fetch("/")).text();
  found.protocols = [...new Set(performance.getEntriesByType("resource").map((entry) => entry.nextHopProtocol))];
  return found;
}
exchange().catch((error) => ({ error: String(error) }))
  .then((found) => fetch("/found", { method: "POST", body: JSON.stringify(found) }));
`;

const html = (text: string) =>
  `<!doctype html><meta charset="utf-8"><title>interop</title><script type="module">${text}</script>`;

/** What the script found. */
export interface Found {
  error?: string;
  version?: string;
  wrong?: string[];
  many?: number;
  head?: number;
  fail?: string;
  cookies?: string;
  after?: string;
  protocols?: string[];
}

/** The pages, and who waits for what they report. */
export class Pages<T extends { error?: string } = Found> {
  readonly #page: string;
  #report: (found: T) => void = () => {};

  /** `text` runs in the page and posts its findings as JSON to /found. */
  constructor(text = script("/echo")) {
    this.#page = html(text);
  }

  /** Bodies come back without trailers. */
  static plain(): Pages {
    return new Pages(script("/plain"));
  }

  /** The application: /page, /found, and everything of application(). */
  readonly fetch: FetchHandler = async (request, info) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/page")
      return new Response(this.#page, { headers: { "content-type": "text/html" } });
    if (pathname !== "/found") return application(request, info);
    this.#report((await request.json()) as T);
    return new Response("thanks");
  };

  /** What the page reports, or the browser's last words; bounded in time. */
  reported(peer: Peer): Promise<T> {
    const found = new Promise<T>((resolve) => {
      this.#report = resolve;
    });
    const ended = peer.ended.then(() => ({ error: `the browser has ended: ${peer.said}` }) as T);
    const late = sleep(REPORT_MS).then(() => ({ error: `the page is late: ${peer.said}` }) as T);
    return Promise.race([found, ended, late]);
  }
}
