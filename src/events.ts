// Every event a user can receive and the shapes of heads, with one doc line per member.

import type { ProtocolError } from "./errors.js";

/** Fields of one section in wire order. Strings are latin1: one character per byte. */
export interface Fields extends Iterable<[name: string, value: string]> {
  /** Flat: [name, value, name, value, …], wire order, the peer's spelling. */
  readonly rawHeaders: readonly string[];
  /** Values of one name joined by ", " (RFC 9110 section 5.3), cookie crumbs by "; "; null = absent. */
  get(name: string): string | null;
  /** Every value of one name, in wire order. Set-Cookie must be read so. */
  getAll(name: string): string[];
  /** Whether the name occurs; case does not matter. */
  has(name: string): boolean;
  /** Came as never-indexed (RFC 7541 section 6.2.3); false on HTTP/1.1. */
  isSensitive(name: string): boolean;
}

/** A request head. */
export interface RequestHead extends Fields {
  /** Any token, case-sensitive. */
  readonly method: string;
  /** The request target as on the wire. */
  readonly target: string;
  /** From an absolute-form target, else null: the connection does not know what carries it. */
  readonly scheme: string | null;
  /** Effective authority: of an absolute-form or CONNECT target, else Host; userinfo removed. */
  readonly authority: string | null;
  /** Path and query; "*" for asterisk-form; null for CONNECT. */
  readonly path: string | null;
  /** The Upgrade field where Connection offers it (RFC 9110 section 7.8), else null. */
  readonly protocol: string | null;
  readonly httpVersion: "1.0" | "1.1" | "2" | "3";
  /** HTTP/1.1: an absolute-form target names another authority than Host (RFC 9112 section 3.2.2). */
  readonly hostDiffers?: boolean;
  /** HTTP/1.1: the client waits for 100 (RFC 9110 section 10.1.1). */
  readonly expectsContinue?: boolean;
}

/** A response head. */
export interface ResponseHead extends Fields {
  readonly status: number;
  /** As on the wire, "" when absent; null on HTTP/2 and HTTP/3. */
  readonly reason: string | null;
  readonly httpVersion: "1.0" | "1.1" | "2" | "3";
}

/** What a head view in a handler adds: it is one reused object, valid during the call. */
export interface Keepable<T> {
  /** A head to own. */
  keep(): T;
}

