// npm run fuzz -- TARGET [SECONDS]: fuzzes one target or all of them for a bounded time, shows progress,
// and writes what it finds to fuzz/regressions, which npm test replays.

import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { attackReports } from "./attack-report.js";
import { saveRegression } from "./files.js";
import { operationTargets } from "./operations/index.js";
import { type Report, Shared } from "./protocol.js";
import { targets } from "./targets/index.js";

const DEFAULT_SECONDS = 10;
/** An input that takes this long never ends. */
const STALL_MILLISECONDS = 10_000;
/** How long the worker may take beyond its time to make an input small. */
const GRACE_MILLISECONDS = 60_000;

const ABOUT = new Map([
  ...[...targets, ...operationTargets, ...attackReports].map(
    (target) => [target.name, target.about] as const,
  ),
]);

const HELP = `npm run fuzz -- TARGET [SECONDS] [--seed N] [--debug]

Fuzzes one target, or all of them one after the other, SECONDS each (${DEFAULT_SECONDS} when absent). What it
finds is made small, written to fuzz/regressions/TARGET/ and replayed by npm test from then on.

targets:
${[...ABOUT].map(([name, about]) => `  ${name.padEnd(20)}${about}`).join("\n")}
  ${"all".padEnd(20)}every target

--debug runs the debug builds of the engines, in which assertions trap. Where TERCET_DATA names the folder of the
test data, seeds that others wrote are used as well.

exit code: 0 nothing found, 1 something found, 2 wrong use`;

/** Wrong use: one line and exit code 2. */
function refuse(message: string): never {
  console.error(`fuzz: ${message} (--help lists the targets)`);
  process.exit(2);
}

function options(): { names: string[]; seconds: number; seed: number; debug: boolean } {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    refuse(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const [name, time = String(DEFAULT_SECONDS), ...more] = positionals;
  if (name === undefined) refuse("name a target");
  if (more.length > 0) refuse(`too many arguments: ${more.join(" ")}`);
  if (name !== "all" && !ABOUT.has(name)) refuse(`no target ${name}`);
  const seconds = Number(time);
  if (!(seconds > 0 && seconds <= 86_400)) refuse(`${time} is no number of seconds`);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (!Number.isInteger(seed)) refuse(`${values.seed} is no seed`);
  const names = name === "all" ? [...ABOUT.keys()] : [name];
  return { names, seconds, seed, debug: values.debug };
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      seed: { type: "string" },
      debug: { type: "boolean", default: false },
    },
  });
}

/** Runs one target in a worker; gives whether it found something. */
async function runTarget(name: string): Promise<boolean> {
  const shared = new Shared();
  const workerData = {
    target: name,
    seed,
    milliseconds: seconds * 1_000,
    debug,
    buffer: shared.buffer,
  };
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
  const start = performance.now();
  let report: Report | null = null;
  let crash: string | null = null;
  const ended = new Promise<void>((resolve) => {
    worker.on("message", (message: Report) => {
      report = message;
    });
    worker.on("error", (error) => {
      crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    worker.on("exit", () => resolve());
  });

  let lastCount = -1;
  let lastChange = start;
  const watch = setInterval(() => {
    const now = performance.now();
    if (shared.count !== lastCount) lastChange = now;
    lastCount = shared.count;
    progress(name, shared, (now - start) / 1_000);
    const stalled = now - lastChange > STALL_MILLISECONDS && lastCount > 0;
    const late = now - start > seconds * 1_000 + GRACE_MILLISECONDS;
    if (stalled || late) {
      crash = stalled ? "an input that does not end" : "the time is over by far";
      void worker.terminate();
    }
  }, 500);
  await ended;
  clearInterval(watch);
  progress(name, shared, (performance.now() - start) / 1_000);
  if (process.stdout.isTTY) process.stdout.write("\n");
  else console.log(line(name, shared, (performance.now() - start) / 1_000));
  return say(name, shared, report, crash, seed);
}

function line(name: string, shared: Shared, seconds: number): string {
  const rate = Math.round(shared.count / Math.max(seconds, 0.001));
  const counts = `${shared.count.toLocaleString("en")} inputs, ${rate.toLocaleString("en")}/s`;
  return `${name.padEnd(20)} ${seconds.toFixed(0).padStart(4)} s  ${counts}, ${shared.pool} behaviours`;
}

/** A terminal sees one line that changes. */
function progress(name: string, shared: Shared, seconds: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${line(name, shared, seconds)}   `);
}

/** Prints and saves what came out. */
function say(
  name: string,
  shared: Shared,
  report: Report | null,
  crash: string | null,
  seed: number,
): boolean {
  if (report?.kind === "done") return false;
  const found = report?.kind === "found" ? report : null;
  const extension =
    found?.extension ?? (operationTargets.some((one) => one.name === name) ? "json" : "bin");
  const file = saveRegression(name, found?.bytes ?? shared.input, extension);
  console.log(
    `found with seed ${seed}: ${found?.message ?? crash ?? "the worker ended without a word"}`,
  );
  console.log(`written to ${file}`);
  return true;
}

const { names, seconds, seed, debug } = options();
let isFound = false;
for (const name of names) {
  const report = attackReports.find((one) => one.name === name);
  const isBad = report === undefined ? await runTarget(name) : report.run(console.log);
  isFound = isBad || isFound;
}
process.exit(isFound ? 1 : 0);
