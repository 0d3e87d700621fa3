// A TCP connection as packets of a capture: who says what, in order; what happens to the packets on the way is up to
// the test.

import { concat, type Octets } from "./capture-octets.js";
import { FLAGS, ipv4, ipv6, LINK, linked, tcp } from "./capture-packet.js";

export interface ConversationOptions {
  client?: string;
  server?: string;
  clientPort?: number;
  serverPort?: number;
  /** Initial sequence numbers. */
  clientStart?: number;
  serverStart?: number;
  linkType?: number;
  /** Octets of data in a segment at most. */
  segmentSize?: number;
}
export type Side = "client" | "server";

/** Writes the packets of one TCP connection. */
export class Conversation {
  /** What was written so far, in order. */
  readonly packets: Uint8Array[] = [];
  readonly #options: Required<ConversationOptions>;
  readonly #next: Record<Side, number>;

  constructor(options: ConversationOptions = {}) {
    this.#options = {
      client: "10.0.0.1",
      server: "10.0.0.2",
      clientPort: 40_000,
      serverPort: 80,
      clientStart: 1_000,
      serverStart: 9_000,
      linkType: LINK.ethernet,
      segmentSize: 1_400,
      ...options,
    };
    this.#next = { client: this.#options.clientStart, server: this.#options.serverStart };
  }

  /** SYN, SYN-ACK, ACK. */
  open(): this {
    this.segment("client", [], FLAGS.syn);
    this.segment("server", [], FLAGS.syn | FLAGS.ack);
    return this.segment("client", [], FLAGS.ack);
  }

  /** Data in as many segments as it takes. With `isAcknowledged`, the other side answers with an ACK. */
  say(side: Side, data: Octets, isAcknowledged = true): this {
    const bytes = concat(data);
    for (let at = 0; at < bytes.length; at += this.#options.segmentSize) {
      const piece = bytes.slice(at, at + this.#options.segmentSize);
      this.segment(side, piece, FLAGS.psh | FLAGS.ack);
    }
    return isAcknowledged ? this.segment(side === "client" ? "server" : "client", []) : this;
  }

  /** FIN of one side, and its ACK. */
  finish(side: Side): this {
    this.segment(side, [], FLAGS.fin | FLAGS.ack);
    return this.segment(side === "client" ? "server" : "client", []);
  }

  /** Both sides end. */
  close(): this {
    return this.finish("client").finish("server");
  }

  reset(side: Side): this {
    return this.segment(side, [], FLAGS.rst | FLAGS.ack);
  }

  /** One segment, with the next sequence number. */
  segment(side: Side, data: Octets, flags: number = FLAGS.ack): this {
    this.packets.push(this.packetOf(side, this.#next[side], data, flags));
    const isCounted = (flags & FLAGS.syn) !== 0 || (flags & FLAGS.fin) !== 0;
    this.#next[side] = (this.#next[side] + data.length + (isCounted ? 1 : 0)) >>> 0;
    return this;
  }

  /** A packet with a sequence number of its own; nothing moves on. */
  packetOf(side: Side, sequence: number, data: Octets, flags: number = FLAGS.ack): Uint8Array {
    const options = this.#options;
    const isClient = side === "client";
    const segment = tcp(data, {
      sourcePort: isClient ? options.clientPort : options.serverPort,
      destinationPort: isClient ? options.serverPort : options.clientPort,
      sequence,
      acknowledgement: (flags & FLAGS.ack) === 0 ? 0 : this.#next[isClient ? "server" : "client"],
      flags,
    });
    const ends = {
      source: isClient ? options.client : options.server,
      destination: isClient ? options.server : options.client,
      protocol: "tcp" as const,
    };
    const packet = options.client.includes(":") ? ipv6(segment, ends) : ipv4(segment, ends);
    return linked(options.linkType, packet);
  }
}
