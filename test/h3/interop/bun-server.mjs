// Bun.serve as a server for our client, until it is ended.
//
//   bun bun-server.mjs PORT CERT KEY

/** @type {any} */
const { Bun } = globalThis;
const [port, cert, key] = process.argv.slice(2);

/** @param {number} length */
const content = (length) => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);

/** @returns {ReadableStream<Uint8Array>} */
function failing() {
  let turn = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (turn++ === 0) controller.enqueue(content(1_000));
      else controller.error(new Error("the application gives up"));
    },
  });
}

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  http3: true,
  maxRequestBodySize: 64 * 1024 * 1024,
  tls: { cert: Bun.file(cert), key: Bun.file(key) },
  error: () => new Response("fault", { status: 500 }),
  /** @param {Request} request */
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/bytes/")) return new Response(content(Number(pathname.slice(7))));
    if (pathname === "/echo") return new Response(request.body);
    if (pathname === "/count")
      return new Response(String((await request.arrayBuffer()).byteLength));
    if (pathname === "/cookies") return new Response(request.headers.get("cookie"));
    if (pathname === "/fail") return new Response(failing());
    if (pathname === "/") return new Response("hello");
    return new Response("there is no such thing", { status: 404 });
  },
});
