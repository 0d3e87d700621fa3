// Our own reader of frames, which is below the public interface: what parseFrames and QuicObserver read with.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../harness/project.js";

/** src/codec/quic-frame-reader.ts, as far as it is needed here. */
export interface FrameReader {
  readonly type: number;
  readonly at: number;
  readonly end: number;
  readonly fault: number;
  read(payload: Uint8Array, kind: number): void;
  next(): boolean;
}

interface Codec {
  readonly QuicFrameReader: new () => FrameReader;
}

/** QuicPacketKind.OneRtt. */
export const ONE_RTT = 4;

export async function frameReader(): Promise<FrameReader> {
  const file = pathToFileURL(path.join(ROOT, "build/codec.js"));
  const { QuicFrameReader } = (await import(file.href)) as Codec;
  return new QuicFrameReader();
}

/** How many frames a payload has. @throws Error where it is malformed */
export function countFrames(reader: FrameReader, payload: Uint8Array): number {
  let frames = 0;
  reader.read(payload, ONE_RTT);
  while (reader.next()) frames++;
  if (reader.fault !== 0) throw new Error(`fault ${reader.fault}`);
  return frames;
}
