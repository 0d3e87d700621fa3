// Wireshark's tools as a second reader of captures: what tshark says of packets, and files that editcap and mergecap
// write. All in a folder of its own, which goes with the test.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BUFFER = 256 * 1024 * 1024;

/** A folder for files, and the tools that work in it. */
export class Wireshark {
  readonly #folder = mkdtempSync(join(tmpdir(), "tercet-capture-"));
  #count = 0;

  /** Puts bytes into a file. */
  file(bytes: Uint8Array | string): string {
    const path = join(this.#folder, `${this.#count++}.cap`);
    writeFileSync(path, bytes);
    return path;
  }

  /** What `editcap` makes of a file. */
  editcap(input: string, ...options: string[]): Uint8Array {
    return this.#written("editcap", (output) => [...options, input, output]);
  }

  /** What `mergecap` makes of some files. */
  mergecap(inputs: readonly string[], ...options: string[]): Uint8Array {
    return this.#written("mergecap", (output) => [...options, "-w", output, ...inputs]);
  }

  /** Fields of each packet that a filter lets through, one row each. */
  fields(input: string, filter: string, ...names: string[]): string[][] {
    const options = ["-n", "-r", input, "-Y", filter, "-T", "fields"];
    const text = this.tshark(...options, ...names.flatMap((name) => ["-e", name]));
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
  }

  tshark(...options: string[]): string {
    // What it says on standard error (that it runs as root) is of no use here.
    return execFileSync("tshark", options, {
      encoding: "latin1",
      maxBuffer: BUFFER,
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  /** Removes the folder. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #written(tool: string, options: (output: string) => string[]): Uint8Array {
    const output = join(this.#folder, `${this.#count++}.cap`);
    execFileSync(tool, options(output), { stdio: "ignore" });
    return new Uint8Array(readFileSync(output));
  }
}
