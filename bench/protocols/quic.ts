// The benchmark of QUIC and of the inspector: `npm run bench -- quic`. The order: rows of frames, headers, masks, texts and packets,
// then captures, growth, fresh processes (start-up, memory), and at the end the report and the record.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { growthMarks } from "../harness/growth.js";
import type { Judgement } from "../harness/marks.js";
import { atMost, judge } from "../harness/marks.js";
import type { PeerSpec } from "../harness/peer-process.js";
import { pinned } from "../harness/peer-process.js";
import { nameMissing } from "../harness/peers.js";
import { CACHE } from "../harness/project.js";
import { runRecord, writeRecord } from "../harness/record.js";
import { progress, report } from "../harness/report.js";
import type { Samples } from "../harness/rounds.js";
import { measure } from "../harness/rounds.js";
import { median } from "../harness/statistics.js";
import type { QuicInput } from "../inputs/quic-inputs.js";
import {
  frameInputs,
  headerInputs,
  maskInputs,
  openInputs,
  packetInputs,
  writeQuicInput,
} from "../inputs/quic-inputs.js";
import type { Options } from "../options.js";
import { quicGrowth } from "./quic-growth.js";
import { captureReaders, inspectCaptures, type Reader } from "./quic-inspect.js";
import { FRAME_ROW, LARGEST_FRAME, QUIC_MARKS } from "./quic-marks.js";
import { COMPARABLE, NOTES, type QuicWork, quicPeers, WORKS } from "./quic-peers.js";
import { quicProcesses } from "./quic-process.js";

const INPUTS: Readonly<Record<QuicWork, () => QuicInput[]>> = {
  frames: frameInputs,
  headers: headerInputs,
  masks: maskInputs,
  open: openInputs,
  packets: packetInputs,
};

/** Runs it. Gives the exit code: 0 when every mark that was measured is reached, else 1. */
export async function benchQuic(options: Options): Promise<number> {
  mkdirSync(CACHE, { recursive: true });
  const prefix = pinned(options.core);
  const rows = new Map<string, Samples>();
  const peers = Object.fromEntries(WORKS.map((work) => [work, quicPeers(work)]));
  const readers = captureReaders();
  const missing = new Set(Object.values(peers).flatMap((one) => one.missing));
  for (const reader of readers) if (typeof reader === "string") missing.add(reader);
  nameMissing({ specs: [], missing: [...missing] });
  for (const work of WORKS) await timeRows(work, peers[work]?.specs ?? [], options, rows);
  const isOurs = !missing.has("tercet");
  const installed = readers.filter((reader): reader is Reader => typeof reader !== "string");
  const inspected = isOurs ? inspectCaptures(installed, options, prefix) : null;
  for (const [name, samples] of inspected?.rows ?? []) rows.set(name, samples);
  const isWhole = isOurs && options.only === null;
  const growth = isWhole ? await quicGrowth(options.growthEffort, prefix) : [];
  const processes = isWhole ? quicProcesses(prefix) : null;
  const judgements = [
    ...frameMark(rows),
    ...judge(QUIC_MARKS, rows),
    ...(inspected?.judgements ?? []),
    ...growthMarks(growth),
    ...(processes?.judgements ?? []),
  ];
  const specs = columns([...Object.values(peers).flatMap((one) => one.specs), ...installed]);
  report(
    { rows, specs, growth, judgements, comparable: COMPARABLE, notes: NOTES },
    options.markdown,
  );
  if (options.record) {
    const method = { ...options.effort, pinned: prefix.length > 0 };
    const record = runRecord("quic", method, specs, judgements, rows);
    const captures = inspected?.captures ?? null;
    const more = { captures, growth, processes: processes?.figures ?? null };
    console.log(`\nrecord: ${writeRecord({ ...record, ...more })}`);
  }
  return judgements.every(({ reached }) => reached) ? 0 : 1;
}

/** Measures every row of one kind that is wanted. */
async function timeRows(
  work: QuicWork,
  specs: readonly PeerSpec[],
  options: Options,
  rows: Map<string, Samples>,
): Promise<void> {
  const file = path.join(CACHE, "row.input");
  for (const input of INPUTS[work]()) {
    const { name, expected } = input;
    if (options.only !== null && !name.includes(options.only)) continue;
    writeQuicInput(file, input);
    const samples = await measure(specs, file, expected, options.effort, pinned(options.core));
    rows.set(name, samples);
    progress(name, samples);
  }
}

/** ns a frame: an absolute figure, of this machine. */
function frameMark(rows: ReadonlyMap<string, Samples>): Judgement[] {
  const found = rows.get(FRAME_ROW)?.tercet;
  return found ? [atMost("a frame", FRAME_ROW, median(found), LARGEST_FRAME, " ns")] : [];
}

/** Each id once: it means the same thing in rows of every kind. */
function columns(specs: readonly PeerSpec[]): PeerSpec[] {
  return [...new Map(specs.map((spec) => [spec.id, spec] as const)).values()];
}
