// Requests that do not come through, or late, as the client sends them.

import http from "node:http";
import type http2 from "node:http2";
import net from "node:net";
import { openSession, readStatus } from "./h2-clients.js";
import { runExtraH3 } from "./h3-clients.js";
import { nodeRequest } from "./node-request.js";
import {
  BROKEN_REQUEST,
  COOKIES_LENGTH,
  CRUMB_COUNT,
  type ExtraName,
  LONG_LENGTH,
  type Place,
  STALL_LENGTH,
  STALL_MS,
} from "./scenes.js";

/** What the client saw. */
export interface Seen {
  readonly status: number;
  /** Said about it in the output. */
  readonly note: string | null;
}

/** Sends one of them and waits for its end. */
export function runExtra(name: ExtraName, place: Place): Promise<Seen> {
  if (place.protocol === "h3") return runExtraH3(name, place);
  if (place.protocol !== "http/1.1") return runExtraH2(name, place);
  if (name === "cookies") return tooManyCookies(place.port);
  return name === "stall" ? stalledUpload(place.port) : brokenBesideGood(place.port);
}

async function tooManyCookies(port: number): Promise<Seen> {
  const cookie = Array.from({ length: 1_000 }, (_, at) => `tracker${at}=${at}${"x".repeat(20)}`)
    .join("; ")
    .slice(0, COOKIES_LENGTH);
  const request = http.request({ port, path: "/", agent: false, headers: { Cookie: cookie } });
  return { status: await nodeRequest(request), note: null };
}

async function stalledUpload(port: number): Promise<Seen> {
  const headers = { "Content-Length": STALL_LENGTH, "Content-Type": "text/plain" };
  const request = http.request({ port, path: "/logs", method: "POST", agent: false, headers });
  const done = nodeRequest(request, false);
  const half = "x".repeat(STALL_LENGTH / 2);
  request.write(half);
  await new Promise((resolve) => setTimeout(resolve, STALL_MS));
  request.end(half);
  return { status: await done, note: null };
}

/** A good request is half sent, another connection is refused, then the good one is completed. */
async function brokenBesideGood(port: number): Promise<Seen> {
  const good = await dialogue(port);
  good.write("GET /articles/1 HTTP/1.1\r\nHost: loc");
  const broken = await dialogue(port);
  broken.write(BROKEN_REQUEST);
  const refused = await broken.end();
  good.write("alhost\r\nConnection: close\r\n\r\n");
  const answered = await good.end();
  return {
    status: statusOf(refused),
    note: `meanwhile another connection, half a request in, went on and got ${statusOf(answered)}`,
  };
}

interface Dialogue {
  write(text: string): void;
  /** All that the server has sent, when it has ended its side. */
  end(): Promise<string>;
}

function dialogue(port: number): Promise<Dialogue> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }, () =>
      resolve({ write: (text) => void socket.write(text, "latin1"), end: () => ended }),
    );
    const ended = new Promise<string>((settle) => socket.once("close", () => settle(received)));
    socket.on("error", reject);
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
    });
  });
}

function statusOf(response: string): number {
  return Number(response.slice(9, 12));
}

async function runExtraH2(name: ExtraName, place: Place): Promise<Seen> {
  const session = openSession(place);
  session.on("error", () => {});
  try {
    if (name === "cookies") return await tooManyCrumbs(session);
    return name === "stall" ? await uploadBeyondWindow(session) : await brokenStream(session);
  } finally {
    session.close();
  }
}

/** By HTTP/2 each cookie is a field of its own: thousands of them fit into few bytes. */
async function tooManyCrumbs(session: http2.ClientHttp2Session): Promise<Seen> {
  const cookie = Array.from({ length: CRUMB_COUNT }, (_, at) => `tracker${at}=${at}`);
  // Node's types know one cookie field only.
  const head = { ":path": "/", cookie } as unknown as http2.OutgoingHttpHeaders;
  return { status: await readStatus(session.request(head)), note: null };
}

/** The server takes a window of it and says nothing for a while. */
async function uploadBeyondWindow(session: http2.ClientHttp2Session): Promise<Seen> {
  const head = { ":method": "POST", ":path": "/logs", "content-type": "text/plain" };
  const stream = session.request(head);
  stream.end(Buffer.alloc(LONG_LENGTH, "x"));
  return { status: await readStatus(stream), note: null };
}

/** More content than content-length says (RFC 9113 section 8.1.1), on one of two streams. */
async function brokenStream(session: http2.ClientHttp2Session): Promise<Seen> {
  const good = session.request({ ":method": "POST", ":path": "/logs" }, { endStream: false });
  const answered = readStatus(good);
  good.write("half of it, ");
  const head = { ":method": "POST", ":path": "/order", "content-length": "4" };
  const broken = session.request(head);
  broken.on("error", () => {});
  const refused = new Promise<void>((resolve) => broken.once("close", resolve));
  broken.end("more than 4");
  await refused;
  good.end("the rest");
  const note = `meanwhile another stream of the connection, half a request in, went on and got ${await answered}`;
  return { status: 0, note };
}
