// @ts-nocheck: Deno's types are Deno's own.
// A server on Deno: our HTTP/3 bytes on Deno's QUIC. Arguments: the files of key and certificate. Prints its port, echoes
// what it gets, and ends with its standard input.

import { attachQuic, denoTransport } from "../../../dist/adapters/web/index.js";
import { H3Connection } from "../../../dist/h3.js";

const [keyFile, certFile] = Deno.args;
const listener = await denoTransport(Deno).listen(
  {
    ...{ port: 0, hostname: "127.0.0.1" },
    key: await Deno.readTextFile(keyFile),
    cert: await Deno.readTextFile(certFile),
  },
  (quic) => {
    const connection = new H3Connection({ role: "server" });
    const attachment = attachQuic(quic, connection, {
      head(streamId, { method, path }) {
        connection.sendResponse(streamId, { status: 200, headers: ["x-path", path] });
        if (method !== "POST") connection.sendData(streamId, new TextEncoder().encode("from Deno"));
      },
      data: (streamId, bytes) => void connection.sendData(streamId, bytes),
      end(streamId) {
        connection.sendTrailers(streamId, ["x-end", String(streamId)]);
        attachment.flush();
      },
    });
  },
);
console.log(listener.address.port);
for await (const _ of Deno.stdin.readable);
listener.destroy();
Deno.exit(0);
