// One connection over TCP, or raw bytes of one: in the clear or inside TLS. Tells who talks to whom as soon as something is
// known, and again when it is more.

import type {
  Direction,
  Draft,
  InspectConnection,
  InspectError,
  InspectProtocol,
} from "./events.js";
import { Channel, type ChannelOwner, type Piece } from "./inspector-channel.js";
import type { InspectSettings } from "./inspector-options.js";
import type { Output } from "./inspector-output.js";
import type { KeyLog } from "./tls/key-log.js";
import { TlsConnection } from "./tls/tls-connection.js";
import type { TlsEvent, TlsHelloEvent, TlsRecordEvent } from "./tls/tls-events.js";
import { violation } from "./violation.js";

/** Where a connection is, and what it may ask. */
export interface ConnectionContext {
  readonly number: number;
  readonly client: string | null;
  readonly server: string | null;
  readonly settings: InspectSettings;
  readonly keyLog: KeyLog;
  readonly output: Output;
  /** The first bytes that come are the first of the connection. */
  readonly hasStart: boolean;
  /** There are bytes of this direction only. */
  readonly only?: Direction;
}

/** ALPN names of what can be read (RFC 7301). */
const BY_ALPN: Readonly<Record<string, "http/1.1" | "h2">> = {
  h2: "h2",
  "http/1.1": "http/1.1",
  "http/1.0": "http/1.1",
};

export class InspectedConnection implements ChannelOwner {
  readonly #context: ConnectionContext;
  #channel: Channel;
  #tls: TlsConnection | null = null;
  #protocol: InspectProtocol = "tcp";
  #hello: TlsHelloEvent | null = null;
  #toldProtocol: InspectProtocol | null = null;
  #toldHello: TlsHelloEvent | null = null;
  #time: number | null = null;
  /**
   * Nothing of it is missing, and nothing was wrong: else what seems unfinished may be so because of what nobody saw, or
   * because the other side gave up.
   */
  #isWhole: boolean;

