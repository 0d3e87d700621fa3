// @currentspace/http3, Cloudflare's quiche as a client of our server: every exchange of the suite, checked here; prints
// what went wrong, or "good". It sends GREASE on its control stream and on request streams.
//
//   node quiche-client.mjs MODULE URL CERT LENGTHS

import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module = "", url = "", cert = "", lengths = ""] = process.argv.slice(2);
const { connectAsync } = await import(pathToFileURL(module).href);
const { host } = new URL(url);

/** @param {number} length */
const content = (length) =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
/** @param {Uint8Array} bytes */
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** @param {string} what @param {unknown} found @param {unknown} wanted */
function expect(what, found, wanted) {
  if (String(found) === String(wanted)) return;
  console.log(`${what}: ${String(found).slice(0, 100)} and not ${String(wanted).slice(0, 100)}`);
  process.exit(1);
}

const session = await connectAsync(host, { ca: readFileSync(cert), runtimeMode: "portable" });
session.on("error", (/** @type {Error} */ error) => expect("the connection", error, "no error"));

/**
 * @typedef {{ body?: Uint8Array, fields?: Record<string, string | string[]> }} Options
 * @param {string} method @param {string} path @param {Options} options
 */
async function send(method, path, { body, fields } = {}) {
  const pseudo = { ":method": method, ":scheme": "https", ":authority": host, ":path": path };
  const endStream = body === undefined;
  const stream = await session.requestAsync({ ...pseudo, ...fields }, { endStream });
  if (!endStream) stream.end(body);
  return stream;
}

/** @typedef {{ status: number, bytes: Buffer, trailers: Record<string, string> }} Answer */

/** Status, content and trailers. @param {string} method @param {string} path @param {Options} [options] */
async function ask(method, path, options) {
  const stream = await send(method, path, options);
  /** @type {Uint8Array[]} */
  const pieces = [];
  /** @type {Answer} */
  const answer = { status: 0, bytes: Buffer.alloc(0), trailers: {} };
  stream.on("response", (/** @type {Record<string, string>} */ head) => {
    answer.status = Number(head[":status"]);
  });
  stream.on("trailers", (/** @type {Record<string, string>} */ fields) => {
    answer.trailers = fields;
  });
  stream.on("data", (/** @type {Uint8Array} */ bytes) => pieces.push(bytes));
  await once(stream, "end");
  answer.bytes = Buffer.concat(pieces);
  return answer;
}

/** @param {string} path @param {Options} [options] */
const text = async (path, options) => (await ask("GET", path, options)).bytes.toString();

expect("version", await text("/version"), "3");
for (const length of lengths.split(",").map(Number)) {
  const whole = content(length);
  const got = await ask("GET", `/bytes/${length}`);
  expect(`GET ${length}`, [got.status, digest(got.bytes)], [200, digest(whole)]);
  const back = await ask("POST", "/echo", { body: whole });
  expect(`echo ${length}`, digest(back.bytes), digest(whole));
  if (length > 0) expect("trailers of the answer", back.trailers["x-length"], length);
}
const head = await ask("HEAD", "/bytes/7");
expect("HEAD", [head.status, head.bytes.length], [200, 0]);
// The package does not wait where the server lets no more streams be open.
for (const round of [0, 1, 2, 3]) {
  const lengths = Array.from({ length: 50 }, (_, at) => 50 * round + at);
  const many = lengths.map(async (at) => (await ask("GET", `/bytes/${at}`)).bytes.length);
  expect("many", await Promise.all(many), lengths);
}
expect("cookies", await text("/cookies", { fields: { cookie: ["a=1", "b=2"] } }), "a=1; b=2");
const cookie = Array.from({ length: 300 }, (_, at) => `c${at}=1`);
expect("too many cookies", (await ask("GET", "/", { fields: { cookie } })).status, 431);
const endless = await send("GET", "/endless");
await once(endless, "data");
endless.on("error", () => {});
endless.close(0x10c);
expect("afterwards", await text("/"), "hello");
console.log("good");
process.exit(0);
