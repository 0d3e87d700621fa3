// The keys of an observed connection: those of Initial packets from the connection id, all others from the secrets of a
// key log, by what the handshake said or by trying. A key that does not open a packet changes nothing.
// Rules: Q-KEY-1, Q-KEY-6, Q-KEY-9, Q-V2-3, Q-RTY-7, Q-HDR-17, Q-KEY-12.

import { QUIC_V1, QUIC_V2, QuicPacketKind, TlsCipherSuite } from "../abi/quic-wire.js";
import type { AeadProvider } from "../codec/aead.js";
import {
  deriveInitialKeys,
  deriveKeys,
  type InitialKeys,
  type KeyOptions,
  type PacketKeys,
  updateKeys,
} from "../codec/quic-keys.js";
import type { QuicPacket } from "../codec/quic-packet.js";
import { type OpenedPacket, unprotect } from "../codec/quic-protection.js";
import type { QuicSender } from "./quic-observation.js";

/** Secrets of a connection by their label in the key log. */
export type QuicSecrets = ReadonlyMap<string, Uint8Array>;

/** Initial keys that are tried at most: ids of the client's and the server's choice, each for some versions. */
const INITIALS_MAX = 12;
const VERSIONS = [QUIC_V1, QUIC_V2];

/** A version and those with whose keys its packets may be protected during version negotiation, likeliest first. */
function versionsFor(version: number): readonly number[] {
  return [version, ...VERSIONS.filter((each) => each !== version)];
}

/** Cipher suites that a secret of so many octets can be of, the usual ones first. */
const SUITES: Readonly<Record<number, readonly TlsCipherSuite[]>> = {
  32: [
    TlsCipherSuite.Aes128GcmSha256,
    TlsCipherSuite.Chacha20Poly1305Sha256,
    TlsCipherSuite.Aes128CcmSha256,
  ],
  48: [TlsCipherSuite.Aes256GcmSha384],
};

