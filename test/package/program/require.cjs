// A CommonJS user: require() of the same files, and the same classes as import gives.
const { H1Connection } = require("tercet/h1");
const { UsageError } = require("tercet");

const server = new H1Connection({ role: "server" });
const events = server.receive(Buffer.from("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"));
if (events.map((event) => event.type).join() !== "head,end") throw new Error("events of a request");

import("tercet").then((imported) => {
  if (imported.UsageError !== UsageError) throw new Error("two copies of tercet");
  console.log("require ok");
});
