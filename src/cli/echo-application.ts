// What `tercet serve` answers without a folder: enough to try a client on.

import type { FetchHandler } from "../adapters/node/index.js";

/** A small application: status, headers, echo. */
export function echoApplication(): FetchHandler {
  const startedAt = performance.now();
  let requestCount = 0;
  return (request, info) => {
    requestCount++;
    const { pathname } = new URL(request.url);
    if (pathname === "/echo") return echo(request);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text(405, "this path takes GET and HEAD; POST /echo\n", { allow: "GET, HEAD" });
    }
    if (pathname === "/") {
      const { httpVersion, remoteAddress } = info;
      const uptimeSeconds = Math.round((performance.now() - startedAt) / 1000);
      return json({ server: "tercet", uptimeSeconds, requestCount, httpVersion, remoteAddress });
    }
    if (pathname === "/headers") {
      const { method, url } = request;
      return json({ method, url, headers: Object.fromEntries(request.headers) });
    }
    return text(404, "there are /, /headers and /echo\n");
  };
}

/** The body goes back while it comes in. */
function echo(request: Request): Response {
  const type = request.headers.get("content-type") ?? "application/octet-stream";
  return new Response(request.body, { headers: { "content-type": type } });
}

function json(value: unknown): Response {
  const headers = { "content-type": "application/json" };
  return new Response(`${JSON.stringify(value, null, 2)}\n`, { headers });
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}
