// What H2FrameParser gives, in a form that can be compared and written into tables.

import { cuts } from "tercet/fuzz";
import { H2FrameParser } from "tercet/h2";
import { expect } from "vitest";

export type Options = ConstructorParameters<typeof H2FrameParser>[0];

/** Frames with bytes as latin1 text, errors as "CODE scope @offset". */
export function read(pieces: readonly Uint8Array[], options?: Options): unknown[] {
  const parser = new H2FrameParser(options);
  const events = pieces.flatMap((piece) => parser.receive(piece));
  return events.map((event) => {
    if (event.type === "error")
      return `${event.error.code} ${event.error.scope} @${event.error.offset}`;
    const members = Object.entries(event).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    ]);
    return Object.fromEntries(members);
  });
}

/** The same at every cut. */
export function parsed(wire: Uint8Array, options?: Options): unknown[] {
  const whole = read([wire], options);
  for (const pieces of cuts(wire, { most: 64 })) expect(read(pieces, options)).toEqual(whole);
  return whole;
}
