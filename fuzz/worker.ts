// The thread that fuzzes. A trap, a leak or an endless loop here leaves the watching process alive.

import { register } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { type Job, type Report, Shared } from "./protocol.js";

const job = workerData as Job;
// Before anything loads the engine: hence the imports below are made when this is done.
if (job.debug) register(new URL("./debug-hooks.js", import.meta.url));
const { fuzz } = await import("./loop.js");
const { operationTargets } = await import("./operations/index.js");
const { fuzzOperations } = await import("./operations/run.js");
const { targets } = await import("./targets/index.js");

const shared = new Shared(job.buffer);
const target = targets.find((one) => one.name === job.target);
const operations = operationTargets.find((one) => one.name === job.target);
const report: Report | null =
  target !== undefined
    ? fuzz(target, job, shared)
    : operations !== undefined
      ? fuzzOperations(operations, job, shared)
      : null;
if (report === null) throw new Error(`no target ${job.target}`);
parentPort?.postMessage(report);
