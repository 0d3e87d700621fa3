// Reads the QUIC packets of others: datagrams of both directions in, and out what they carry: packets, frames, streams in
// order. It sends nothing, has no clock, and never fails on bytes. With a key log it opens all, without one the Initial
// packets, whose keys everybody can compute (RFC 9001 section 5.2).
// Rules: Q-INV-5, Q-DGM-1, Q-DGM-2, Q-DGM-4, Q-DGM-8, Q-HDR-10, Q-HDR-21, Q-CID-1, Q-VN-5, Q-V2-1, Q-CID-2, Q-DGM-6,
// Q-PTH-3.

import { CONNECTION_ID_MAX, QuicPacketKind } from "../abi/quic-wire.js";
import type { AeadProvider } from "../codec/aead.js";
import { packetKind, type QuicPacket } from "../codec/quic-packet.js";
import { splitDatagram } from "../codec/quic-packet-parser.js";
import { UsageError } from "../errors.js";
import { type QuicLimitName, type QuicLimits, quicLimits } from "../limits.js";
import { closedPacket, closedParts, closedShort, rest } from "./quic-closed-packets.js";
import { HeldMemory } from "./quic-held-memory.js";
import type { ObservationDraft, ObservedUdp, QuicObservation } from "./quic-observation.js";
import { otherSide } from "./quic-observation.js";
import { ObservedConnection } from "./quic-observed-connection.js";
import { ObservedKeys, type QuicSecrets } from "./quic-observed-keys.js";
import { QuicRoutes, type Route } from "./quic-routes.js";
import { QuicStrangers } from "./quic-strangers.js";

export interface QuicObserverOptions {
  /**
   * Secrets of the TLS session with this client random, by their label in a key log (CLIENT_TRAFFIC_SECRET_0, …); null
   * where there are none. Called once for each ClientHello.
   */
  secrets?(clientRandom: Uint8Array): QuicSecrets | null;
  /** Who decrypts: the engine of this package without it. */
  readonly aead?: AeadProvider;
  /** Go on behind errors. */
  readonly lenient?: boolean;
  readonly limits?: QuicLimits;
}

type Way = Route<ObservedConnection>;

/** Follows all QUIC connections of the datagrams that it is given, in the order in which they were captured. */
export class QuicObserver {
  readonly #options: QuicObserverOptions;
  readonly #limits: Readonly<Record<QuicLimitName, number>>;
  readonly #routes: QuicRoutes<ObservedConnection>;
  /** In the order of their last packets: the first was silent longest. */
  readonly #connections = new Set<ObservedConnection>();
  readonly #strangers: QuicStrangers;
  readonly #held: HeldMemory;
  #count = 0;

  /** @throws UsageError for limits that are not known or out of range */
  constructor(options: QuicObserverOptions = {}) {
    this.#options = options;
    this.#limits = quicLimits(options.limits);
    this.#held = new HeldMemory(this.#limits.heldMemory);
    this.#strangers = new QuicStrangers(this.#limits.earlyPackets);
    this.#routes = new QuicRoutes(this.#limits.connectionIds);
  }

  /** Bytes that are held of all connections, about: data ahead of gaps, packets that wait. */
  get heldMemory(): number {
    return this.#held.used;
  }

  /** Connections that are followed now. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * What a datagram says, in the order of its octets. Views in the observations are good as long as the caller leaves the
   * datagram alone.
   *
   * @throws UsageError where it is no datagram
   */
  receive(datagram: ObservedUdp): QuicObservation[] {
    const { source, destination, bytes } = datagram;
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("QUIC_DATAGRAM_INVALID", "bytes of a datagram are a Uint8Array");
    const out: QuicObservation[] = [];
    const path = this.#routes.byPath(source, destination);
    if (bytes.length === 0) {
      this.#tell(path, [rest("malformed", 0, 0, path?.direction ?? "client")], out);
      return out;
    }
    const parts = splitDatagram(bytes, {
      connectionIdLength: (octets, at) => this.#idLengthAt(octets, at, path),
      // Whether it was negotiated is only known from inside of packets (RFC 9287).
      greaseQuicBit: true,
    });
    let way: Way | undefined = path;
    const [first] = parts.packets;
    if (path === undefined && first !== undefined && this.#isStranger(first, datagram)) {
      const evicted = this.#strangers.hold(datagram);
      if (evicted !== undefined) this.#tellStranger(evicted, out);
      return out;
    }
    for (const packet of parts.packets) {
      way = this.#receivePacket(packet, datagram, out) ?? way;
    }
    for (const { offset, length } of parts.leftOut)
      this.#tell(way, [rest("malformed", offset, length, way?.direction ?? "client")], out);
    if (parts.rest !== null) {
      const { reason, offset, length } = parts.rest;
      this.#tell(way, [rest(reason, offset, length, way?.direction ?? "client")], out);
    }
    if (way !== undefined) {
      this.#readHeld(way.connection, out);
      if (path === undefined) this.#readStrangers(datagram, out);
    }
    return out;
  }

