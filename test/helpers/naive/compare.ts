// Compares what a connection reported with what the oracle expects.

import type { PlainEvent } from "tercet/fuzz";
import { firstDifference } from "tercet/fuzz";
import type { Outcome } from "./outcome.js";

/** One of the oracle's decoders, with everything but the bytes chosen. */
export type Oracle = (text: string) => Outcome;

/**
 * What differs between a connection's events and the oracle's on one input, as text; null when they
 * agree.
 */
export function disagreement(
  got: readonly PlainEvent[],
  text: string,
  oracle: Oracle,
): string | null {
  const expected = oracle(text);
  const last = got.at(-1);
  const error = last?.type === "error" ? last : null;
  const before = error === null ? got : got.slice(0, -1);
  const { end } = expected;
  if (end.kind === "either") {
    const count = Math.min(before.length, expected.events.length);
    return firstDifference(before.slice(0, count), expected.events.slice(0, count));
  }
  const difference = firstDifference(before, expected.events);
  if (difference !== null) return `${difference} (connection against oracle)`;
  if (end.kind === "error") {
    if (error === null) return `accepted, the oracle refuses: ${[...end.codes].join(" or ")}`;
    return end.codes.has(error.code)
      ? null
      : `refused with ${error.code}, the oracle with ${[...end.codes].join(" or ")}`;
  }
  if (error === null) return null;
  if (end.inside === "nothing") return `refused with ${error.code}, the oracle waits`;
  const completion = COMPLETIONS.find((rest) => {
    const completed = oracle(text + rest);
    // An unfinished head stays unfinished behind one more line: only a head that is complete counts.
    const isFurther = end.inside === "content" || completed.events.length > expected.events.length;
    return completed.end.kind !== "error" && isFurther;
  });
  if (completion === undefined) return null;
  return `refused with ${error.code}, though ${JSON.stringify(completion)} would make it valid`;
}

/**
 * What may complete an unfinished head or chunked body. The oracle reads whole lines; a connection may
 * refuse sooner, but never what one of these could still make valid.
 */
const COMPLETIONS: readonly string[] = [
  ..."\r\n|\r\n\r\n|\n|\n\r\n|:x\r\n\r\n|x: y\r\n\r\n|\nx: y\r\n\r\n|\n0\r\n\r\n|\r\n0\r\n\r\n|0\r\n\r\n".split(
    "|",
  ),
  ..."x/ HTTP/1.1\r\n|x / HTTP/1.1\r\n| / HTTP/1.1\r\n|/ HTTP/1.1\r\n| HTTP/1.1\r\n|/1.1\r\n|1.1\r\n|.1\r\n|1\r\n|\r\n|\n|"
    .split("|")
    .flatMap((start) =>
      ["Host: a\r\n\r\n", "x: y\r\nHost: a\r\n\r\n"].map((fields) => start + fields),
    ),
  ...":a\r\n\r\n|: a\r\n\r\n|x: y\r\nHost: a\r\n\r\n|: y\r\nHost: a\r\n\r\n".split("|"),
  ..."* HTTP/1.1\r\nHost: a\r\n\r\n|://a/ HTTP/1.1\r\nHost: a\r\n\r\n|a:1 HTTP/1.1\r\nHost: a\r\n\r\n".split(
    "|",
  ),
  ...":1 HTTP/1.1\r\nHost: a\r\n\r\n|1 HTTP/1.1\r\nHost: a\r\n\r\n|0 HTTP/1.1\r\nHost: a\r\n\r\n".split(
    "|",
  ),
  ...'"\r\n0\r\n\r\n|x"\r\n0\r\n\r\n|a\r\n0\r\n\r\n|=a\r\n0\r\n\r\n|;a\r\n0\r\n\r\n|chunked\r\n\r\n0\r\n\r\n'.split(
    "|",
  ),
  ..." 200 \r\n\r\n|200 \r\n\r\n|00 \r\n\r\n|0 \r\n\r\n| \r\n\r\n|HTTP/1.1 200 \r\n\r\n|TTP/1.1 200 \r\n\r\n".split(
    "|",
  ),
];
