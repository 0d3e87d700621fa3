// What is done with one stream of Deno's QUIC.

/** One stream. */
export class DenoStream {
  /** null: not open yet, or only read. */
  writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
  reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** Not given to Deno, or not taken by it. */
  waiting = 0;
  queue: { bytes: Uint8Array; fin: boolean }[] = [];
  /** Nothing more is written. */
  isOver = false;
  /** Nothing more comes. */
  isRead = false;
  /** It was given up, perhaps before it was open. */
  isReset = false;
  isPaused = false;
  /** Goes on reading. */
  resume: (() => void) | null = null;
}
