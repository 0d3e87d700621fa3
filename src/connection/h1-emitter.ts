// Where events go: to the array that `receive` returns, or to a handler. The base of H1Core, and no more
// than that: what an event means is decided there.

import type { HeadView, TrailersView } from "../codec/h1-head.js";
import type { ProtocolError } from "../errors.js";
import { UsageError } from "../errors.js";
import type { ConnectionEvent, Handler } from "../events.js";

/** What a call with a handler returns; nothing is ever pushed into it. */
const NO_EVENTS: ConnectionEvent[] = [];

/** The receiving end of events of one connection, while one of its methods runs. */
export class H1Emitter {
  #events: ConnectionEvent[] | null = null;
  #handler: Handler | null = null;

  /** Events go to an array or to a handler from here on. Returns the array. */
  protected openEvents(handler: Handler | undefined): ConnectionEvent[] {
    if (this.#events !== null) {
      throw new UsageError(
        "REENTRANT",
        "receive was called from inside a handler of the same connection",
      );
    }
    const events = handler === undefined ? [] : NO_EVENTS;
    this.#events = events;
    this.#handler = handler ?? null;
    return events;
  }

  protected closeEvents(): void {
    this.#events = null;
    this.#handler = null;
  }

  /** Whether anybody reads content. */
  protected get hasDataReader(): boolean {
    return this.#handler === null || this.#handler.data !== undefined;
  }

  #push(event: ConnectionEvent): void {
    (this.#events as ConnectionEvent[]).push(event);
  }

  protected emitHead(streamId: number, view: HeadView): void {
    if (this.#handler !== null) this.#handler.head?.(streamId, view as never);
    else this.#push({ type: "head", streamId, head: view.keep() });
  }

  protected emitInformational(streamId: number, view: HeadView): void {
    if (this.#handler !== null) this.#handler.informational?.(streamId, view as never);
    else this.#push({ type: "informational", streamId, head: view.keep() });
  }

  protected emitData(streamId: number, bytes: Uint8Array, offset: number): void {
    if (this.#handler !== null) this.#handler.data?.(streamId, bytes, offset);
    else this.#push({ type: "data", streamId, bytes });
  }

  protected emitTrailers(streamId: number, view: TrailersView): void {
    if (this.#handler !== null) this.#handler.trailers?.(streamId, view);
    else this.#push({ type: "trailers", streamId, trailers: view.keep() });
  }

  protected emitEnd(streamId: number): void {
    if (this.#handler !== null) this.#handler.end?.(streamId);
    else this.#push({ type: "end", streamId });
  }

  protected emitChunk(streamId: number, size: number, extensions: string): void {
    if (this.#handler !== null) this.#handler.chunk?.(streamId, size, extensions);
    else this.#push({ type: "chunk", streamId, size, extensions });
  }

  protected emitLeniency(streamId: number, name: string, offset: number): void {
    if (this.#handler !== null) this.#handler.leniency?.(streamId, name, offset);
    else this.#push({ type: "leniency", streamId, name, offset });
  }

  protected emitPreface(bytes: Uint8Array): void {
    if (this.#handler !== null) this.#handler.preface?.(0, bytes);
    else this.#push({ type: "preface", streamId: 0, bytes });
  }

  protected emitTunnel(streamId: number, bytes: Uint8Array): void {
    if (this.#handler !== null) this.#handler.tunnel?.(streamId, bytes);
    else this.#push({ type: "tunnel", streamId, bytes });
  }

  protected emitWritable(streamId: number): void {
    if (this.#handler !== null) this.#handler.writable?.(streamId);
    else this.#push({ type: "writable", streamId });
  }

  protected emitError(error: ProtocolError): void {
    if (this.#handler !== null) this.#handler.error?.(error);
    else this.#push({ type: "error", error });
  }
}
