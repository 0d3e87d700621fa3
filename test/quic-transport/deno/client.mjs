// @ts-nocheck: Deno's types are Deno's own.
// A client on Deno: our HTTP/3 bytes on Deno's QUIC. Arguments: the port, the file of the certificate to trust. Prints what
// it has seen as JSON.

import { attachQuic, denoTransport } from "../../../dist/adapters/web/index.js";
import { H3Connection } from "../../../dist/h3.js";

const [port, certFile] = Deno.args;
const transport = denoTransport(Deno);
const quic = await transport.connect({
  ...{ host: "127.0.0.1", port: Number(port), serverName: "localhost" },
  ca: await Deno.readTextFile(certFile),
});
const connection = new H3Connection({ role: "client" });
const answers = new Map();
const ended = Promise.withResolvers();
const UPLOAD = 1024 * 1024;
const COUNT = 50;

const attachment = attachQuic(quic, connection, {
  head: (streamId, { status }) => answers.set(streamId, { status, length: 0, isEnded: false }),
  data(streamId, bytes) {
    answers.get(streamId).length += bytes.length;
  },
  end(streamId) {
    answers.get(streamId).isEnded = true;
    if ([...answers.values()].filter(({ isEnded }) => isEnded).length === COUNT + 1)
      ended.resolve();
  },
  error: ({ code }) => ended.reject(new Error(code)),
  writable: () => upload(),
});

const common = { scheme: "https", authority: `127.0.0.1:${port}`, headers: [] };
for (let at = 0; at < COUNT; at++) {
  connection.sendRequest({ ...common, method: "GET", path: `/${at}`, body: "none" });
}
const posted = connection.sendRequest({ ...common, method: "POST", path: "/echo" });
let sent = 0;
function upload() {
  while (sent < UPLOAD) {
    sent += 16_384;
    if (!connection.sendData(posted, new Uint8Array(16_384))) return;
  }
  connection.sendEnd(posted);
  sent = Number.POSITIVE_INFINITY;
}
upload();
attachment.flush();
await ended.promise;
attachment.end();
const { by, code } = await attachment.closed;
const all = [...answers.values()];
const statuses = [...new Set(all.map(({ status }) => status))];
const lengths = [answers.get(0).length, answers.get(posted).length];
console.log(JSON.stringify({ alpn: quic.alpn, count: all.length, statuses, lengths, by, code }));
