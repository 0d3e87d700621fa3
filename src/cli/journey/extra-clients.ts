// Three requests that do not come through, as the client sends them.

import http from "node:http";
import net from "node:net";
import { nodeRequest } from "./node-request.js";
import {
  BROKEN_REQUEST,
  COOKIES_LENGTH,
  type ExtraName,
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
export function runExtra(name: ExtraName, port: number): Promise<Seen> {
  if (name === "cookies") return tooManyCookies(port);
  return name === "stall" ? stalledUpload(port) : brokenBesideGood(port);
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
