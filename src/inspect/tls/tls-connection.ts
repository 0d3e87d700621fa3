// A TLS connection over TCP, watched from outside (RFC 8446, RFC 5246): octets of both directions in, records and application
// data out, with the secrets of a key log. Versions 1.3 and 1.2 with an AEAD; everything else is told with its reason.
// Nothing is verified but the records: who watches has no certificates to check.
// Rules: TLS-HS-1, TLS-HS-4, TLS-HS-5.

import { UsageError } from "../../index.js";
import {
  type AeadProvider,
  parseClientHello,
  parseEncryptedExtensions,
  parseKeyUpdate,
  parseServerHello,
  type TlsFault,
  type TlsMessage,
  TlsMessageType,
  tlsMessageName,
  wasmAead,
} from "../../quic.js";
import type { Direction } from "../events.js";
import type { KeyLog } from "./key-log.js";
import type { MessageSink } from "./tls-contents.js";
import { TlsDirection } from "./tls-direction.js";
import type { TlsEvent } from "./tls-events.js";
import { TlsSession } from "./tls-session.js";

const HANDSHAKE_LENGTH = 256 * 1024;

/** Options of a TlsConnection. */
export interface TlsConnectionOptions {
  /** Who decrypts. Default: WebAssembly. */
  readonly aead?: AeadProvider;
  /** Longest handshake message, in octets. Default 256 KiB. */
  readonly handshakeLength?: number;
  /** Goes on behind a mistake where it can. Else an error is the last that is said of its direction. */
  readonly lenient?: boolean;
}

/** Reads both directions of one connection. It never throws on octets. */
export class TlsConnection implements MessageSink {
  readonly #session: TlsSession;
  readonly #client: TlsDirection;
  readonly #server: TlsDirection;

  constructor(keyLog: KeyLog, options: TlsConnectionOptions = {}) {
    this.#session = new TlsSession(keyLog, options.aead ?? wasmAead);
    const { handshakeLength = HANDSHAKE_LENGTH, lenient = false } = options;
    const read = { handshakeLength, lenient };
    this.#client = new TlsDirection("client", this.#session, this, read);
    this.#server = new TlsDirection("server", this.#session, this, read);
  }

  /** Octets that are kept: cut records and messages, early data that nobody accepted yet. */
  get heldBytes(): number {
    return this.#client.heldBytes + this.#server.heldBytes;
  }

  /**
   * Octets of one direction, in order, in any cuts. Views in the events are valid as long as `bytes` stays as it is.
   * @throws UsageError for something else than octets
   */
  receive(direction: Direction, bytes: Uint8Array): TlsEvent[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("TLS_BYTES_INVALID", "receive() takes a Uint8Array");
    const events: TlsEvent[] = [];
    this.#side(direction).receive(bytes, events);
    this.#settleEarly(events);
    return events;
  }

  /** So many octets of this direction are missing here. */
  gap(direction: Direction, length: number): TlsEvent[] {
    const events: TlsEvent[] = [];
    this.#side(direction).gap(length, events);
    return events;
  }

  /** This direction is over. */
  end(direction: Direction): TlsEvent[] {
    const events: TlsEvent[] = [];
    // Nobody will say any more whether it was read.
    if (direction === "client") this.#client.contents.settleEarly(true, events);
    this.#side(direction).end(events);
    return events;
  }