/** What a connection reports. */
export type ConnectionEvent =
  /** A final request or response head. */
  | { readonly type: "head"; readonly streamId: number; readonly head: RequestHead | ResponseHead }
  /** A 1xx response, 101 included. */
  | { readonly type: "informational"; readonly streamId: number; readonly head: ResponseHead }
  /** Content; a view of the chunk that the caller passed in. */
  | { readonly type: "data"; readonly streamId: number; readonly bytes: Uint8Array }
  /** The trailer section, never merged with the headers. */
  | { readonly type: "trailers"; readonly streamId: number; readonly trailers: Fields }
  /** Exactly once per complete message. */
  | { readonly type: "end"; readonly streamId: number }
  /** The peer abandoned the stream. */
  | { readonly type: "reset"; readonly streamId: number; readonly code: number }
  /** There is room again after sendData gave false. */
  | { readonly type: "writable"; readonly streamId: number }
  /** Bytes after 101 or a 2xx to CONNECT. */
  | { readonly type: "tunnel"; readonly streamId: number; readonly bytes: Uint8Array }
  /** The HTTP/2 connection preface (RFC 9113 section 3.4) with the bytes behind it; hand them to an H2Connection. */
  | { readonly type: "preface"; readonly streamId: number; readonly bytes: Uint8Array }
  /** A leniency was used: its name and the offset of the byte that needed it. */
  | {
      readonly type: "leniency";
      readonly streamId: number;
      readonly name: string;
      readonly offset: number;
    }
  /** A chunk header; only with observe. */
  | {
      readonly type: "chunk";
      readonly streamId: number;
      readonly size: number;
      readonly extensions: string;
    }
  /** The peer's SETTINGS, in the order of the frame; unknown identifiers included. */
  | { readonly type: "settings"; readonly settings: ReadonlyMap<number, number | bigint> }
  /** The peer acknowledged our SETTINGS. */
  | { readonly type: "settingsAck" }
  /** PING; one that is no acknowledgement has been answered. `payload` is 8 bytes to own. */
  | { readonly type: "ping"; readonly ack: boolean; readonly payload: Uint8Array }
  /**
   * HTTP/2: the peer will process no stream above lastStreamId. HTTP/3: none from lastStreamId on (a server names a request,
   * a client a push), and code is H3_NO_ERROR, since the frame has none. Those requests can be sent again elsewhere.
   */
  | {
      readonly type: "goaway";
      readonly lastStreamId: number;
      readonly code: number;
      /** At most the limit debugDataLength of it. */
      readonly debugData: Uint8Array;
    }
  /** Priority of a stream changed (RFC 9218): a PRIORITY_UPDATE frame. */
  | {
      readonly type: "priority";
      readonly streamId: number;
      /** 0 (first) to 7. */
      readonly urgency: number;
      readonly incremental: boolean;
    }
  /**
   * Client: the server promises a response to this request. On HTTP/2 it comes as events of stream promisedId. On HTTP/3
   * promisedId is the push id; the events have the number of the stream that the server opens: pushIdOf() tells whose it is.
   */
  | {
      readonly type: "push";
      readonly streamId: number;
      readonly promisedId: number;
      readonly head: RequestHead;
    }
  /** Client: an alternative service (RFC 7838); origin is "" on a stream. */
  | {
      readonly type: "altsvc";
      readonly streamId: number;
      readonly origin: string;
      /** The Alt-Svc field value. */
      readonly value: string;
    }
  /** Client: the Origin Set grows by these (RFC 8336). */
  | { readonly type: "origin"; readonly origins: readonly string[] }
  /** HTTP/3: the peer wants no more of our message (STOP_SENDING): it was given up, what comes from the peer goes on. */
  | { readonly type: "stopSending"; readonly streamId: number; readonly code: number }
  /** HTTP/3: an HTTP datagram (RFC 9297); streamId is its request. A view of what the caller passed in. */
  | { readonly type: "datagram"; readonly streamId: number; readonly bytes: Uint8Array }
  /** HTTP/3: a whole capsule of a stream that has the capsule protocol (RFC 9297 section 3). `bytes` is to own. */
  | {
      readonly type: "capsule";
      readonly streamId: number;
      readonly capsuleType: number | bigint;
      readonly bytes: Uint8Array;
    }
  /** HTTP/3 with WebTransport: the peer opened a stream of a session; its bytes come as streamData. */
  | {
      readonly type: "stream";
      readonly streamId: number;
      /** Stream of the CONNECT that made the session. */
      readonly sessionId: number;
      readonly unidirectional: boolean;
    }
  /** Bytes of a stream of a session: a view of what the caller passed in. */
  | { readonly type: "streamData"; readonly streamId: number; readonly bytes: Uint8Array }
  /** The peer ended its side of a stream of a session. */
  | { readonly type: "streamEnd"; readonly streamId: number }
  /** A frame in either direction; only with observe. */
  | ({ readonly type: "frame" } & FrameEvent)
  /** A peer's mistake: the last event of its scope. */
  | { readonly type: "error"; readonly error: ProtocolError };

