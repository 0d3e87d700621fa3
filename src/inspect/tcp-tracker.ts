// The TCP connections of a capture: segments in the order of the capture to the bytes of each connection, in the order
// in which they were sent. Handles reordering, retransmission, overlap, lost segments, captures that begin in the middle,
// ports that are used again. Bounded: connections, bytes that wait in one direction, and in all of them together.

import type { ReassemblyLimits } from "../quic.js";
import { TCP_ACK, TCP_SYN, type TcpSegment } from "./capture/segment.js";
import { TcpConnection, type TcpOutput } from "./tcp-connection.js";
import type { TcpEvent } from "./tcp-event.js";

/** What a tracker may hold. */
export interface TcpLimits {
  /** Connections, closed ones among them: with one more, the one that was idle longest is let go. */
  readonly connections: number;
  /** Bytes and fragments that wait behind gaps of one direction. */
  readonly direction: ReassemblyLimits;
  /** Bytes that wait in all connections: above, the gaps of the one that waits longest are given up. */
  readonly heldBytes: number;
}

export const TCP_LIMITS: TcpLimits = {
  connections: 65_536,
  direction: { bytes: 1024 * 1024, fragments: 1024 },
  heldBytes: 64 * 1024 * 1024,
};

const NONE: TcpEvent[] = [];

/** Follows the TCP connections of one capture. */
export class TcpTracker {
  readonly #limits: TcpLimits;
  /** By both endpoints, in either order. */
  readonly #byEndpoints = new Map<string, Map<string, TcpConnection>>();
  /** Connections that hold bytes, the first to do so first. */
  readonly #holding = new Set<TcpConnection>();
  /** Ends of the list in the order of use. */
  #oldest: TcpConnection | null = null;
  #newest: TcpConnection | null = null;
  #count = 0;
  #nextId = 0;
  #heldBytes = 0;
  readonly #output: TcpOutput = { events: [] };

  constructor(limits: TcpLimits = TCP_LIMITS) {
    this.#limits = limits;
  }

  /** Connections in the table. */
  get connections(): number {
    return this.#count;
  }

  /** Bytes that wait behind gaps. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes the next segment of the capture. */
  receive(segment: TcpSegment): TcpEvent[] {
    let connection = this.#find(segment);
    if (connection?.isReusedBy(segment) === true) {
      this.#remove(connection);
      connection = undefined;
    }
    // Without a SYN and without bytes there is nothing to follow: the end of something.
    const isNothing = (segment.flags & TCP_SYN) === 0 && segment.bytes.length === 0;
    if (connection !== undefined || !isNothing) {
      connection ??= this.#open(segment);
      this.#use(connection);
      connection.receive(segment);
      if (connection.countedBytes > 0 || connection.heldBytes > 0) this.#recount(connection);
    }
    return this.#takeEvents();
  }

  /** The capture is over: all connections are closed, the one that was idle longest first. */
  end(): TcpEvent[] {
    while (this.#oldest !== null) this.#remove(this.#oldest);
    return this.#takeEvents();
  }

  #takeEvents(): TcpEvent[] {
    const { events } = this.#output;
    if (events.length === 0) return NONE;
    this.#output.events = [];
    return events;
  }

  #find({ source, destination }: TcpSegment): TcpConnection | undefined {
    // Packets of one connection often follow each other.
    const last = this.#newest;
    if (last !== null) {
      if (source === last.client && destination === last.server) return last;
      if (source === last.server && destination === last.client) return last;
    }
    return this.#byEndpoints.get(source)?.get(destination);
  }

  #open(segment: TcpSegment): TcpConnection {
    if (this.#count >= this.#limits.connections && this.#oldest !== null) {
      this.#remove(this.#oldest);
    }
    const { source, destination, time } = segment;
    const isFromClient = isClient(segment);
    const client = isFromClient ? source : destination;
    const server = isFromClient ? destination : source;
    const id = this.#nextId++;
    const connection = new TcpConnection(id, client, server, this.#limits.direction, this.#output);
    this.#mapOf(source).set(destination, connection);
    this.#mapOf(destination).set(source, connection);
    this.#link(connection);
    this.#count++;
    const hasStart = (segment.flags & TCP_SYN) !== 0;
    this.#output.events.push({ kind: "open", id, time, client, server, hasStart });
    return connection;
  }

  #mapOf(endpoint: string): Map<string, TcpConnection> {
    const known = this.#byEndpoints.get(endpoint);
    if (known !== undefined) return known;
    const map = new Map<string, TcpConnection>();
    this.#byEndpoints.set(endpoint, map);
    return map;
  }

  #remove(connection: TcpConnection): void {
    connection.close();
    this.#recount(connection);
    this.#unlink(connection);
    this.#count--;
    const { client, server } = connection;
    this.#forget(client, server);
    this.#forget(server, client);
  }

  #forget(from: string, to: string): void {
    const map = this.#byEndpoints.get(from);
    map?.delete(to);
    if (map?.size === 0) this.#byEndpoints.delete(from);
  }

  /** Counts what a connection holds now; where all together is too much, those that wait longest give up. */
  #recount(connection: TcpConnection): void {
    this.#heldBytes += connection.heldBytes - connection.countedBytes;
    connection.countedBytes = connection.heldBytes;
    if (connection.countedBytes > 0) this.#holding.add(connection);
    else this.#holding.delete(connection);
    if (this.#heldBytes <= this.#limits.heldBytes) return;
    for (const holder of this.#holding) {
      holder.flush();
      this.#heldBytes -= holder.countedBytes;
      holder.countedBytes = 0;
      this.#holding.delete(holder);
      if (this.#heldBytes <= this.#limits.heldBytes) return;
    }
  }

  /** Makes it the newest. */
  #use(connection: TcpConnection): void {
    if (connection === this.#newest) return;
    this.#unlink(connection);
    this.#link(connection);
  }

  #link(connection: TcpConnection): void {
    connection.older = this.#newest;
    connection.newer = null;
    if (this.#newest === null) this.#oldest = connection;
    else this.#newest.newer = connection;
    this.#newest = connection;
  }

  #unlink(connection: TcpConnection): void {
    const { older, newer } = connection;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
  }
}

/** Whether the client sent it: a SYN says so; else the higher port is the client's. */
function isClient({ flags, sourcePort, destinationPort }: TcpSegment): boolean {
  if ((flags & TCP_SYN) !== 0) return (flags & TCP_ACK) === 0;
  return sourcePort >= destinationPort;
}
