// HTTP/3 as a client of the journey: the requests of clients.ts over quiche, each on a new connection. No client of Node's
// own speaks it: this is the engine's.

import { attachQuic, type Client, connect, type QuicTransport } from "../../adapters/node/index.js";
import { H3Connection, H3FrameWriter } from "../../h3.js";
import { quiche } from "../quiche.js";
import type { Seen } from "./extra-clients.js";
import {
  BROWSER_HEADERS,
  BURST_COUNT,
  CRUMB_COUNT,
  type ExtraName,
  LONG_LENGTH,
  orderBody,
  type Place,
} from "./scenes.js";

type Request = Parameters<Client["request"]>[0];

let found: Promise<QuicTransport | null> | undefined;

/** @throws Error where the optional peer is missing */
async function transportOf(): Promise<QuicTransport> {
  found ??= quiche();
  const transport = await found;
  if (transport === null) throw new Error("there is no transport for HTTP/3");
  return transport;
}

async function clientTo({ port, cert }: Place): Promise<Client> {
  return connect({ port, tls: { ca: cert }, quic: { transport: await transportOf() } });
}

/** Requests at once on a connection of their own. @returns the status of the last answer */
async function round(place: Place, requests: readonly Request[]): Promise<number> {
  const client = await clientTo(place);
  const statuses = await Promise.all(
    requests.map(async (request) => {
      const answer = await client.request(request);
      await answer.bytes();
      return answer.status;
    }),
  );
  client.destroy();
  return statuses.find((status) => status !== 200) ?? 200;
}

export function browserGetH3(place: Place): Promise<number> {
  const headers = Object.entries(BROWSER_HEADERS).flat();
  return round(place, [{ path: "/news?page=2", headers }]);
}

export function jsonPostH3(place: Place): Promise<number> {
  const headers = ["content-type", "application/json"];
  return round(place, [{ method: "POST", path: "/order", headers, body: orderBody() }]);
}

export function uploadH3(place: Place, content: Uint8Array): Promise<number> {
  const headers = ["content-type", "application/x-ndjson", "content-encoding", "gzip"];
  async function* pieces() {
    for (let at = 0; at < content.length; at += 16_384) yield content.subarray(at, at + 16_384);
  }
  return round(place, [{ method: "POST", path: "/logs", headers, body: pieces() }]);
}

export function burstH3(place: Place): Promise<number> {
  const headers = ["accept", "text/html", "user-agent", "tercet"];
  const request = (at: number) => ({ path: `/articles/${at}`, headers });
  return round(
    place,
    Array.from({ length: BURST_COUNT }, (_, at) => request(at)),
  );
}

export async function runExtraH3(name: ExtraName, place: Place): Promise<Seen> {
  if (name === "broken") return brokenStream(place);
  const cookie = Array.from({ length: CRUMB_COUNT }, (_, at) => ["cookie", `tracker${at}=${at}`]);
  const headers = ["content-type", "text/plain"];
  const body = new Uint8Array(LONG_LENGTH).fill(0x78);
  const request: Request =
    name === "cookies"
      ? { headers: cookie.flat() }
      : { method: "POST", path: "/logs", headers, body };
  return { status: await round(place, [request]), note: null };
}

/** More content than content-length says (RFC 9114 section 4.1.2), on one of two streams; written past the engine. */
async function brokenStream(place: Place): Promise<Seen> {
  const transport = await transportOf();
  const { port, cert: ca } = place;
  const quic = await transport.connect?.({ port, host: "127.0.0.1", ca });
  if (quic === undefined) throw new Error("no client");
  const connection = new H3Connection({ role: "client" });
  const common = { method: "POST", scheme: "https", authority: `127.0.0.1:${port}` };
  return new Promise((resolve, reject) => {
    const good = connection.sendRequest({ ...common, path: "/logs", headers: [] });
    connection.sendData(good, Buffer.from("half of it, "));
    const headers = ["content-length", "4"];
    const broken = connection.sendRequest({ ...common, path: "/order", headers });
    connection.sendData(broken, Buffer.from("more"));
    const attachment = attachQuic(quic, connection, {
      settings() {
        quic.write(broken, new H3FrameWriter().data(Buffer.from(" than 4")), true);
      },
      reset() {
        connection.sendData(good, Buffer.from("the rest"));
        connection.sendEnd(good);
      },
      head(_streamId, { status }) {
        const note = `meanwhile another stream of the connection, half a request in, went on and got ${status}`;
        resolve({ status: 0, note });
        attachment.destroy();
      },
    });
    void attachment.closed.then(() => reject(new Error("the good stream was not answered")));
  });
}
