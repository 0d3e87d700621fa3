// What H1Inspector asks of whoever reads one direction, strictly (h1-side.ts) or not (h1-audit.ts), and what it is told.

import type { Direction, Draft } from "./events.js";

/** What a request asks that matters to whoever reads the answer. */
export interface H1Asked {
  readonly method: string;
  /** The Upgrade field, where Connection offers it. */
  readonly protocol: string | null;
  /** HTTP2-Settings. */
  readonly settings: string | null;
}

/** Called while bytes are read. */
export interface H1Watch {
  /** Where drafts go. */
  readonly out: Draft[];
  onRequest(streamId: number, asked: H1Asked): void;
  /** A final response or an informational one. */
  onResponse(streamId: number, status: number): void;
  /** The reader begins anew: it knows of no request. */
  onBegin(direction: Direction): void;
  /** The message of this direction is complete. */
  onEnd(direction: Direction, streamId: number): void;
  /** Bytes that are not HTTP/1.1 any more. True: somebody reads them. */
  onTunnel(direction: Direction, bytes: Uint8Array, offset: number): boolean;
}

/** Reads one direction. */
export interface H1Reader {
  /** Bytes of the direction that came. */
  readonly received: number;
  /** Bytes that wait for a decision: they are the last ones that came. */
  readonly heldAmount: number;
  /** Nothing more is read. */
  readonly hasFailed: boolean;
  receive(bytes: Uint8Array): void;
  gap(length: number): void;
  end(): void;
  /** Reads on with what was held back, where it is now known what it is. */
  resume(): void;
  /** Client's direction: the request was answered with this status. */
  noteResponse(streamId: number, status: number): void;
  /** Server's direction: a request went out. `optional`: nobody saw it. */
  expectResponse(method: string, optional: boolean): void;
}
