// What HTTP/3 needs of a QUIC implementation (RFC 9114 section 3.2, RFC 9000 section 2): connections whose streams
// carry bytes in order, and nothing that a particular implementation does its own way. Rules of the file: types
// only; stream ids are QUIC's own, numbers below 2^53; error codes are HTTP/3's where QUIC calls them
// application errors. A transport is given to serve() and connect(); H3Drive joins one of its connections with an
// H3Connection.

/** A QUIC implementation. */
export interface QuicTransport {
  /** For messages: "quiche". */
  readonly name: string;
  /**
   * Waits for clients on a UDP port. Transports that are clients only have no such method.
   *
   * @param onConnection called when a connection can carry streams: it must call `start` before it returns
   * @throws UsageError for keys or settings that cannot work; the system's error where the port is taken
   */
  listen?(
    options: QuicListenOptions,
    onConnection: (connection: QuicConnection) => void,
  ): Promise<QuicListener>;
  /**
   * Connects to a server; fulfilled when streams can be opened.
   *
   * @throws QuicError where the handshake fails
   */
  connect?(options: QuicConnectOptions): Promise<QuicConnection>;
}

/** Where both ends agree on, and what each gives the other. */
export interface QuicSettings {
  /** Protocols in ALPN, the favourite first. Default ["h3"]. */
  readonly alpn?: readonly string[];
  /** Silence that ends a connection, in milliseconds (RFC 9000 section 10.1). Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Unread bytes of one stream, in bytes. Default 256 KiB. */
  readonly streamWindow?: number;
  /** Unread bytes of all streams together, in bytes. Default 1 MiB. */
  readonly connectionWindow?: number;
  /** Bidirectional streams that the peer may have open. Default 100. */
  readonly bidiStreams?: number;
  /** Unidirectional streams that the peer may have open; HTTP/3 itself takes three. Default 100. */
  readonly uniStreams?: number;
  /** Datagrams are taken (RFC 9221). Default true. */
  readonly datagrams?: boolean;
  /** Early data (0-RTT, RFC 9001 section 4.6) is taken, or sent: it may be replayed. Default false. */
  readonly earlyData?: boolean;
  /** File for the TLS secrets of a connection, by its number: 0, 1, 2 … (NSS key log). Default: none are written. */
  readonly keylog?: (connection: number) => string;
  /**
   * Sees each packet as it goes over the wire, with the number of its connection: for who measures or records. The packet is
   * valid during the call. quiche alone has it. Default: nobody.
   */
  readonly onPacket?: (connection: number, packet: Uint8Array, isSent: boolean) => void;
}

/** What a server gives its transport. */
export interface QuicListenOptions extends QuicSettings {
  readonly port: number;
  /** Address to listen on. */
  readonly hostname: string;
  /** Private key, PEM. */
  readonly key: string;
  /** Certificate, then its chain, PEM. */
  readonly cert: string;
  /**
   * Handshakes under way from which on a client must show first that its address is its own (Retry, RFC 9000 section
   * 8.1). 0: always. Default 1,000.
   */
  readonly retryFrom?: number;
}

/** What a client gives its transport. */
export interface QuicConnectOptions extends QuicSettings {
  readonly port: number;
  /** Name or address. */
  readonly host: string;
  /** Name that the certificate must have, where it is not `host`. */
  readonly serverName?: string;
  /** Certificates that are trusted, PEM. Default: those of the platform. */
  readonly ca?: string;
  /** The certificate is checked. Default true. */
  readonly verify?: boolean;
  /** What `QuicConnection.session` of an earlier connection gave: resumption, and early data where it is allowed. */
  readonly session?: Uint8Array;
  /** Aborting it gives up the handshake. */
  readonly signal?: AbortSignal;
}

/** A port that waits for clients. */
export interface QuicListener {
  readonly address: { readonly address: string; readonly port: number };
  /** Takes no further connections; those that there are go on. Fulfilled when all are gone and the port is free. */
  close(): Promise<void>;
  /** Ends all connections at once. */
  destroy(): void;
}

