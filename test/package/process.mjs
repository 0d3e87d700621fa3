// Running another program to its end, with a limit on its time.
import { spawn } from "node:child_process";

/**
 * Runs a program and gives what it wrote to its standard output.
 *
 * @throws Error with the end of its output when it fails or takes longer than `timeoutMs`.
 */
export function run(command, args, { cwd, env, timeoutMs = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(stdout);
      const output = `${stdout}${stderr}`.trim().split("\n").slice(-12).join("\n");
      reject(new Error(`${command} ended with ${signal ?? code}\n${output}`));
    });
  });
}

/** Runs npm in a folder. */
export function npm(args, cwd) {
  return run("npm", args, { cwd, timeoutMs: 600_000 });
}

/** Runs a program and insists on a line of its output. */
export async function runExpecting(expected, command, args, options) {
  const output = await run(command, args, options);
  if (!output.includes(expected)) throw new Error(`no "${expected}" in: ${output.slice(-400)}`);
}
