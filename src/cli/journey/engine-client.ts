// The engine as a client: many requests in one write, pipelined by HTTP/1.1, on as many streams by HTTP/2. No other
// client here pipelines.

import net from "node:net";
import tls from "node:tls";
import { H1Connection } from "../../h1.js";
import { H2Connection } from "../../h2.js";
import { BURST_COUNT, type Place } from "./scenes.js";

/** All requests leave in one write; the answers are read by the same engine, as a client. */
export function burst(place: Place): Promise<number> {
  const { port, protocol } = place;
  const connection =
    protocol === "http/1.1"
      ? new H1Connection({ role: "client" })
      : new H2Connection({ role: "client" });
  for (let at = 0; at < BURST_COUNT; at++) {
    connection.sendRequest({
      method: "GET",
      path: `/articles/${at}`,
      ...(protocol === "http/1.1" ? {} : { scheme: protocol === "h2" ? "https" : "http" }),
      authority: `127.0.0.1:${port}`,
      headers: ["accept", "text/html", "user-agent", "tercet"],
    });
  }
  const bytes = Buffer.concat(connection.take());
  return new Promise((resolve, reject) => {
    let answered = 0;
    const socket = openSocket(place, () => socket.write(bytes));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the burst was not answered in full")));
    socket.on("data", (chunk) => {
      for (const event of connection.receive(chunk)) {
        if (event.type === "error") reject(event.error);
        if (event.type === "end") answered++;
      }
      for (const piece of connection.take()) socket.write(piece);
      if (answered === BURST_COUNT) {
        resolve(200);
        socket.end();
      }
    });
  });
}

function openSocket({ port, protocol, cert }: Place, onOpen: () => void): net.Socket {
  const options = { port, host: "127.0.0.1", noDelay: true };
  if (protocol !== "h2") return net.connect(options, onOpen);
  return tls.connect({ ...options, ca: cert, ALPNProtocols: ["h2"] }, onOpen);
}
