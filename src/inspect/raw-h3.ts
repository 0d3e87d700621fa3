// The bytes of one HTTP/3 stream. Which one it is, its first octets say: a type of streams in one direction, or a frame. A
// control stream may come without its type, SETTINGS first; all else is a stream of requests.

import type { Direction, Draft, ProtocolInspector } from "./events.js";
import { H3Inspector } from "./h3-inspector.js";

const NOTHING = new Uint8Array(0);
const SETTINGS = 0x04;
/** Numbers of streams, of a client; a server's unidirectional ones are one higher. */
const REQUEST = 0;
const CONTROL = 2;
const ENCODER = 6;
const DECODER = 10;

/** What a stream is, and whether its type is missing. */
interface Kind {
  readonly streamId: number;
  readonly isBare: boolean;
}

/** Reads one stream of each direction. */
export class RawH3Inspector implements ProtocolInspector {
  readonly protocol = "h3";
  readonly #inspector: H3Inspector;
  readonly #kinds: Partial<Record<Direction, Kind>> = {};
  readonly #first: Record<Direction, number[]> = { client: [], server: [] };

  constructor(options: { readonly lenient?: boolean; readonly keepBytes?: boolean }) {
    this.#inspector = new H3Inspector(options);
  }

  receive(direction: Direction, bytes: Uint8Array): Draft[] {
    const kind = this.#kinds[direction];
    if (kind !== undefined) return this.#read(direction, kind, bytes);
    const first = this.#first[direction];
    const needed = 2 - first.length;
    first.push(...bytes.subarray(0, needed));
    if (first.length < 2) return [];
    return [...this.#begin(direction), ...this.receive(direction, bytes.subarray(needed))];
  }

  gap(direction: Direction, length: number): Draft[] {
    const kind = this.#kinds[direction];
    return kind === undefined ? [] : this.#inspector.gap(direction, kind.streamId, length);
  }

  end(direction: Direction): Draft[] {
    const drafts = this.#first[direction].length === 1 ? this.#begin(direction) : [];
    const kind = this.#kinds[direction];
    // Who wrote a stream of a connection into a file did not end it.
    if (kind?.streamId === REQUEST)
      drafts.push(...this.#inspector.stream(direction, REQUEST, NOTHING, true));
    drafts.push(...this.#inspector.end());
    return drafts;
  }

  #begin(direction: Direction): Draft[] {
    const first = this.#first[direction];
    const kind = kindOf(first[0] as number, first[1], direction);
    this.#kinds[direction] = kind;
    const type = kind.isBare ? this.#inspector.stream(direction, kind.streamId, ZERO, false) : [];
    return [
      ...moveBack(kind, type).filter(({ event }) => event !== "frame"),
      ...this.#read(direction, kind, Uint8Array.from(first)),
    ];
  }

  #read(direction: Direction, kind: Kind, bytes: Uint8Array): Draft[] {
    return moveBack(kind, this.#inspector.stream(direction, kind.streamId, bytes, false));
  }
}

const ZERO = Uint8Array.of(0);

function kindOf(first: number, second: number | undefined, direction: Direction): Kind {
  const side = direction === "client" ? 0 : 1;
  if (first === 0x00 && second === SETTINGS) return { streamId: CONTROL + side, isBare: false };
  if (first === SETTINGS) return { streamId: CONTROL + side, isBare: true };
  if (first === 0x02) return { streamId: ENCODER + side, isBare: false };
  if (first === 0x03) return { streamId: DECODER + side, isBare: false };
  return { streamId: REQUEST, isBare: false };
}

/** Places in the bytes as they are, without the type that was put before them. */
function moveBack({ isBare }: Kind, drafts: Draft[]): Draft[] {
  return isBare
    ? drafts.map((draft) => ({ ...draft, offset: Math.max(0, (draft.offset as number) - 1) }))
    : drafts;
}
