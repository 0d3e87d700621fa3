// How the log of an attack row, or the list of what was sent, is compared with what the row expects.

/** Whether one line is as expected: `A|B` in place of a word is either, a last word `*` any rest. */
export function lineMatches(expected: string, got: string): boolean {
  if (expected === got) return true;
  const wanted = expected.split(" ");
  const words = got.split(" ");
  const isOpen = wanted.at(-1) === "*";
  if (isOpen) wanted.pop();
  if (isOpen ? words.length < wanted.length : words.length !== wanted.length) return false;
  return wanted.every((word, at) => word.split("|").includes(words[at] ?? ""));
}

const ANY = "…";

/**
 * Compares lines with an expectation in which "…" stands for any number of lines. Gives the difference
 * as text, null where there is none.
 */
export function logDifference(expected: readonly string[], got: readonly string[]): string | null {
  let at = 0;
  let line = 0;
  // Where to go on when a line does not fit: behind the last "…", one line further.
  let retry: { at: number; line: number } | null = null;
  let deepest = { at: 0, line: 0 };
  while (line < got.length || at < expected.length) {
    const wanted = expected[at];
    if (wanted === ANY) {
      retry = { at: at + 1, line };
      at++;
    } else if (wanted !== undefined && line < got.length && lineMatches(wanted, got[line] ?? "")) {
      at++;
      line++;
    } else {
      if (at >= deepest.at) deepest = { at, line };
      if (retry === null || retry.line >= got.length) break;
      retry = { at: retry.at, line: retry.line + 1 };
      ({ at, line } = retry);
    }
  }
  if (line >= got.length && at >= expected.length) return null;
  const wanted = expected[deepest.at] ?? "nothing";
  return `event ${deepest.line}: expected ${wanted}, got ${got[deepest.line] ?? "nothing"} (last: ${got.at(-1)})`;
}

/** The first of `expected` that does not occur among the lines in this order, or null. */
export function missingLine(expected: readonly string[], lines: readonly string[]): string | null {
  let from = 0;
  for (const wanted of expected) {
    const at = lines.findIndex((line, index) => index >= from && lineMatches(wanted, line));
    if (at < 0) return wanted;
    from = at + 1;
  }
  return null;
}