  /** What came before the length of its connection id was known. */
  #readHeld(connection: ObservedConnection, out: QuicObservation[]): void {
    const { held, idLengths } = connection;
    if (held.length === 0 || idLengths.client < 0 || idLengths.server < 0) return;
    connection.held = [];
    for (const { bytes } of held) this.#held.release(bytes.length);
    for (const datagram of held) this.#receiveLate(datagram, out);
  }

  /** A long header of a connection that has not begun, and does not begin with it. */
  #isStranger(packet: QuicPacket, datagram: ObservedUdp): boolean {
    if (packet.sourceConnectionId === null || packet.type === "Unknown") return false;
    if (this.#find(packet, datagram) !== undefined) return false;
    return packet.type !== "Initial" || !opensItself(packet, this.#options.aead);
  }

  /** What came between these addresses before the connection began. */
  #readStrangers({ source, destination }: ObservedUdp, out: QuicObservation[]): void {
    for (const datagram of this.#strangers.take(source, destination))
      this.#receiveLate(datagram, out);
  }

  /** A datagram that waited for another one. */
  #receiveLate(datagram: ObservedUdp, out: QuicObservation[]): void {
    for (const one of this.receive(datagram))
      out.push(one.kind === "packet" ? { ...one, late: datagram } : one);
  }

  /** A datagram that belongs to no connection. */
  #tellStranger(datagram: ObservedUdp, out: QuicObservation[]): void {
    for (const draft of closedParts(datagram.bytes))
      out.push({ ...draft, late: datagram, connection: -1 });
  }

  /** There are no more datagrams: what waited is told. */
  end(): QuicObservation[] {
    const out: QuicObservation[] = [];
    for (const connection of this.#connections) this.#letGo(connection, out);
    for (const stranger of this.#strangers.takeAll()) this.#tellStranger(stranger, out);
    return out;
  }

  #receivePacket(
    packet: QuicPacket,
    datagram: ObservedUdp,
    out: QuicObservation[],
  ): Way | undefined {
    const { source, destination } = datagram;
    const way = this.#find(packet, datagram) ?? this.#open(packet, datagram, out);
    if (way === undefined) {
      this.#tell(undefined, [closedPacket(packet, "client", "unknown connection")], out);
      return undefined;
    }
    const { connection, direction } = way;
    this.#connections.delete(connection);
    this.#connections.add(connection);
    const drafts: ObservationDraft[] = [];
    if (packet.type === "Initial" && direction === "client" && !connection.hasServer) {
      connection.begin(packet.version as number, packet.destinationConnectionId);
      this.#routes.addId(packet.destinationConnectionId, way);
    }
    this.#learnIds(packet, way);
    if (packet.sourceConnectionId === null && this.#hold(packet, way, datagram)) return way;
    connection.receive(packet, direction, datagram, drafts);
    const isOpened = drafts.some((draft) => draft.kind === "packet" && draft.decrypted);
    if (isOpened) this.#follow(way, source, destination, drafts);
    this.#tell(way, drafts, out);
    return way;
  }

  /** Keeps a short packet whose connection id has no known length yet: the other side's Initial will tell. */
  #hold(packet: QuicPacket, { connection, direction }: Way, datagram: ObservedUdp): boolean {
    if (connection.idLengths[direction] >= 0) return false;
    if (connection.held.length >= this.#limits.earlyPackets) return false;
    if (!this.#held.hold(packet.length)) return false;
    connection.held.push({ ...datagram, bytes: packet.bytes.slice() });
    return true;
  }

  /** The connection that a packet is of: by its destination id, by its source id, by its addresses. */
  #find(packet: QuicPacket, { source, destination }: ObservedUdp): Way | undefined {
    const { destinationConnectionId, sourceConnectionId } = packet;
    const byPath = this.#routes.byPath(source, destination);
    if (byPath !== undefined && this.#routes.isOwn(destinationConnectionId, byPath)) return byPath;
    const byId = this.#routes.byId(destinationConnectionId);
    if (byId !== undefined) return byId;
    if (byPath === undefined) return undefined;
    const { connection, direction } = byPath;
    // The client took up a version that both know: it is the same client that begins again.
    if (!connection.hasBegun && direction === "client" && packet.type === "Initial") {
      connection.idLengths.server = -1;
      return byPath;
    }
    // An id that nobody announced, or that was announced where we could not read it.
    if (sourceConnectionId === null) return byPath;
    // It has the server's id already, which we have not seen yet: or it is another connection on the same addresses.
    if (direction === "client" && packet.type === "Initial" && connection.opens(packet))
      return byPath;
    if (packet.type === "Handshake") return byPath;
    // The other side's id, which packets of this side must not have as their own: who sends it is known by it.
    const bySource = this.#routes.byId(sourceConnectionId);
    if (bySource?.connection === connection) {
      return { connection, direction: otherSide(bySource.direction) };
    }
    return destinationConnectionId.length === 0 ? byPath : undefined;
  }

  /** A packet that can begin a connection does. */
  #open(
    packet: QuicPacket,
    { source, destination }: ObservedUdp,
    out: QuicObservation[],
  ): Way | undefined {
    const kind = packetKind(packet.type);
    // 0-RTT that comes first waits for the Initial beside it.
    const begins = kind === QuicPacketKind.Initial || kind === QuicPacketKind.Unknown;
    if (!begins || packet.destinationConnectionId.length === 0) return undefined;
    const version = packet.version as number;
    const addresses = { client: source, server: destination };
    const { aead, lenient = false } = this.#options;
    const options = { aead, lenient, limits: this.#limits, held: this.#held };
    const connection = new ObservedConnection(
      this.#count,
      addresses,
      version,
      {
        secrets: (clientRandom) => this.#options.secrets?.(clientRandom) ?? null,
        addId: (its, id, direction) => this.#routes.addId(id, { connection: its, direction }),
      },
      options,
    );
    if (kind === QuicPacketKind.Initial) connection.begin(version, packet.destinationConnectionId);
    if (this.#connections.size >= this.#limits.connections) {
      const [oldest] = this.#connections;
      this.#letGo(oldest as ObservedConnection, out);
    }
    this.#count++;
    this.#connections.add(connection);
    const way: Way = { connection, direction: "client" };
    this.#routes.addPath(source, destination, way);
    this.#routes.addPath(destination, source, { connection, direction: "server" });
    this.#routes.addId(packet.destinationConnectionId, way);
    const start = { kind: "connection", direction: "client", version, ...addresses } as const;
    this.#tell(way, [start], out);
    return way;
  }

  /** The id that a sender calls itself is where the other side sends to. */
  #learnIds(packet: QuicPacket, { connection, direction }: Way): void {
    const id = packet.sourceConnectionId;
    if (id === null || packet.type === "Version Negotiation" || packet.type === "Retry") return;
    const other = otherSide(direction);
    if (connection.idLengths[other] >= 0) return;
    connection.idLengths[other] = id.length;
    this.#routes.addId(id, { connection, direction: other });
  }

  /** A packet that opened came from addresses that are new: the client moved. */
  #follow(
    { connection, direction }: Way,
    source: string,
    destination: string,
    drafts: ObservationDraft[],
  ): void {
    const client = direction === "client" ? source : destination;
    const server = direction === "client" ? destination : source;
    if (client === connection.client && server === connection.server) return;
    connection.client = client;
    connection.server = server;
    this.#routes.addPath(client, server, { connection, direction: "client" });
    this.#routes.addPath(server, client, { connection, direction: "server" });
    drafts.push({ kind: "migration", direction, client, server });
  }

  #idLengthAt(bytes: Uint8Array, at: number, path: Way | undefined): number {
    const length = this.#routes.idLengthAt(bytes, at + 1, path);
    if (length >= 0) return length;
    if (path === undefined) return 0;
    // Versions that nobody knows have longer ones.
    return Math.min(Math.max(0, path.connection.idLengths[path.direction]), CONNECTION_ID_MAX);
  }

  #letGo(connection: ObservedConnection, out: QuicObservation[]): void {
    const drafts: ObservationDraft[] = [];
    for (const datagram of connection.held) {
      const { bytes, source } = datagram;
      this.#held.release(bytes.length);
      const direction = source === connection.client ? "client" : "server";
      for (const draft of closedShort(bytes, direction)) drafts.push({ ...draft, late: datagram });
    }
    connection.held = [];
    connection.end(drafts);
    this.#tell({ connection, direction: "client" }, drafts, out);
    this.#connections.delete(connection);
    this.#routes.remove(connection);
  }

  #tell(way: Way | undefined, drafts: readonly ObservationDraft[], out: QuicObservation[]): void {
    const connection = way === undefined ? -1 : way.connection.number;
    for (const draft of drafts) out.push({ ...draft, connection } as QuicObservation);
  }
}

/** Whether the Initial is a client's first: its keys follow from its own destination id (RFC 9001 section 5.2). */
function opensItself(packet: QuicPacket, aead: AeadProvider | undefined): boolean {
  const keys = new ObservedKeys(aead);
  const version = packet.version as number;
  keys.addInitial(version, packet.destinationConnectionId);
  return keys.open(packet, QuicPacketKind.Initial, "client", version, -1n) !== null;
}
