// Raw bytes of one direction: a connection over TCP whose protocol is found, or what `as` says they are. Hex text becomes bytes
// on the way.
// Rules: CAP-9.

import type { Direction, ProtocolInspector } from "./events.js";
import { findProtocol } from "./find-protocol.js";
import { HexText } from "./hex-text.js";
import type { Source } from "./inspector-capture.js";
import { InspectedConnection } from "./inspector-connection.js";
import type { InspectSettings } from "./inspector-options.js";
import { inputError, type Output } from "./inspector-output.js";
import { opposite } from "./protocol-options.js";
import { rawInspector } from "./raw.js";
import type { KeyLog } from "./tls/key-log.js";

/** Bytes that are looked at before somebody reads them. */
const FRONT = 256;

export class RawSource implements Source {
  readonly #settings: InspectSettings;
  readonly #keyLog: KeyLog;
  readonly #output: Output;
  #front = new Uint8Array(0);
  #reader: { receive(bytes: Uint8Array): void; end(): void } | null = null;

  constructor(settings: InspectSettings, keyLog: KeyLog, output: Output) {
    this.#settings = settings;
    this.#keyLog = keyLog;
    this.#output = output;
  }

  push(bytes: Uint8Array): void {
    if (this.#reader !== null) return this.#reader.receive(bytes);
    const joined = new Uint8Array(this.#front.length + bytes.length);
    joined.set(this.#front);
    joined.set(bytes, this.#front.length);
    this.#front = joined;
    if (joined.length >= FRONT) this.#decide(false);
  }

  end(): void {
    if (this.#reader === null) this.#decide(true);
    (this.#reader as { end(): void } | null)?.end();
  }

  #decide(isEnd: boolean): void {
    const { as, sender } = this.#settings;
    const front = this.#front.subarray(0, FRONT);
    const found = findProtocol(front, isEnd);
    const direction = sender ?? (found === null || found === "more" ? "client" : found.direction);
    if (as === null && (found === null || found === "more")) {
      this.#output.emit(inputError("CAPTURE_UNKNOWN", 0, "unknown"), -1, null);
      this.#reader = { receive() {}, end() {} };
      return;
    }
    const isStream = as === null || as === "h1" || as === "h2";
    this.#reader = isStream
      ? this.#connection(direction)
      : this.#raw(rawInspector(as, this.#settings), direction);
    this.#reader.receive(this.#front);
    this.#front = new Uint8Array(0);
  }

  #connection(direction: Direction) {
    const connection = new InspectedConnection({
      number: this.#output.summary.nextConnection(),
      client: null,
      server: null,
      settings: this.#settings,
      keyLog: this.#keyLog,
      output: this.#output,
      hasStart: true,
      only: direction,
    });
    return {
      receive: (bytes: Uint8Array) => connection.receive(direction, bytes, null),
      end: () => {
        connection.end(direction, null);
        connection.close(null);
      },
    };
  }

  #raw(inspector: ProtocolInspector, direction: Direction) {
    const { summary } = this.#output;
    const number = summary.nextConnection();
    this.#output.emit(
      {
        event: "connection",
        direction,
        offset: 0,
        protocol: inspector.protocol,
        client: null,
        server: null,
        alpn: null,
        serverName: null,
        security: null,
        cipherSuite: null,
      },
      number,
      null,
    );
    return {
      receive: (bytes: Uint8Array) =>
        this.#output.emitAll(inspector.receive(direction, bytes), number, null),
      end: () => {
        this.#output.emitAll(inspector.end(direction), number, null);
        this.#output.emitAll(inspector.end(opposite(direction)), number, null);
      },
    };
  }
}

/** Hex text in front of raw bytes. */
export class HexSource implements Source {
  readonly #text = new HexText();
  readonly #raw: RawSource;
  readonly #output: Output;

  constructor(raw: RawSource, output: Output) {
    this.#raw = raw;
    this.#output = output;
  }

  push(bytes: Uint8Array): void {
    this.#raw.push(this.#text.push(bytes));
  }

  end(): void {
    this.#raw.push(this.#text.end());
    this.#raw.end();
    const { errorAt } = this.#text;
    if (errorAt >= 0)
      this.#output.emit(inputError("HEX_TEXT_INVALID", errorAt, "capture"), -1, null);
  }
}
