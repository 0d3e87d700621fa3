// A client that speaks in octets and sees our server's frames as lines, over a real socket.

import { once } from "node:events";
import net from "node:net";
import { OutputReader } from "../helpers/h2-read.js";
import { concat, ping } from "../helpers/h2-wire.js";

/** A payload that no case uses: its acknowledgement says that everything before was read. */
const MARKER = "settled?";

export class RawPeer {
  /** Frames of the server in order, without acknowledgements of our marker. */
  readonly lines: string[] = [];
  isOpen = true;
  private readonly reader = new OutputReader();
  private rest = new Uint8Array(0);
  private markers = 0;
  private wake = () => {};

  private constructor(private readonly socket: net.Socket) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => this.read(chunk));
    const over = () => {
      this.isOpen = false;
      this.wake();
    };
    socket.on("end", over);
    socket.on("close", over);
    // A server that ends while we still write resets the connection: an end like another.
    socket.on("error", over);
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.isOpen && bytes.length > 0) this.socket.write(bytes);
  }

  /** Until the server has read everything, or the connection is over. */
  async settled(): Promise<void> {
    const wanted = this.markers + 1;
    await this.write(ping(MARKER));
    while (this.isOpen && this.markers < wanted) await this.news();
  }

  /** Until the server closed the connection. */
  async ended(): Promise<void> {
    while (this.isOpen) await this.news();
  }

  text(): string {
    return this.lines.join("\n");
  }

  close(): void {
    this.socket.destroy();
  }

  private news(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private read(chunk: Uint8Array): void {
    const bytes = concat(this.rest, chunk);
    let at = 0;
    while (bytes.length - at >= 9) {
      const length = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      if (bytes.length - at < 9 + length) break;
      for (const line of this.reader.lines(bytes.subarray(at, at + 9 + length))) this.add(line);
      at += 9 + length;
    }
    this.rest = bytes.slice(at);
    this.wake();
  }

  private add(line: string): void {
    if (line === `PING ACK "${MARKER}"`) this.markers++;
    else this.lines.push(line);
  }
}
