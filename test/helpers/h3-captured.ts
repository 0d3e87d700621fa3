// Captured connections as the .h3.json files beside the captures list them, and their streams written again from the lists.

import { concat, frame, headers, settings, varint } from "./h3-frames.js";

export interface CapturedFrame {
  readonly type: string;
  readonly len: number;
  readonly settings?: [id: string, value: string][];
  readonly headers?: [name: string, value: string][];
  readonly priority?: [id: string, value: string];
  /** Encoded. */
  readonly ric?: number;
}
export interface CapturedSide {
  readonly uni: Record<
    string,
    {
      type: number;
      len: number;
      fin?: number;
      frames?: CapturedFrame[];
      encoder?: string;
      decoder?: string;
    }
  >;
  readonly req: Record<string, { frames: CapturedFrame[]; fin?: number }>;
}
export interface Captured {
  readonly version: string;
  readonly c: CapturedSide;
  readonly s: CapturedSide;
}

const PUSH_PROMISE = 0x5;
export const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** The frame again; payloads that the capture does not tell are zeros. */
function again({
  type,
  len,
  settings: pairs,
  headers: fields,
  priority,
}: CapturedFrame): Uint8Array {
  if (pairs !== undefined) return settings(pairs.map(([id, value]) => [BigInt(id), BigInt(value)]));
  if (fields !== undefined) return headers(fields.flat());
  if (priority !== undefined) {
    const [id, value] = priority;
    return frame(BigInt(type), concat(varint(BigInt(id)), new TextEncoder().encode(value)));
  }
  return frame(BigInt(type), new Uint8Array(len));
}

/** Bytes of one stream. */
export interface CapturedInput {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly fin: boolean;
}

export const isPromised = (one: CapturedFrame) => Number(one.type) === PUSH_PROMISE;

/** The streams of a side: control, encoder, requests. What speaks of bytes that we did not send is left out. */
export function inputsOf(side: CapturedSide): CapturedInput[] {
  const inputs: CapturedInput[] = [];
  for (const [id, stream] of Object.entries(side.uni)) {
    const { type, frames = [], encoder = "" } = stream;
    if (type !== 0 && type !== 2) continue;
    const bytes = concat(varint(type), hex(encoder), ...frames.map(again));
    inputs.push({ id: Number(id), bytes, fin: false });
  }
  for (const [id, { frames, fin }] of Object.entries(side.req)) {
    const bytes = concat(...frames.filter((one) => !isPromised(one)).map(again));
    inputs.push({ id: Number(id), bytes, fin: fin !== undefined });
  }
  return inputs;
}
