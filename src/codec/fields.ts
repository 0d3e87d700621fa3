// A field section to own, whatever protocol it came by: look-ups ignore case, values of one name join (RFC 9110
// section 5.3), cookie crumbs by "; " (RFC 9113 section 8.2.3, RFC 9114 section 4.2.1).
// Rules: H1-058, H2-178, H3-MSG-22.

import type { Fields } from "../events.js";

/** A flat list with look-ups. */
export class OwnedFields implements Fields {
  readonly rawHeaders: readonly string[];

  constructor(rawHeaders: readonly string[]) {
    this.rawHeaders = rawHeaders;
  }

  get(name: string): string | null {
    const lower = name.toLowerCase();
    const raw = this.rawHeaders;
    let joined: string | null = null;
    for (let i = 0; i < raw.length; i += 2) {
      if (!sameName(raw[i] as string, lower)) continue;
      const value = raw[i + 1] as string;
      joined = joined === null ? value : joined + (lower === "cookie" ? "; " : ", ") + value;
    }
    return joined;
  }

  getAll(name: string): string[] {
    const lower = name.toLowerCase();
    const raw = this.rawHeaders;
    return raw.filter((_, i) => i % 2 === 1 && sameName(raw[i - 1] as string, lower));
  }

  has(name: string): boolean {
    const lower = name.toLowerCase();
    return this.rawHeaders.some((value, i) => i % 2 === 0 && sameName(value, lower));
  }

  /** Always false where the protocol has no such mark. */
  isSensitive(_name: string): boolean {
    return false;
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    const raw = this.rawHeaders;
    for (let i = 0; i < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string];
  }
}

function sameName(name: string, lower: string): boolean {
  return name.length === lower.length && (name === lower || name.toLowerCase() === lower);
}
