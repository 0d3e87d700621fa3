// What two peers of TLS 1.3 say whose secrets are known, as bytes that a mutation fuzzer changes: an octet of what, two of a
// length, and octets. Records are sealed by node:crypto, not by what is tested.

import { createCipheriv, createHmac } from "node:crypto";
import { concat, type SealRecord, TLS_RECORD, TlsPeers, tlsMessages, uint } from "tercet/fuzz";

/** Octets of one direction. */
export interface TlsFlow {
  readonly side: "client" | "server";
  readonly bytes: Uint8Array;
}

const CIPHERS: Readonly<
  Record<number, readonly [name: "aes-128-gcm" | "chacha20-poly1305", length: number]>
> = {
  [tlsMessages.TLS_AES_128_GCM]: ["aes-128-gcm", 16],
  [tlsMessages.TLS_CHACHA20]: ["chacha20-poly1305", 32],
};

/** HKDF-Expand-Label of RFC 8446 section 7.1 with SHA-256, up to 32 octets. */
function expand(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([uint(length, 2), uint(name.length, 1), name, uint(0, 1), uint(1, 1)]);
  return new Uint8Array(createHmac("sha256", secret).update(info).digest().subarray(0, length));
}

/** Seals a record with node:crypto. */
export const sealRecord: SealRecord = (suite, secret, sequence, content) => {
  const [name, length] = CIPHERS[suite] ?? ["aes-128-gcm", 16];
  const nonce = expand(secret, "iv", 12);
  for (const [at, octet] of uint(sequence, 8).entries())
    nonce[4 + at] = (nonce[4 + at] ?? 0) ^ octet;
  const key = expand(secret, "key", length);
  const cipher = createCipheriv(name as "aes-128-gcm", key, nonce, { authTagLength: 16 });
  const header = concat([Uint8Array.of(23, 3, 3), uint(content.length + 16, 2)]);
  cipher.setAAD(header, { plaintextLength: content.length });
  const sealed = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  return concat([header, new Uint8Array(sealed)]);
};

/** Steps as bytes. */
export function tlsStep(operation: number, bytes: Uint8Array | string = ""): Uint8Array {
  const octets = typeof bytes === "string" ? new Uint8Array(Buffer.from(bytes, "latin1")) : bytes;
  return concat([Uint8Array.of(operation), uint(octets.length, 2), octets]);
}

/** Operations; 0x80 makes the server do it. */
export const TLS_STEP = {
  GREETING: 0,
  RAW: 1,
  APPLICATION: 2,
  HANDSHAKE: 3,
  ALERT: 4,
  PADDED: 5,
  UNTYPED: 6,
  EARLY: 7,
} as const;

const STEPS_MAX = 200;

/** The octets that both sides send, in order. */
export function tlsFlows(script: Uint8Array): TlsFlow[] {
  const isChacha = ((script[0] ?? 0) & 0x40) !== 0;
  const peers = new TlsPeers(
    sealRecord,
    isChacha ? tlsMessages.TLS_CHACHA20 : tlsMessages.TLS_AES_128_GCM,
  );
  const flows: TlsFlow[] = [];
  for (let at = 0; at + 3 <= script.length && flows.length < STEPS_MAX; ) {
    const operation = script[at] ?? 0;
    const length = ((script[at + 1] ?? 0) << 8) | (script[at + 2] ?? 0);
    flows.push(...flowsOf(peers, operation, script.slice(at + 3, at + 3 + length)));
    at += 3 + length;
  }
  return flows;
}

function flowsOf(peers: TlsPeers, operation: number, bytes: Uint8Array): TlsFlow[] {
  const side = (operation & 0x80) === 0 ? "client" : "server";
  const one = (octets: Uint8Array): TlsFlow[] => [{ side, bytes: octets }];
  switch (operation & 7) {
    case TLS_STEP.GREETING:
      return [
        { side: "client", bytes: peers.clientHello() },
        { side: "server", bytes: peers.serverFlight() },
        { side: "client", bytes: peers.clientEnd() },
      ];
    case TLS_STEP.RAW:
      return one(bytes);
    case TLS_STEP.APPLICATION:
      return one(peers.application(side, bytes));
    case TLS_STEP.HANDSHAKE:
      return one(peers.application(side, bytes, TLS_RECORD.HANDSHAKE));
    case TLS_STEP.ALERT:
      return one(peers.application(side, bytes, TLS_RECORD.ALERT));
    case TLS_STEP.PADDED:
      return one(peers.sealed(side, "APPLICATION", TLS_RECORD.APPLICATION, bytes, 60));
    case TLS_STEP.UNTYPED:
      return one(peers.sealed(side, "APPLICATION", null, new Uint8Array(0), bytes.length));
    default:
      return one(peers.handshake(side, bytes));
  }
}
