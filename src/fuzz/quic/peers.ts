// A client and a server of QUIC whose secrets are known, as far as who looks on can tell: their packets are protected, their
// handshake has the messages that a passive reader needs, and everything else is what the row says. They keep no state but
// packet numbers and keys, so that they can say what no correct peer says.

import { concat } from "../latin1.js";
import { type Octets, octets } from "../octets.js";
import {
  clientHello,
  encryptedExtensions,
  finished,
  type HelloFields,
  SECRETS,
  serverHello,
  TLS_AES_128_GCM,
} from "../tls.js";
import { crypto, padding } from "./frames.js";
import { retryWithoutTag } from "./packets.js";
import { parameter, usualParameters } from "./parameters.js";
import { QUIC_PARAMETER, QUIC_VERSION, type QuicPacketName } from "./registry.js";
import type { QuicKeys, QuicTools } from "./tools.js";

/** Who sends. */
export type QuicSide = "client" | "server";

/** One datagram on its way. */
export interface QuicDatagram {
  readonly source: string;
  readonly destination: string;
  readonly bytes: Uint8Array;
}

/** How peers are made. */
export interface QuicPeersOptions {
  readonly version?: number;
  readonly suite?: number;
  /** Address of the client, and of the server. */
  readonly client?: string;
  readonly server?: string;
  /** Connection ids: of the first Initial, and those that each side chose. */
  readonly first?: Octets;
  readonly clientId?: Octets;
  readonly serverId?: Octets;
  readonly hello?: HelloFields;
}

/** What a packet may have beside its frames. */
export interface QuicPacketFields {
  readonly packetNumber?: number | bigint;
  readonly packetNumberLength?: number;
  readonly destination?: Octets;
  readonly source?: Octets;
  readonly token?: Octets;
  readonly version?: number;
  /** Keys in place of the right ones. */
  readonly keys?: QuicKeys;
  readonly keyPhase?: 0 | 1;
}

/** Shortest payload with which a packet can be sampled. */
const PAYLOAD_MIN = 4;

const LABELS: Readonly<Record<string, readonly [client: string, server: string]>> = {
  "0-RTT": ["CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_EARLY_TRAFFIC_SECRET"],
  Handshake: ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"],
  "1-RTT": ["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"],
};

/** A client and a server. */
export class QuicPeers {
  readonly #tools: QuicTools;
  readonly #options: Required<Omit<QuicPeersOptions, "hello" | "first" | "clientId" | "serverId">>;
  readonly #hello: HelloFields;
  #first: Uint8Array;
  readonly #ids: Readonly<Record<QuicSide, Uint8Array>>;
  readonly #keys = new Map<string, QuicKeys>();
  readonly #numbers = new Map<string, number>();
  readonly #phases: Record<QuicSide, 0 | 1> = { client: 0, server: 0 };

