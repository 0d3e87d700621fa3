// `tercet inspect --json` against tshark on captures of cleartext HTTP: whole processes, from their start to their end, their output to
// nowhere. The time is the CPU time of the process and all its threads, as the shell's `times` tells it.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { atLeast, type Judgement } from "../harness/marks.js";
import { CACHE, ROOT } from "../harness/project.js";
import { progress } from "../harness/report.js";
import type { Samples } from "../harness/rounds.js";
import { median } from "../harness/statistics.js";
import type { CaptureName, WrittenCapture } from "../inputs/captures.js";
import { writeCapture } from "../inputs/captures.js";
import type { Options } from "../options.js";
import { CAPTURES, SLOWEST_INSPECT } from "./quic-marks.js";

/** A program that reads captures. */
export interface Reader {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly command: readonly string[];
}

/** What was found on the captures. */
export interface Inspected {
  readonly rows: ReadonlyMap<string, Samples>;
  readonly judgements: readonly Judgement[];
  readonly captures: Readonly<Record<string, WrittenCapture>>;
}

const CAPTURE_BYTES = 100_000_000;
/** One template of connections: enough to compare answers on. */
const CHECKED_BYTES = 1;
const ROUNDS = 5;
const QUICK_ROUNDS = 1;
/** A row's item. */
const ITEM_BYTES = 1000;
const OUTPUT_MAX = 1 << 30;

/** Everything that reads captures here; the name of what is not installed. */
export function captureReaders(): (Reader | string)[] {
  const command = [process.execPath, path.join(ROOT, "dist/cli/main.js"), "inspect", "--json"];
  const found = spawnSync("tshark", ["--version"], { encoding: "utf8" });
  const ours = { id: "inspect-json", title: "inspect --json", version: "tercet", command };
  if (found.status !== 0) return [ours, "tshark"];
  const version = /\d+\.\d+\.\d+/.exec(found.stdout)?.[0] ?? "";
  const shark = (id: string, title: string, words: readonly string[]): Reader => ({
    ...{ id, title, version: `tshark ${version}` },
    command: ["tshark", ...words, "-r"],
  });
  return [
    ours,
    shark("tshark-json", "tshark -T json", ["-T", "json"]),
    shark("tshark", "tshark", []),
  ];
}

/** Measures each capture with each of them. */
export function inspectCaptures(
  readers: readonly Reader[],
  options: Options,
  prefix: readonly string[],
): Inspected {
  const rows = new Map<string, Samples>();
  const captures: Record<string, WrittenCapture> = {};
  const judgements: Judgement[] = [];
  const isQuick = options.effort.rounds <= ROUNDS;
  for (const name of CAPTURES) {
    const row = `inspect ${name}`;
    if (options.only !== null && !row.includes(options.only)) continue;
    checkAnswers(name, readers);
    const file = path.join(CACHE, "inspected.pcap");
    const capture = writeCapture(file, name, CAPTURE_BYTES);
    const rounds = isQuick ? QUICK_ROUNDS : ROUNDS;
    const samples = timed(readers, file, capture.size, rounds, prefix);
    rows.set(row, samples);
    captures[name] = capture;
    progress(row, samples);
    const speed = (ITEM_BYTES * 1000) / median(samples["inspect-json"] ?? []);
    const size = `${Math.round(capture.size / 1e6)} MB, ${capture.requests} requests`;
    judgements.push(
      atLeast("inspect --json", `${name}, ${size}`, speed, SLOWEST_INSPECT, " MB/s of CPU time"),
    );
  }
  return { rows, judgements, captures };
}

/** ns of CPU time for 1,000 octets of capture, one of each in each round. */
function timed(
  readers: readonly Reader[],
  file: string,
  size: number,
  rounds: number,
  prefix: readonly string[],
): Samples {
  const samples: Record<string, number[]> = {};
  for (const { id } of readers) samples[id] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { id, command } of readers)
      samples[id]?.push((cpuSeconds([...command, file], prefix) * 1e9 * ITEM_BYTES) / size);
  }
  return samples;
}

/** User and system time of a command, whose output is thrown away. @throws Error where it fails */
function cpuSeconds(command: readonly string[], prefix: readonly string[]): number {
  const script = '"$@" > /dev/null || exit 1; times';
  const words = [...prefix, "sh", "-c", script, "sh", ...command];
  const { stdout, stderr, status } = spawnSync(words[0] as string, words.slice(1), {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr.trim()}`);
  // The second line is that of the processes that ended.
  const [, children = ""] = stdout.trim().split("\n");
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => 60 * Number(minutes) + Number(rest),
  );
  return seconds.reduce((sum, one) => sum + one, 0);
}

/** Requests that are found in a small capture. @throws Error where they are not those that were sent */
function checkAnswers(name: CaptureName, readers: readonly Reader[]): void {
  const file = path.join(CACHE, "checked.pcap");
  const { requests } = writeCapture(file, name, CHECKED_BYTES);
  const ours = readers.find(({ id }) => id === "inspect-json") as Reader;
  const lines = output([...ours.command, file])
    .split("\n")
    .filter(Boolean);
  const heads = lines
    .map((line) => JSON.parse(line) as { event: string; direction: string })
    .filter(({ event, direction }) => event === "head" && direction === "client");
  same("inspect --json", heads.length, requests);
  if (!readers.some(({ id }) => id === "tshark")) return;
  const field = name === "HTTP/2" ? "http2.headers.method" : "http.request.method";
  const found = output(["tshark", "-r", file, "-Y", field, "-T", "fields", "-e", field]);
  same("tshark", found.split(/[\s,]+/).filter(Boolean).length, requests);
}

function same(who: string, found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${who} finds ${found} requests where ${wanted} were sent`);
}

function output([program = "", ...words]: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(program, words, {
    encoding: "utf8",
    maxBuffer: OUTPUT_MAX,
  });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${stderr.trim()}`);
  return stdout;
}
