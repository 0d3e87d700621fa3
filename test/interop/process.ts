// Other programs as peers: started on loopback, bounded in time, ended by their process id. Not a test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";

/** A program that does not end by itself is ended after this. */
const RUN_MS = 90_000;

// Debian keeps servers where only root looks.
process.env.PATH = `${process.env.PATH}:/usr/sbin`;

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  input?: string | Uint8Array;
  env?: Record<string, string>;
  cwd?: string;
}

/** Runs a program to its end. Output is read as latin1. @throws Error where it does not end in time */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(command, args, {
    ...{ stdio: "pipe", cwd: options.cwd, env: { ...process.env, ...options.env } },
  });
  const output = collect(child);
  child.stdin.on("error", () => {});
  child.stdin.end(options.input);
  const guard = setTimeout(() => child.kill("SIGKILL"), RUN_MS);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(guard);
  if (signal !== null) throw new Error(`${command} ended by ${signal}: ${output.stderr}`);
  return { code, stdout: output.stdout, stderr: output.stderr };
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: "", stderr: "" };
  const pieces: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (bytes: Buffer) => pieces[name].push(bytes));
    child.once("close", () => {
      output[name] = Buffer.concat(pieces[name]).toString("latin1");
    });
  }
  return output;
}

/** A program that runs until the test ends it. */
export class Peer {
  readonly #child: ChildProcess;
  #said = "";
  #ended = false;
  /** Fulfilled when the program has ended. */
  readonly ended: Promise<void>;

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    this.#child = spawn(command, args, {
      ...{ stdio: "pipe", cwd: options.cwd, env: { ...process.env, ...options.env } },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        this.#said = (this.#said + bytes.toString("latin1")).slice(-20_000);
      });
    }
    this.#child.once("error", (error) => {
      this.#said += error.message;
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("close", () => {
        this.#ended = true;
        resolve();
      });
    });
  }

  /** What it has printed lately. */
  get said(): string {
    return this.#said;
  }

  /** Waits until somebody listens on the port. @throws Error with what the program said, where it has ended */
  async listensOn(port: number): Promise<void> {
    while (!(await canConnect(port))) {
      if (this.#ended) throw new Error(`the peer has ended: ${this.#said}`);
      await sleep(20);
    }
  }

  /** The same for a port of UDP. */
  async receivesOn(port: number): Promise<void> {
    while (!isBound(port)) {
      if (this.#ended) throw new Error(`the peer has ended: ${this.#said}`);
      await sleep(20);
    }
  }

  /** Waits until it has printed this. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#said);
      if (found !== null) return found;
      if (this.#ended) throw new Error(`the peer has ended: ${this.#said}`);
      await sleep(20);
    }
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill("SIGTERM");
    const guard = setTimeout(() => this.#child.kill("SIGKILL"), 3_000);
    await this.ended;
    clearTimeout(guard);
  }
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A port that neither TCP nor UDP uses now. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (!isBound(port)) return port;
  }
}

/** Whether a socket of UDP has this port: Linux says so, and to ask the peer itself would be a datagram too many. */
function isBound(port: number): boolean {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["udp", "udp6"].some((name) =>
    readFileSync(`/proc/net/${name}`, "latin1")
      .split("\n")
      .some((line) => line.trim().split(/\s+/)[1]?.endsWith(end)),
  );
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
