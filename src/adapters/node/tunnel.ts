// The bytes after 101 or a 2xx to CONNECT as a Node Duplex (RFC 9110 sections 7.8 and 9.3.6, RFC 8441, RFC 9220): what
// WebSocket libraries and proxies work with. Backpressure goes through in both directions: on HTTP/1.1 by the
// socket, on HTTP/2 and HTTP/3 by the window of the stream.

import { Duplex } from "node:stream";
import type { ConnectionEvent } from "../../events.js";
import { H2Connection } from "../../h2.js";
import { H3Connection } from "../../h3.js";
import type { ResponseWriter } from "../connection.js";
import type { QuicAttachment } from "../quic/drive.js";
import { resetError } from "../reset-error.js";
import type { Attachment } from "./attach.js";

/** RFC 9113 section 7, RFC 9114 section 8.1. */
const CANCEL = 8;
const REQUEST_CANCELLED = 0x10c;

/**
 * A tunnel of an attached connection. Make it right after the answer that opens the tunnel was sent (on a
 * client: when it has come), in the receiver function or the loop. An H2Connection or H3Connection may have many; give it
 * the option `window: "manual"`, so that one that is not read does not stop the others.
 *
 * @param attachment what `attach` or `attachQuic` returned
 * @param streamId the exchange that became a tunnel
 */
export class TunnelStream extends Duplex {
  readonly #attachment: Attachment | QuicAttachment;
  /** The tunnel is all that the connection does; null: one stream of many. */
  readonly #whole: Attachment | null;
  readonly #writer: Pick<ResponseWriter, "sendData" | "sendEnd">;
  readonly #streamId: number;
  readonly #many: H2Connection | H3Connection | null;
  #written: (() => void) | null = null;
  /** Pieces that were not asked for yet; not on HTTP/1.1. At most a window of them. */
  readonly #pieces: Uint8Array[] = [];
  #isWanted = false;
  #isEnded = false;
  #isReset = false;

  constructor(attachment: Attachment | QuicAttachment, streamId: number) {
    super({ allowHalfOpen: true });
    this.#attachment = attachment;
    const { connection } = attachment;
    this.#writer = connection as unknown as ResponseWriter;
    const isMany = connection instanceof H2Connection || connection instanceof H3Connection;
    this.#many = isMany ? connection : null;
    this.#whole = isMany ? null : (attachment as Attachment);
    this.#streamId = streamId;
    attachment.tunnels.add(streamId, this);
  }

  /** An event of the stream. @returns whether it was for the tunnel. Called by the attachment. */
  receiveEvent(event: ConnectionEvent): boolean {
    // Content that came behind a CONNECT before its answer is the tunnel's, too.
    if (event.type === "tunnel" || event.type === "data") this.#receive(event.bytes);
    else if (event.type === "writable") this.#release();
    else if (event.type === "end" && this.#many !== null) this.receiveEnd();
    else if (event.type === "reset" || event.type === "stopSending") this.#receiveReset(event.code);
    else return false;
    return true;
  }

  /** The peer ended its side. Called by the attachment. */
  receiveEnd(): void {
    this.#isEnded = true;
    if (this.#pieces.length === 0) this.push(null);
  }

  /** The stream below has closed. Called by the attachment. */
  receiveClose(error: Error | null): void {
    this.#isReset = true;
    this.destroy(error ?? undefined);
  }

  override _read(): void {
    if (this.#whole !== null) this.#whole.resume();
    else this.#readNext();
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
    if (this.#whole !== null) this.#whole.endOutput();
    else this.#attachment.flush();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#written = null;
    this.#attachment.tunnels.remove(this.#streamId);
    const isCut = !this.#isReset && !(this.writableFinished && this.#isEnded);
    if (!this.#attachment.isClosed) {
      if (this.#whole !== null && !this.writableFinished) this.#whole.destroy();
      else if (this.#many !== null && isCut) this.#reset(this.#many);
    }
    done(error);
  }

  #reset(connection: H2Connection | H3Connection): void {
    const code = connection instanceof H3Connection ? REQUEST_CANCELLED : CANCEL;
    connection.reset(this.#streamId, code);
    this.#attachment.flush();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#whole !== null) {
      if (!this.push(bytes)) this.#whole.pause();
      return;
    }
    this.#pieces.push(bytes);
    if (this.#isWanted) this.#readNext();
  }

  /** Gives pieces while the reader takes them; the peer may send as many bytes more. */
  #readNext(): void {
    const connection = this.#many as H2Connection | H3Connection;
    this.#isWanted = true;
    let length = 0;
    while (this.#isWanted && this.#pieces.length > 0) {
      const bytes = this.#pieces.shift() as Uint8Array;
      length += bytes.length;
      this.#isWanted = this.push(bytes);
    }
    if (this.#isEnded && this.#pieces.length === 0) this.push(null);
    if (length === 0 || this.#isReset) return;
    connection.consume(this.#streamId, length);
    this.#attachment.flushSoon();
  }

  #receiveReset(code: number): void {
    this.#isReset = true;
    this.destroy(resetError(code));
  }

  #release(): void {
    const done = this.#written;
    this.#written = null;
    done?.();
  }
}
