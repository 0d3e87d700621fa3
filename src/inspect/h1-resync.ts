// Where HTTP/1.1 begins again in bytes of which something is missing or wrong: at a line that can only be a start line
// (RFC 9112 sections 3, 4).

import type { Direction } from "./events.js";
import { latin1 } from "./protocol-options.js";

/** What a start line has behind its method, and how a status line goes on. */
const REST = "[ \\t]+[^\\x00-\\x20\\x7f]{1,8192}[ \\t]+HTTP/\\d\\.\\d[ \\t]*\\r?\\n";
const STATUS =
  "HTTP/\\d\\.\\d[ \\t]+\\d{3}(?:[ \\t][^\\x00-\\x08\\x0a-\\x1f\\x7f]{0,8192})?\\r?\\n";
/** Methods that are found behind content, too, which need not end with a line. */
const KNOWN = "(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH)";
const REQUEST_LINE = new RegExp(`(${KNOWN}${REST})`);
const OTHER_LINE = new RegExp(`(?:^|\\n)([!#$%&'*+.^_\`|~0-9A-Za-z-]{1,32}${REST})`);
const STATUS_LINE = new RegExp(`(${STATUS})`);

/** Where a start line begins in a text; -1: nowhere. `isBehindLine`: the text may begin with one. */
function startLine(text: string, isRequest: boolean, isBehindLine: boolean): number {
  if (!isRequest) return text.search(STATUS_LINE);
  const known = text.search(REQUEST_LINE);
  const prefix = isBehindLine ? "" : "\0";
  const found = OTHER_LINE.exec(prefix + text);
  if (found === null) return known;
  const end = found.index + found[0].length - prefix.length;
  const other = end - (found[1] as string).length;
  // Content in front of a method that is known looks like a part of it.
  return known >= 0 && known < end ? known : other;
}

/** The longest start line that is looked for. */
const KEPT = 8192;

/** Passes bytes over until a start line is whole. */
export class H1Resync {
  readonly #isRequest: boolean;
  /** The end of what was passed over: it may be the beginning of a start line. */
  #tail = "";
  #isBehindLine: boolean;

  /** `isBehindLine`: the first byte may begin a line. */
  constructor(direction: Direction, isBehindLine: boolean) {
    this.#isRequest = direction === "client";
    this.#isBehindLine = isBehindLine;
  }

  /**
   * Looks at further bytes.
   * @returns bytes from the first one of the start line on, in a string; null: not yet
   */
  push(bytes: Uint8Array): string | null {
    const text = this.#tail + latin1(bytes);
    // A line that is not whole is looked at when it is: bytes may come one by one.
    const at = bytes.includes(0x0a) ? startLine(text, this.#isRequest, this.#isBehindLine) : -1;
    if (at >= 0) return text.slice(at);
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