/** One connection. Its receiver is called from the transport's own turns, never from inside a call of a method. */
export interface QuicConnection {
  readonly role: "client" | "server";
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** What ALPN agreed on. */
  readonly alpn: string;
  /** The handshake is done: what comes now is no replay. */
  readonly isEstablished: boolean;
  /** Longest datagram that can be sent now, in bytes; 0: the peer takes none. */
  readonly maxDatagramLength: number;
  /**
   * How many bidirectional streams our side may have opened by now, from the first on (MAX_STREAMS, RFC 9000 section
   * 19.11). Infinity where the transport lets further ones wait by itself.
   */
  readonly bidiStreamLimit: number;
  readonly timing: QuicTiming;
  /** Its number for `keylog` and `onPacket`. -1 where the transport has neither. */
  readonly number: number;
  /** Client: what a later connection can begin with; null as long as the server has sent none. */
  readonly session: Uint8Array | null;
  /** From here on the receiver is called. */
  start(receiver: QuicReceiver): void;
  /**
   * Asks for a turn soon, in which `receiver.turn` can write; several calls before it are one. Whatever is written
   * outside of a turn leaves with the next one.
   */
  wake(): void;
  /** Bytes of a stream that should be written now; 0 where it must wait. Streams of ours need not be open yet. */
  room(streamId: number): number;
  /**
   * Writes to a stream, and opens it if it is ours and new. All bytes are taken: what there is no room for waits, by
   * reference.
   */
  write(streamId: number, bytes: Uint8Array, fin: boolean): void;
  /** RESET_STREAM: our side of the stream ends here. */
  reset(streamId: number, code: number): void;
  /** STOP_SENDING: nothing more is read from the stream, nor said of how the peer ends it. */
  stopSending(streamId: number, code: number): void;
  /** @returns false: the datagram was dropped, for it is too long or too many wait */
  sendDatagram(bytes: Uint8Array): boolean;
  /** Reads no more of a stream, so that its window fills. */
  pause(streamId: number): void;
  resume(streamId: number): void;
  /** CONNECTION_CLOSE with an application's code, now. What was written and did not arrive is lost. */
  close(code: number, reason?: string): void;
  /** The same when the peer has all that was written, or after about a second. Nothing is written any more. */
  finish(code: number, reason?: string): void;
  /** Ends the connection at once: one last packet says so, and no answer is waited for. */
  destroy(): void;
}

/** Who is told what happens on a connection. */
export interface QuicReceiver {
  /** Bytes of a stream in order, to own; `fin`: they are the last. A first call is how a stream of the peer opens. */
  stream(streamId: number, bytes: Uint8Array, fin: boolean): void;
  /** RESET_STREAM came. */
  reset(streamId: number, code: number): void;
  /** STOP_SENDING came, and our side of the stream has been reset. */
  stopSending(streamId: number, code: number): void;
  datagram(bytes: Uint8Array): void;
  /** The handshake is done, where `start` was called before: what comes now is no replay. */
  established(): void;
  /** All that came was handed over, or there is room again, or `wake` was called: now is the time to write. */
  turn(): void;
  /** The connection is over; the last call. */
  closed(close: QuicClose): void;
}

/** How a connection ended. */
export interface QuicClose {
  readonly by: "peer" | "us" | "timeout";
  /** An application's code, HTTP/3's; else one of QUIC (RFC 9000 section 20.1). */
  readonly isApplication: boolean;
  readonly code: number;
  readonly reason: string;
}

/** Time spent inside the transport for one connection, in milliseconds of `performance.now()`. */
export interface QuicTiming {
  /** When the first packet came (server) or was to leave (client). */
  readonly startedAt: number;
  /** When streams could be used; null: not yet. */
  readonly openedAt: number | null;
  /** Packets that came: decryption, acknowledgements, frames, reassembly; the handshake is part of it. */
  readonly receiveMs: number;
  /** Packets that left: frames, loss recovery, encryption. */
  readonly sendMs: number;
  /** Handing packets to the system. */
  readonly socketMs: number;
  /** Packets so far. */
  readonly received: number;
  readonly sent: number;
}
