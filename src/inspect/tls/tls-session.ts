// What both directions of a TLS connection share: the hellos, what they agreed on, and the keys that follow from it and from
// the key log.

import {
  type AeadProvider,
  type ClientHello,
  type ServerHello,
  type TlsCipherSuite,
  TlsVersion,
  tlsCipherSuite,
  tlsCipherSuiteName,
  tlsVersionName,
} from "../../quic.js";
import type { ClosedReason, Direction } from "../events.js";
import type { KeyLog, KeyLogSecrets } from "./key-log.js";
import type { TlsHelloEvent } from "./tls-events.js";
import {
  keyBlockKeys,
  type RecordKeys,
  secretLength,
  trafficKeys,
  updatedKeys,
} from "./tls-record-keys.js";
import { TlsStage } from "./tls-stage.js";

/** What becomes of 0-RTT data. */
export type EarlyData = "none" | "offered" | "accepted" | "rejected";

/** Labels of the key log. The server has no early data. */
const LABELS = {
  client: {
    early: "CLIENT_EARLY_TRAFFIC_SECRET",
    handshake: "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    application: "CLIENT_TRAFFIC_SECRET_0",
  },
  server: {
    early: "",
    handshake: "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    application: "SERVER_TRAFFIC_SECRET_0",
  },
} as const;
const TLS13_SUITES = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305];
const MASTER_SECRET = "CLIENT_RANDOM";

/** One TLS connection. */
export class TlsSession {
  readonly #keyLog: KeyLog;
  readonly #provider: AeadProvider;
  clientHello: ClientHello | null = null;
  serverHello: ServerHello | null = null;
  /** A HelloRetryRequest came. */
  isRetried = false;
  early: EarlyData = "none";
  /** The protocol that was agreed. */
  alpn: string | null = null;
  /** There is a secret, but nobody has the AEAD of its suite. */
  #lacksAead = false;
  #secrets: KeyLogSecrets | null = null;
  /** Size of the key log when it was asked last, and for which random. */
  #askedAt = -1;
  #askedFor: Uint8Array | null = null;

  constructor(keyLog: KeyLog, provider: AeadProvider) {
    this.#keyLog = keyLog;
    this.#provider = provider;
  }

  /** null: no ServerHello yet. Drafts of TLS 1.3 count as TLS 1.3. */
  get isTls13(): boolean | null {
    const { serverHello } = this;
    if (serverHello === null) return null;
    return serverHello.version === TlsVersion.Tls13 || serverHello.version >>> 8 === 0x7f;
  }

  /** The suite that was chosen, where it has an AEAD and is one of this version. */
  get suite(): TlsCipherSuite | null {
    const suite = this.serverHello === null ? null : tlsCipherSuite(this.serverHello.cipherSuite);
    return suite?.isTls13 === this.isTls13 ? suite : null;
  }

  /** A secret of the key log; null where it has none (yet). */
  secret(label: string): Uint8Array | null {
    const random = this.clientHello?.random ?? null;
    if (random === null) return null;
    if (this.#askedFor !== random || this.#askedAt !== this.#keyLog.size) {
      this.#secrets = this.#keyLog.find(random);
      this.#askedFor = random;
      this.#askedAt = this.#keyLog.size;
    }
    return this.#secrets?.get(label) ?? null;
  }

