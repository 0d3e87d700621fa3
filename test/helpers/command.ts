// The command line as a user runs it: the built package, in a process of its own, which ends with the test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

/** The file behind `tercet`. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

/** Starts it. @throws Error where it was not built */
export function start(...args: string[]): ChildProcess {
  if (!existsSync(MAIN)) throw new Error("dist/cli/main.js is missing: npm run build");
  const env = { ...process.env, NO_COLOR: "" };
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: "pipe", env });
  children.push(child);
  return child;
}

/** A module that hides the optional peer from whatever imports it. */
const HIDES_QUICHE = `data:text/javascript,${encodeURIComponent(`
  import { register } from "node:module";
  const hooks = 'export async function resolve(name, context, next) {' +
    'if (name === "@matrixai/quic") throw new Error("not found"); return next(name, context); }';
  register("data:text/javascript," + encodeURIComponent(hooks));
`)}`;

/** The same on a machine that does not have the optional peer. */
export function startWithoutQuiche(...args: string[]): ChildProcess {
  const env = { ...process.env, NO_COLOR: "", NODE_OPTIONS: `--import ${HIDES_QUICHE}` };
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: "pipe", env });
  children.push(child);
  return child;
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What it has printed when it has ended. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text) => {
    stdout += text;
  });
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve) =>
    child.once("close", (code: number | null) => resolve({ code, stdout, stderr })),
  );
}

/** Runs it to its end. */
export const run = (...args: string[]): Promise<Outcome> => outcome(start(...args));
