// node:http2 as a client of the journey: the requests of clients.ts by HTTP/2, each on a new connection.

import http2 from "node:http2";
import { BROWSER_HEADERS, orderBody, type Place } from "./scenes.js";

/** A connection of its own. */
export function openSession({ protocol, port, cert }: Place): http2.ClientHttp2Session {
  if (protocol === "h2c") return http2.connect(`http://127.0.0.1:${port}`);
  return http2.connect(`https://127.0.0.1:${port}`, { ca: cert });
}

/** The status of the answer, when all of it was read. @throws Error where the stream breaks before its head */
export function readStatus(stream: http2.ClientHttp2Stream): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    stream.on("response", (head) => {
      status = head[":status"] ?? 0;
    });
    stream.resume();
    stream.on("error", reject);
    stream.on("close", () => resolve(status));
  });
}

/** One request and its answer, then the connection is closed. */
async function round(
  place: Place,
  head: http2.OutgoingHttpHeaders,
  content: readonly (Uint8Array | string)[],
): Promise<number> {
  const session = openSession(place);
  const broken = new Promise<never>((_resolve, reject) => session.once("error", reject));
  const stream = session.request(head, { endStream: content.length === 0 });
  for (const piece of content) stream.write(piece);
  if (content.length > 0) stream.end();
  const status = await Promise.race([readStatus(stream), broken]);
  session.close();
  return status;
}

export function browserGetH2(place: Place): Promise<number> {
  const names = Object.entries(BROWSER_HEADERS).map(([name, value]) => [name.toLowerCase(), value]);
  return round(place, { ":path": "/news?page=2", ...Object.fromEntries(names) }, []);
}

export function jsonPostH2(place: Place): Promise<number> {
  const head = { ":method": "POST", ":path": "/order", "content-type": "application/json" };
  return round(place, head, [orderBody()]);
}

export function uploadH2(place: Place, content: Uint8Array): Promise<number> {
  const head = {
    ...{ ":method": "POST", ":path": "/logs" },
    ...{ "content-type": "application/x-ndjson", "content-encoding": "gzip" },
  };
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += 16_384)
    pieces.push(content.subarray(at, at + 16_384));
  return round(place, head, pieces);
}
