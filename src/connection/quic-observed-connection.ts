// One observed connection: packets of both directions, opened where the keys are known, and what their frames say. Whose
// packets they are is the observer's business.
// Rules: Q-RTY-1, Q-RTY-2, Q-RTY-3, Q-RTY-4, Q-RTY-7, Q-DGM-2, Q-HDR-4, Q-HDR-5, Q-HDR-6, Q-HDR-14, Q-HDR-22, Q-KEY-5,
// Q-SR-1, Q-V2-3.

import { ErrorCode } from "../abi/error-code.js";
import { QuicPacketKind, QuicParameter, STATELESS_RESET_MIN } from "../abi/quic-wire.js";
import type { AeadProvider } from "../codec/aead.js";
import type { QuicFrame } from "../codec/quic-frame.js";
import { parseFrames } from "../codec/quic-frame-parser.js";
import { copyPacket, packetKind, type QuicPacket } from "../codec/quic-packet.js";
import type { OpenedPacket } from "../codec/quic-protection.js";
import { isStatelessReset, verifyRetry } from "../codec/quic-retry.js";
import type { TransportParameter } from "../codec/quic-transport-parameters.js";
import { ProtocolError } from "../errors.js";
import type { QuicLimitName } from "../limits.js";
import { closedPacket, packetMembers } from "./quic-closed-packets.js";
import type { HeldMemory } from "./quic-held-memory.js";
import {
  type ObservationDraft,
  type ObservedUdp,
  otherSide,
  type QuicClosedReason,
  type QuicSender,
} from "./quic-observation.js";
import { ObservedFrames } from "./quic-observed-frames.js";
import { ObservedHandshake } from "./quic-observed-handshake.js";
import { ObservedKeys, type QuicSecrets } from "./quic-observed-keys.js";
import { type PacketSpace, PacketSpaces } from "./quic-packet-space.js";
import { idKey } from "./quic-routes.js";

/** Reserved bits of the first octet behind header protection, of a long and of a short header. */
const RESERVED_LONG = 0x0c;
const RESERVED_SHORT = 0x18;
/** Tokens of stateless resets that are kept of one side. */
const TOKENS_MAX = 64;

/** Destinations that a client's first flight may have. */
const BEGINNINGS_MAX = 4;

/** What the observer does for a connection. */
export interface ConnectionHost {
  secrets(clientRandom: Uint8Array): QuicSecrets | null;
  /** Packets of `direction` may have this destination connection id from now on. */
  addId(connection: ObservedConnection, id: Uint8Array, direction: QuicSender): void;
}

/** A packet that came before the ClientHello. */
interface EarlyPacket {
  readonly packet: QuicPacket;
  readonly direction: QuicSender;
  readonly datagram: ObservedUdp;
}

/** One connection. */
export class ObservedConnection {
  readonly number: number;
  /** Of its packets so far. */
  version: number;
  client: string;
  server: string;
  /** The peer, or the capture, made it unreadable: nothing is told of it any more. */
  hasFailed = false;
  /** Octets of the connection ids that the packets of each side have as destination; -1: not known yet. */
  readonly idLengths: Record<QuicSender, number> = { client: -1, server: -1 };
  /** Datagrams with a short header that came before the length of its id was known. */
  held: ObservedUdp[] = [];
  /** A packet of the server was opened: what the client sends from now on is no first flight. */
  hasServer = false;
  readonly #host: ConnectionHost;
  readonly #lenient: boolean;
  readonly #keys: ObservedKeys;
  readonly #handshake: ObservedHandshake;
  readonly #frames: ObservedFrames;
  readonly #spaces = new PacketSpaces();
  readonly #earlyMax: number;
  readonly #held: HeldMemory;
  #early: EarlyPacket[] = [];
  #resetTokens: Uint8Array[] = [];
  readonly #lossBitsOf = new Set<QuicSender>();
  /** Destinations, and versions, that Initial keys are known for; a Retry is computed with one of them. */
  readonly #begun = new Map<string, Uint8Array>();
  /** Place in them of the one whose keys opened the client's last Initial. */
  #flight = -1;
  #hasRetry = false;

