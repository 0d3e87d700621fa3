// What the serializers are given: the heads of the input, taken apart.

import type { Input } from "../inputs/input-file.js";
import type { Counts } from "./driver.js";
import { noCounts } from "./driver.js";

/** One head to be written. Requests use method and target, responses status and reason. */
export interface Head {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly reason: string;
  /** Flat: name, value, name, value. */
  readonly headers: readonly string[];
  /** The bytes that must come out. */
  readonly wire: Buffer;
}

/** The head of each piece; the pieces must be whole messages. */
export function headsOf(input: Input): Head[] {
  return input.pieces.map((piece) => {
    const end = piece.indexOf("\r\n\r\n") + 4;
    const [start = "", ...fields] = piece.toString("latin1", 0, end - 4).split("\r\n");
    const [first = "", second = "", ...rest] = start.split(" ");
    return {
      method: first,
      target: second,
      status: Number(second),
      reason: rest.join(" "),
      headers: fields.flatMap((field) => {
        const colon = field.indexOf(": ");
        return [field.slice(0, colon), field.slice(colon + 2)];
      }),
      wire: piece.subarray(0, end),
    };
  });
}

/** Counts the heads that come out of `write` byte for byte. @throws Error at the first that does not */
export function checkWritten(heads: readonly Head[], write: (head: Head) => Uint8Array): Counts {
  const found = noCounts();
  for (const head of heads) {
    const bytes = write(head);
    if (head.wire.compare(bytes) !== 0) {
      throw new Error(`written: ${JSON.stringify(Buffer.from(bytes).toString("latin1"))}`);
    }
    found.messages += 1;
    found.fields += head.headers.length / 2;
  }
  return found;
}
