// The streams of one QUIC connection: HTTP/3, by its ALPN or by what they look like; else octets of what nobody knows.

import type { QuicObservation } from "../quic.js";
import type { Draft } from "./events.js";
import { H3Inspector } from "./h3-inspector.js";
import { isReserved, type Varint, varintAt } from "./h3-numbers.js";

/** The streams of one connection: HTTP/3, or octets of what nobody knows. */
export class ConnectionStreams {
  readonly #h3: H3Inspector;
  /** null: the server has not said it. */
  #alpn: string | null = null;
  /** What the bytes look like, where no ALPN says it. */
  #isH3: boolean | null;

  constructor(options: { lenient?: boolean; keepBytes?: boolean; as?: "h3" | null }) {
    const { lenient = false, keepBytes = false, as = null } = options;
    this.#h3 = new H3Inspector({ lenient, keepBytes });
    this.#isH3 = as === "h3" ? true : null;
  }

  setAlpn(alpn: string | null): void {
    if (alpn === null || alpn === "") return;
    this.#alpn = alpn;
    this.#isH3 ??= alpn === "h3" || /^h3-\d+$/.test(alpn);
  }

  receive(observation: QuicObservation): Draft[] {
    const { direction } = observation;
    switch (observation.kind) {
      case "stream":
        this.#isH3 ??= looksLikeH3(observation.streamId, observation.bytes);
        if (!this.#isH3) return rawDrafts(observation);
        return this.#h3.stream(direction, observation.streamId, observation.bytes, observation.fin);
      case "gap":
        return this.#isH3 === true
          ? this.#h3.gap(direction, observation.streamId, observation.length)
          : [gapDraft(observation)];
      case "reset": {
        const { streamId, code } = observation;
        if (this.#isH3 === true) return this.#h3.reset(direction, streamId, code);
        return [{ event: "reset", protocol: "quic", direction, offset: 0, streamId, code }];
      }
      case "stopSending":
        return this.#h3.stopSending(direction, observation.streamId, observation.code);
      case "datagram":
        return this.#isH3 === true ? this.#h3.datagram(direction, observation.bytes) : [];
      default:
        return [];
    }
  }

  end(): Draft[] {
    return this.#h3.end();
  }

  get protocol(): "h3" | "quic" {
    return this.#isH3 === true ? "h3" : "quic";
  }

  get alpn(): string | null {
    return this.#alpn;
  }
}

/** Whether a stream begins as those of HTTP/3 do: a type of streams in one direction, a frame of a request. */
function looksLikeH3(streamId: Varint, bytes: Uint8Array): boolean {
  const type = varintAt(bytes, 0);
  if (type === -1) return false;
  if ((BigInt(streamId) & 2n) === 2n) return type <= 3 || type === 0x54 || isReserved(type);
  return type <= 1 || type === 0x41 || isReserved(type);
}

function rawDrafts(stream: QuicObservation & { kind: "stream" }): Draft[] {
  const { direction, streamId, offset, bytes, fin } = stream;
  const base = { protocol: "quic", direction, streamId } as const;
  const drafts: Draft[] = [];
  if (bytes.length > 0) drafts.push({ event: "data", ...base, offset, length: bytes.length });
  if (fin) drafts.push({ event: "end", ...base, offset: offset + bytes.length });
  return drafts;
}

function gapDraft({ direction, offset, length }: QuicObservation & { kind: "gap" }): Draft {
  return { event: "gap", protocol: "quic", direction, offset, length };
}
