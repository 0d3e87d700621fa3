// node:http2 as a client of the servers under test: on a socket that is there, or on one of its own.

import http2 from "node:http2";
import type net from "node:net";

/** An answer as a whole. */
export interface Answer {
  status: number;
  headers: http2.IncomingHttpHeaders;
  body: Buffer;
  trailers: http2.IncomingHttpHeaders | null;
  /** Status of each 1xx. */
  informational: number[];
}

export interface Asked {
  method?: string;
  path?: string;
  headers?: http2.OutgoingHttpHeaders;
  body?: Uint8Array | string;
  trailers?: http2.OutgoingHttpHeaders;
}

/** A session on a socket: `https` only names the scheme, TLS is the socket's. */
export function sessionOn(socket: net.Socket, scheme: string): http2.ClientHttp2Session {
  const session = http2.connect(`${scheme}://localhost`, { createConnection: () => socket });
  session.on("error", () => {});
  return session;
}

/** A session with a server; it is there when SETTINGS have come. */
export async function sessionTo(
  url: string,
  options: http2.SecureClientSessionOptions = {},
): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(url, options);
  await new Promise<void>((resolve, reject) => {
    session.once("error", reject);
    session.once("remoteSettings", () => resolve());
  });
  session.on("error", () => {});
  return session;
}

/** Sends one request and reads the whole answer. @throws the stream's error */
export async function ask(
  session: http2.ClientHttp2Session,
  { method = "GET", path = "/", headers = {}, body, trailers }: Asked = {},
): Promise<Answer> {
  const endStream = body === undefined && trailers === undefined;
  const stream = session.request(
    { ":method": method, ":path": path, ...headers },
    { endStream, waitForTrailers: trailers !== undefined },
  );
  if (trailers !== undefined) stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  if (!endStream) stream.end(body);
  return readAnswer(stream);
}

/** Reads the answer to a request that was sent. @throws the stream's error */
export function readAnswer(stream: http2.ClientHttp2Stream): Promise<Answer> {
  const answer: Answer = {
    ...{ status: 0, headers: {}, body: Buffer.alloc(0), trailers: null, informational: [] },
  };
  const pieces: Buffer[] = [];
  return new Promise((resolve, reject) => {
    stream.on("headers", (head) => answer.informational.push(head[":status"] ?? 0));
    stream.on("response", (head) => {
      answer.status = head[":status"] ?? 0;
      answer.headers = head;
    });
    stream.on("trailers", (fields) => {
      answer.trailers = fields;
    });
    stream.on("data", (bytes: Buffer) => pieces.push(bytes));
    stream.on("error", reject);
    stream.on("close", () => {
      answer.body = Buffer.concat(pieces);
      if (answer.status === 0 && answer.informational.length === 0)
        reject(new Error(`the stream closed without an answer, code ${stream.rstCode}`));
      else resolve(answer);
    });
  });
}
