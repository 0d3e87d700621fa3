// The bytes after 101 or a 2xx to CONNECT as a Node Duplex (RFC 9110 sections 7.8 and 9.3.6): what WebSocket
// libraries and proxies work with. Backpressure goes through in both directions.

import { Duplex } from "node:stream";
import type { ConnectionEvent } from "../../events.js";
import type { ResponseWriter } from "../connection.js";
import type { Attachment } from "./attach.js";

/**
 * A tunnel of an attached connection. Make it right after the answer that opens the tunnel was sent, before
 * the next bytes are received.
 *
 * @param attachment what `attach` returned
 * @param streamId the exchange that became a tunnel
 */
export class TunnelStream extends Duplex {
  readonly #attachment: Attachment;
  readonly #writer: Pick<ResponseWriter, "sendData" | "sendEnd">;
  readonly #streamId: number;
  #written: (() => void) | null = null;

  constructor(attachment: Attachment, streamId: number) {
    super({ allowHalfOpen: true });
    this.#attachment = attachment;
    this.#writer = attachment.connection as unknown as ResponseWriter;
    this.#streamId = streamId;
    attachment.setTunnel(this);
  }

  /** Takes what belongs to the tunnel out of a batch and gives the rest. Called by the attachment. */
  takeFrom(events: ConnectionEvent[]): ConnectionEvent[] {
    return events.filter((event) => {
      if (event.type === "tunnel") {
        if (!this.push(event.bytes)) this.#attachment.pause();
      } else if (event.type === "writable" && event.streamId === this.#streamId) {
        this.#release();
      } else {
        return true;
      }
      return false;
    });
  }

  /** The peer ended its side. Called by the attachment. */
  receiveEnd(): void {
    this.push(null);
  }

  /** The stream below has closed. Called by the attachment. */
  receiveClose(error: Error | null): void {
    this.destroy(error ?? undefined);
  }

  override _read(): void {
    this.#attachment.resume();
  }

  override _write(
    bytes: Uint8Array,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    let hasRoom = true;
    try {
      hasRoom = this.#writer.sendData(this.#streamId, bytes);
    } catch (error) {
      done(error as Error);
      return;
    }
    if (!hasRoom) this.#written = () => done();
    this.#attachment.flush();
    if (hasRoom) done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#writer.sendEnd(this.#streamId);
    this.#attachment.endOutput();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#written = null;
    if (!this.#attachment.duplex.destroyed && !this.writableFinished) this.#attachment.destroy();
    done(error);
  }

  #release(): void {
    const done = this.#written;
    this.#written = null;
    done?.();
  }
}