  #side(direction: Direction): TlsDirection {
    return direction === "client" ? this.#client : this.#server;
  }

  /** Early data that ended without EndOfEarlyData was refused; what was accepted or refused is not kept any longer. */
  #settleEarly(events: TlsEvent[]): void {
    const session = this.#session;
    if (session.early === "none") return;
    const stage = this.#client.opener.stage?.name;
    if (session.early === "offered" && (stage === "handshake" || stage === "application"))
      session.early = "rejected";
    if (session.early !== "offered")
      this.#client.contents.settleEarly(session.early === "accepted", events);
  }

  /** A whole message of the record at `offset`. */
  onMessage(direction: Direction, message: TlsMessage, offset: number, events: TlsEvent[]): void {
    const { type, body } = message;
    const name = tlsMessageName(type);
    const at = events.length;
    events.push({ kind: "message", direction, offset, type, name, length: body.length });
    const fault = this.#read(direction, message, offset, events);
    if (type === TlsMessageType.ServerHello && this.#isRetry(direction, body))
      events[at] = {
        kind: "message",
        direction,
        offset,
        type,
        name: "HelloRetryRequest",
        length: body.length,
      };
    if (fault !== null) events.push({ kind: "error", direction, offset, code: fault.code });
  }

  #isRetry(direction: Direction, body: Uint8Array): boolean {
    return direction === "server" && parseServerHello(body).isHelloRetryRequest;
  }

  #read(
    direction: Direction,
    { type, body }: TlsMessage,
    offset: number,
    events: TlsEvent[],
  ): TlsFault | null {
    const stage = this.#side(direction).opener.stage?.name ?? null;
    // Which messages mean something depends on what protects them.
    const isHello = stage === null || stage === "tls12" || stage === "early";
    const isServer = direction === "server";
    if (isHello && type === TlsMessageType.ClientHello && !isServer)
      return this.#readClientHello(body, offset, stage === "tls12", events);
    if (isHello && type === TlsMessageType.ServerHello && isServer)
      return this.#readServerHello(body, offset, events);
    if (stage === "handshake" && type === TlsMessageType.EncryptedExtensions && isServer)
      return this.#readEncryptedExtensions(body, offset, events);
    if (stage === "handshake" && type === TlsMessageType.Finished)
      this.#side(direction).changeKeys();
    if (stage === "early" && type === TlsMessageType.EndOfEarlyData) this.#endEarlyData();
    if (stage === "application" && type === TlsMessageType.KeyUpdate)
      return this.#readKeyUpdate(direction, body, offset, events);
    return null;
  }

  #readClientHello(
    body: Uint8Array,
    offset: number,
    isRenegotiation: boolean,
    events: TlsEvent[],
  ): TlsFault | null {
    const session = this.#session;
    // The views of it must outlive the octets that came.
    const hello = parseClientHello(body.slice());
    session.clientHello = hello;
    if (isRenegotiation) events.push({ kind: "renegotiation", direction: "client", offset });
    else if (session.isRetried) this.#client.opener.enter(null);
    else if (hello.earlyData && session.early === "none" && session.serverHello === null) {
      session.early = "offered";
      this.#client.opener.enter(session.stage("client", "early"));
    }
    events.push(session.hello("client", offset));
    return hello.fault;
  }

  #readServerHello(body: Uint8Array, offset: number, events: TlsEvent[]): TlsFault | null {
    const session = this.#session;
    const hello = parseServerHello(body.slice());
    if (hello.isHelloRetryRequest) {
      session.isRetried = true;
      if (session.early === "offered") session.early = "rejected";
      return hello.fault;
    }
    session.serverHello = hello;
    session.alpn = hello.alpn;
    events.push(session.hello("server", offset));
    return hello.fault;
  }

  #readEncryptedExtensions(body: Uint8Array, offset: number, events: TlsEvent[]): TlsFault | null {
    const session = this.#session;
    const message = parseEncryptedExtensions(body);
    session.alpn = message.alpn;
    if (session.early === "offered") session.early = message.earlyData ? "accepted" : "rejected";
    events.push(session.hello("server", offset));
    return message.fault;
  }

  #endEarlyData(): void {
    if (this.#session.early === "offered") this.#session.early = "accepted";
    this.#client.changeKeys();
  }

  #readKeyUpdate(
    direction: Direction,
    body: Uint8Array,
    offset: number,
    events: TlsEvent[],
  ): TlsFault | null {
    const { updateRequested, fault } = parseKeyUpdate(body);
    events.push({ kind: "keyUpdate", direction, offset, updateRequested });
    this.#side(direction).changeKeys();
    return fault;
  }
}