/** What `observe` tells of one frame of HTTP/2 or HTTP/3. */
export interface FrameEvent {
  readonly direction: "received" | "sent";
  /** "HEADERS"; "UNKNOWN" for a type without a name. */
  readonly name: string;
  readonly frameType: number;
  /** 0 on HTTP/3, which has none. */
  readonly flags: number;
  readonly streamId: number;
  /** Payload in bytes, padding included. */
  readonly length: number;
  /** Bytes of this direction, of this stream on HTTP/3, before the frame. */
  readonly offset: number;
  /** SETTINGS: [identifier, value] in wire order. */
  readonly settings?: readonly (readonly [id: number, value: number | bigint])[];
  /** HEADERS and PUSH_PROMISE, at the end of the field block: bytes compressed, and uncompressed without the 32 a field. */
  readonly fieldBlock?: { readonly length: number; readonly decodedLength: number };
  /** The same: names of the pseudo-header fields in wire order. */
  readonly pseudoOrder?: readonly string[];
  /** HEADERS and PRIORITY: the deprecated priority fields (RFC 7540 section 5.3). */
  readonly priority?: {
    readonly dependency: number;
    readonly weight: number;
    readonly exclusive: boolean;
  };
  /** WINDOW_UPDATE. */
  readonly windowSizeIncrement?: number;
  /** RST_STREAM, GOAWAY. */
  readonly errorCode?: number;
}

/** HTTP/1.1, in a handler: a section as it stood on the wire. */
export interface OnWire {
  /** Bytes of the connection before it. */
  readonly wireOffset: number;
  /** Its octets in latin1: start line, field lines, and the empty line behind them. */
  readonly wireText: string;
}

/** HTTP/2 and HTTP/3, in a handler: what a head keeps as members only. */
export interface WithPseudoFields {
  /** Flat, in wire order: they stand in front of `rawHeaders`. */
  readonly pseudoFields: readonly string[];
}

/** What a head in a handler has beside the head. */
export type HeadExtras = Partial<OnWire> & Partial<WithPseudoFields>;

/** The same events as calls. Heads are one reused view, valid during the call: `keep()` gives one to own. */
export interface Handler {
  head?(
    streamId: number,
    head: (RequestHead & ResponseHead) & Keepable<RequestHead & ResponseHead> & HeadExtras,
  ): void;
  informational?(streamId: number, head: ResponseHead & Keepable<ResponseHead> & HeadExtras): void;
  /** HTTP/1.1 tells the bytes of the connection before these, too. */
  data?(streamId: number, bytes: Uint8Array, offset?: number): void;
  trailers?(streamId: number, trailers: Fields & Partial<OnWire>): void;
  end?(streamId: number): void;
  reset?(streamId: number, code: number): void;
  writable?(streamId: number): void;
  tunnel?(streamId: number, bytes: Uint8Array): void;
  preface?(streamId: number, bytes: Uint8Array): void;
  leniency?(streamId: number, name: string, offset: number): void;
  chunk?(streamId: number, size: number, extensions: string): void;
  settings?(settings: ReadonlyMap<number, number | bigint>): void;
  settingsAck?(): void;
  ping?(ack: boolean, payload: Uint8Array): void;
  goaway?(lastStreamId: number, code: number, debugData: Uint8Array): void;
  priority?(streamId: number, urgency: number, incremental: boolean): void;
  push?(streamId: number, promisedId: number, head: RequestHead): void;
  altsvc?(streamId: number, origin: string, value: string): void;
  origin?(origins: readonly string[]): void;
  stopSending?(streamId: number, code: number): void;
  datagram?(streamId: number, bytes: Uint8Array): void;
  capsule?(streamId: number, capsuleType: number | bigint, bytes: Uint8Array): void;
  stream?(streamId: number, sessionId: number, unidirectional: boolean): void;
  streamData?(streamId: number, bytes: Uint8Array): void;
  streamEnd?(streamId: number): void;
  frame?(frame: FrameEvent): void;
  error?(error: ProtocolError): void;
}

/** Headers to send: flat list, pairs, or a record. */
export type HeaderList =
  | readonly string[]
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[]>>;

/** How the content of a message to send ends; a number is its exact length in bytes. */
export type BodyKind = "none" | "chunked" | "until-close" | number;

/** Where a connection stands. */
export type ConnectionState = "open" | "closing" | "closed" | "failed";
