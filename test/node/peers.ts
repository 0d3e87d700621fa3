// Clients that may be missing on a machine. A missing one is said aloud, and is a failure where CI is set.

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

/** Whether a command can be run. @throws Error in CI where it cannot */
export function isInstalled(command: string): boolean {
  // Whatever it answers: only a command that is not there gives an error.
  if (spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined) return true;
  return missing(command);
}

/** Says that a peer is not there. @throws Error in CI */
export function missing(name: string): false {
  if (process.env.CI) throw new Error(`${name} is not installed, and CI skips nothing`);
  console.log(`skipped: ${name} not installed`);
  return false;
}

/** What curl prints, without a configuration of the user's own. */
export async function curl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    "curl",
    ["--disable", "--silent", "--show-error", ...args],
    {
      encoding: "latin1",
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return stdout;
}
