// One UDP socket and the QUIC connections on it. Rules of the file: a packet finds its connection by the connection id
// that it is sent to; what belongs to none opens one only as a full-size Initial of a version that quiche has
// (RFC 9000 section 14.1); answers to strangers are never longer than what they sent; all connections that have
// something to send have their turn together, behind the packets that came together.

import { randomBytes } from "node:crypto";
import dgram from "node:dgram";
import net from "node:net";
import type { QuicheAddress } from "./quiche-binding.js";
import type { QuicheConnection, QuichePort } from "./quiche-connection.js";
import { destinationOf, ID_LENGTH } from "./quiche-packet.js";

/** What came for no connection; @returns the connection that it opens */
export type Stranger = (packet: Buffer, from: QuicheAddress) => QuicheConnection | null;

/** What a burst of packets may wait in, in bytes; the system may give less. */
const SOCKET_BUFFER = 1024 * 1024;

export class QuicheEndpoint implements QuichePort {
  readonly socket: dgram.Socket;
  /** Fulfilled when the socket is closed. */
  readonly closed: Promise<void>;
  readonly connections = new Set<QuicheConnection>();
  onStranger: Stranger = () => null;
  readonly #byId = new Map<string, QuicheConnection>();
  readonly #idsOf = new Map<QuicheConnection, Set<string>>();
  #due = new Set<QuicheConnection>();
  #isDue = false;
  /** Closes when the last connection has gone. */
  #isClosing = false;
  #isConnected = false;
  #local: QuicheAddress = { host: "", port: 0 };
  /** The address that the last packet came from: most come in rows. */
  #from: QuicheAddress = { host: "", port: 0 };

  constructor(isIPv6: boolean) {
    // Addresses are numbers here: nothing is to be looked up, and nothing has to wait for that.
    const lookup = (
      host: string,
      _options: object,
      done: (e: null, a: string, f: number) => void,
    ) => done(null, host, net.isIPv6(host) ? 6 : 4);
    this.socket = dgram.createSocket({
      type: isIPv6 ? "udp6" : "udp4",
      lookup: lookup as unknown as NonNullable<dgram.SocketOptions["lookup"]>,
    });
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
    this.socket.on("message", (packet, { address, port }) => {
      if (port !== this.#from.port || address !== this.#from.host) {
        this.#from = { host: address, port };
      }
      this.#receive(packet, this.#from);
    });
  }

  /** Takes a port. @throws the system's error where it cannot */
  async bind(host: string, port: number): Promise<QuicheAddress> {
    try {
      await settled(this.socket, "listening", () => this.socket.bind(port, host));
    } catch (error) {
      this.socket.close();
      throw error;
    }
    this.#local = this.#own();
    // A packet that cannot leave is lost, as packets may be.
    this.socket.on("error", () => {});
    try {
      this.socket.setRecvBufferSize(SOCKET_BUFFER);
      this.socket.setSendBufferSize(SOCKET_BUFFER);
    } catch {
      // As large as the system has it.
    }
    return this.#local;
  }

  /** All packets go to one peer, whose port may say that nobody is there. */
  async connect({ host, port }: QuicheAddress): Promise<void> {
    await settled(this.socket, "connect", () => this.socket.connect(port, host));
    this.#isConnected = true;
    this.#local = this.#own();
  }

  get local(): QuicheAddress {
    return this.#local;
  }

  #own(): QuicheAddress {
    const { address, port } = this.socket.address();
    return { host: address, port };
  }

  /** @param id where packets of the connection are sent to */
  add(connection: QuicheConnection, id: Uint8Array): void {
    this.connections.add(connection);
    const key = keyOf(id);
    this.#byId.set(key, connection);
    const ids = this.#idsOf.get(connection);
    if (ids === undefined) this.#idsOf.set(connection, new Set([key]));
    else ids.add(key);
  }

  newId(connection: QuicheConnection): { id: Uint8Array; token: bigint } {
    const id = randomBytes(ID_LENGTH);
    this.add(connection, id);
    return { id, token: BigInt(`0x${randomBytes(16).toString("hex")}`) };
  }

  forgetId(id: Uint8Array): void {
    const key = keyOf(id);
    const connection = this.#byId.get(key);
    if (connection === undefined) return;
    this.#byId.delete(key);
    this.#idsOf.get(connection)?.delete(key);
  }

  gone(connection: QuicheConnection): void {
    for (const key of this.#idsOf.get(connection) ?? []) this.#byId.delete(key);
    this.#idsOf.delete(connection);
    this.#due.delete(connection);
    this.connections.delete(connection);
    if (this.#isClosing && this.connections.size === 0) this.socket.close();
  }

  /** Closes the socket when its connections have gone. */
  closeWhenEmpty(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.onStranger = () => null;
    if (this.connections.size === 0) this.socket.close();
  }

  /** Gives up handshakes that are not done. */
  destroyUnopened(): void {
    for (const connection of [...this.connections]) if (!connection.isOpen) connection.destroy();
  }

  destroy(): void {
    this.closeWhenEmpty();
    for (const connection of [...this.connections]) connection.destroy();
  }

  soon(connection: QuicheConnection): void {
    this.#due.add(connection);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#turns());
  }

  #turns(): void {
    this.#isDue = false;
    const due = this.#due;
    this.#due = new Set();
    for (const connection of due) connection.turn();
  }

  send(packet: Uint8Array, { host, port }: QuicheAddress): void {
    if (this.#isConnected) this.socket.send(packet, ignore);
    else this.socket.send(packet, port, host, ignore);
  }

  #receive(packet: Buffer, from: QuicheAddress): void {
    if (packet.length === 0) return;
    const connection = this.#byId.get(destinationOf(packet)) ?? this.onStranger(packet, from);
    connection?.receive(packet, from);
  }
}

/** A packet that was not sent is a packet that was lost. */
const ignore = (): void => {};

const keyOf = (id: Uint8Array): string =>
  Buffer.from(id.buffer, id.byteOffset, id.length).toString("latin1");

/** Waits for an event after `begin`, or for the error in its place. */
async function settled(socket: dgram.Socket, event: string, begin: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(error);
    socket.once("error", fail);
    socket.once(event, () => {
      socket.off("error", fail);
      resolve();
    });
    begin();
  });
}
