// A connection of TLS 1.3 over TCP whose secrets are known, as far as who looks on can tell: hello messages in the clear, then
// records sealed with the secrets of rows and arbitraries. Sealing is an argument: tercet/fuzz itself loads no cipher.

import { concat } from "../latin1.js";
import { type Octets, octets } from "../octets.js";
import {
  clientHello,
  encryptedExtensions,
  finished,
  type HelloFields,
  record,
  SECRETS,
  serverHello,
  TLS_AES_128_GCM,
} from "../tls.js";

/** Content types of records. */
export const TLS_RECORD = { CHANGE: 20, ALERT: 21, HANDSHAKE: 22, APPLICATION: 23 } as const;

/** Who sends. */
type Side = "client" | "server";

/**
 * Seals one record of TLS 1.3 (RFC 8446 section 5.2): `content` has its inner type already. Gives the whole record.
 */
export type SealRecord = (
  cipherSuite: number,
  secret: Uint8Array,
  sequence: number,
  content: Uint8Array,
) => Uint8Array;

/** Writes the records of both sides. */
export class TlsPeers {
  readonly #seal: SealRecord;
  readonly #suite: number;
  readonly #hello: HelloFields;
  readonly #sequences = new Map<string, number>();

  constructor(seal: SealRecord, suite = TLS_AES_128_GCM, hello: HelloFields = {}) {
    this.#seal = seal;
    this.#suite = suite;
    this.#hello = hello;
  }

  /** ClientHello in a record of its own. */
  clientHello(): Uint8Array {
    const hello = clientHello({ suites: [this.#suite], alpn: ["h2"], ...this.#hello });
    return record(TLS_RECORD.HANDSHAKE, hello);
  }

  /** What the server answers, to its Finished. */
  serverFlight(): Uint8Array {
    const hello = record(TLS_RECORD.HANDSHAKE, serverHello(this.#suite));
    const rest = concat([encryptedExtensions({ alpn: ["h2"], ...this.#hello }), finished()]);
    return concat([hello, record(TLS_RECORD.CHANGE, "\x01"), this.handshake("server", rest)]);
  }

  /** The client's Finished. */
  clientEnd(): Uint8Array {
    return concat([record(TLS_RECORD.CHANGE, "\x01"), this.handshake("client", finished())]);
  }

  /** A sealed record of handshake messages. */
  handshake(side: Side, bytes: Octets): Uint8Array {
    return this.sealed(side, "HANDSHAKE", TLS_RECORD.HANDSHAKE, bytes);
  }

  /** A sealed record of application data, or of another type. */
  application(side: Side, bytes: Octets, type: number = TLS_RECORD.APPLICATION): Uint8Array {
    return this.sealed(side, "APPLICATION", type, bytes);
  }

  /** Any record with any padding. */
  sealed(
    side: Side,
    stage: "HANDSHAKE" | "APPLICATION",
    type: number | null,
    bytes: Octets,
    padding = 0,
  ): Uint8Array {
    const name = side === "client" ? "CLIENT" : "SERVER";
    const label =
      stage === "HANDSHAKE" ? `${name}_HANDSHAKE_TRAFFIC_SECRET` : `${name}_TRAFFIC_SECRET_0`;
    const sequence = this.#sequences.get(label) ?? 0;
    this.#sequences.set(label, sequence + 1);
    const inner = concat([
      octets(bytes),
      type === null ? new Uint8Array(0) : Uint8Array.of(type),
      new Uint8Array(padding),
    ]);
    return this.#seal(this.#suite, SECRETS.get(label) ?? new Uint8Array(32), sequence, inner);
  }
}
