// The packets of a trip by HTTP/3 once more, as again.ts does it with bytes: opened and parsed by tercet/quic, in three steps
// with a clock reading between them. In the trip itself all of it is one call of quiche, acknowledgements included, which
// cannot be told apart from outside.

import { readFileSync } from "node:fs";
import { KeyLog } from "../../inspect/index.js";
import {
  deriveKeys,
  type PacketKeys,
  parseDatagram,
  parseFrames,
  type QuicPacket,
  unprotect,
} from "../../quic.js";
import { now } from "./stopwatch.js";
import type { PacketWork } from "./trip.js";

/** Cipher suites that BoringSSL may choose, by the octets of their secrets. */
const SUITES: Readonly<Record<number, readonly number[]>> = { 32: [0x1301, 0x1303], 48: [0x1302] };
const VERSION_1 = 1;
const SECRET = /^CLIENT_TRAFFIC_SECRET_0 ([0-9a-f]{64}) /m;

/** The packets of one connection that came, and how they open. */
export class PacketTap {
  readonly #keyLog: string;
  /** Octets of our connection id: what short headers begin with. */
  #idLength = -1;
  #received: Uint8Array[] = [];
  #keys: PacketKeys | null = null;
  #largest = -1n;

  /** @param keyLog file that the transport writes the secrets of this connection to */
  constructor(keyLog: string) {
    this.#keyLog = keyLog;
  }

  packet(bytes: Uint8Array, isSent: boolean): void {
    // Not slice(): of a Buffer that is a view, and quiche decrypts in place.
    if (!isSent) this.#received.push(new Uint8Array(bytes));
    else if (this.#idLength < 0) {
      const [first] = parseDatagram(bytes, { connectionIdLength: 0 });
      this.#idLength = first?.sourceConnectionId?.length ?? -1;
    }
  }

  /** What came since the last call, measured. null: the keys are not known, or nothing came. */
  again(): PacketWork | null {
    const datagrams = this.#received;
    this.#received = [];
    if (this.#idLength < 0 || datagrams.length === 0) return null;
    const options = { connectionIdLength: this.#idLength };
    const found = datagrams.flatMap((datagram) => parseDatagram(datagram, options));
    this.#keys ??= this.#findKeys(found);
    const keys = this.#keys;
    if (keys === null) return null;
    // The first time only warms.
    openAll(datagrams, options, keys, this.#largest);
    const { largest, work } = openAll(datagrams, options, keys, this.#largest);
    this.#largest = largest;
    return work.count === 0 ? null : work;
  }

  /** By trying: the handshake is quiche's, and says nothing here. */
  #findKeys(packets: readonly QuicPacket[]): PacketKeys | null {
    const secret = this.#secret();
    const packet = packets.find(({ type }) => type === "1-RTT");
    if (secret === null || packet === undefined) return null;
    for (const suite of SUITES[secret.length] ?? []) {
      const keys = deriveKeys(VERSION_1, suite, secret);
      if (unprotect(packet, keys, -1n) !== null) return keys;
    }
    return null;
  }

  #secret(): Uint8Array | null {
    const text = readFileSync(this.#keyLog, "utf8");
    const [, random] = SECRET.exec(text) ?? [];
    if (random === undefined) return null;
    const log = new KeyLog();
    log.push(text);
    log.end();
    const secrets = log.find(Buffer.from(random, "hex"));
    return secrets?.get("CLIENT_TRAFFIC_SECRET_0") ?? null;
  }
}

function openAll(
  datagrams: readonly Uint8Array[],
  options: { connectionIdLength: number },
  keys: PacketKeys,
  before: bigint,
): { largest: bigint; work: PacketWork } {
  const start = now();
  const packets: QuicPacket[] = [];
  for (const datagram of datagrams) {
    for (const packet of parseDatagram(datagram, options))
      if (packet.type === "1-RTT") packets.push(packet);
  }
  const parsed = now();
  let largest = before;
  const payloads: Uint8Array[] = [];
  for (const packet of packets) {
    const opened = unprotect(packet, keys, largest);
    if (opened === null) continue;
    if (opened.packetNumber > largest) largest = opened.packetNumber;
    payloads.push(opened.payload);
  }
  const opened = now();
  let frameCount = 0;
  for (const payload of payloads) frameCount += parseFrames(payload, "1-RTT").length;
  const end = now();
  const length = packets.reduce((sum, packet) => sum + packet.length, 0);
  const [headers, decrypt, frames] = [parsed - start, opened - parsed, end - opened];
  return {
    largest,
    work: { headers, decrypt, frames, count: payloads.length, frameCount, length },
  };
}
