// A fresh process that imports the library, parses one request, and prints how long that took: {"wallMs":..,"cpuMs":..}.

const request = Buffer.from("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");

const cpu = process.cpuUsage();
const begin = performance.now();
const { H1Connection } = await import("tercet/h1");
const events = new H1Connection({ role: "server" }).receive(request);
const wallMs = performance.now() - begin;
const used = process.cpuUsage(cpu);

if (events.map((event) => event.type).join() !== "head,end") throw new Error("not parsed");
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (used.user + used.system) / 1000 }));