  constructor(context: ConnectionContext) {
    this.#context = context;
    this.#isWhole = context.hasStart;
    const { as } = context.settings;
    this.#channel = this.#newChannel(
      this,
      as === "h2" ? "h2" : as === "h1" ? "http/1.1" : null,
      context.hasStart,
    );
  }

  /** Bytes came, and nothing that is known was found in them. */
  get isUnknown(): boolean {
    return this.#tls === null && this.#channel.isUnknown;
  }

  receive(direction: Direction, bytes: Uint8Array, time: number | null): void {
    this.#time = time;
    if (this.#tls === null) this.#channel.receive(direction, bytes, time);
    else this.#readTls(this.#tls.receive(direction, bytes), time);
  }

  gap(direction: Direction, length: number, offset: number, time: number | null): void {
    this.#isWhole = false;
    this.#time = time;
    // Who reads the bytes says that some are missing; nobody does yet: then it is said here.
    if (!this.#channel.isReading) {
      this.emit([{ event: "gap", direction, offset, protocol: "tcp", length }], time);
    }
    if (this.#tls === null) this.#channel.gap(direction, length, time);
    else this.#readTls(this.#tls.gap(direction, length), time);
  }

  end(direction: Direction, time: number | null): void {
    this.#time = time;
    if (this.#tls !== null) this.#readTls(this.#tls.end(direction), time);
    this.#channel.end(direction, time);
  }

  /** Lets go of what its parsers keep. What comes then is read as of a connection whose beginning is not there. */
  sleep(): void {
    this.#channel.release();
    this.#tls = null;
    this.#channel = this.#newChannel(this, null, false);
  }

  /** The input has no more of it, which is not its end. Says that it was there, if nothing did. */
  close(time: number | null): void {
    this.#channel.close();
    if (this.isUnknown) this.#protocol = "unknown";
    this.#announce(time);
  }

  found(protocol: InspectProtocol): void {
    this.#protocol = protocol;
    this.#announce(this.#time);
  }

  emit(drafts: readonly Draft[], time: number | null): void {
    if (drafts.length === 0) return;
    if (this.#toldProtocol === null) this.#announce(time);
    const fair = this.#isWhole ? drafts : drafts.filter((draft) => !isUnfinished(draft));
    if (fair.some(isFatal)) this.#isWhole = false;
    this.#context.output.emitAll(fair, this.#context.number, time);
  }

  foundTls(pieces: readonly Piece[]): void {
    this.#protocol = "tls";
    const { lenient, aead } = this.#context.settings;
    const options = aead === undefined ? { lenient } : { lenient, aead };
    this.#tls = new TlsConnection(this.#context.keyLog, options);
    // What is inside begins with the handshake, or is found by ALPN.
    this.#channel = this.#newChannel(
      { found: (name) => this.found(name), emit: (drafts, time) => this.emit(drafts, time) },
      null,
      true,
    );
    for (const { direction, bytes, length, time } of pieces) {
      this.#readTls(
        bytes === null ? this.#tls.gap(direction, length) : this.#tls.receive(direction, bytes),
        time,
      );
    }
  }

  #newChannel(owner: ChannelOwner, protocol: "http/1.1" | "h2" | null, hasStart: boolean): Channel {
    const { settings, only } = this.#context;
    return new Channel(owner, {
      ...settings,
      protocol,
      hasStart,
      ...(only === undefined ? {} : { only }),
    });
  }

  #readTls(events: readonly TlsEvent[], time: number | null): void {
    for (const event of events) this.#readTlsEvent(event, time);
  }

  #readTlsEvent(event: TlsEvent, time: number | null): void {
    const { direction } = event;
    switch (event.kind) {
      case "record":
        return this.emit([this.#recordDraft(event)], time);
      case "application":
        return this.#channel.receive(direction, event.bytes, time);
      case "gap":
        this.#isWhole = false;
        return this.#channel.gap(direction, event.length, time);
      case "closed":
        return this.#channel.end(direction, time);
      case "hello":
        return this.#learn(event, time);
      case "message":
        return this.emit(
          [tlsFrame(direction, event.offset, event.name ?? `type ${event.type}`, event.length, {})],
          time,
        );
      case "alert": {
        const { level, description, name } = event;
        return this.emit(
          [tlsFrame(direction, event.offset, "Alert", 2, { level, description, alert: name })],
          time,
        );
      }
      case "error":
        return this.emit([violation("tls", direction, event.offset, event.code, null)], time);
    }
  }

  #learn(hello: TlsHelloEvent, time: number | null): void {
    const before = this.#hello;
    this.#hello = hello;
    const protocol = hello.alpn === null ? undefined : BY_ALPN[hello.alpn];
    if (protocol !== undefined && before?.alpn !== hello.alpn && !this.#channel.isReading) {
      this.#channel.decide(protocol);
    }
    this.#announce(time);
  }

  #recordDraft(record: TlsRecordEvent): Draft {
    const { direction, offset, contentType, sequence, length, decrypted, reason, bytes } = record;
    return {
      event: "packet",
      direction,
      offset,
      protocol: "tls",
      packetType: contentType,
      packetNumber: sequence,
      length,
      decrypted,
      reason,
      ...(this.#context.settings.keepBytes ? { bytes } : {}),
    } as Draft;
  }

  /** Tells what is known of the connection, where that is more than before. */
  #announce(time: number | null): void {
    const hello = this.#hello;
    if (this.#toldProtocol === this.#protocol && isSameHello(this.#toldHello, hello)) return;
    this.#toldProtocol = this.#protocol;
    this.#toldHello = hello;
    const { number, client, server, output } = this.#context;
    const about: Draft<InspectConnection> = {
      event: "connection",
      direction: "client",
      offset: 0,
      protocol: this.#protocol,
      client,
      server,
      alpn: hello?.alpn ?? null,
      serverName: hello?.serverName ?? null,
      security: hello?.version ?? null,
      cipherSuite: hello?.cipherSuite ?? null,
    };
    output.emit(about, number, time);
  }
}

function isSameHello(one: TlsHelloEvent | null, other: TlsHelloEvent | null): boolean {
  return (
    one?.alpn === other?.alpn &&
    one?.serverName === other?.serverName &&
    one?.version === other?.version &&
    one?.cipherSuite === other?.cipherSuite
  );
}

/** A handshake message or an alert. */
function tlsFrame(
  direction: Direction,
  offset: number,
  name: string,
  length: number,
  fields: object,
): Draft {
  return {
    event: "frame",
    direction,
    offset,
    protocol: "tls",
    name,
    streamId: null,
    length,
    rfc: name === "Alert" ? "RFC 8446 section 6" : "RFC 8446 section 4",
    ...fields,
  };
}

/** A message or connection that ended too early. */
function isUnfinished(draft: Draft): boolean {
  return draft.event === "error" && (draft as Draft<InspectError>).code.endsWith("_INCOMPLETE");
}

/** The end of what its sender says. */
function isFatal(draft: Draft): boolean {
  return draft.event === "error" && draft.scope === "connection";
}