/** Labels of the key log. QUIC_… is what some implementations call them. */
const LABELS: Readonly<Record<QuicSender, Readonly<Record<number, readonly string[]>>>> = {
  client: {
    [QuicPacketKind.ZeroRtt]: ["CLIENT_EARLY_TRAFFIC_SECRET", "QUIC_CLIENT_EARLY_TRAFFIC_SECRET"],
    [QuicPacketKind.Handshake]: [
      "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
      "QUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    ],
    [QuicPacketKind.OneRtt]: ["CLIENT_TRAFFIC_SECRET_0", "QUIC_CLIENT_TRAFFIC_SECRET_0"],
  },
  server: {
    [QuicPacketKind.Handshake]: [
      "SERVER_HANDSHAKE_TRAFFIC_SECRET",
      "QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET",
    ],
    [QuicPacketKind.OneRtt]: ["SERVER_TRAFFIC_SECRET_0", "QUIC_SERVER_TRAFFIC_SECRET_0"],
  },
};

interface InitialCandidate {
  readonly version: number;
  readonly destinationConnectionId: Uint8Array;
  /** Derived when a packet needs them. */
  keys: InitialKeys | null;
}

/** Keys of one level and direction. */
class LevelKeys {
  /** That opened a packet. */
  current: PacketKeys | null = null;
  /** Before a key update: for packets that come late. */
  previous: PacketKeys | null = null;
  next: PacketKeys | null = null;
  /** To try, where none opened a packet yet. */
  candidates: PacketKeys[] | null = null;
}

/** All keys of one connection. */
export class ObservedKeys {
  /** Of the handshake that the ClientHello began; null: not in the key log, or not known yet. */
  secrets: QuicSecrets | null = null;
  /** What the server chose; null: all that fit are tried. */
  cipherSuite: number | null = null;
  /** Loss bits take the place of two bits of short headers. */
  hasLossBits = false;
  /** The last packet was opened with keys of the next phase. */
  hasUpdated = false;
  /** The destination that the keys of the last Initial follow from. */
  openedId: Uint8Array | null = null;
  readonly #options: KeyOptions;
  readonly #initials: InitialCandidate[] = [];
  readonly #levels = new Map<string, LevelKeys>();

  constructor(aead: AeadProvider | undefined) {
    this.#options = aead === undefined ? {} : { aead };
  }

  /** The client's Initial packets have this destination connection id (RFC 9001 section 5.2). */
  addInitial(version: number, destinationConnectionId: Uint8Array): void {
    // During version negotiation a packet of one version may be protected with the keys of the other.
    for (const each of versionsFor(version))
      this.#initials.unshift({ version: each, destinationConnectionId, keys: null });
    if (this.#initials.length > INITIALS_MAX) this.#initials.length = INITIALS_MAX;
  }

  /** Another handshake: the secrets of the one before are of no use. */
  forget(): void {
    this.#levels.clear();
    this.cipherSuite = null;
  }

  /** Whether there is a secret for packets of this type. */
  hasKeys(kind: QuicPacketKind, side: QuicSender): boolean {
    return kind === QuicPacketKind.Initial || this.#secret(kind, side) !== undefined;
  }

  /** Opens a packet; null: no key does. `version`: that of the connection, for short headers. */
  open(
    packet: QuicPacket,
    kind: QuicPacketKind,
    side: QuicSender,
    version: number,
    largest: bigint,
  ): OpenedPacket | null {
    this.hasUpdated = false;
    if (kind === QuicPacketKind.Initial) return this.#openInitial(packet, side, largest);
    const level = this.#level(kind, side);
    if (level.current === null) return this.#try(level, packet, kind, side, version, largest);
    return (
      this.#unprotect(packet, level.current, largest) ??
      (kind === QuicPacketKind.OneRtt ? this.#openUpdated(level, packet, largest) : null)
    );
  }

  #openInitial(packet: QuicPacket, side: QuicSender, largest: bigint): OpenedPacket | null {
    const { version } = packet;
    // Those of the packet's own version first; the newest are in front.
    for (const isSame of [true, false]) {
      for (const candidate of this.#initials) {
        if ((candidate.version === version) !== isSame) continue;
        candidate.keys ??= this.#initialKeys(candidate);
        const opened = this.#unprotect(packet, candidate.keys[side], largest);
        if (opened === null) continue;
        this.openedId = candidate.destinationConnectionId;
        return opened;
      }
    }
    return null;
  }

  #initialKeys({ version, destinationConnectionId }: InitialCandidate): InitialKeys {
    return deriveInitialKeys(version, destinationConnectionId, this.#options);
  }

  /** A packet whose bit says another phase, or one that came late (RFC 9001 section 6). */
  #openUpdated(level: LevelKeys, packet: QuicPacket, largest: bigint): OpenedPacket | null {
    const current = level.current as PacketKeys;
    level.next ??= updateKeys(current);
    const opened = this.#unprotect(packet, level.next, largest);
    if (opened !== null) {
      level.previous = current;
      level.current = level.next;
      level.next = null;
      this.hasUpdated = true;
      return opened;
    }
    return level.previous === null ? null : this.#unprotect(packet, level.previous, largest);
  }

  #try(
    level: LevelKeys,
    packet: QuicPacket,
    kind: QuicPacketKind,
    side: QuicSender,
    version: number,
    largest: bigint,
  ): OpenedPacket | null {
    level.candidates ??= this.#candidates(kind, side, version);
    for (const keys of level.candidates) {
      const opened = this.#unprotect(packet, keys, largest);
      if (opened === null) continue;
      level.current = keys;
      level.candidates = null;
      return opened;
    }
    return kind === QuicPacketKind.OneRtt ? this.#tryUpdated(level, packet, largest) : null;
  }

  /** The first packet that was captured may be behind a key update already. */
  #tryUpdated(level: LevelKeys, packet: QuicPacket, largest: bigint): OpenedPacket | null {
    for (const keys of level.candidates ?? []) {
      const updated = updateKeys(keys);
      const opened = this.#unprotect(packet, updated, largest);
      if (opened === null) continue;
      level.previous = keys;
      level.current = updated;
      level.candidates = null;
      this.hasUpdated = true;
      return opened;
    }
    return null;
  }

  #candidates(kind: QuicPacketKind, side: QuicSender, version: number): PacketKeys[] {
    const secret = this.#secret(kind, side);
    if (secret === undefined) return [];
    const fitting = SUITES[secret.length] ?? [];
    // Early data is of the session before, so that the choice of this handshake says nothing about it.
    const chosen = kind === QuicPacketKind.ZeroRtt ? null : this.cipherSuite;
    const suites = chosen === null ? fitting : fitting.filter((suite) => suite === chosen);
    const versions = versionsFor(version);
    return versions.flatMap((each) =>
      suites.map((suite) => deriveKeys(each, suite, secret, this.#options)),
    );
  }

  /** The keys that were tried so far are not all: the handshake said more. */
  retry(): void {
    for (const level of this.#levels.values()) level.candidates = null;
  }

  #secret(kind: QuicPacketKind, side: QuicSender): Uint8Array | undefined {
    const { secrets } = this;
    if (secrets === null) return undefined;
    for (const label of LABELS[side][kind] ?? []) {
      const secret = secrets.get(label);
      if (secret !== undefined) return secret;
    }
    return undefined;
  }

  #level(kind: QuicPacketKind, side: QuicSender): LevelKeys {
    const name = `${side} ${kind}`;
    let level = this.#levels.get(name);
    if (level === undefined) {
      level = new LevelKeys();
      this.#levels.set(name, level);
    }
    return level;
  }

  #unprotect(packet: QuicPacket, keys: PacketKeys, largest: bigint): OpenedPacket | null {
    return unprotect(packet, keys, largest, { lossBits: this.hasLossBits });
  }
}
