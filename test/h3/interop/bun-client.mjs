// Bun's fetch as a client of our server: every exchange of the suite, checked here; prints what went wrong, or "good".
//
//   bun bun-client.mjs URL LENGTHS

import { createHash } from "node:crypto";

const [url = "", lengths = ""] = process.argv.slice(2);
// Over HTTP/3 it takes no authority of the caller's ("HTTP3Unsupported").
const tls = { rejectUnauthorized: false };

/** @param {number} length */
const content = (length) => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
/** @param {Uint8Array} bytes */
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
/** @param {string} path @param {RequestInit} init */
const ask = (path, init = {}) => {
  const options = { protocol: "h3", tls, ...init };
  return fetch(url + path, options);
};
/** @param {Response} response */
const bytes = async (response) => new Uint8Array(await response.arrayBuffer());

/** @param {string} what @param {unknown} found @param {unknown} wanted */
function expect(what, found, wanted) {
  if (String(found) === String(wanted)) return;
  console.log(`${what}: ${String(found).slice(0, 100)} and not ${String(wanted).slice(0, 100)}`);
  process.exit(1);
}

/** @param {Uint8Array} whole @returns {ReadableStream<Uint8Array>} */
function pieces(whole) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= whole.length) return controller.close();
      controller.enqueue(whole.subarray(at, at + 30_000));
      at += 30_000;
    },
  });
}

expect("version", await (await ask("/version")).text(), "3");
for (const length of lengths.split(",").map(Number)) {
  const whole = content(length);
  const got = await ask(`/bytes/${length}`);
  expect(`GET ${length}`, [got.status, digest(await bytes(got))], [200, digest(whole)]);
  for (const body of [whole, pieces(whole)]) {
    const back = await ask("/echo", { method: "POST", body });
    expect(`echo ${length}`, digest(await bytes(back)), digest(whole));
  }
}
const head = await ask("/bytes/7", { method: "HEAD" });
expect("HEAD", [head.status, (await bytes(head)).length], [200, 0]);
const many = Array.from(
  { length: 300 },
  async (_, at) => (await bytes(await ask(`/bytes/${at}`))).length,
);
expect(
  "many",
  await Promise.all(many),
  many.map((_, at) => at),
);
expect(
  "cookies",
  await (await ask("/cookies", { headers: { cookie: "a=1; b=2" } })).text(),
  "a=1; b=2",
);
const large = await ask("/", { headers: { "x-large": "x".repeat(70_000) } });
expect("too large", large.status, 431);
const control = new AbortController();
const endless = await ask("/endless", { signal: control.signal });
await endless.body?.getReader().read();
control.abort();
// Behind the head of an answer it takes a reset for the end.
const read = (/** @type {Response} */ response) => bytes(response).then(({ length }) => length);
const broken = await ask("/fail")
  .then(read)
  .catch(() => 0);
expect("a stream that breaks", broken <= 1_000, true);
expect("afterwards", await (await ask("/")).text(), "hello");
console.log("good");
process.exit(0);
