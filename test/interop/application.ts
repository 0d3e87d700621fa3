// What our server answers when other programs are its clients, and the content that both sides know. Not a test.

import type { FetchHandler } from "tercet/node";

/** Lengths of bodies that every pair exchanges in both directions. */
export const LENGTHS = [0, 1, 100_000, 5 * 1024 * 1024] as const;

/** Content of this length; each byte depends on its place. */
export function content(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 0xff;
  return bytes;
}

/**
 * GET /bytes/N gives N bytes, POST /echo the body back with its length as a trailer, POST /plain without, POST /count
 * the length and the trailer x-sum, GET /version the HTTP version, GET /cookies the cookies, GET /fail breaks off, GET /endless
 * never ends, GET /slow takes a while.
 */
export const application: FetchHandler = async (request, info) => {
  const { pathname } = new URL(request.url);
  const [, name, number] = pathname.split("/");
  if (name === "bytes") return new Response(new Uint8Array(content(Number(number))));
  if (name === "version") return new Response(info.httpVersion);
  if (name === "cookies") return new Response(request.headers.get("cookie"));
  if (name === "count") {
    const { byteLength } = await request.arrayBuffer();
    return new Response(`${byteLength} ${info.trailers?.get("x-sum") ?? "none"}`);
  }
  if (name === "echo") return echo(request, info);
  if (name === "plain") return new Response(request.body);
  if (name === "fail") return new Response(failing());
  if (name === "endless") return new Response(endless());
  if (name === "slow") await new Promise((resolve) => setTimeout(resolve, 300));
  if (name === "" || name === "slow") return new Response("hello");
  return new Response("there is no such thing", { status: 404 });
};

const echo: FetchHandler = (request, info) => {
  let length = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      length += bytes.length;
      controller.enqueue(bytes);
    },
    flush: () => info.setTrailers(["x-length", String(length)]),
  });
  return new Response(request.body?.pipeThrough(counted) ?? null);
};

function failing(): ReadableStream<Uint8Array> {
  let turn = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turn++ === 0) controller.enqueue(new Uint8Array(1_000));
      else controller.error(new Error("the application gives up"));
    },
  });
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(16_384)) });
}
