// Where HTTP/1.1 begins again in bytes of which something is missing or wrong: at a line that can only be a start line
// (RFC 9112 sections 3, 4).

import type { Direction } from "./events.js";
import { latin1 } from "./protocol-options.js";

const REQUEST_LINE =
  /(?:^|\n)([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}[ \t]+[^\x00-\x20\x7f]{1,8192}[ \t]+HTTP\/\d\.\d[ \t]*\r?\n)/;
const STATUS_LINE =
  /(?:^|\n)(HTTP\/\d\.\d[ \t]+\d{3}(?:[ \t][^\x00-\x08\x0a-\x1f\x7f]{0,8192})?\r?\n)/;
/** The longest start line that is looked for. */
const KEPT = 8192;

/** Passes bytes over until a start line is whole. */
export class H1Resync {
  readonly #pattern: RegExp;
  /** The end of what was passed over: it may be the beginning of a start line. */
  #tail = "";
  #isBehindLine: boolean;

  /** `isBehindLine`: the first byte may begin a line. */
  constructor(direction: Direction, isBehindLine: boolean) {
    this.#pattern = direction === "client" ? REQUEST_LINE : STATUS_LINE;
    this.#isBehindLine = isBehindLine;
  }

  /**
   * Looks at further bytes.
   * @returns bytes from the first one of the start line on, in a string; null: not yet
   */
  push(bytes: Uint8Array): string | null {
    const text = this.#tail + latin1(bytes);
    const found = this.#pattern.exec(this.#isBehindLine ? text : `\0${text}`);
    if (found !== null) {
      const shift = this.#isBehindLine ? 0 : 1;
      const at = found.index + found[0].length - (found[1] as string).length - shift;
      return text.slice(at);
    }
    const cut = this.#cut(text);
    if (cut > 0) this.#isBehindLine = text[cut - 1] === "\n";
    this.#tail = text.slice(cut);
    return null;
  }

  /** What cannot be the beginning of a start line any more. */
  #cut(text: string): number {
    const line = text.lastIndexOf("\n") + 1;
    return text.length - line > KEPT ? text.length : line;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#tail.length;
  }
}
