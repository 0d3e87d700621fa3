// The TCP connections of a capture: segments in the order of the capture to the bytes of each connection, in the order
// in which they were sent. Handles reordering, retransmission, overlap, lost segments, captures that begin in the middle,
// ports that are used again. Bounded: connections, bytes that wait in one direction, and memory of what waits in all of them.

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
  /** Memory of what waits in all connections: above, the gaps of the one that waits longest are given up. */
  readonly heldMemory: number;
}

export const TCP_LIMITS: TcpLimits = {
  connections: 65_536,
  direction: { bytes: 1024 * 1024, fragments: 1024 },
  heldMemory: 64 * 1024 * 1024,
};

const NONE: TcpEvent[] = [];

/** Follows the TCP connections of one capture. */
export class TcpTracker {
  readonly #limits: TcpLimits;
  /** By both endpoints: first the one with the lower port, which many connections share. */
  readonly #byEndpoints = new Map<string, Map<string, TcpConnection>>();
  /** Connections that hold bytes, the first to do so first. */
  readonly #holding = new Set<TcpConnection>();
  /** Ends of the list in the order of use. */
  #oldest: TcpConnection | null = null;
  #newest: TcpConnection | null = null;
  #count = 0;
  #nextId = 0;
  #heldMemory = 0;
  readonly #output: TcpOutput = { events: [] };

  constructor(limits: TcpLimits = TCP_LIMITS) {
    this.#limits = limits;
  }

  /** Connections in the table. */
  get connections(): number {
    return this.#count;
  }

  /** Memory of what waits behind gaps. */
  get heldMemory(): number {
    return this.#heldMemory;
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
      if (connection.countedMemory > 0 || connection.heldMemory > 0) this.#recount(connection);
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

  #find(segment: TcpSegment): TcpConnection | undefined {
    const { source, destination } = segment;
    // Packets of one connection often follow each other.
    const last = this.#newest;
    if (last !== null) {
      if (source === last.client && destination === last.server) return last;
      if (source === last.server && destination === last.client) return last;
    }
    return isLowFirst(segment)
      ? this.#byEndpoints.get(source)?.get(destination)
      : this.#byEndpoints.get(destination)?.get(source);
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
    connection.keys = isLowFirst(segment) ? [source, destination] : [destination, source];
    this.#mapOf(connection.keys[0]).set(connection.keys[1], connection);
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
    const [low, high] = connection.keys;
    const map = this.#byEndpoints.get(low);
    map?.delete(high);
    if (map?.size === 0) this.#byEndpoints.delete(low);
  }

  /** Counts what a connection holds now; where all together is too much, those that wait longest give up. */
  #recount(connection: TcpConnection): void {
    this.#heldMemory += connection.heldMemory - connection.countedMemory;
    connection.countedMemory = connection.heldMemory;
    if (connection.countedMemory > 0) this.#holding.add(connection);
    else this.#holding.delete(connection);
    if (this.#heldMemory <= this.#limits.heldMemory) return;
    for (const holder of this.#holding) {
      holder.flush();
      this.#heldMemory -= holder.countedMemory;
      holder.countedMemory = 0;
      this.#holding.delete(holder);
      if (this.#heldMemory <= this.#limits.heldMemory) return;
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

/** Whether the sender has the lower port: the same of either side. */
function isLowFirst({ source, destination, sourcePort, destinationPort }: TcpSegment): boolean {
  return sourcePort === destinationPort ? source < destination : sourcePort < destinationPort;
}
