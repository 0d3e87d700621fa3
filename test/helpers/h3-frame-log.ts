// What H3FrameParser and CapsuleParser give, in a form that can be compared and written into tables.

import { cuts } from "tercet/fuzz";
import { CapsuleParser, H3FrameParser } from "tercet/h3";
import { expect } from "vitest";

export type FrameOptions = ConstructorParameters<typeof H3FrameParser>[0];
export type CapsuleOptions = ConstructorParameters<typeof CapsuleParser>[0];

interface Parser {
  receive(bytes: Uint8Array): object[];
  receiveEnd(): object[];
}

/** Events as plain members with bytes as latin1 text, errors as "CODE @offset". */
function read(parser: Parser, pieces: readonly Uint8Array[], isEnded: boolean): unknown[] {
  const events = pieces.flatMap((piece) => parser.receive(piece));
  if (isEnded) events.push(...parser.receiveEnd());
  return events.map((event) => {
    if ("error" in event) {
      const { code, offset } = event.error as { code: string; offset: number };
      return `${code} @${offset}`;
    }
    const members = Object.entries(event).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    ]);
    return Object.fromEntries(members);
  });
}

/** Frames of these pieces. */
export function readFrames(
  pieces: readonly Uint8Array[],
  options?: FrameOptions,
  isEnded = false,
): unknown[] {
  return read(new H3FrameParser(options), pieces, isEnded);
}

/** Capsules of these pieces. */
export function readCapsules(
  pieces: readonly Uint8Array[],
  options?: CapsuleOptions,
  isEnded = false,
): unknown[] {
  return read(new CapsuleParser(options), pieces, isEnded);
}

/** Frames, the same at every cut. */
export function frames(wire: Uint8Array, options?: FrameOptions, isEnded = false): unknown[] {
  const whole = readFrames([wire], options, isEnded);
  for (const pieces of cuts(wire, { most: 64 }))
    expect(readFrames(pieces, options, isEnded)).toEqual(whole);
  return whole;
}

/** Capsules, the same at every cut. */
export function capsules(wire: Uint8Array, options?: CapsuleOptions, isEnded = false): unknown[] {
  const whole = readCapsules([wire], options, isEnded);
  for (const pieces of cuts(wire, { most: 64 }))
    expect(readCapsules(pieces, options, isEnded)).toEqual(whole);
  return whole;
}
