// A client's Initial packet, PING and padding to 1,200 octets, protected with the keys of its connection id (RFC 9001 section 5.2).

import { createHmac } from "node:crypto";
import { CIPHERS, expandLabel, longPacket, type QuicCipher } from "./quic-wire.js";

/** RFC 9001 section 5.2: what the keys of Initial packets of version 1 are made with. */
const SALT = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");
const DESTINATION = Buffer.from("0123456789abcdef", "hex");
const SOURCE = Buffer.from("fedcba9876543210", "hex");
const PING = 1;
/** Header and tag of such a packet, its token empty. */
const OVERHEAD = 44;

/** The datagram. */
export function firstDatagram(): Uint8Array {
  const cipher = CIPHERS[0] as QuicCipher;
  const common = createHmac("sha256", SALT).update(DESTINATION).digest();
  const secret = expandLabel("sha256", common, "client in", 32);
  const expand = (label: string, length: number) => expandLabel("sha256", secret, label, length);
  const keys = {
    cipher,
    secret,
    key: expand("quic key", cipher.keyLength),
    iv: expand("quic iv", 12),
    hp: expand("quic hp", cipher.keyLength),
  };
  const payload = Buffer.alloc(1200 - OVERHEAD);
  payload[0] = PING;
  return longPacket(keys, [DESTINATION, SOURCE], new Uint8Array(), 0, payload);
}
