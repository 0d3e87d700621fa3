// The thread that fuzzes. A trap, a leak or an endless loop here leaves the watching process alive.

import { parentPort, workerData } from "node:worker_threads";
import { fuzz } from "./loop.js";
import { fuzzOperations, OPERATIONS } from "./operations/run.js";
import { type Job, type Report, Shared } from "./protocol.js";
import { targets } from "./targets/index.js";

const job = workerData as Job;
const shared = new Shared(job.buffer);
const target = targets.find((one) => one.name === job.target);
if (target === undefined && job.target !== OPERATIONS) throw new Error(`no target ${job.target}`);
const report: Report =
  target === undefined ? fuzzOperations(job, shared) : fuzz(target, job, shared);
parentPort?.postMessage(report);
