// The handshake of an observed connection: CRYPTO data of each level in order, TLS messages out of it, and what they say
// about the connection (RFC 9001 section 4).
// Rules: Q-CRY-2, Q-CRY-3, Q-CRY-7, Q-KEY-10, Q-TP-2.

import { ErrorCode } from "../abi/error-code.js";
import { QuicPacketKind, QuicWireCode } from "../abi/quic-wire.js";
import type { QuicCryptoFrame } from "../codec/quic-frame.js";
import {
  parseTransportParameters,
  type TransportParameter,
} from "../codec/quic-transport-parameters.js";
import { Reassembler, ReassemblyFault } from "../codec/reassembler.js";
import type { TlsFault } from "../codec/tls-cursor.js";
import {
  parseClientHello,
  parseEncryptedExtensions,
  parseServerHello,
} from "../codec/tls-handshake.js";
import { type TlsMessage, TlsMessageReader } from "../codec/tls-message-reader.js";
import { TlsMessageType } from "../codec/tls-registry.js";
import { ProtocolError } from "../errors.js";
import { type HeldMemory, HeldPart } from "./quic-held-memory.js";
import type { ObservationDraft, QuicSender } from "./quic-observation.js";

const NOTHING = new Uint8Array(0);
/** What a random has; a ClientHello that is cut in it is none. */
const RANDOM_LENGTH = 32;
/** Pieces ahead of gaps: a shuffled ClientHello has some dozens. */
const FRAGMENTS_MAX = 1_024;

/** CRYPTO data of one level and direction. */
class Level {
  readonly data: Reassembler;
  readonly messages = new TlsMessageReader();
  readonly held: HeldPart;

  constructor(cryptoBuffer: number, held: HeldMemory) {
    this.held = new HeldPart(held);
    this.data = new Reassembler({ bytes: cryptoBuffer, fragments: FRAGMENTS_MAX });
  }
}

/** Who wants to know what the handshake says. */
export interface HandshakeSink {
  /** The random that the key log goes by; another one after a Retry. */
  onClientRandom(random: Uint8Array): void;
  onCipherSuite(cipherSuite: number): void;
  onParameters(side: QuicSender, parameters: readonly TransportParameter[]): void;
}

/** The handshake of one connection. */
export class ObservedHandshake {
  clientRandom: Uint8Array = NOTHING;
  serverName: string | null = null;
  cipherSuite: number | null = null;
  readonly #cryptoBuffer: number;
  readonly #held: HeldMemory;
  readonly #sink: HandshakeSink;
  readonly #levels = new Map<string, Level>();

  constructor(cryptoBuffer: number, held: HeldMemory, sink: HandshakeSink) {
    this.#cryptoBuffer = cryptoBuffer;
    this.#held = held;
    this.#sink = sink;
  }

  /** Whether the ClientHello was read. */
  get hasRandom(): boolean {
    return this.clientRandom.length > 0;
  }

  /** The client begins anew, behind a Retry or Version Negotiation. */
  restart(): void {
    this.#levels.get(nameOf("client", QuicPacketKind.Initial))?.held.count(0);
    this.#levels.delete(nameOf("client", QuicPacketKind.Initial));
  }

