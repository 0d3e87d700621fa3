// A capture: packets to connections. TCP is put in order and read by one InspectedConnection each; UDP goes to the inspector of
// QUIC. Secrets that the capture brings join the key log. A connection that is over is let go: memory is bounded by the
// connections that are open at once, and their number is bounded.

import {
  type CaptureItem,
  type CapturePacket,
  type CaptureSecrets,
  SECRETS_TLS_KEY_LOG,
} from "./capture/capture-item.js";
import { CaptureReader } from "./capture/capture-reader.js";
import { PacketDecoder } from "./capture/packet-decoder.js";
import { InspectedConnection } from "./inspector-connection.js";
import type { InspectSettings } from "./inspector-options.js";
import { inputError, type Output } from "./inspector-output.js";
import { QuicInspector } from "./quic-inspector.js";
import type { TcpEvent } from "./tcp-event.js";
import { TcpTracker } from "./tcp-tracker.js";
import type { KeyLog } from "./tls/key-log.js";

/** Connections over TCP that are being read at once: what their parsers keep is most of what there is. */
const MAX_AWAKE = 4096;

/** Reads one kind of input. */
export interface Source {
  push(bytes: Uint8Array): void;
  end(): void;
}

export class CaptureSource implements Source {
  readonly #settings: InspectSettings;
  readonly #keyLog: KeyLog;
  readonly #output: Output;
  readonly #reader = new CaptureReader();
  readonly #decoder = new PacketDecoder();
  readonly #tracker = new TcpTracker();
  readonly #connections = new Map<number, InspectedConnection>();
  /** Those that are being read, the one that was idle longest first. */
  readonly #awake = new Map<number, InspectedConnection>();
  readonly #quic: QuicInspector;
  #time: number | null = null;

  constructor(settings: InspectSettings, keyLog: KeyLog, output: Output) {
    this.#settings = settings;
    this.#keyLog = keyLog;
    this.#output = output;
    const { lenient, keepBytes, aead } = settings;
    this.#quic = new QuicInspector({
      ...{ keyLog, aead },
      lenient,
      keepBytes,
      as: settings.as === "h3" ? "h3" : null,
      nextConnection: () => output.summary.nextConnection(),
    });
  }

  push(bytes: Uint8Array): void {
    this.#read(this.#reader.push(bytes));
  }

  end(): void {
    this.#read(this.#reader.end());
    this.#readTcp(this.#tracker.end());
    for (const connection of this.#connections.values()) connection.close(this.#time);
    this.#connections.clear();
    this.#emitQuic(this.#quic.end(), this.#time, 0);
    const { incompleteDatagrams } = this.#decoder;
    if (incompleteDatagrams > 0) {
      this.#output.summary.countOther("IP datagrams with missing fragments", incompleteDatagrams);
    }
  }

  #read(items: readonly CaptureItem[]): void {
    for (const item of items) {
      if (item.kind === "packet") this.#readPacket(item);
      else if (item.kind === "secrets") this.#readSecrets(item);
      else this.#output.emit(inputError(item.code, item.offset, "capture"), -1, this.#time);
    }
  }

  #readSecrets({ type, bytes, isEnd }: CaptureSecrets): void {
    if (type !== SECRETS_TLS_KEY_LOG) return;
    this.#keyLog.push(bytes);
    if (isEnd) this.#keyLog.end();
  }

  #readPacket(packet: CapturePacket): void {
    const { summary } = this.#output;
    summary.packets++;
    this.#time = packet.time;
    const found = this.#decoder.decode(packet);
    if (found === null) return;
    if (found.kind === "tcp") return this.#readTcp(this.#tracker.receive(found));
    if (found.kind === "other") return summary.countOther(found.what);
    const drafts = this.#quic.receive(found);
    if (drafts === null) summary.countOther("UDP that is not QUIC");
    else this.#emitQuic(drafts, found.time, found.offset);
  }

  /** `place`: bytes of the file before the datagram; QuicInspector counts from there. */
  #emitQuic(drafts: ReturnType<QuicInspector["end"]>, time: number | null, place: number): void {
    for (const draft of drafts) {
      const origin = this.#quic.originOf(draft);
      if (draft.event === "packet") (draft as { offset: number }).offset += origin?.offset ?? place;
      this.#output.emit(draft, draft.connection, origin?.time ?? time);
    }
  }

  #readTcp(events: readonly TcpEvent[]): void {
    for (const event of events) this.#readTcpEvent(event);
  }

  #readTcpEvent(event: TcpEvent): void {
    if (event.kind === "open") {
      this.#connections.set(
        event.id,
        new InspectedConnection({
          number: this.#output.summary.nextConnection(),
          client: event.client,
          server: event.server,
          settings: this.#settings,
          keyLog: this.#keyLog,
          output: this.#output,
          hasStart: event.hasStart,
        }),
      );
      return;
    }
    const connection = this.#connections.get(event.id);
    if (connection === undefined) return;
    switch (event.kind) {
      case "data":
        this.#wake(event.id, connection);
        return connection.receive(event.direction, event.bytes, event.time);
      case "gap":
        return connection.gap(event.direction, event.length, event.offset, event.time);
      case "end":
        return connection.end(event.direction, event.time);
      case "reset":
        // Given up: what was under way is not there, but nobody said that it was whole.
        return;
      case "close":
        connection.close(event.time);
        if (connection.isUnknown)
          this.#output.summary.countOther("TCP connections of an unknown protocol");
        this.#connections.delete(event.id);
        this.#awake.delete(event.id);
    }
  }

  #wake(id: number, connection: InspectedConnection): void {
    const awake = this.#awake;
    awake.delete(id);
    awake.set(id, connection);
    if (awake.size <= MAX_AWAKE) return;
    for (const [oldest, sleeper] of awake) {
      sleeper.sleep();
      awake.delete(oldest);
      return;
    }
  }
}
