// A fresh process that imports one module, parses its first input with it, and prints how long that took:
// {"wallMs":..,"cpuMs":..}.
//
//   node h2-startup-child.js h2|hpack

/** :method GET, :scheme https, :path /, :authority example.org. */
const BLOCK = "828784410b6578616d706c652e6f7267";
/** SETTINGS, and HEADERS on stream 1 with END_STREAM and END_HEADERS. */
const FRAMES = `000000040000000000${"000010010500000001"}${BLOCK}`;

const block = Buffer.from(BLOCK, "hex");
const request = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  Buffer.from(FRAMES, "hex"),
]);

const cpu = process.cpuUsage();
const begin = performance.now();
const found = await (process.argv[2] === "hpack" ? decodeOne() : receiveOne());
const wallMs = performance.now() - begin;
const used = process.cpuUsage(cpu);

if (!found.endsWith("example.org") && !found.endsWith("head,end")) throw new Error("not parsed");
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (used.user + used.system) / 1000 }));

async function decodeOne(): Promise<string> {
  const { HpackDecoder } = await import("tercet/hpack");
  return new HpackDecoder().decode(block).join();
}

async function receiveOne(): Promise<string> {
  const { H2Connection } = await import("tercet/h2");
  const events = new H2Connection({ role: "server" }).receive(request);
  return events.map((event) => event.type).join();
}