  /** CRYPTO data of a packet. Gives what is wrong with it. */
  receive(
    side: QuicSender,
    kind: QuicPacketKind,
    frame: QuicCryptoFrame,
    out: ObservationDraft[],
  ): ErrorCode {
    const name = nameOf(side, kind);
    let level = this.#levels.get(name);
    if (level === undefined) {
      level = new Level(this.#cryptoBuffer, this.#held);
      this.#levels.set(name, level);
    }
    const fault = level.data.insert(frame.offset, frame.cryptoData, false);
    if (fault !== ReassemblyFault.None) {
      const isLarge = fault === ReassemblyFault.TooLarge;
      return isLarge
        ? ErrorCode.QUIC_CRYPTO_OFFSET_TOO_LARGE
        : ErrorCode.QUIC_CRYPTO_BUFFER_EXCEEDED;
    }
    for (const bytes of level.data.take()) {
      for (const message of level.messages.receive(bytes)) this.#read(side, kind, message, out);
    }
    // What is cleared is never read: a handshake that nobody finishes, among very many.
    const waiting = level.data.heldMemory + level.messages.heldBytes;
    if (level.held.count(waiting)) {
      level.data.clear();
      level.messages.reset();
      level.held.count(0);
    }
    const broken = level.messages.fault;
    return broken === null ? ErrorCode.NONE : ErrorCode[broken.code];
  }

  /** The connection is over. */
  end(): void {
    for (const level of this.#levels.values()) level.held.count(0);
    this.#levels.clear();
  }

  #read(
    side: QuicSender,
    kind: QuicPacketKind,
    message: TlsMessage,
    out: ObservationDraft[],
  ): void {
    const { type, body } = message;
    if (kind === QuicPacketKind.Initial) {
      if (type === TlsMessageType.ClientHello && side === "client") this.#clientHello(message, out);
      if (type === TlsMessageType.ServerHello && side === "server") this.#serverHello(body, out);
    } else if (type === TlsMessageType.EncryptedExtensions && side === "server") {
      const said = parseEncryptedExtensions(body);
      this.#hello(side, said.alpn === null ? [] : [said.alpn], out);
      this.#parameters(side, said.quicTransportParameters, out);
      this.#tell(side, message, said.fault, out);
    } else if (type === TlsMessageType.KeyUpdate) {
      const error = new ProtocolError(ErrorCode.QUIC_TLS_KEY_UPDATE, message.offset, null);
      out.push({ kind: "error", direction: side, error, frameType: null });
    }
  }

  #clientHello(message: TlsMessage, out: ObservationDraft[]): void {
    const hello = parseClientHello(message.body);
    if (hello.random.length === RANDOM_LENGTH) {
      this.clientRandom = hello.random.slice();
      this.serverName = hello.serverName;
      this.#sink.onClientRandom(this.clientRandom);
      this.#hello("client", hello.alpn, out);
      this.#parameters("client", hello.quicTransportParameters, out);
    }
    this.#tell("client", message, hello.fault, out);
  }

  #serverHello(body: Uint8Array, out: ObservationDraft[]): void {
    const hello = parseServerHello(body);
    if (hello.fault !== null || hello.isHelloRetryRequest) return;
    this.cipherSuite = hello.cipherSuite;
    this.#sink.onCipherSuite(hello.cipherSuite);
    this.#hello("server", [], out);
  }

  #hello(side: QuicSender, alpn: readonly string[], out: ObservationDraft[]): void {
    const { clientRandom, serverName, cipherSuite } = this;
    out.push({ kind: "hello", direction: side, clientRandom, serverName, alpn, cipherSuite });
  }

  #parameters(side: QuicSender, bytes: Uint8Array | null, out: ObservationDraft[]): void {
    if (bytes === null) return;
    const parameters: TransportParameter[] = [];
    let error: ProtocolError | null = null;
    for (const item of parseTransportParameters(bytes.slice(), side)) {
      if ("type" in item) error = item.error;
      else parameters.push(item);
    }
    out.push({ kind: "parameters", direction: side, parameters });
    this.#sink.onParameters(side, parameters);
    if (error !== null) out.push({ kind: "error", direction: side, error, frameType: null });
  }

  /** A handshake message that is cut or wrong: TLS would answer by an alert (RFC 9001 section 4.8). */
  #tell(
    side: QuicSender,
    message: TlsMessage,
    fault: TlsFault | null,
    out: ObservationDraft[],
  ): void {
    if (fault === null) return;
    const offset = message.offset + fault.offset;
    const wireCode = QuicWireCode.CryptoError + DECODE_ERROR;
    const error = new ProtocolError(ErrorCode[fault.code], offset, null, "connection", wireCode);
    out.push({ kind: "error", direction: side, error, frameType: null });
  }
}

/** Alert decode_error (RFC 8446 section 6). */
const DECODE_ERROR = 50;

function nameOf(side: QuicSender, kind: QuicPacketKind): string {
  return `${side} ${kind}`;
}
