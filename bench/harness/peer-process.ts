// The parent's end of one peer: a child process pinned to the benchmark's core, asked one command at a time.

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Counts } from "../drivers/driver.js";

/** How to start a peer. */
export interface PeerSpec {
  /** Stable: used in the record. */
  readonly id: string;
  /** For tables. */
  readonly title: string;
  /** Name and version of what is measured, for the record. */
  readonly version: string;
  readonly command: readonly string[];
}

/** One timed sample. */
export interface Timing {
  readonly items: number;
  readonly cpuNs: number;
  readonly wallNs: number;
}

/** The peer answered that it cannot do what was asked. */
export class PeerError extends Error {}

/** The words to put before a command so that it stays on one core; empty where `taskset` is missing. */
export function pinned(core: number): string[] {
  const found = spawnSync("taskset", ["-c", String(core), "true"]).status === 0;
  return found ? ["taskset", "-c", String(core)] : [];
}

/** A running peer. Close it when done. */
export class PeerProcess {
  readonly spec: PeerSpec;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #errors = "";

  constructor(spec: PeerSpec, prefix: readonly string[]) {
    this.spec = spec;
    const [program = "", ...parameters] = [...prefix, ...spec.command];
    this.#child = spawn(program, parameters);
    this.#child.stderr.on("data", (bytes) => {
      this.#errors += String(bytes);
    });
    // A peer that ends early is reported by the answer that does not come.
    this.#child.stdin.on("error", () => {});
    this.#child.on("error", (error) => {
      this.#errors += error.message;
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Makes the peer read an input file. */
  async load(path: string): Promise<void> {
    await this.#ask(`load ${path}`);
  }

  /** What the peer finds in one pass. */
  async check(): Promise<Counts> {
    return (await this.#ask("check")) as Counts;
  }

  /** Times a number of passes over the input. */
  async run(passes: number): Promise<Timing> {
    return (await this.#ask(`run ${passes}`)) as Timing;
  }

  /** Ends the process. */
  close(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #ask(command: string): Promise<object> {
    this.#child.stdin.write(`${command}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.spec.id} ended at "${command}": ${this.#errors.trim()}`);
    const answer = JSON.parse(value) as { error?: string };
    if (answer.error) throw new PeerError(`${this.spec.id} at "${command}": ${answer.error}`);
    return answer;
  }
}
