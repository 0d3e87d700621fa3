// The part of `@matrixai/quic` that is used: its binding of Cloudflare's quiche, `native.quiche`, a QUIC without
// sockets and timers of its own. Types only. An object of `quiche` is handed in by the application, so that tercet
// depends on nothing.

export interface QuicheBinding {
  readonly MAX_DATAGRAM_SIZE: number;
  negotiateVersion(scid: Uint8Array, dcid: Uint8Array, out: Uint8Array): number;
  retry(
    scid: Uint8Array,
    dcid: Uint8Array,
    newScid: Uint8Array,
    token: Uint8Array,
    version: number,
    out: Uint8Array,
  ): number;
  versionIsSupported(version: number): boolean;
  readonly Config: {
    withBoringSslCtx(
      verifyPeer: boolean,
      verifyAllowFail: boolean,
      ca: Uint8Array | null,
      key: Uint8Array[] | null,
      cert: Uint8Array[] | null,
      sigalgs: string | null,
    ): QuicheConfig;
  };
  readonly Connection: {
    connect(
      serverName: string | null,
      scid: Uint8Array,
      local: QuicheAddress,
      remote: QuicheAddress,
      config: QuicheConfig,
    ): QuicheNative;
    accept(
      scid: Uint8Array,
      odcid: Uint8Array | null,
      local: QuicheAddress,
      remote: QuicheAddress,
      config: QuicheConfig,
    ): QuicheNative;
  };
}

export interface QuicheAddress {
  readonly host: string;
  readonly port: number;
}

export interface QuicheConfig {
  logKeys(): void;
  enableEarlyData(): void;
  setApplicationProtos(names: string[]): void;
  setMaxIdleTimeout(ms: number): void;
  setMaxRecvUdpPayloadSize(length: number): void;
  setMaxSendUdpPayloadSize(length: number): void;
  setInitialMaxData(length: number): void;
  setInitialMaxStreamDataBidiLocal(length: number): void;
  setInitialMaxStreamDataBidiRemote(length: number): void;
  setInitialMaxStreamDataUni(length: number): void;
  setInitialMaxStreamsBidi(count: number): void;
  setInitialMaxStreamsUni(count: number): void;
  setMaxStreamWindow(length: number): void;
  setMaxConnectionWindow(length: number): void;
  setActiveConnectionIdLimit(count: number): void;
  setDisableActiveMigration(isDisabled: boolean): void;
  enablePacing(isEnabled: boolean): void;
  enableDgram(isEnabled: boolean, toReceive: number, toSend: number): void;
}

/** One connection. Methods that find a mistake throw an Error whose message names it: "StreamReset(256)". */
export interface QuicheNative {
  setKeylog(file: string): void;
  setSession(session: Uint8Array): void;
  recv(packet: Uint8Array, info: { from: QuicheAddress; to: QuicheAddress }): number;
  /** null: nothing to send. */
  send(packet: Uint8Array): [length: number, info: { to: QuicheAddress }] | null;
  streamRecv(streamId: number, bytes: Uint8Array): [length: number, fin: boolean] | null;
  streamSend(streamId: number, bytes: Uint8Array, fin: boolean): number | null;
  /** Direction 0: reading, STOP_SENDING; 1: writing, RESET_STREAM. */
  streamShutdown(streamId: number, direction: 0 | 1, code: number): void;
  streamCapacity(streamId: number): number;
  peerStreamsLeftBidi(): number;
  readable(): Iterable<number>;
  isReadable(): boolean;
  dgramRecvQueueLen(): number;
  dgramRecvVec(): Uint8Array | null;
  /** null: the queue is full. */
  // biome-ignore lint/suspicious/noConfusingVoidType: as the package has it
  dgramSend(bytes: Uint8Array): void | null;
  dgramMaxWritableLen(): number | null;
  /** Milliseconds. */
  timeout(): number | null;
  onTimeout(): void;
  newSourceCid(scid: Uint8Array, resetToken: bigint, retireIfNeeded: boolean): number;
  sourceCidsLeft(): number;
  retiredScidNext(): Uint8Array | null;
  pathEventNext(): unknown;
  close(isApplication: boolean, code: number, reason: Uint8Array): void;
  applicationProto(): Uint8Array;
  peerCertChain(): Uint8Array[] | null;
  session(): Uint8Array | null;
  isEstablished(): boolean;
  isInEarlyData(): boolean;
  isDraining(): boolean;
  isClosed(): boolean;
  isTimedOut(): boolean;
  peerError(): QuicheError | null;
  localError(): QuicheError | null;
}

export interface QuicheError {
  readonly isApp: boolean;
  readonly errorCode: number;
  readonly reason: Uint8Array;
}
