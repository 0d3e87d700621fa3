// A fresh process that imports one module, parses its first input with it, and prints how long that took:
// {"wallMs":..,"cpuMs":..}.
//
//   node h3-startup-child.js h3|qpack

/** :method GET, :scheme https, :path /, :authority example.org; no dynamic table. */
const SECTION = "0000d1d7c1500b6578616d706c652e6f7267";

const section = Buffer.from(SECTION, "hex");
/** HEADERS. */
const request = Buffer.concat([Uint8Array.of(1, section.length), section]);
/** The control stream: its type, and empty SETTINGS. */
const control = Uint8Array.of(0, 4, 0);

const cpu = process.cpuUsage();
const begin = performance.now();
const found = await (process.argv[2] === "qpack" ? decodeOne() : receiveOne());
const wallMs = performance.now() - begin;
const used = process.cpuUsage(cpu);

if (!found.endsWith("example.org") && !found.endsWith("head,end")) throw new Error("not parsed");
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (used.user + used.system) / 1000 }));

async function decodeOne(): Promise<string> {
  const { QpackDecoder } = await import("tercet/qpack");
  return String(new QpackDecoder().decode(0, section));
}

async function receiveOne(): Promise<string> {
  const { H3Connection } = await import("tercet/h3");
  const connection = new H3Connection({ role: "server" });
  connection.receiveStream(2, control, false);
  const events = connection.receiveStream(0, request, true);
  return events.map((event) => event.type).join();
}
