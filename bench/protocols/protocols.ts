// The same messages as HTTP/1.1, HTTP/2 and HTTP/3, side by side: `npm run bench -- protocols`. Bytes on the wire, time by step, memory;
// a table, a chart (bench/record/protocols.svg), and the answer in one sentence.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { freshProcess, MEMORY_FLAGS } from "../harness/fresh-process.js";
import { thisMachine } from "../harness/machine.js";
import type { PeerSpec } from "../harness/peer-process.js";
import { PeerProcess, pinned } from "../harness/peer-process.js";
import { nodePeer } from "../harness/peers.js";
import { CACHE, RECORDS } from "../harness/project.js";
import { runRecord, writeRecord } from "../harness/record.js";
import { progress } from "../harness/report.js";
import type { Samples } from "../harness/rounds.js";
import { measureEach } from "../harness/rounds.js";
import { markdownTable, textTable } from "../harness/table.js";
import type { ProtocolInput, ProtocolName } from "../inputs/protocol-inputs.js";
import {
  countsIn,
  PROTOCOLS,
  protocolInputs,
  STEPS,
  writeProtocolInput,
} from "../inputs/protocol-inputs.js";
import type { Options } from "../options.js";
import { protocolsChart } from "./protocols-chart.js";
import type { Cost, Held, MessageCosts } from "./protocols-findings.js";
import { connectionTable, costsTable, sentence, stepsOf } from "./protocols-findings.js";

/** Content of an answer in bench/drivers/tercet-steps.ts. */
const ANSWER_CONTENT = 300;
const CHART = "protocols.svg";
/** How many are held, so that what one holds stands out. */
const IDLE: Readonly<Record<ProtocolName, number>> = { h1: 40_000, h2: 8000, h3: 8000 };
/** Open requests: as many connections of HTTP/1.1, and streams of one connection. */
const OPEN: Readonly<Record<ProtocolName, number>> = { h1: 40_000, h2: 4000, h3: 4000 };
/** What the engines' memories hold of each connection: blocks, and in HTTP/2 and HTTP/3 the ring of a table of 4 KiB. */
const ENGINE_BYTES: Readonly<Record<ProtocolName, number>> = {
  h1: 128,
  h2: 128 + 128 * 8,
  h3: 128 + 128 * 8,
};

const NOTES =
  "Octets without TLS, TCP and QUIC; requests and answers without their content; HTTP/2 and HTTP/3 once per connection send what\n" +
  "opens it. Steps: receive = bytes in, frames, fields and rules checked; fields = method, path, every name and value as strings;\n" +
  "process = a stand-in for an application; serialize = 200 with six fields and 300 octets; take = the bytes out. A step is the\n" +
  "difference of two medians. Memory: heap, buffers and the engine's share.";

/** Runs it. There is no mark here: gives 0. */
export async function benchProtocols(options: Options): Promise<number> {
  mkdirSync(CACHE, { recursive: true });
  const prefix = pinned(options.core);
  const specs = PROTOCOLS.flatMap((protocol) => STEPS.map((step) => stepPeer(protocol, step)));
  const rows = new Map<string, Samples>();
  const found: MessageCosts[] = [];
  for (const input of protocolInputs()) {
    if (options.only !== null && !input.name.includes(options.only)) continue;
    const sent = new Map(
      PROTOCOLS.map((one) => [one, writeProtocolInput(fileOf(one), input, one)]),
    );
    const workOf = (spec: PeerSpec): { path: string; expected: ReturnType<typeof countsIn> } => {
      const protocol = spec.id.slice(0, 2) as ProtocolName;
      return { path: fileOf(protocol), expected: countsIn(input, protocol) };
    };
    const samples = await measureEach(specs, workOf, options.effort, prefix);
    rows.set(input.name, samples);
    progress(input.name, samples);
    const costs: Cost[] = [];
    for (const [protocol, bytes] of sent) {
      const answered = await answerBytes(protocol, input, prefix);
      costs.push({ protocol, sent: bytes, answered, steps: stepsOf(protocol, samples) });
    }
    found.push({ message: input.name, about: input.about, costs });
  }
  const held = PROTOCOLS.map((protocol) => heldBy(protocol, prefix));
  const tableOf = options.markdown ? markdownTable : textTable;
  console.log(
    `\n${tableOf(costsTable(found))}\n\n${tableOf(connectionTable(found, held))}\n\n${NOTES}`,
  );
  if (options.only === null) console.log(`\n${sentence(found, held)}`);
  if (options.record) {
    const method = { ...options.effort, pinned: prefix.length > 0 };
    const record = runRecord("protocols", method, specs, [], rows);
    console.log(`\nrecord: ${writeRecord({ ...record, ...{ found, held } })}`);
    writeFileSync(path.join(RECORDS, CHART), protocolsChart(found, held, where()));
    console.log(`chart: bench/record/${CHART}`);
  }
  return 0;
}

function stepPeer(protocol: ProtocolName, step: string): PeerSpec {
  const mode = `${protocol}-${step}`;
  return nodePeer(mode, mode, "tercet", "tercet-steps", mode);
}

function fileOf(protocol: ProtocolName): string {
  return path.join(CACHE, `${protocol}.input`);
}

/** Octets of an answer without its content, and without what the connection says once. */
async function answerBytes(
  protocol: ProtocolName,
  { lists }: ProtocolInput,
  prefix: readonly string[],
): Promise<number> {
  const peer = new PeerProcess(stepPeer(protocol, "take"), prefix);
  try {
    await peer.load(fileOf(protocol));
    const { wireBytes = 0 } = await peer.check();
    return wireBytes / lists.lists.length - ANSWER_CONTENT;
  } finally {
    peer.close();
  }
}

function heldBy(protocol: ProtocolName, prefix: readonly string[]): Held {
  const bytes = (kind: string, count: number): number => {
    const words = [protocol, kind, String(count)];
    const found = freshProcess(prefix, MEMORY_FLAGS, "protocols-memory-child.js", words);
    return (found as { held: number }).held;
  };
  const idle = bytes("idle", IDLE[protocol]);
  const held = bytes("open", OPEN[protocol]);
  const open = protocol === "h1" ? held - idle : held;
  return { protocol, idle: idle + ENGINE_BYTES[protocol], open };
}

function where(): string {
  const { processor, node } = thisMachine();
  const date = new Date().toISOString().slice(0, 10);
  return `${processor}, Node ${node}, ${date}. CPU time of one core; npm run bench -- protocols`;
}
