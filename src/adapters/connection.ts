// What an adapter asks of a connection. H1Connection has it; the connections of other protocols get the
// same shape, so that an adapter is written once. Type only: nothing here runs.

import type { BodyKind, ConnectionEvent, ConnectionState, Handler, HeaderList } from "../events.js";

/** Bytes in, events out; commands in, bytes out. */
export interface WireConnection {
  receive(bytes: Uint8Array): ConnectionEvent[];
  receive(bytes: Uint8Array, handler: Handler): void;
  receiveEnd(): ConnectionEvent[];
  take(): Uint8Array[];
  /** Stops accepting messages; what is under way is finished. */
  close(): void;
  /** Bytes that wait to be taken or for their turn. */
  readonly bufferedAmount: number;
  readonly state: ConnectionState;
  /** Reading should pause until an answer was sent, or until output was taken. */
  readonly paused: boolean;
  /** Bytes that were received while paused and wait for `receive(empty)`. */
  readonly heldAmount: number;
  /** Failed, but requests that came before the error wait for their answers. */
  readonly answersDue?: boolean;
  /** When `handleDeadline` is due by the clock that the connection was given, in milliseconds; null: never. */
  nextDeadline?(): number | null;
  handleDeadline?(now: number): ConnectionEvent[];
}

/** The part of a connection that answers. */
export interface ResponseWriter {
  sendInformational(streamId: number, head: { status: number; headers: HeaderList }): void;
  sendResponse(
    streamId: number,
    response: {
      status: number;
      reason?: string | null;
      headers: HeaderList;
      body?: BodyKind;
      content?: Uint8Array | string;
    },
  ): void;
  sendData(streamId: number, bytes: Uint8Array): boolean;
  sendTrailers(streamId: number, headers: HeaderList): void;
  sendEnd(streamId: number): void;
}

/** No bytes: resumes what a connection held back. */
export const EMPTY = new Uint8Array(0);
