// One exchange: a message to send, in its turn. Framing is owned here: exact length accounting, chunked with
// trailers, no content where none may be (RFC 9112 section 6, RFC 9110 section 6.4.1).

import { lastChunk, writeChunk, writeTrailers } from "../codec/h1-serialize.js";
import { UsageError } from "../errors.js";

/** How far a message to send has come. */
export const enum Stage {
  /** Its head was not given yet. */
  Waiting = 0,
  /** Its head is written; content may follow. */
  Open = 1,
  Done = 2,
}

/** How its content ends. */
export const enum Kind {
  None = 0,
  Length = 1,
  Chunked = 2,
  UntilClose = 3,
  Tunnel = 4,
}

/** A request and its response. Server: the response is sent; client: the request is sent. */
export class Exchange {
  readonly id: number;
  /** HeadFlag bits of the request. */
  readonly flags: number;
  /** BodyFraming of the message that is received. */
  framing = 0;
  stage: Stage = Stage.Waiting;
  kind: Kind = Kind.None;
  /** Content bytes that may still be sent, of Kind.Length. */
  remaining = 0;
  /** The connection ends behind this message. */
  closes = false;
  /** The peer's message of this exchange is complete. */
  isReceived = false;
  /** Nobody knows whether the peer's message comes at all. */
  isOptional = false;
  /** A 100 was sent. */
  hasContinued = false;
  /** sendData gave false: a writable event is due. */
  wantsRoom = false;
  /** What is written before its turn. */
  waiting: Uint8Array[] | null = null;
  waitingLength = 0;

  constructor(id: number, flags: number) {
    this.id = id;
    this.flags = flags;
  }

  /** Content bytes to `out`. Returns how many bytes that are on the wire. */
  writeData(bytes: Uint8Array, out: Uint8Array[]): number {
    if (this.kind === Kind.Chunked) return writeChunk(bytes, out);
    if (this.kind === Kind.None && bytes.length !== 0) {
      throw new UsageError("H1_BODY_FORBIDDEN", "this message has no content");
    }
    if (this.kind === Kind.Length) {
      if (bytes.length > this.remaining) {
        throw new UsageError(
          "H1_BODY_TOO_LONG",
          `${bytes.length} bytes, and ${this.remaining} remain of the length`,
        );
      }
      this.remaining -= bytes.length;
    }
    if (bytes.length !== 0) out.push(bytes);
    return bytes.length;
  }

  /** The end of the content to `out`. Returns how many bytes that are. */
  writeEnd(out: Uint8Array[]): number {
    if (this.kind === Kind.Length && this.remaining !== 0) {
      throw new UsageError(
        "H1_BODY_TOO_SHORT",
        `${this.remaining} bytes of the length are missing`,
      );
    }
    this.stage = Stage.Done;
    if (this.kind !== Kind.Chunked) return 0;
    const end = lastChunk();
    out.push(end);
    return end.length;
  }

  /** Trailers and the end to `out`. Returns how many bytes that are. */
  writeTrailers(flat: readonly string[], out: Uint8Array[]): number {
    if (this.kind !== Kind.Chunked) {
      throw new UsageError("H1_TRAILERS_FORBIDDEN", "trailers need chunked content");
    }
    const end = writeTrailers(flat);
    this.stage = Stage.Done;
    out.push(end);
    return end.length;
  }
}
