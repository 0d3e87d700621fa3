// One stream of a session: what waits to be sent, what was received and consumed, which sides are over.

/** Bits of `flags`. */
export const enum WtFlag {
  /** We opened it. */
  Ours = 1,
  Unidirectional = 2,
  /** Our side is over: ended, reset, or there is none. */
  SendDone = 4,
  /** The peer's side is over, or there is none. */
  ReceiveDone = 8,
  /** Our side ends behind what is queued. */
  EndQueued = 16,
  /** We asked the peer to stop: what still comes is dropped. */
  Stopped = 32,
}

/** One stream. */
export class WtStream {
  readonly id: number;
  flags: number;
  queue: Uint8Array[] = [];
  queuedLength = 0;
  /** Bytes given to the connection. */
  sent = 0;
  /** Bytes that the peer allows on this stream. */
  sendMax: number | bigint;
  /** The limit at which the peer was told that we wait. */
  blockedAt: number | bigint = -1;
  received = 0;
  /** Bytes that we allow, and that were last announced. */
  receiveMax: number;
  readonly receiveWindow: number;
  /** Bytes that were delivered and not consumed. */
  unconsumed = 0;

  constructor(id: number, flags: number, sendMax: number, receiveMax: number) {
    this.id = id;
    this.flags = flags;
    this.sendMax = sendMax;
    this.receiveMax = receiveMax;
    this.receiveWindow = receiveMax;
  }

  has(flag: WtFlag): boolean {
    return (this.flags & flag) !== 0;
  }

  get isOver(): boolean {
    const both = WtFlag.SendDone | WtFlag.ReceiveDone;
    return (this.flags & both) === both;
  }

  get hasOutput(): boolean {
    if (this.has(WtFlag.SendDone)) return false;
    return this.queuedLength > 0 || this.has(WtFlag.EndQueued);
  }

  /** Takes up to `length` bytes from the front of the queue, in one piece of it. */
  takePiece(length: number): Uint8Array {
    const first = this.queue[0] as Uint8Array;
    if (first.length <= length) {
      this.queue.shift();
      this.queuedLength -= first.length;
      return first;
    }
    this.queue[0] = first.subarray(length);
    this.queuedLength -= length;
    return first.subarray(0, length);
  }

  /** Our side is over: nothing of it waits any more. */
  endSending(): void {
    this.flags |= WtFlag.SendDone;
    this.queue = [];
    this.queuedLength = 0;
  }
}
