// Makes a failing input small: removes ever smaller parts, then replaces bytes by plain ones, as long as
// the check still fails. Bounded by a count of runs.

/** A smaller input that still fails, or the same one. */
export function minimize(
  input: Uint8Array,
  fails: (input: Uint8Array) => boolean,
  runs = 4_000,
): Uint8Array {
  let best = input;
  let left = runs;
  const attempt = (candidate: Uint8Array): boolean => {
    if (left-- <= 0 || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let size = best.length >> 1; size > 0 && left > 0; ) {
    if (!removeParts(() => best, size, attempt)) size >>= 1;
  }
  for (const plain of [0x61, 0x30]) {
    for (let at = 0; at < best.length && left > 0; at++) {
      if (best[at] === plain || (best[at] ?? 0) < 0x21) continue;
      const candidate = best.slice();
      candidate[at] = plain;
      attempt(candidate);
    }
  }
  return best;
}

/** Removes each part of `size` bytes that can go; tells whether any went. */
function removeParts(
  best: () => Uint8Array,
  size: number,
  attempt: (candidate: Uint8Array) => boolean,
): boolean {
  let removed = false;
  for (let at = 0; at < best().length; ) {
    const input = best();
    const candidate = new Uint8Array([...input.subarray(0, at), ...input.subarray(at + size)]);
    if (candidate.length < input.length && attempt(candidate)) removed = true;
    else at += size;
  }
  return removed;
}
