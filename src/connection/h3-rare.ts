// What few HTTP/3 connections need: pushes, priorities of requests to come, streams of sessions, datagrams.

import type { Varint } from "../codec/varint.js";
import type { RequestHead } from "../events.js";
import type { H3Stream } from "./h3-stream.js";

/** A push that was promised. */
export interface Promised {
  readonly head: RequestHead;
  /** The fields as they came, to compare a repeated promise with (RFC 9114 section 7.2.5). */
  readonly text: string;
}

export class H3Rare {
  /** PRIORITY_UPDATE for requests that are not open yet: id -> urgency * 2 + incremental. */
  readonly priorities = new Map<number, number>();
  /** Client: highest push id that the server may use, -1 = none. Server: the client's, -1 = none. */
  maxPushId: Varint = -1;
  /** Client: pushes that were promised and did not end. */
  readonly promises = new Map<number, Promised>();
  /** Client: pushes whose stream came: push id -> stream. */
  readonly pushStreams = new Map<number, number>();
  /** Push ids that are over: their streams are passed over, and later promises are not kept. */
  readonly pushesOver = new Set<number>();
  /** Push id of the PUSH_PROMISE that is being read. */
  promisedId = 0;
  /** Streams that came before their session: their bytes wait in `held`. */
  readonly early: H3Stream[] = [];
  /** STOP_SENDING that came for those: stream -> code. */
  readonly earlyStops = new Map<number, number>();
  /** Sessions that a command established: their early streams come with the next events. */
  readonly established: number[] = [];
  /** Streams whose session is gone: their reset comes with the next events. */
  readonly gone: number[] = [];
  /** Datagrams to send, quarter stream id in front. */
  datagrams: Uint8Array[] = [];
  datagramLength = 0;

  /** The connection is over. */
  clear(): void {
    this.priorities.clear();
    this.promises.clear();
    this.pushStreams.clear();
    this.pushesOver.clear();
    this.early.length = 0;
    this.earlyStops.clear();
    this.established.length = 0;
    this.gone.length = 0;
    this.datagrams = [];
    this.datagramLength = 0;
  }

  /** What was kept for a request that opens now. */
  takePriority(streamId: number): number | undefined {
    const packed = this.priorities.get(streamId);
    this.priorities.delete(streamId);
    return packed;
  }
}
