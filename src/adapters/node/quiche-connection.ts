// One QUIC connection of quiche: what QuicConnection asks for, in quiche's terms. Rules of the file: what came is
// handed over at once, what is to be sent leaves in the next turn of the endpoint, so that packets that came
// together are answered together; bytes that quiche has no room for wait here by reference; nothing that quiche
// throws about a peer's bytes gets further than this file.

import { LateTimer } from "../late-timer.js";
import type {
  QuicClose,
  QuicConnection,
  QuicReceiver,
  QuicSettings,
  QuicTiming,
} from "../quic/transport.js";
import type { QuicheAddress, QuicheNative } from "./quiche-binding.js";
import { closeOf } from "./quiche-close.js";
import { Slab } from "./quiche-slab.js";
import { codeIn, QuicheStreams } from "./quiche-streams.js";

/** What a connection needs of the socket that it shares with others. */
export interface QuichePort {
  /** A turn of the connection, soon. */
  soon(connection: QuicheConnection): void;
  /** Sends one packet. */
  send(packet: Uint8Array, to: QuicheAddress): void;
  /** One more id for packets of this connection, with its stateless reset token. */
  newId(connection: QuicheConnection): { id: Uint8Array; token: bigint };
  forgetId(id: Uint8Array): void;
  /** The connection is over, and no packet of it needs an answer any more. */
  gone(connection: QuicheConnection): void;
}

/** Bytes of one read; less is left of a slab seldom. */
const READ_LENGTH = 16 * 1024;
/** Packets that leave in one turn: others shall have theirs. */
const PACKETS_A_TURN = 64;
/** More than UDP on Ethernet takes is never asked for. */
const PACKET_LENGTH = 1_500;
/** Connection ids that the peer has in reserve for another address. */
const SPARE_IDS = 2;

/** How long an orderly end waits for the peer. */
const LINGER_MS = 1_000;

/** For all connections. */
const slab = new Slab();

export class QuicheConnection implements QuicConnection {
  readonly role: "client" | "server";
  readonly number: number;
  readonly timing: { -readonly [Name in keyof QuicTiming]: QuicTiming[Name] } = {
    ...{ startedAt: 0, openedAt: null },
    ...{ receiveMs: 0, sendMs: 0, socketMs: 0, received: 0, sent: 0 },
  };

  readonly #native: QuicheNative;
  readonly #port: QuichePort;
  readonly #local: QuicheAddress;
  #remote: QuicheAddress;
  #onOpen: ((connection: QuicheConnection) => void) | null;
  #onFail: ((close: QuicClose) => void) | null;
  readonly #onPacket: QuicSettings["onPacket"];
  #receiver: QuicReceiver | null = null;
  readonly #streams: QuicheStreams;
  readonly #paused = new Set<number>();
  #finish: { code: number; reason: string; at: number } | null = null;
  /** Own connection ids beside the first. */
  #spareIds = 0;
  /** A connection that is there keeps the process alive, as sockets do. */
  readonly #timer = new LateTimer(() => this.#onTimer(), false);
  /** It began with early data, and the handshake is not done. */
  #isEarly = false;
  #isOver = false;
  #isGone = false;

  constructor(
    native: QuicheNative,
    role: "client" | "server",
    addresses: { local: QuicheAddress; remote: QuicheAddress },
    port: QuichePort,
    on: {
      /** `performance.now()` before quiche was asked for a connection. */
      startedAt: number;
      open(connection: QuicheConnection): void;
      fail(close: QuicClose): void;
      /** Its number, and who sees its packets. */
      number: number;
      packet: QuicSettings["onPacket"];
    },
  ) {
    this.number = on.number;
    this.#onPacket = on.packet;
    this.role = role;
    this.timing.startedAt = on.startedAt;
    this.timing.receiveMs = performance.now() - on.startedAt;
    this.#native = native;
    this.#local = addresses.local;
    this.#remote = addresses.remote;
    this.#port = port;
    this.#onOpen = on.open;
    this.#onFail = on.fail;
    this.#streams = new QuicheStreams(native, role === "server");
  }

