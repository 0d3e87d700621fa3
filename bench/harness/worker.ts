// One process, one peer, one mode: reads commands on stdin, answers JSON lines. bench/native/peer.h is the same loop in C.
//
//   node worker.js MODULE MODE        MODULE: a file of bench/drivers
//
//   load PATH      {"ok":true}
//   check          {"messages":..,"fields":..,"bodyBytes":..}
//   run PASSES     {"items":..,"cpuNs":..,"wallNs":..}       CPU time of the whole process: GC and JIT threads count
//
// Any failure answers {"error":".."}.

import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { Peer, PeerModule } from "../drivers/driver.js";
import type { Input } from "../inputs/input-file.js";
import { readInput } from "../inputs/input-file.js";
import { COMPILED } from "./project.js";

const [moduleName = "", mode = ""] = process.argv.slice(2);
const file = pathToFileURL(path.join(COMPILED, "drivers", `${moduleName}.js`));
const peer = await ((await import(file.href)) as PeerModule).createPeer(mode);
let input: Input | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}

async function answer(line: string): Promise<object> {
  const [command = "", argument = ""] = line.split(/ (.*)/);
  try {
    if (command === "load") {
      input = readInput(argument);
      peer.load(input);
      return { ok: true };
    }
    if (command === "check") return await peer.check();
    if (command === "run" && input) return await timed(peer, input, Number(argument));
    return { error: "unknown command" };
  } catch (error) {
    return { error: String(error) };
  }
}

async function timed(peer: Peer, input: Input, passes: number): Promise<object> {
  let cpuNs = 0;
  let wallNs = 0;
  for (let left = passes; left > 0; ) {
    const batch = Math.min(left, peer.batch ?? left);
    left -= batch;
    peer.prepare?.(batch);
    const wall = process.hrtime.bigint();
    const cpu = process.cpuUsage();
    for (let i = 0; i < batch; i++) {
      const done = peer.pass();
      // Only a peer that needs the event loop pays for a turn of it.
      if (done instanceof Promise) await done;
    }
    const used = process.cpuUsage(cpu);
    wallNs += Number(process.hrtime.bigint() - wall);
    cpuNs += (used.user + used.system) * 1000;
  }
  return { items: passes * input.messages, cpuNs, wallNs };
}
