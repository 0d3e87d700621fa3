// Our own readers of HTTP/3 alone: frames are read stream by stream, sections decoded to the tape, the dynamic table kept, content
// passed on. No string of a field is read, but those of insertions are made. A connection is what tercet-h3.ts adds.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../harness/project.js";
import { streamBytesOf } from "../inputs/h3-inputs.js";
import type { StreamBytes } from "../inputs/h3-wire.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

interface FrameReader {
  read(bytes: Uint8Array, from: number, to: number, sink: TapeSink): number;
}

interface QpackReader {
  receiveEncoderStream(bytes: Uint8Array): void;
  decode(
    streamId: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    tag: number,
  ): { readonly fieldCount: number } | false | null;
  nextUnblocked(): unknown;
  takeDecoderStream(): unknown;
  release(): void;
}

/** The codec below the public interface, bundled as the package is. */
interface Codec {
  readonly H3FrameReader: new () => FrameReader;
  readonly QpackReader: new (settings: object) => QpackReader;
}

/** The defaults of a connection. */
const SETTINGS = {
  maxTableCapacity: 4096,
  maxBlockedStreams: 16,
  blockedBytes: 65_536,
  fieldSectionLength: 65_536,
  fieldCount: 200,
};

const [DATA, HEADERS] = [0, 1];
/** FrameUse: collect the payload, pass it on in pieces, skip it. */
const [WHOLE, PIECES, SKIP] = [0, 1, 2];
const ENCODER_STREAM = 6;
const UNIDIRECTIONAL = 2;

/** Every call that a frame reader makes. */
class TapeSink {
  readonly counts = noCounts();
  streamId = 0;
  readonly #reader: QpackReader;

  constructor(reader: QpackReader) {
    this.#reader = reader;
  }

  onFrameStart(type: number): number {
    if (type === HEADERS) return WHOLE as number;
    return (type === DATA ? PIECES : SKIP) as number;
  }

  onBytes(bytes: Uint8Array): void {
    this.counts.bodyBytes += bytes.length;
  }

  onFrame(_type: number, bytes: Uint8Array, from: number, to: number): void {
    const section = this.#reader.decode(this.streamId, bytes, from, to, 0);
    if (section === false || section === null) throw new Error("input refused");
    this.counts.fields += section.fieldCount;
  }

  onFrameEnd(): void {}
}

export async function createPeer(): Promise<Peer> {
  const file = pathToFileURL(path.join(ROOT, "build/codec.js"));
  const codec = (await import(file.href)) as Codec;
  let pieces: readonly StreamBytes[] = [];
  return {
    load(input) {
      pieces = withoutTypes(input.pieces.map(streamBytesOf));
    },
    check: () => feed(codec, pieces),
    pass: () => feed(codec, pieces),
  };
}

/** Without the octets that say what the client's unidirectional streams are: the first of each. */
function withoutTypes(pieces: readonly StreamBytes[]): StreamBytes[] {
  const seen = new Set<number>();
  return pieces.map((piece) => {
    if (!isUnidirectional(piece.streamId) || seen.has(piece.streamId)) return piece;
    seen.add(piece.streamId);
    return { ...piece, bytes: piece.bytes.subarray(1) };
  });
}

function isUnidirectional(streamId: number): boolean {
  return (streamId & UNIDIRECTIONAL) !== 0;
}

function feed(codec: Codec, pieces: readonly StreamBytes[]): Counts {
  const qpack = new codec.QpackReader(SETTINGS);
  const sink = new TapeSink(qpack);
  const streams = new Map<number, FrameReader>();
  for (const { streamId, bytes, fin } of pieces) {
    if (isUnidirectional(streamId)) {
      if (streamId !== ENCODER_STREAM || bytes.length === 0) continue;
      qpack.receiveEncoderStream(bytes);
      qpack.nextUnblocked();
      continue;
    }
    let frames = streams.get(streamId);
    if (frames === undefined) {
      frames = new codec.H3FrameReader();
      if (!fin) streams.set(streamId, frames);
    }
    sink.streamId = streamId;
    frames.read(bytes, 0, bytes.length, sink);
    if (!fin) continue;
    streams.delete(streamId);
    sink.counts.messages += 1;
    qpack.takeDecoderStream();
  }
  qpack.release();
  return sink.counts;
}
