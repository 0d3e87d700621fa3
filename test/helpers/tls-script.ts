// A TLS 1.3 connection written by hand, with known secrets: for what no library would send. Sealed by node:crypto, so that
// nothing here shares code with what is tested.

import { createCipheriv, createHmac } from "node:crypto";
import type { Direction } from "../../src/inspect/events.js";
import type { WirePiece } from "./tls-wire.js";

export type StageName = "early" | "handshake" | "application";

const LABELS: Readonly<Record<Direction, Readonly<Record<StageName, string>>>> = {
  client: {
    early: "CLIENT_EARLY_TRAFFIC_SECRET",
    handshake: "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    application: "CLIENT_TRAFFIC_SECRET_0",
  },
  server: {
    early: "NONE",
    handshake: "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    application: "SERVER_TRAFFIC_SECRET_0",
  },
};

interface Keys {
  secret: Buffer;
  sequence: number;
}

const u8 = (value: number): Buffer => Buffer.from([value]);
const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value & 0xff]);
const vector = (size: 1 | 2, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([size === 1 ? u8(body.length) : u16(body.length), body]);
};

/** An extension. */
export function extension(type: number, ...parts: Uint8Array[]): Buffer {
  return Buffer.concat([u16(type), vector(2, ...parts)]);
}

/** A handshake message. */
export function message(type: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u8(type), u8(body.length >>> 16), u16(body.length & 0xffff), body]);
}

/** A record in the clear. */
export function record(type: number, ...parts: Uint8Array[]): Buffer {
  return Buffer.concat([u8(type), u16(0x0303), vector(2, ...parts)]);
}

export const HANDSHAKE = 22;
export const ALERT = 21;
export const DATA = 23;
export const CHANGE_CIPHER_SPEC = record(20, u8(1));
export const FINISHED = message(20, Buffer.alloc(32, 9));
export const END_OF_EARLY_DATA = message(5);
export const KEY_UPDATE = message(24, u8(0));
const SUITE = 0x1301;
const TLS13 = u16(0x0304);
/** Of a HelloRetryRequest. */
const RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

/** Writes the wire of one connection. */
export class TlsScript {
  readonly wire: WirePiece[] = [];
  readonly random: Buffer;
  readonly #keys = new Map<string, Keys>();

  /** @param seed different seeds: different connections */
  constructor(seed = 1) {
    this.random = Buffer.alloc(32, seed);
  }

  /** Lines of all secrets, or of those that `keep` lets pass. */
  keyLog(keep: (label: string) => boolean = () => true): string {
    let text = "";
    for (const direction of ["client", "server"] as const)
      for (const stage of ["early", "handshake", "application"] as const) {
        const label = LABELS[direction][stage];
        const secret = this.#secret(direction, stage).toString("hex");
        if (keep(label)) text += `${label} ${this.random.toString("hex")} ${secret}\n`;
      }
    return text;
  }

  /** Octets as they are. */
  raw(direction: Direction, ...parts: Uint8Array[]): this {
    this.wire.push({ direction, bytes: Uint8Array.from(Buffer.concat(parts)) });
    return this;
  }

  clientHello(...more: Uint8Array[]): this {
    return this.raw("client", record(HANDSHAKE, this.clientHelloMessage(...more)));
  }

  clientHelloMessage(...more: Uint8Array[]): Buffer {
    const suites = vector(2, u16(SUITE), u16(0x1303), u16(0xc02b));
    const versions = extension(43, vector(1, TLS13));
    const fields = [u16(0x0303), this.random, vector(1), suites, vector(1, u8(0))];
    return message(1, ...fields, vector(2, versions, ...more));
  }

  serverHello(suite = SUITE, isRetry = false, version = 0x0304): this {
    const random = isRetry ? Buffer.from(RETRY, "hex") : Buffer.alloc(32, 3);
    const fields = [u16(0x0303), random, vector(1), u16(suite), u8(0)];
    const hello = message(2, ...fields, vector(2, extension(43, u16(version))));
    return this.raw("server", record(HANDSHAKE, hello));
  }

  /** EncryptedExtensions and Finished of the server. */
  serverFlight(...extensions: Uint8Array[]): this {
    const encrypted = message(8, vector(2, ...extensions));
    return this.seal("server", "handshake", HANDSHAKE, Buffer.concat([encrypted, FINISHED]));
  }

  /** Everything up to the application data. */
  handshake(): this {
    this.clientHello().serverHello().serverFlight();
    return this.seal("client", "handshake", HANDSHAKE, FINISHED);
  }

  data(direction: Direction, characters: string): this {
    return this.seal(direction, "application", DATA, Buffer.from(characters, "latin1"));
  }

  /** A protected record. */
  seal(direction: Direction, stage: StageName, type: number, bytes: Uint8Array, padding = 0): this {
    const inside = Buffer.concat([bytes, u8(type), Buffer.alloc(padding)]);
    return this.raw(direction, this.sealInside(direction, stage, inside));
  }

  /** A protected record of just these octets. */
  sealInside(direction: Direction, stage: StageName, inside: Uint8Array): Buffer {
    const keys = this.#get(direction, stage);
    const header = Buffer.concat([u8(DATA), u16(0x0303), u16(inside.length + 16)]);
    const nonce = expand(keys.secret, "iv", 12);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ keys.sequence++) >>> 0, 8);
    const cipher = createCipheriv("aes-128-gcm", expand(keys.secret, "key", 16), nonce);
    cipher.setAAD(header);
    const sealed = cipher.update(inside);
    return Buffer.concat([header, sealed, cipher.final(), cipher.getAuthTag()]);
  }

  /** KeyUpdate, and new keys behind it. */
  updateKeys(direction: Direction): this {
    this.seal(direction, "application", HANDSHAKE, KEY_UPDATE);
    const keys = this.#get(direction, "application");
    keys.secret = expand(keys.secret, "traffic upd", 32);
    keys.sequence = 0;
    return this;
  }

  #get(direction: Direction, stage: StageName): Keys {
    const name = `${direction} ${stage}`;
    const keys = this.#keys.get(name) ?? { secret: this.#secret(direction, stage), sequence: 0 };
    this.#keys.set(name, keys);
    return keys;
  }

  #secret(direction: Direction, stage: StageName): Buffer {
    return createHmac("sha256", this.random).update(`${direction} ${stage}`).digest();
  }
}

/** HKDF-Expand-Label (RFC 8446 section 7.1), one block. */
function expand(secret: Uint8Array, label: string, length: number): Buffer {
  const info = Buffer.concat([u16(length), vector(1, Buffer.from(`tls13 ${label}`)), u8(0), u8(1)]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}
