// Our own reader of HTTP/2 alone: frames are checked, field blocks decoded to the tape, dynamic tables kept, and a sink is called that
// reads nothing. A connection is what tercet-h2.ts adds.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../harness/project.js";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

interface H2Reader {
  receive(bytes: Uint8Array, sink: object): void;
  release(): void;
}

/** The codec below the public interface, bundled as the package is. */
interface Codec {
  readonly H2Reader: new (settings: object) => H2Reader;
}

/** The defaults of a connection, but for frames of 64 KiB. */
const SETTINGS = {
  isClient: false,
  fieldSectionLength: 65_536,
  fieldCount: 200,
  headerTableSize: 4096,
  maxFrameSize: 65_536,
  fieldBlockLength: 131_072,
  continuationCount: 13,
  debugDataLength: 1024,
};

const END_STREAM = 1;

/** Every call that a reader makes; none reads anything. */
class TapeSink {
  readonly stopped = false;

  onPreface(): void {}
  onFrame(): void {}
  onDataStart(_stream: number, _flags: number, _length: number, _pad: number): boolean {
    return false;
  }
  onDataBytes(_stream: number, _bytes: Uint8Array): void {}
  onDataEnd(_stream: number, _flags: number): void {}
  onDataSkipped(): void {}
  onHeaders(_stream: number, _flags: number, _section: { readonly fieldCount: number }): void {}
  onPushPromise(): void {}
  onPriority(): void {}
  onRstStream(): void {}
  onSettings(): void {}
  onSettingsAck(): void {}
  onPing(): void {}
  onGoaway(): void {}
  onWindowUpdate(): void {}
  onAltSvc(): void {}
  onOrigin(): void {}
  onPriorityUpdate(): void {}
  onUnknown(): void {}
  onStreamError(): void {}

  onError(code: number, offset: number): void {
    throw new Error(`input refused: error ${code} at byte ${offset}`);
  }
}

class CountingSink extends TapeSink {
  readonly counts = noCounts();

  override onDataStart(_stream: number, _flags: number, length: number, _pad: number): boolean {
    this.counts.bodyBytes += length;
    return false;
  }

  override onDataEnd(_stream: number, flags: number): void {
    this.counts.messages += flags & END_STREAM;
  }

  override onHeaders(
    _stream: number,
    flags: number,
    section: { readonly fieldCount: number },
  ): void {
    this.counts.fields += section.fieldCount;
    this.counts.messages += flags & END_STREAM;
  }
}

export async function createPeer(): Promise<Peer> {
  const file = pathToFileURL(path.join(ROOT, "build/codec.js"));
  const codec = (await import(file.href)) as Codec;
  const sink = new TapeSink();
  let input: Input;
  const feed = (to: TapeSink): void => {
    const reader = new codec.H2Reader(SETTINGS);
    for (const piece of input.pieces) reader.receive(piece, to);
    reader.release();
  };
  return {
    load(next) {
      input = next;
    },
    check(): Counts {
      const counting = new CountingSink();
      feed(counting);
      return counting.counts;
    },
    pass: () => feed(sink),
  };
}