  get remoteAddress(): string {
    return this.#remote.host;
  }

  get remotePort(): number {
    return this.#remote.port;
  }

  get alpn(): string {
    return new TextDecoder().decode(this.#native.applicationProto());
  }

  get isEstablished(): boolean {
    return this.#native.isEstablished();
  }

  /** Streams can be used: established, or early data. */
  get isOpen(): boolean {
    return this.#onOpen === null;
  }

  get maxDatagramLength(): number {
    return this.#native.dgramMaxWritableLen() ?? 0;
  }

  get bidiStreamLimit(): number {
    return this.#streams.bidiLimit;
  }

  get session(): Uint8Array | null {
    return this.#native.session();
  }

  /** Certificates of the peer, DER. */
  get certificates(): Uint8Array[] {
    return this.#native.peerCertChain() ?? [];
  }

  start(receiver: QuicReceiver): void {
    this.#receiver = receiver;
    this.wake();
  }

  wake(): void {
    if (!this.#isGone) this.#port.soon(this);
  }

  /** A packet of this connection came. */
  receive(packet: Uint8Array, from: QuicheAddress): void {
    this.#onPacket?.(this.number, packet, false);
    const before = performance.now();
    if (from.port !== this.#remote.port || from.host !== this.#remote.host) this.#remote = from;
    try {
      this.#native.recv(packet, { from: this.#remote, to: this.#local });
    } catch {
      // The peer's mistake: quiche has closed the connection and says so in its next packet, or drops the packet.
    }
    this.timing.received++;
    this.timing.receiveMs += performance.now() - before;
    this.#open();
    this.#read();
    this.wake();
  }

  /** Reads, lets the receiver write, sends packets. Called by the endpoint. */
  turn(): void {
    if (this.#isGone) return;
    this.#open();
    this.#read();
    if (!this.#isOver) this.#write();
    this.#send();
    // With early data a client can go on when its first packet has left.
    this.#open();
    this.#settle();
  }

  #open(): void {
    const onOpen = this.#onOpen;
    if (onOpen === null && this.#isEarly && this.#native.isEstablished()) {
      this.#isEarly = false;
      this.#receiver?.established();
    }
    if (onOpen === null || this.#native.isDraining() || this.#native.isClosed()) return;
    if (!this.#native.isEstablished() && !this.#native.isInEarlyData()) return;
    this.#onOpen = null;
    this.#isEarly = !this.#native.isEstablished();
    this.timing.openedAt = performance.now();
    onOpen(this);
  }

  #read(): void {
    if (this.#receiver === null || this.#isOver) return;
    const native = this.#native;
    for (let left = native.dgramRecvQueueLen(); left > 0; left--) {
      const bytes = native.dgramRecvVec();
      if (bytes !== null) this.#receiver.datagram(bytes);
    }
    if (!native.isReadable()) return;
    for (const streamId of native.readable()) {
      if (!this.#paused.has(streamId)) this.#readStream(streamId);
    }
  }

  #write(): void {
    const receiver = this.#receiver;
    if (receiver === null) return;
    this.#streams.findStopped((streamId, code) => receiver.stopSending(streamId, code));
    this.#streams.writePending();
    receiver.turn();
    this.#tryFinish();
  }

  #readStream(streamId: number): void {
    const receiver = this.#receiver as QuicReceiver;
    this.#streams.noteRead(streamId);
    for (;;) {
      const bytes = slab.piece(READ_LENGTH);
      let read: [length: number, fin: boolean] | null;
      try {
        read = this.#native.streamRecv(streamId, bytes);
      } catch (error) {
        const code = codeIn(error, "StreamReset");
        if (code !== null) receiver.reset(streamId, code);
        return;
      }
      if (read === null) return;
      const [length, fin] = read;
      slab.use(length);
      receiver.stream(streamId, bytes.subarray(0, length), fin);
      if (fin || this.#paused.has(streamId)) return;
    }
  }

  room(streamId: number): number {
    return this.#streams.room(streamId);
  }

  write(streamId: number, bytes: Uint8Array, fin: boolean): void {
    this.#streams.write(streamId, bytes, fin);
  }

  reset(streamId: number, code: number): void {
    this.#streams.reset(streamId, code);
  }

  stopSending(streamId: number, code: number): void {
    this.#paused.delete(streamId);
    this.#streams.stopSending(streamId, code);
  }

  sendDatagram(bytes: Uint8Array): boolean {
    try {
      return this.#native.dgramSend(bytes) !== null;
    } catch {
      return false;
    }
  }

  pause(streamId: number): void {
    this.#paused.add(streamId);
  }

  resume(streamId: number): void {
    if (this.#paused.delete(streamId)) this.wake();
  }

  close(code: number, reason = ""): void {
    // A connection that is closing sends nothing else, not even the end of a handshake that its close needs.
    this.#send();
    try {
      this.#native.close(true, code, new TextEncoder().encode(reason));
    } catch {
      // It is closed already.
    }
    this.wake();
  }

  finish(code: number, reason = ""): void {
    this.#finish = { code, reason, at: performance.now() + LINGER_MS };
    this.wake();
  }

  /** Closes when all streams that were written have ended on both sides. */
  #tryFinish(): void {
    const finish = this.#finish;
    if (finish === null) return;
    if (this.#streams.isSettled || performance.now() >= finish.at) {
      this.#finish = null;
      this.close(finish.code, finish.reason);
    } else {
      this.#timer.set(finish.at);
    }
  }

  destroy(): void {
    if (this.#isGone) return;
    this.#send();
    try {
      this.#native.close(false, 0, new Uint8Array(0));
    } catch {
      // It was closed before, with a code of its own.
    }
    this.#send();
    const { isApplication, code, reason } = closeOf(this.#native);
    this.#report({ by: "us", isApplication, code, reason });
    this.#leave();
  }

  #send(): void {
    const native = this.#native;
    for (let count = 0; ; count++) {
      if (count === PACKETS_A_TURN) {
        this.wake();
        return;
      }
      const packet = slab.piece(PACKET_LENGTH);
      const before = performance.now();
      let sent: ReturnType<QuicheNative["send"]> = null;
      try {
        sent = native.send(packet);
      } catch {
        // The connection is closed by what quiche has found: its close has left.
      }
      const made = performance.now();
      this.timing.sendMs += made - before;
      if (sent === null) return;
      slab.use(sent[0]);
      this.timing.sent++;
      this.#onPacket?.(this.number, packet.subarray(0, sent[0]), true);
      this.#port.send(packet.subarray(0, sent[0]), sent[1].to);
      this.timing.socketMs += performance.now() - made;
    }
  }

  /** After each turn: ids, the timer, and the end. */
  #settle(): void {
    const native = this.#native;
    if (native.isDraining() || native.isClosed()) {
      this.#report(closeOf(native));
      if (native.isClosed()) {
        this.#leave();
        return;
      }
    } else if (native.isEstablished()) {
      this.#renewIds();
    }
    const ms = native.timeout();
    if (ms !== null) this.#timer.set(performance.now() + ms + 1);
    if (this.#isOver) this.#timer.unref();
  }

  /** What a client needs that changes its address (RFC 9000 section 5.1). */
  #renewIds(): void {
    const native = this.#native;
    while (native.pathEventNext() !== null);
    for (let id = native.retiredScidNext(); id !== null; id = native.retiredScidNext()) {
      this.#port.forgetId(id);
      this.#spareIds--;
    }
    while (this.#spareIds < SPARE_IDS && native.sourceCidsLeft() > 0) {
      const { id, token } = this.#port.newId(this);
      native.newSourceCid(id, token, false);
      this.#spareIds++;
    }
  }

  #onTimer(): void {
    if (this.#native.timeout() === 0) this.#native.onTimeout();
    this.turn();
  }

  /** Tells, once, how the connection ended. */
  #report(close: QuicClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#streams.clear();
    if (this.#receiver !== null) this.#receiver.closed(close);
    else this.#onFail?.(close);
    this.#onFail = null;
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#timer.stop();
    this.#port.gone(this);
  }
}
