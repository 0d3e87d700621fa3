// Raw bytes that somebody says the meaning of: one stream of HTTP/3, field blocks of HPACK and QPACK, one QUIC datagram.

import { HpackDecoder } from "../hpack.js";
import type { Direction, Draft, InspectProtocol, ProtocolInspector } from "./events.js";
import { errorDraft } from "./h3-errors.js";
import { HeldBytes } from "./h3-frames.js";
import { KEPT_MAX } from "./protocol-options.js";
import { QuicInspector } from "./quic-inspector.js";
import { type RawOptions, sectionDraft, thrownFault } from "./raw-drafts.js";
import { RawH3Inspector } from "./raw-h3.js";
import { RawQpackInspector } from "./raw-qpack.js";
import { KeyLog } from "./tls/key-log.js";
import { violation } from "./violation.js";

/** What raw bytes can be, beside a connection over TCP. */
export type RawKind = "h3" | "hpack" | "qpack" | "quic";

/** Reads bytes as what they are said to be. */
export function rawInspector(as: RawKind, options: RawOptions = {}): ProtocolInspector {
  switch (as) {
    case "h3":
      return new RawH3Inspector(options);
    case "hpack":
      return new RawHpackInspector(options);
    case "qpack":
      return new RawQpackInspector(options);
    case "quic":
      return new RawQuicInspector(options);
  }
}

/** Longest field block: what HPACK's decoder takes is less. */
const BLOCK_MAX = 1024 * 1024;
/** Longest payload of UDP. */
const DATAGRAM_MAX = 65_527;

/** Bytes that can only be read in one. */
abstract class WholeInspector implements ProtocolInspector {
  abstract readonly protocol: InspectProtocol;
  protected readonly keepBytes: boolean;
  protected readonly lenient: boolean;
  readonly #held = new HeldBytes();
  readonly #max: number;

  constructor({ keepBytes = false, lenient = false }: RawOptions, max: number) {
    this.keepBytes = keepBytes;
    this.lenient = lenient;
    this.#max = max;
  }

  receive(_direction: Direction, bytes: Uint8Array): Draft[] {
    // One octet too many says that it is too long.
    this.#held.append(bytes.subarray(0, Math.max(0, this.#max + 1 - this.#held.length)));
    return [];
  }

  gap(): Draft[] {
    return [];
  }

  end(direction: Direction): Draft[] {
    const bytes = this.#held.take();
    if (bytes.length === 0) return [];
    return bytes.length > this.#max ? [this.tooLong(direction)] : this.read(direction, bytes);
  }

  protected abstract read(direction: Direction, bytes: Uint8Array): Draft[];

  protected tooLong(direction: Direction): Draft {
    return violation(this.protocol, direction, this.#max, "CAPTURE_UNKNOWN", null);
  }
}

/** One field block of HPACK (RFC 7541), with an empty dynamic table. */
class RawHpackInspector extends WholeInspector {
  readonly protocol = "hpack";

  constructor(options: RawOptions) {
    super(options, BLOCK_MAX);
  }

  protected read(direction: Direction, bytes: Uint8Array): Draft[] {
    const decoder = new HpackDecoder({ maxListSize: 262_144, maxFields: 8_192 });
    try {
      const fields = decoder.decode(bytes);
      const draft = sectionDraft("hpack", direction, 0, 0, fields, bytes.length);
      return [this.keepBytes ? { ...draft, bytes: bytes.slice(0, KEPT_MAX) } : draft];
    } catch (error) {
      return [errorDraft("hpack", direction, null, thrownFault(error))];
    } finally {
      decoder.release();
    }
  }
}

/** One datagram of QUIC. */
class RawQuicInspector extends WholeInspector {
  readonly protocol = "quic";

  constructor(options: RawOptions) {
    super(options, DATAGRAM_MAX);
  }

  protected read(direction: Direction, bytes: Uint8Array): Draft[] {
    const { lenient, keepBytes } = this;
    const inspector = new QuicInspector({ keyLog: new KeyLog(), lenient, keepBytes });
    const [source, destination] =
      direction === "client" ? ["client", "server"] : ["server", "client"];
    const drafts = inspector.receive({ source, destination, bytes } as QuicDatagramOf);
    if (drafts === null) return [violation("quic", direction, 0, "CAPTURE_UNKNOWN", null)];
    return [...drafts, ...inspector.end()].filter(({ event }) => event !== "connection");
  }
}

type QuicDatagramOf = Parameters<QuicInspector["receive"]>[0];