  constructor(
    number: number,
    addresses: { client: string; server: string },
    version: number,
    host: ConnectionHost,
    options: {
      aead: AeadProvider | undefined;
      lenient: boolean;
      limits: Readonly<Record<QuicLimitName, number>>;
      held: HeldMemory;
    },
  ) {
    this.number = number;
    this.version = version;
    this.client = addresses.client;
    this.server = addresses.server;
    this.#host = host;
    this.#lenient = options.lenient;
    this.#earlyMax = options.limits.earlyPackets;
    this.#held = options.held;
    this.#keys = new ObservedKeys(options.aead);
    this.#handshake = new ObservedHandshake(options.limits.cryptoBuffer, options.held, {
      onClientRandom: (random) => this.#onClientRandom(random),
      onCipherSuite: (cipherSuite) => {
        this.#keys.cipherSuite = cipherSuite;
        this.#keys.retry();
      },
      onParameters: (side, parameters) => this.#onParameters(side, parameters),
    });
    this.#frames = new ObservedFrames(options.limits, options.held, this.#handshake, {
      hasNoId: (side) => this.idLengths[side] === 0,
      onId: (side, frame) => {
        this.#host.addId(this, frame.connectionId, otherSide(side));
        this.#addResetToken(frame.statelessResetToken);
      },
    });
  }

  /**
   * The client's first flight has this destination: its Initial keys follow from it. It may have another one behind
   * Version Negotiation, and until the server has answered.
   */
  begin(version: number, destinationConnectionId: Uint8Array): void {
    const name = `${version} ${idKey(destinationConnectionId)}`;
    if (this.hasServer || this.#begun.has(name) || this.#begun.size >= BEGINNINGS_MAX) return;
    const id = destinationConnectionId.slice();
    this.#begun.set(name, id);
    this.#keys.addInitial(version, id);
  }

  /** Whether Initial keys are known: else only packets of unknown versions came. */
  get hasBegun(): boolean {
    return this.#begun.size > 0;
  }

  /** A packet of this connection. */
  receive(
    packet: QuicPacket,
    direction: QuicSender,
    datagram: ObservedUdp,
    out: ObservationDraft[],
  ): void {
    if (this.hasFailed) return;
    const mayWait = this.#mustWait(packet) && this.#early.length < this.#earlyMax;
    if (mayWait && this.#held.hold(packet.length)) {
      // The chunk that it is a view of goes away, and must not be kept alive for one packet of it.
      const copy = copyPacket(packet);
      this.#early.push({
        packet: copy,
        direction,
        datagram: { ...datagram, bytes: copy.bytes },
      });
      return;
    }
    this.#read(packet, direction, out);
    if (packet.type === "Initial" && this.#handshake.hasRandom) this.#flushEarly(out);
  }

  /** Protected by keys that follow from a ClientHello, which has not come yet. */
  #mustWait({ type }: QuicPacket): boolean {
    const needsKeys = type === "Handshake" || type === "0-RTT" || type === "1-RTT";
    return needsKeys && !this.#handshake.hasRandom;
  }

  #read(packet: QuicPacket, direction: QuicSender, out: ObservationDraft[]): void {
    const kind = packetKind(packet.type);
    switch (kind) {
      case QuicPacketKind.Retry:
        return this.#receiveRetry(packet, direction, out);
      case QuicPacketKind.VersionNegotiation:
        return this.#closed(packet, direction, "version negotiation", out);
      case QuicPacketKind.Unknown:
        return this.#closed(packet, direction, "unknown version", out);
      default:
        this.#receiveProtected(packet, kind, direction, out);
    }
  }

  /** The input is over, or the connection is let go: what waited is told. */
  end(out: ObservationDraft[]): void {
    if (this.hasFailed) return;
    this.#flushEarly(out);
    this.#frames.end(out);
    this.#handshake.end();
  }

  /** Nothing is told of it any more, and nothing kept for it. */
  #abandon(): void {
    this.hasFailed = true;
    for (const { packet } of this.#early) this.#held.release(packet.length);
    this.#early = [];
    this.#frames.end([]);
    this.#handshake.end();
  }

  #receiveRetry(packet: QuicPacket, direction: QuicSender, out: ObservationDraft[]): void {
    const id = packet.sourceConnectionId;
    const isGood =
      direction === "server" &&
      packet.token !== null &&
      packet.token.length > 0 &&
      id !== null &&
      [...this.#begun.values()].some((original) => verifyRetry(packet, original));
    this.#closed(packet, direction, isGood ? "retry" : "not authentic", out);
    // A client takes one Retry, and none when the server has answered (RFC 9000 section 17.2.5.2).
    if (!isGood || id === null || this.#hasRetry || this.hasServer) return;
    // Nor one that asks for the same id again.
    if (this.#begun.has(`${packet.version} ${idKey(id)}`)) return;
    this.#hasRetry = true;
    this.begin(packet.version as number, id);
    this.#host.addId(this, id, "client");
  }

  /** Whether the keys of a flight of the client open this Initial: a look that changes nothing. */
  opens(packet: QuicPacket): boolean {
    return this.#keys.open(packet, QuicPacketKind.Initial, "client", this.version, -1n) !== null;
  }

  /** Behind a Retry the client's handshake begins again, and may say something else (aioquic's does). */
  #noteFlight(): void {
    const id = this.#keys.openedId;
    const flight = [...this.#begun.values()].indexOf(id as Uint8Array);
    if (flight <= this.#flight) return;
    if (this.#flight >= 0) this.#handshake.restart();
    this.#flight = flight;
  }

  #receiveProtected(
    packet: QuicPacket,
    kind: QuicPacketKind,
    direction: QuicSender,
    out: ObservationDraft[],
  ): void {
    if (!this.#keys.hasKeys(kind, direction))
      return this.#closed(packet, direction, "no keys", out);
    const space = this.#spaces.of(kind, direction);
    const version = packet.version ?? this.version;
    const opened = this.#keys.open(packet, kind, direction, version, space.largest);
    if (opened === null) return this.#unopened(packet, kind, direction, out);
    if (packet.version !== null && direction === "server") this.version = packet.version;
    if (direction === "server") this.hasServer = true;
    else if (kind === QuicPacketKind.Initial) this.#noteFlight();
    this.#opened(packet, kind, direction, space, opened, out);
  }

  #opened(
    packet: QuicPacket,
    kind: QuicPacketKind,
    direction: QuicSender,
    space: PacketSpace,
    opened: OpenedPacket,
    out: ObservationDraft[],
  ): void {
    const before = out.length;
    const { packetNumber, payload } = opened;
    const isDuplicate = space.note(packetNumber);
    const frames: QuicFrame[] = [];
    let fault: { error: ProtocolError; frameType: number | bigint | null } | null = null;
    for (const item of parseFrames(payload, packet.type)) {
      if (item.type === "error") fault = item;
      else frames.push(item);
    }
    const isShort = kind === QuicPacketKind.OneRtt;
    const keyPhase = isShort ? opened.keyPhase : null;
    const common = {
      ...packetMembers(packet),
      direction,
      packetNumber,
      keyPhase,
      isDuplicate,
      late: null,
    };
    out.push({ ...common, decrypted: true, reason: null, packet, payload, frames });
    if (this.#keys.hasUpdated && isShort)
      out.push({ kind: "keyUpdate", direction, keyPhase: opened.keyPhase });
    const reserved = this.#reservedBits(isShort, opened);
    if (reserved !== ErrorCode.NONE) this.#fail(reserved, 0, null, direction, out);
    if (
      kind === QuicPacketKind.Initial &&
      direction === "server" &&
      (packet.token?.length ?? 0) > 0
    )
      this.#fail(ErrorCode.QUIC_TOKEN_FROM_SERVER, 0, null, direction, out);
    if (!isDuplicate) {
      for (const frame of frames) {
        const code = this.#frames.receive(direction, kind, frame, out);
        if (code !== ErrorCode.NONE) this.#fail(code, frame.at, frame.type, direction, out);
        if (code !== ErrorCode.NONE && !this.#lenient) break;
      }
      if (fault !== null)
        out.push({ kind: "error", direction, error: fault.error, frameType: fault.frameType });
    }
    if (!this.#lenient) this.#endAtError(before, out);
  }

  /** An error is the last that is told of a connection. */
  #endAtError(from: number, out: ObservationDraft[]): void {
    for (let at = from; at < out.length; at++) {
      if (out[at]?.kind !== "error") continue;
      out.length = at + 1;
      this.#abandon();
    }
  }

  /** Checked only of packets that are authentic: else the time would tell bits of the mask (RFC 9001 section 9.5). */
  #reservedBits(isShort: boolean, opened: OpenedPacket): ErrorCode {
    if (!isShort)
      return (opened.firstByte & RESERVED_LONG) === 0
        ? ErrorCode.NONE
        : ErrorCode.QUIC_RESERVED_BITS_LONG;
    const isGood = this.#keys.hasLossBits || (opened.firstByte & RESERVED_SHORT) === 0;
    return isGood ? ErrorCode.NONE : ErrorCode.QUIC_RESERVED_BITS_SHORT;
  }

  #unopened(
    packet: QuicPacket,
    kind: QuicPacketKind,
    direction: QuicSender,
    out: ObservationDraft[],
  ): void {
    const isReset =
      kind === QuicPacketKind.OneRtt &&
      packet.length >= STATELESS_RESET_MIN &&
      this.#resetTokens.some((token) => isStatelessReset(packet.bytes, token));
    this.#closed(packet, direction, isReset ? "stateless reset" : "not authentic", out);
  }

  #closed(
    packet: QuicPacket,
    direction: QuicSender,
    reason: QuicClosedReason,
    out: ObservationDraft[],
  ): void {
    out.push(closedPacket(packet, direction, reason));
  }

  #fail(
    code: ErrorCode,
    offset: number,
    frameType: number | bigint | null,
    direction: QuicSender,
    out: ObservationDraft[],
  ): void {
    const error = new ProtocolError(code, offset, null);
    out.push({ kind: "error", direction, error, frameType });
  }

  #flushEarly(out: ObservationDraft[]): void {
    const early = this.#early;
    if (early.length === 0) return;
    this.#early = [];
    for (const { packet } of early) this.#held.release(packet.length);
    for (const { packet, direction, datagram } of early) {
      if (this.hasFailed) return;
      const drafts: ObservationDraft[] = [];
      this.#read(packet, direction, drafts);
      for (const draft of drafts)
        out.push(draft.kind === "packet" ? { ...draft, late: datagram } : draft);
    }
  }

  #onClientRandom(random: Uint8Array): void {
    this.#keys.secrets = this.#host.secrets(random);
    this.#keys.forget();
  }

  #onParameters(side: QuicSender, parameters: readonly TransportParameter[]): void {
    for (const { id, value } of parameters) {
      if (id === QuicParameter.LossBits) this.#offerLossBits(side);
      if (id === QuicParameter.StatelessResetToken && value instanceof Uint8Array)
        this.#addResetToken(value);
    }
    this.#frames.setParameters(side, parameters);
  }

  /** They are in use where both sides offer them (draft-ferrieuxhamchaoui-quic-lossbits section 3). */
  #offerLossBits(side: QuicSender): void {
    this.#lossBitsOf.add(side);
    this.#keys.hasLossBits = this.#lossBitsOf.size === 2;
  }

  #addResetToken(token: Uint8Array): void {
    this.#resetTokens.push(token.slice());
    if (this.#resetTokens.length > TOKENS_MAX) this.#resetTokens.shift();
  }
}
