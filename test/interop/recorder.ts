// Records what goes over loopback on one port, bounded in packets and in time. Not a test.

import { readFileSync } from "node:fs";
import { isInstalled } from "../node/peers.js";
import { Peer, sleep } from "./process.js";

const PACKETS_MAX = 20_000;
/** A capture is complete when it has not grown for so long. */
const QUIET_MS = 400;

/** Whether this machine can record and dissect. @throws Error in CI where it cannot */
export async function canRecord(): Promise<boolean> {
  const isThere = [isInstalled("tcpdump"), isInstalled("tshark")];
  if (isThere.includes(false)) return false;
  // Reading a packet that nobody sends: it ends at once where this is not permitted.
  const args = ["-i", "lo", "-c", "1", "--immediate-mode", "udp port 9"];
  const peer = new Peer("tcpdump", args);
  const isPermitted = await peer.says(/listening on/).then(
    () => true,
    () => false,
  );
  await peer.end();
  if (isPermitted) return true;
  if (process.env.CI) throw new Error("tcpdump may not record on loopback, and CI skips nothing");
  console.log("skipped: tcpdump may not record on loopback");
  return false;
}

/** A recording under way. */
export class Recorder {
  readonly #peer: Peer;
  readonly #file: string;

  private constructor(peer: Peer, file: string) {
    this.#peer = peer;
    this.#file = file;
  }

  /** Records packets of a port into a file. */
  static async start(file: string, protocol: "udp" | "tcp", port: number): Promise<Recorder> {
    const peer = new Peer("tcpdump", [
      ...["-i", "lo", "--immediate-mode", "-B", "16384", "-s", "0", "-U", "-n"],
      // Who records as root may keep its rights: the file is ours.
      ...["-Z", "root", "-c", String(PACKETS_MAX), "-w", file, `${protocol} port ${port}`],
    ]);
    await peer.says(/listening on/);
    return new Recorder(peer, file);
  }

  /** The capture, once nothing comes any more. */
  async end(): Promise<Buffer> {
    let length = -1;
    for (let turn = 0; turn < 50; turn++) {
      await sleep(QUIET_MS);
      const now = readFileSync(this.#file).length;
      if (now === length) break;
      length = now;
    }
    await this.#peer.end();
    if (!/\b0 packets dropped by kernel/.test(this.#peer.said))
      throw new Error(`tcpdump lost packets: ${this.#peer.said}`);
    return readFileSync(this.#file);
  }
}
