// What is sent on the journey: four scenes that are measured over many rounds, by HTTP/1.1, HTTP/2 and HTTP/3, and some
// requests that end early. Both processes read this file, the one that serves and the one that sends.

import { gzipSync } from "node:zlib";
import type { Protocol } from "./trip.js";

export type SceneName = "get" | "post" | "upload" | "burst";
export type ExtraName = "cookies" | "stall" | "broken";
export type ClientName =
  | "node:http"
  | "node:http2"
  | "fetch"
  | "curl"
  | "node:net + H1Connection"
  | "node:net + H2Connection"
  | "node:tls + H2Connection"
  | "quiche + H3Connection";

export interface Scene {
  readonly name: SceneName;
  readonly protocol: Protocol;
  readonly title: string;
  readonly client: ClientName;
  /** Who sends it where the client is not installed. */
  readonly otherwise?: ClientName;
  /** Requests of one round. */
  readonly requests: number;
  readonly about: string;
}

/** Requests of the burst. */
export const BURST_COUNT = 16;

const H1_SCENES: readonly Scene[] = [
  {
    name: "get",
    protocol: "http/1.1",
    title: "Browser-like GET",
    client: "node:http",
    requests: 1,
    about: "a page comes back",
  },
  {
    name: "post",
    protocol: "http/1.1",
    title: "JSON POST",
    client: "fetch",
    requests: 1,
    about: "an order of 24 items, its total comes back",
  },
  {
    name: "upload",
    protocol: "http/1.1",
    title: "Chunked gzip upload",
    client: "curl",
    otherwise: "node:http",
    requests: 1,
    about: "2,000 log lines as JSON, a summary comes back",
  },
  {
    name: "burst",
    protocol: "http/1.1",
    title: "Pipelined burst",
    client: "node:net + H1Connection",
    requests: BURST_COUNT,
    about: `${BURST_COUNT} GETs in one write`,
  },
];

/** The same requests by HTTP/2. Node's fetch does not speak it. */
function byH2(scene: Scene, protocol: "h2c" | "h2"): Scene {
  if (scene.name === "burst") {
    const below = protocol === "h2" ? "node:tls" : "node:net";
    return {
      ...{
        ...scene,
        protocol,
        title: "Burst on one connection",
        client: `${below} + H2Connection`,
      },
      about: `${BURST_COUNT} GETs on ${BURST_COUNT} streams in one write`,
    };
  }
  if (scene.client === "curl") return { ...scene, protocol, otherwise: "node:http2" };
  return { ...scene, protocol, client: "node:http2" };
}

/** The same by HTTP/3: no client of Node's or of Debian's speaks it. */
function byH3({ otherwise: _, ...scene }: Scene): Scene {
  const own = { ...scene, protocol: "h3", client: "quiche + H3Connection" } as const;
  if (scene.name !== "burst") return own;
  return {
    ...{ ...own, title: "Burst on one connection" },
    about: `${BURST_COUNT} GETs on ${BURST_COUNT} streams at once`,
  };
}

/** All scenes; those by HTTP/3 where there is a transport for it. */
export function scenes(hasQuic: boolean): readonly Scene[] {
  return [
    ...H1_SCENES,
    ...H1_SCENES.map((scene) => byH2(scene, "h2c")),
    ...H1_SCENES.map((scene) => byH2(scene, "h2")),
    ...(hasQuic ? H1_SCENES.map(byH3) : []),
  ];
}

/** Fields of a page load; with Host and Connection, which the client adds, there are 15. */
export const BROWSER_HEADERS: Readonly<Record<string, string>> = {
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Language": "en-GB,en;q=0.9,de;q=0.7",
  "Accept-Encoding": "gzip, deflate, br",
  "Cache-Control": "max-age=0",
  "Upgrade-Insecure-Requests": "1",
  "Sec-Fetch-Dest": "document",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Site": "same-origin",
  "Sec-Fetch-User": "?1",
  "sec-ch-ua-platform": '"Linux"',
  Referer: "http://localhost/news",
  Cookie:
    "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; basket=17.23.42; consent=1790000000.analytics-off",
};

/** The order of the JSON POST. */
export function orderBody(): string {
  const items = Array.from({ length: 24 }, (_, at) => ({
    sku: `B-${1000 + at * 37}`,
    name: `Article number ${at + 1}`,
    quantity: (at % 4) + 1,
    price: 199 + at * 45,
  }));
  return JSON.stringify({ customer: 4711, currency: "EUR", items });
}

/** The log of the upload, compressed: the same bytes in every round. */
export function logUpload(): Buffer {
  // A fixed generator (Lehmer), so that the text is not too easy to compress.
  let seed = 20_261;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const levels = ["debug", "info", "info", "warn", "error"];
  const lines = Array.from({ length: 2_000 }, (_, at) =>
    JSON.stringify({
      time: 1_790_000_000 + at,
      level: levels[random(levels.length)],
      client: `10.0.${random(256)}.${random(256)}`,
      path: `/articles/${random(100_000)}`,
      ms: random(900),
    }),
  );
  return gzipSync(`${lines.join("\n")}\n`);
}

/** Length of the Cookie field of the scene "cookies", in bytes: above the limit fieldLineLength. */
export const COOKIES_LENGTH = 20_000;
/** Pause in the middle of the stalled upload. */
export const STALL_MS = 200;
/** Content of the stalled upload, in bytes. */
export const STALL_LENGTH = 2_000;

/** A request with two answers to the question where it ends: what smugglers send (RFC 9112 section 6.3). */
export const BROKEN_REQUEST =
  "POST /order HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

/** Cookie crumbs of the scene "cookies" by HTTP/2 and HTTP/3: above the limit fieldCount. */
export const CRUMB_COUNT = 250;
/** Content of the stalled upload by HTTP/2 and HTTP/3: more than is taken of a stream that nobody consumes. */
export const LONG_LENGTH = 400_000;
/** Window of a stream, as our SETTINGS give it. */
export const WINDOW_LENGTH = 262_144;

/** Where the journey's server is. */
export interface Place {
  readonly protocol: Protocol;
  readonly port: number;
  /** TLS: the certificate to trust, PEM. */
  readonly cert: string;
}

/** What the client process is asked to do. */
export type ClientTask =
  | { kind: "scene"; name: SceneName; client: ClientName; place: Place; rounds: number }
  | { kind: "extra"; name: ExtraName; place: Place };

/** What it says back. */
export type ClientReport =
  | { kind: "done"; samplesNs: number[]; statuses: number[]; note: string | null }
  | { kind: "failed"; message: string };
