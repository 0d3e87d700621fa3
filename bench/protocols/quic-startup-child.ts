// A fresh process that imports a module, reads its first input with it, and prints how long that took: {"wallMs":..,"cpuMs":..}.
//
//   node quic-startup-child.js parsed|opened|inspected
//
// parsed: tercet/quic, the header of an Initial packet and the frames of a payload. opened: the same packet opened with keys from
// its connection id, which needs the engine. inspected: tercet/inspect, a request of HTTP/1.1.

import { firstDatagram } from "../inputs/quic-hello.js";

const datagram = Uint8Array.from(firstDatagram());
/** PING, and padding. */
const payload = Uint8Array.of(1, 0, 0);
const request = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");

const cpu = process.cpuUsage();
const begin = performance.now();
const found = await (process.argv[2] === "inspected"
  ? inspectOne()
  : readOne(process.argv[2] === "opened"));
const wallMs = performance.now() - begin;
const used = process.cpuUsage(cpu);

if (!found.startsWith("Initial PING") && !found.includes("head,end")) throw new Error(found);
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (used.user + used.system) / 1000 }));

async function readOne(isOpened: boolean): Promise<string> {
  const { QUIC_V1, deriveInitialKeys, parseDatagram, parseFrames, unprotect } = await import(
    "tercet/quic"
  );
  const [packet] = parseDatagram(datagram, { connectionIdLength: 8 });
  if (packet === undefined) return "no packet";
  if (!isOpened) return `${packet.type} ${names(parseFrames(payload, "1-RTT"))}`;
  const keys = deriveInitialKeys(QUIC_V1, packet.destinationConnectionId).client;
  const opened = unprotect(packet, keys, -1);
  if (opened === null) return "not opened";
  return `${packet.type} ${names(parseFrames(opened.payload, packet.type))}`;
}

function names(frames: readonly object[]): string {
  return frames.map((frame) => ("name" in frame ? frame.name : "error")).join();
}

async function inspectOne(): Promise<string> {
  const { inspect } = await import("tercet/inspect");
  return inspect(request)
    .map(({ event }) => event)
    .join();
}