  constructor(tools: QuicTools, options: QuicPeersOptions = {}) {
    const { first = "original", clientId = "client", serverId = "server", hello = {} } = options;
    this.#tools = tools;
    this.#hello = hello;
    this.#first = octets(first);
    this.#ids = { client: octets(clientId), server: octets(serverId) };
    this.#options = {
      version: QUIC_VERSION.V1,
      suite: TLS_AES_128_GCM,
      client: "127.0.0.1:50000",
      server: "127.0.0.1:443",
      ...options,
    };
  }

  /** The connection id that a side chose. */
  id(side: QuicSide): Uint8Array {
    return this.#ids[side];
  }

  /** Keys of a side and a type of packets. */
  keys(side: QuicSide, type: QuicPacketName, version = this.#options.version): QuicKeys {
    const name = type === "Initial" ? `${type} ${this.#first} ${version}` : `${type} ${version}`;
    const full = `${side} ${name}`;
    let keys = this.#keys.get(full);
    if (keys === undefined) {
      if (type === "Initial") keys = this.#tools.deriveInitialKeys(version, this.#first)[side];
      else {
        const label = LABELS[type]?.[side === "client" ? 0 : 1] ?? "";
        const secret = SECRETS.get(label) ?? new Uint8Array(32);
        keys = this.#tools.deriveKeys(version, this.#options.suite, secret);
      }
      this.#keys.set(full, keys);
    }
    return keys;
  }

  /** One protected packet with these frames. */
  packet(
    side: QuicSide,
    type: QuicPacketName,
    frames: readonly Uint8Array[],
    fields: QuicPacketFields = {},
  ): Uint8Array {
    const version = fields.version ?? this.#options.version;
    const payload = concat(frames);
    const short = Math.max(0, PAYLOAD_MIN - payload.length);
    const packetNumber = fields.packetNumber ?? this.#number(side, type);
    const other = side === "client" ? this.#destination(type) : this.#ids.client;
    return this.#tools.protect(
      {
        type,
        version,
        destinationConnectionId: octets(fields.destination ?? other),
        sourceConnectionId: octets(fields.source ?? this.#ids[side]),
        token: octets(fields.token ?? ""),
        packetNumber,
        packetNumberLength: fields.packetNumberLength ?? 4,
        payload: short > 0 ? concat([payload, padding(short)]) : payload,
        keyPhase: fields.keyPhase ?? this.#phases[side],
      },
      fields.keys ?? this.keys(side, type, version),
    );
  }

  /** A datagram from this side to the other one. */
  datagram(side: QuicSide, packets: readonly Uint8Array[], from?: string): QuicDatagram {
    const { client, server } = this.#options;
    const bytes = concat(packets);
    const away = side === "client" ? (from ?? client) : (from ?? server);
    return { source: away, destination: side === "client" ? server : client, bytes };
  }

  /** One packet in a datagram of its own. */
  send(
    side: QuicSide,
    type: QuicPacketName,
    frames: readonly Uint8Array[],
    fields: QuicPacketFields = {},
  ): QuicDatagram {
    return this.datagram(side, [this.packet(side, type, frames, fields)]);
  }

  /** The client's first datagram, and the server's answer. */
  greeting(): QuicDatagram[] {
    return [this.firstFlight(), this.serverFlight()];
  }

  /** Everything up to the end of the handshake. */
  handshake(): QuicDatagram[] {
    const end = this.packet("client", "Handshake", [crypto(0, finished())]);
    return [...this.greeting(), this.datagram("client", [end])];
  }

  /** A ClientHello, padded to 1,200 octets. */
  firstFlight(fields: QuicPacketFields = {}): QuicDatagram {
    const hello = crypto(0, this.clientHello());
    const room = Math.max(0, 1_162 - hello.length);
    return this.send("client", "Initial", [hello, padding(room)], fields);
  }

  /** ServerHello, and what stands behind it in Handshake packets. */
  serverFlight(): QuicDatagram {
    const parameters = this.#hello.parameters ?? this.#parameters("server");
    const messages = concat([encryptedExtensions({ ...this.#hello, parameters }), finished()]);
    return this.datagram("server", [
      this.packet("server", "Initial", [crypto(0, serverHello(this.#options.suite))]),
      this.packet("server", "Handshake", [crypto(0, messages)]),
    ]);
  }

  /** The message. */
  clientHello(): Uint8Array {
    const parameters = this.#hello.parameters ?? this.#parameters("client");
    return clientHello({ suites: [this.#options.suite], ...this.#hello, parameters });
  }

  /** A Retry of the server; Initial packets go to `id` from then on, with keys from it. */
  retry(id: Octets, token: Octets = "token"): QuicDatagram {
    const bytes = this.retryPacket(id, token);
    this.#first = octets(id);
    return this.datagram("server", [bytes]);
  }

  /** The Retry alone; nothing changes. */
  retryPacket(id: Octets, token: Octets = "token"): Uint8Array {
    const { version } = this.#options;
    const head = retryWithoutTag(token, { version, destination: this.#ids.client, source: id });
    return concat([head, this.#tools.retryIntegrityTag(version, this.#first, head)]);
  }

  /** From now on this side uses the next keys. */
  update(side: QuicSide): void {
    const name = `${side} 1-RTT ${this.#options.version}`;
    this.#keys.set(name, this.#tools.updateKeys(this.keys(side, "1-RTT")));
    this.#phases[side] = this.#phases[side] === 0 ? 1 : 0;
  }

  #destination(type: QuicPacketName): Uint8Array {
    const isFirst = type === "Initial" || type === "0-RTT";
    return isFirst ? this.#first : this.#ids.server;
  }

  #number(side: QuicSide, type: QuicPacketName): number {
    const space = type === "0-RTT" ? "1-RTT" : type;
    const name = `${side} ${space}`;
    const next = this.#numbers.get(name) ?? 0;
    this.#numbers.set(name, next + 1);
    return next;
  }

  #parameters(side: QuicSide): Uint8Array {
    const source = parameter(QUIC_PARAMETER.INITIAL_SOURCE_CONNECTION_ID, this.#ids[side]);
    const original = QUIC_PARAMETER.ORIGINAL_DESTINATION_CONNECTION_ID;
    const parts = [usualParameters(), source];
    if (side === "server") parts.push(parameter(original, this.#first));
    return concat(parts);
  }
}
