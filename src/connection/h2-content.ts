// Content that waits to be sent: queues of streams, windows, priorities. Whoever sends never cuts by window or frame
// size (RFC 9113 sections 5.2, 6.9; RFC 9218 section 10).
// Rules: H2-059, H2-063, H2-065, H2-069.

import type { H2Core } from "./h2-core.js";
import { endSent } from "./h2-lifecycle.js";
import { type Stream, StreamFlag } from "./h2-stream.js";
import { Scheduler } from "./scheduler.js";

/**
 * A peer that opens a window byte by byte gets no frames of one byte (CVE-2019-9511): once a window was used up, it
 * must grow by this, by half of what it was at the start, or by all that waits, whichever is least.
 */
const USEFUL_LENGTH = 1024;

/** What waits on one connection. */
export class H2Content {
  /** Bytes in the queues of all streams. */
  length = 0;
  /** Made when something is sent: idle connections have none. */
  #scheduler: Scheduler<Stream> | null = null;
  /** Streams with content that the window of the connection holds back. */
  #blocked: Set<Stream> | null = null;
  /** The window of the connection was used up. */
  #isHeld = false;
  /** A stream may be waiting for its own window. */
  #isAnyHeld = false;

  /** Queues content. */
  add(core: H2Core, stream: Stream, bytes: Uint8Array): void {
    if (bytes.length > 0) {
      stream.queue ??= [];
      stream.queue.push(bytes);
      stream.queuedLength += bytes.length;
      this.length += bytes.length;
    }
    this.schedule(core, stream);
  }

  /** Puts a stream in line where it has something that its own window lets through. */
  schedule(core: H2Core, stream: Stream): void {
    if (stream.queued || !stream.canSend || !stream.hasOutput) return;
    if (stream.queuedLength > 0 && !this.#hasWindow(core, stream)) return;
    this.#scheduler ??= new Scheduler<Stream>();
    this.#scheduler.add(stream);
  }

  #hasWindow(core: H2Core, stream: Stream): boolean {
    const window = core.peer.initialWindowSize + stream.sendCredit;
    if (window <= 0) stream.flags |= StreamFlag.WindowHeld;
    else if (!stream.has(StreamFlag.WindowHeld)) return true;
    else if (window >= usefulWindow(core, stream.queuedLength)) {
      stream.flags &= ~StreamFlag.WindowHeld;
      return true;
    }
    this.#isAnyHeld = true;
    return false;
  }

  /** The window of every stream changed. */
  unblockStreams(core: H2Core): void {
    if (!this.#isAnyHeld) return;
    this.#isAnyHeld = false;
    for (const stream of core.streams.live.values())
      if (stream.has(StreamFlag.WindowHeld)) this.schedule(core, stream);
  }

  /** The window of the connection grew. */
  unblock(core: H2Core): void {
    if (this.#isBlocked(core)) return;
    const streams = this.#blocked ?? [];
    this.#blocked = null;
    for (const stream of streams) this.schedule(core, stream);
  }

  reprioritize(stream: Stream): void {
    this.#scheduler?.reprioritize(stream);
  }

  /** A stream is gone, and what it had to send. */
  drop(stream: Stream): void {
    this.#scheduler?.remove(stream);
    this.#blocked?.delete(stream);
    this.length -= stream.queuedLength;
    stream.queuedLength = 0;
    stream.queue = null;
    stream.trailers = null;
  }

  /** The connection failed: nothing of it will ever be sent. */
  clear(): void {
    this.length = 0;
    this.#scheduler = null;
    this.#blocked = null;
  }

  /** Whether windows let something through that was not taken. */
  hasSendable(core: H2Core): boolean {
    return this.#scheduler !== null && this.#scheduler.count > 0 && core.sendWindow > 0;
  }

  /** Writes all that windows let through. */
  drain(core: H2Core): void {
    const scheduler = this.#scheduler;
    if (scheduler === null) return;
    // What waited for more of the connection's window may fit since others have gone.
    if (this.#blocked !== null) this.unblock(core);
    for (let stream = scheduler.next(); stream !== null; stream = scheduler.next()) {
      if (stream.queuedLength === 0) this.#end(core, stream, scheduler);
      else if (this.#isBlocked(core)) this.#block(stream, scheduler);
      // The peer may have lowered its SETTINGS_INITIAL_WINDOW_SIZE since it got in line.
      else if (!this.#hasWindow(core, stream)) scheduler.remove(stream);
      else this.#frame(core, stream, scheduler);
    }
  }

  #isBlocked(core: H2Core): boolean {
    if (core.sendWindow <= 0) this.#isHeld = true;
    else if (this.#isHeld) this.#isHeld = core.sendWindow < usefulWindow(core, this.length);
    return this.#isHeld;
  }

  #block(stream: Stream, scheduler: Scheduler<Stream>): void {
    scheduler.remove(stream);
    this.#blocked ??= new Set();
    this.#blocked.add(stream);
  }

  #frame(core: H2Core, stream: Stream, scheduler: Scheduler<Stream>): void {
    const window = Math.min(core.sendWindow, core.peer.initialWindowSize + stream.sendCredit);
    const length = Math.min(window, stream.queuedLength, core.peer.maxFrameSize);
    stream.queuedLength -= length;
    stream.sendCredit -= length;
    core.sendWindow -= length;
    this.length -= length;
    const isLast = stream.queuedLength === 0;
    const isEnd = isLast && stream.has(StreamFlag.EndQueued) && stream.trailers === null;
    core.output.data(stream, length, isEnd);
    core.onDataSent(length);
    if (isEnd) {
      scheduler.remove(stream);
      endSent(core, stream);
    } else if (isLast ? !stream.has(StreamFlag.EndQueued) : !this.#hasWindow(core, stream)) {
      scheduler.remove(stream);
    }
  }

  /** The queue is empty, and the message ends: by trailers, or by an empty DATA frame. */
  #end(core: H2Core, stream: Stream, scheduler: Scheduler<Stream>): void {
    scheduler.remove(stream);
    const { trailers } = stream;
    if (trailers === null) core.output.data(stream, 0, true);
    else core.output.headers(core, stream.id, trailers.fields, trailers.sensitive, true);
    endSent(core, stream);
  }
}

function usefulWindow(core: H2Core, waiting: number): number {
  const half = Math.max(1, core.peer.initialWindowSize >> 1);
  return Math.min(waiting, USEFUL_LENGTH, half);
}
