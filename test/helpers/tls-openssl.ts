// OpenSSL's command line as client and server, with a relay between them that writes down what goes over the wire.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Direction } from "../../src/inspect/events.js";
import { cert, key, type WirePiece } from "./tls-wire.js";

/** A server of OpenSSL behind a relay, in a folder of its own. */
export class OpensslPeers {
  readonly folder = mkdtempSync(path.join(tmpdir(), "tercet-tls-"));
  /** What went over the connection that was made last. */
  wire: WirePiece[] = [];
  readonly #children: ChildProcess[] = [];
  #relay: Server | null = null;
  #server: ChildProcess | null = null;
  serverOutput = "";

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Secrets that the clients wrote. */
  get keyLog(): string {
    return readFileSync(this.file("keys"), "utf8");
  }

  /** Starts the server and the relay. */
  async start(...options: string[]): Promise<void> {
    writeFileSync(this.file("key.pem"), key);
    writeFileSync(this.file("cert.pem"), cert);
    const files = ["-key", this.file("key.pem"), "-cert", this.file("cert.pem")];
    const server = this.#spawn("s_server", "-accept", "127.0.0.1:0", ...files, ...options);
    this.#server = server;
    server.stdout?.on("data", (text) => {
      this.serverOutput += text;
    });
    await until(() => /ACCEPT [\d.]+:\d+/.test(this.serverOutput));
    const port = Number(/ACCEPT [\d.]+:(\d+)/.exec(this.serverOutput)?.[1]);
    this.#relay = createServer((client) => {
      const wire: WirePiece[] = [];
      this.wire = wire;
      const upstream = connect(port, "127.0.0.1");
      const note = (direction: Direction) => (bytes: Buffer) =>
        wire.push({ direction, bytes: Uint8Array.from(bytes) });
      client.on("data", note("client")).pipe(upstream);
      upstream.on("data", note("server")).pipe(client);
      for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
    });
    this.#relay.listen(0, "127.0.0.1");
    await once(this.#relay, "listening");
  }

  /** Connects a client through the relay; it logs its secrets. */
  connect(...options: string[]): ChildProcess {
    if (this.#relay === null) throw new Error("start() first");
    const { port } = this.#relay.address() as AddressInfo;
    const files = ["-keylogfile", this.file("keys"), "-connect", `127.0.0.1:${port}`];
    return this.#spawn("s_client", ...files, ...options);
  }

  /** Pieces that one side has sent on the last connection. */
  count(direction: Direction): number {
    return this.wire.filter((piece) => piece.direction === direction).length;
  }

  /** Types a line at the server. */
  type(line: string): void {
    this.#server?.stdin?.write(`${line}\n`);
  }

  async stop(): Promise<void> {
    this.#relay?.close();
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.folder, { recursive: true });
  }

  #spawn(command: string, ...options: string[]): ChildProcess {
    const child = spawn("openssl", [command, ...options], { stdio: "pipe" });
    child.stdin?.on("error", () => {});
    this.#children.push(child);
    return child;
  }
}

/** Waits until it is so. @throws Error after ten seconds */
export async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not so in ten seconds: ${isSo}`);
}
