// Tokens of Retry packets (RFC 9000 section 8.1.2): a client that brings one back has shown that its address is its own.
// Nothing is remembered of it meanwhile. Rules of the file: a token is good for one address, port and connection, and
// for a short time.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { QuicheAddress } from "./quiche-binding.js";

const GOOD_FOR_MS = 10_000;
const TAG_LENGTH = 32;
const TIME_LENGTH = 6;

export class RetryTokens {
  readonly #key = randomBytes(32);

  /** @param destinationId what the client's first Initial was sent to */
  make(address: QuicheAddress, destinationId: Uint8Array): Buffer {
    const time = Buffer.alloc(TIME_LENGTH);
    time.writeUIntBE(Date.now(), 0, TIME_LENGTH);
    const said = Buffer.concat([time, destinationId]);
    return Buffer.concat([said, this.#tag(said, address)]);
  }

  /** @returns the first destination id; null: the token is not ours, or not of this client, or too old */
  read(token: Uint8Array, address: QuicheAddress): Uint8Array | null {
    const all = Buffer.from(token.buffer, token.byteOffset, token.length);
    if (all.length < TIME_LENGTH + TAG_LENGTH) return null;
    const said = all.subarray(0, -TAG_LENGTH);
    if (!timingSafeEqual(all.subarray(-TAG_LENGTH), this.#tag(said, address))) return null;
    const age = Date.now() - said.readUIntBE(0, TIME_LENGTH);
    return age >= 0 && age <= GOOD_FOR_MS ? said.subarray(TIME_LENGTH) : null;
  }

  #tag(said: Buffer, { host, port }: QuicheAddress): Buffer {
    return createHmac("sha256", this.#key).update(said).update(`${host} ${port}`).digest();
  }
}