  /** A stage of TLS 1.3; without keys where the log has none. */
  stage(direction: Direction, name: "early" | "handshake" | "application"): TlsStage {
    return new TlsStage(name, this.#trafficKeys(direction, name), this.#keyLog.size);
  }

  /** A direction of TLS 1.2 behind change_cipher_spec. */
  stage12(direction: Direction): TlsStage {
    return new TlsStage("tls12", this.#keyBlockKeys(direction), this.#keyLog.size);
  }

  /** The stage that may follow; null where there is none. */
  following(direction: Direction, stage: TlsStage): TlsStage | null {
    if (stage.name === "tls12") return null;
    if (stage.name === "early") return this.stage(direction, "handshake");
    if (stage.name === "handshake") return this.stage(direction, "application");
    const keys = stage.keys.map((each) => updatedKeys(each, this.#provider));
    return new TlsStage(
      "application",
      keys.filter((each) => each !== null),
      this.#keyLog.size,
    );
  }

  /** Asks again for the keys of a stage that has none: its line of the log may have come since. */
  refill(direction: Direction, stage: TlsStage): void {
    if (stage.hasKeys || stage.askedAt === this.#keyLog.size) return;
    stage.askedAt = this.#keyLog.size;
    stage.keys =
      stage.name === "tls12"
        ? this.#keyBlockKeys(direction)
        : this.#trafficKeys(direction, stage.name);
  }

  /** Why a record stays closed that has no keys. */
  get closedReason(): ClosedReason {
    const isUnknown = this.serverHello !== null && this.suite === null;
    return isUnknown || this.#lacksAead ? "unknown cipher suite" : "no keys";
  }

  /** What is known, as an event. */
  hello(direction: Direction, offset: number): TlsHelloEvent {
    const { clientHello, serverHello, alpn } = this;
    return {
      kind: "hello",
      direction,
      offset,
      clientRandom: clientHello?.random ?? null,
      serverName: clientHello?.serverName ?? null,
      offeredAlpn: clientHello?.alpn ?? [],
      alpn,
      version: serverHello === null ? null : tlsVersionName(serverHello.version),
      cipherSuite: serverHello === null ? null : tlsCipherSuiteName(serverHello.cipherSuite),
      resumed: this.#isResumed,
    };
  }

  /** TLS 1.2 says it by the session id that the client offered; a client that resumes by a ticket makes one up. */
  get #isResumed(): boolean {
    const { clientHello, serverHello } = this;
    if (serverHello === null) return false;
    if (this.isTls13) return serverHello.preSharedKey !== null;
    const offered = clientHello?.sessionId ?? new Uint8Array(0);
    const { sessionId } = serverHello;
    if (sessionId.length === 0 || sessionId.length !== offered.length) return false;
    return sessionId.every((octet, at) => octet === offered[at]);
  }

  #trafficKeys(direction: Direction, name: "early" | "handshake" | "application"): RecordKeys[] {
    const secret = this.secret(LABELS[direction][name]);
    if (secret === null) return [];
    const found: RecordKeys[] = [];
    for (const suite of this.#suites(name)) {
      const keys = trafficKeys(suite, secret, this.#provider);
      if (keys !== null) found.push(keys);
      else if (secret.length === secretLength(suite)) this.#lacksAead = true;
    }
    return found;
  }

  /** Before the ServerHello, and where it is missing, it is one of those that the client offers. */
  #suites(name: string): TlsCipherSuite[] {
    // Early data is under the suite of the session that is resumed: if it is accepted, the one that is chosen.
    const isKnown = this.serverHello !== null && (name !== "early" || this.early === "accepted");
    if (isKnown) return this.isTls13 && this.suite !== null ? [this.suite] : [];
    const offered = this.clientHello?.cipherSuites ?? [];
    return TLS13_SUITES.filter((id) => offered.includes(id)).map(
      (id) => tlsCipherSuite(id) as TlsCipherSuite,
    );
  }

  #keyBlockKeys(direction: Direction): RecordKeys[] {
    const { suite, serverHello, clientHello } = this;
    const master = this.secret(MASTER_SECRET);
    if (suite === null || master === null || serverHello === null || clientHello === null)
      return [];
    if (this.isTls13) return [];
    const randoms = { client: clientHello.random, server: serverHello.random };
    const keys = keyBlockKeys(suite, master, randoms, direction, this.#provider);
    if (keys === null) this.#lacksAead = true;
    return keys === null ? [] : [keys];
  }
}
