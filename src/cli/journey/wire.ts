// What lies between a connection and the kernel: nothing, or TLS. Rules of the file: the clock is read around the
// real step; TLS is Node's own, on a stream of ours, because only so the moment between ciphertext and plaintext
// can be seen.

import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { type SecureContext, TLSSocket } from "node:tls";
import { now } from "./stopwatch.js";

/** What a wire tells. Times in ns. */
export interface WireReader {
  /** Bytes can be sent and will come; `alpn` is what TLS has agreed on. */
  ready(alpn: string | null): void;
  /** A flight of the handshake has come and was worked on. */
  handshake(arrivedAt: number, workNs: number): void;
  /** @param arrivedAt when the kernel gave them; null: they came with the bytes before */
  bytes(bytes: Uint8Array, arrivedAt: number | null, decryptNs: number | null): void;
  /** The peer ended its side. */
  ended(): void;
}

/** What writing took. */
export interface Written {
  readonly encryptNs: number | null;
  readonly drainNs: number;
  /** The clock when the kernel had all. */
  readonly at: number;
}

export interface Wire {
  /** Everything leaves as one writev. */
  write(pieces: readonly Uint8Array[], done: (written: Written) => void): void;
  /** Ends our side; what still comes is dropped for a while. */
  end(lingerMs: number): void;
}

/** Bytes as they are. */
export class ClearWire implements Wire {
  readonly #socket: Socket;

  constructor(socket: Socket, reader: WireReader) {
    this.#socket = socket;
    socket.on("data", (bytes: Uint8Array) => reader.bytes(bytes, now(), null));
    socket.on("end", () => {
      reader.ended();
      socket.end();
    });
    // A client that goes away is no concern of the other ones.
    socket.on("error", () => socket.destroy());
  }

  write(pieces: readonly Uint8Array[], done: (written: Written) => void): void {
    const from = now();
    writeAll(this.#socket, pieces, () => {
      const at = now();
      done({ encryptNs: null, drainNs: at - from, at });
    });
  }

  end(lingerMs: number): void {
    this.#socket.end();
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy());
  }
}

/** TLS on the socket. */
export class TlsWire implements Wire {
  readonly #socket: Socket;
  readonly #reader: WireReader;
  readonly #below: Below;
  readonly #tls: TLSSocket;
  #isReady = false;
  /** When TLS went on working: at the arrival of ciphertext, and each time plaintext was dealt with. */
  #workingSince = 0;
  /** The next plaintext is the first of this read. */
  #arrivedAt: number | null = null;

  constructor(socket: Socket, reader: WireReader, context: SecureContext) {
    this.#socket = socket;
    this.#reader = reader;
    this.#below = new Below(socket);
    this.#tls = new TLSSocket(this.#below, {
      ...{ isServer: true, secureContext: context, ALPNProtocols: ["h2", "http/1.1"] },
    });
    this.#tls.on("secure", () => this.#onSecure());
    this.#tls.on("data", (bytes: Uint8Array) => this.#onPlain(bytes));
    this.#tls.on("end", () => {
      reader.ended();
      this.#tls.end();
    });
    this.#tls.on("error", () => socket.destroy());
    socket.on("data", (bytes: Uint8Array) => this.#onCipher(bytes));
    socket.on("end", () => this.#below.push(null));
    socket.on("error", () => socket.destroy());
  }

  #onCipher(bytes: Uint8Array): void {
    const arrivedAt = now();
    this.#workingSince = arrivedAt;
    this.#arrivedAt = arrivedAt;
    // The end of the handshake and plaintext are told inside of this call.
    this.#below.push(bytes);
    if (!this.#isReady) this.#reader.handshake(arrivedAt, now() - this.#workingSince);
  }

  #onSecure(): void {
    this.#isReady = true;
    this.#reader.handshake(this.#arrivedAt ?? this.#workingSince, now() - this.#workingSince);
    this.#reader.ready(this.#tls.alpnProtocol || null);
    // Plaintext may have come with the last flight.
    this.#workingSince = now();
    this.#arrivedAt = this.#workingSince;
  }

  #onPlain(bytes: Uint8Array): void {
    const decryptNs = now() - this.#workingSince;
    this.#reader.bytes(bytes, this.#arrivedAt, decryptNs);
    this.#arrivedAt = null;
    this.#workingSince = now();
  }

  write(pieces: readonly Uint8Array[], done: (written: Written) => void): void {
    const from = now();
    let encryptedAt = from;
    this.#below.expect({
      written() {
        encryptedAt = now();
      },
      drained() {
        const at = now();
        done({ encryptNs: encryptedAt - from, drainNs: at - encryptedAt, at });
      },
    });
    writeAll(this.#tls, pieces, () => {});
  }

  end(lingerMs: number): void {
    this.#tls.end();
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy());
  }
}

/** A write on its way through TLS. */
interface Expected {
  /** Its ciphertext is there. */
  written(): void;
  /** The kernel has it. */
  drained(): void;
}

/** The side of TLS that has the ciphertext. */
class Below extends Duplex {
  readonly #socket: Socket;
  #expected: Expected[] = [];

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
  }

  /** The next ciphertext is that of a write. */
  expect(expected: Expected): void {
    this.#expected.push(expected);
  }

  override _read(): void {}

  override _write(bytes: Uint8Array, _encoding: string, done: () => void): void {
    this.#send([bytes], done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: () => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  #send(pieces: Uint8Array[], done: () => void): void {
    const expected = this.#expected;
    this.#expected = [];
    for (const one of expected) one.written();
    writeAll(this.#socket, pieces, () => {
      for (const one of expected) one.drained();
      done();
    });
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }
}

function writeAll(stream: Duplex, pieces: readonly Uint8Array[], done: () => void): void {
  stream.cork();
  for (const [at, piece] of pieces.entries()) {
    if (at === pieces.length - 1) stream.write(piece, done);
    else stream.write(piece);
  }
  stream.uncork();
}
