// A simulated QUIC connection between two ends of HTTP/3: bytes of one stream keep their order, streams do not keep
// any between each other, ends come with the last bytes or alone, a reset takes what was on its way, datagrams may be
// lost. What each end sends is checked on its way.

import { arrive, concat, type H3Arrival, H3Sent, type PlainEvent, plain } from "tercet/fuzz";
import type { H3Connection } from "tercet/h3";
import type { Side } from "./message-ends.js";

/** One direction of a stream. */
interface Lane {
  bytes: Uint8Array;
  /** Its end was sent. */
  fin: boolean;
  /** Code of its reset that was sent. */
  reset: number | null;
  /** Nothing more of it arrives. */
  isOver: boolean;
}

/** What is on its way to an end. */
interface Way {
  readonly lanes: Map<number, Lane>;
  readonly stops: { readonly streamId: number; readonly code: number }[];
  readonly datagrams: Uint8Array[];
}

const way = (): Way => ({ lanes: new Map(), stops: [], datagrams: [] });

/** The connection between two ends. */
export class QuicLink {
  readonly #ends: Readonly<Record<Side, H3Connection>>;
  readonly #ways: Readonly<Record<Side, Way>> = { client: way(), server: way() };
  readonly #sent: Readonly<Record<Side, H3Sent>> = {
    client: new H3Sent("client"),
    server: new H3Sent("server"),
  };

  constructor(ends: Readonly<Record<Side, H3Connection>>) {
    this.#ends = ends;
  }

  /** Takes what an end has to send: at most so many bytes, and so many of one stream. */
  take(side: Side, most = Number.POSITIVE_INFINITY, room = Number.POSITIVE_INFINITY): void {
    const end = this.#ends[side];
    const entries = end.takeStreams(most, () => room);
    // Control and QPACK streams are not counted.
    const isMessage = (streamId: number) => (streamId & 2) === 0;
    const messages = entries.filter(({ streamId }) => isMessage(streamId));
    const length = messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (length > most) throw new Error(`${length} bytes taken of ${most}`);
    this.#sent[side].read(entries);
    const { fault, closeCode } = this.#sent[side];
    if (fault !== null) throw new Error(`the ${side} sent ${fault}`);
    if (closeCode !== null) throw new Error(`the ${side} closed with ${closeCode}`);
    const { lanes, stops, datagrams } = this.#ways[side === "client" ? "server" : "client"];
    for (const { streamId, bytes, fin, reset, stopSending } of entries) {
      if (stopSending !== undefined) stops.push({ streamId, code: stopSending });
      if (bytes.length === 0 && !fin && reset === undefined) continue;
      const lane = lanes.get(streamId) ?? {
        bytes: new Uint8Array(0),
        fin: false,
        reset: null,
        isOver: false,
      };
      lanes.set(streamId, lane);
      if (isMessage(streamId) && bytes.length > room) {
        throw new Error(`${bytes.length} bytes taken of ${room}`);
      }
      lane.bytes = concat([lane.bytes, bytes]);
      lane.fin ||= fin;
      if (reset !== undefined) lane.reset = reset;
      // What was lost is not sent again.
      if (reset !== undefined) lane.bytes = new Uint8Array(0);
    }
    datagrams.push(...end.takeDatagrams().map((bytes) => bytes.slice()));
  }

  /**
   * Something arrives at an end: `pick` chooses a stream, `length` bytes of it; `late`: its end comes alone, a
   * datagram is lost. Null: nothing is on its way.
   */
  deliver(to: Side, pick: number, length: number, late: boolean): PlainEvent[] | null {
    const next = this.#next(this.#ways[to], pick, length, late);
    if (next === null) return null;
    if (next === "lost") return [];
    return plain(arrive(this.#ends[to], next));
  }

  #next(
    { lanes, stops, datagrams }: Way,
    pick: number,
    length: number,
    late: boolean,
  ): H3Arrival | "lost" | null {
    const open = [...lanes].filter(
      ([, lane]) => !lane.isOver && (lane.bytes.length > 0 || lane.fin || lane.reset !== null),
    );
    const count = open.length + Math.min(1, stops.length) + Math.min(1, datagrams.length);
    if (count === 0) return null;
    const chosen = open[pick % count];
    if (chosen !== undefined) return nextOf(chosen[0], chosen[1], length, late);
    const stop = pick % count === open.length ? stops.shift() : undefined;
    if (stop !== undefined) return { do: "stopSending", ...stop };
    const bytes = datagrams.shift();
    return bytes === undefined || late ? "lost" : { do: "datagram", bytes };
  }
}

/** The next piece of a stream. */
function nextOf(streamId: number, lane: Lane, length: number, late: boolean): H3Arrival {
  if (lane.reset !== null) {
    lane.isOver = true;
    return { do: "reset", streamId, code: lane.reset };
  }
  const bytes = lane.bytes.slice(0, Math.max(1, length));
  lane.bytes = lane.bytes.slice(bytes.length);
  const fin = lane.fin && lane.bytes.length === 0 && (!late || bytes.length === 0);
  lane.isOver = fin;
  return { do: "stream", streamId, bytes, fin };
}
