// Comparing what is secret.

/** Whether two byte strings are the same. The time depends on their lengths alone. */
export function isSameSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let differences = 0;
  for (let at = 0; at < a.length; at++) differences |= (a[at] as number) ^ (b[at] as number);
  return differences === 0;
}
