// Where events of an HTTP/2 or HTTP/3 connection go: to the array that `receive` returns, or to a handler. What an event
// means is decided in the files on top.

import type { FieldSection } from "../codec/h2.js";
import type { ProtocolError } from "../errors.js";
import { UsageError } from "../errors.js";
import type {
  ConnectionEvent,
  Fields,
  FrameEvent,
  Handler,
  RequestHead,
  ResponseHead,
} from "../events.js";

/** What a call with a handler returns; nothing is ever pushed into it. */
const NO_EVENTS: ConnectionEvent[] = [];

/** The receiving end of events of one connection, while one of its methods runs. */
export class Emitter {
  #events: ConnectionEvent[] | null = null;
  #handler: Handler | null = null;

  /** Events go to an array or to a handler from here on. Returns the array. */
  protected openEvents(handler: Handler | undefined): ConnectionEvent[] {
    if (this.#events !== null) {
      throw new UsageError(
        "REENTRANT",
        "receive was called from inside a handler of the same connection",
      );
    }
    const events = handler === undefined ? [] : NO_EVENTS;
    this.#events = events;
    this.#handler = handler ?? null;
    return events;
  }

  /** Whether bytes of the peer, or what else may give events, are being looked at. */
  get isReceiving(): boolean {
    return this.#events !== null;
  }

  protected closeEvents(): void {
    this.#events = null;
    this.#handler = null;
  }

  #push(event: ConnectionEvent): void {
    (this.#events as ConnectionEvent[]).push(event);
  }

  /** A handler gets the reused view, an array a head to own. */
  emitHead(streamId: number, section: FieldSection, kind: "request" | "response"): void {
    if (this.#handler !== null) this.#handler.head?.(streamId, section.view(kind) as never);
    else this.#push({ type: "head", streamId, head: section.head(kind) });
  }

  emitInformational(streamId: number, section: FieldSection): void {
    if (this.#handler !== null)
      this.#handler.informational?.(streamId, section.view("response") as never);
    else {
      const head = section.head("response") as ResponseHead;
      this.#push({ type: "informational", streamId, head });
    }
  }

  emitData(streamId: number, bytes: Uint8Array): void {
    if (this.#handler !== null) this.#handler.data?.(streamId, bytes);
    else this.#push({ type: "data", streamId, bytes });
  }

  emitTunnel(streamId: number, bytes: Uint8Array): void {
    if (this.#handler !== null) this.#handler.tunnel?.(streamId, bytes);
    else this.#push({ type: "tunnel", streamId, bytes });
  }

  emitTrailers(streamId: number, trailers: Fields): void {
    if (this.#handler !== null) this.#handler.trailers?.(streamId, trailers);
    else this.#push({ type: "trailers", streamId, trailers });
  }

  emitEnd(streamId: number): void {
    if (this.#handler !== null) this.#handler.end?.(streamId);
    else this.#push({ type: "end", streamId });
  }

  emitReset(streamId: number, code: number): void {
    if (this.#handler !== null) this.#handler.reset?.(streamId, code);
    else this.#push({ type: "reset", streamId, code });
  }

  emitWritable(streamId: number): void {
    if (this.#handler !== null) this.#handler.writable?.(streamId);
    else this.#push({ type: "writable", streamId });
  }

  emitSettings(settings: ReadonlyMap<number, number | bigint>): void {
    if (this.#handler !== null) this.#handler.settings?.(settings);
    else this.#push({ type: "settings", settings });
  }

  emitSettingsAck(): void {
    if (this.#handler !== null) this.#handler.settingsAck?.();
    else this.#push({ type: "settingsAck" });
  }

  emitPing(ack: boolean, payload: Uint8Array): void {
    if (this.#handler !== null) this.#handler.ping?.(ack, payload);
    else this.#push({ type: "ping", ack, payload });
  }

  emitGoaway(lastStreamId: number, code: number, debugData: Uint8Array): void {
    if (this.#handler !== null) this.#handler.goaway?.(lastStreamId, code, debugData);
    else this.#push({ type: "goaway", lastStreamId, code, debugData });
  }

  emitPriority(streamId: number, urgency: number, incremental: boolean): void {
    if (this.#handler !== null) this.#handler.priority?.(streamId, urgency, incremental);
    else this.#push({ type: "priority", streamId, urgency, incremental });
  }

  emitPush(streamId: number, promisedId: number, head: RequestHead): void {
    if (this.#handler !== null) this.#handler.push?.(streamId, promisedId, head);
    else this.#push({ type: "push", streamId, promisedId, head });
  }

  emitAltSvc(streamId: number, origin: string, value: string): void {
    if (this.#handler !== null) this.#handler.altsvc?.(streamId, origin, value);
    else this.#push({ type: "altsvc", streamId, origin, value });
  }

  emitOrigin(origins: readonly string[]): void {
    if (this.#handler !== null) this.#handler.origin?.(origins);
    else this.#push({ type: "origin", origins });
  }

  emitStopSending(streamId: number, code: number): void {
    if (this.#handler !== null) this.#handler.stopSending?.(streamId, code);
    else this.#push({ type: "stopSending", streamId, code });
  }

  emitDatagram(streamId: number, bytes: Uint8Array): void {
    if (this.#handler !== null) this.#handler.datagram?.(streamId, bytes);
    else this.#push({ type: "datagram", streamId, bytes });
  }

  emitCapsule(streamId: number, capsuleType: number | bigint, bytes: Uint8Array): void {
    if (this.#handler !== null) this.#handler.capsule?.(streamId, capsuleType, bytes);
    else this.#push({ type: "capsule", streamId, capsuleType, bytes });
  }

  emitStream(streamId: number, sessionId: number, unidirectional: boolean): void {
    if (this.#handler !== null) this.#handler.stream?.(streamId, sessionId, unidirectional);
    else this.#push({ type: "stream", streamId, sessionId, unidirectional });
  }

  emitStreamData(streamId: number, bytes: Uint8Array): void {
    if (this.#handler !== null) this.#handler.streamData?.(streamId, bytes);
    else this.#push({ type: "streamData", streamId, bytes });
  }

  emitStreamEnd(streamId: number): void {
    if (this.#handler !== null) this.#handler.streamEnd?.(streamId);
    else this.#push({ type: "streamEnd", streamId });
  }

  emitFrame(frame: FrameEvent): void {
    if (this.#handler !== null) this.#handler.frame?.(frame);
    else this.#push({ type: "frame", ...frame });
  }

  emitError(error: ProtocolError): void {
    if (this.#handler !== null) this.#handler.error?.(error);
    else this.#push({ type: "error", error });
  }
}
