// Items and dictionaries of structured fields (RFC 8941), as far as the fields of the protocols need them. Linear: sticky
// expressions without nested repetition.

/** Key of a member or a parameter. */
export const KEY = /[a-z*][a-z0-9_\-.*]*/y;
/** Decimal, integer, string, token, byte sequence, boolean (RFC 8941 section 3.3). */
const BARE_ITEM =
  /-?\d{1,12}\.\d{1,3}|-?\d{1,15}|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*|:[A-Za-z0-9+/=]*:|\?[01]/y;
const SPACES = / */y;
/** What may stand between the members of a dictionary. */
export const OWS = /[ \t]*/y;

/** Reads one field value from front to back. A method gives null where the grammar does not fit. */
export class StructuredReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.skipSpaces();
  }

  /** Whether nothing follows. */
  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** What a sticky expression matches here. */
  take(expression: RegExp): string | null {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null) return null;
    this.#at = expression.lastIndex;
    return match[0];
  }

  /** Whether this character is next; it is taken. */
  has(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** The value of a member: an item, "(" for an inner list, "?1" where there is none. */
  memberValue(): string | null {
    let value: string | null = "?1";
    if (this.has("=")) value = this.has("(") ? this.#innerList() : this.take(BARE_ITEM);
    return value !== null && this.#parameters() ? value : null;
  }

  #innerList(): string | null {
    for (;;) {
      this.take(SPACES);
      if (this.has(")")) return "(";
      if (this.take(BARE_ITEM) === null || !this.#parameters()) return null;
      const next = this.#text[this.#at];
      if (next !== " " && next !== ")") return null;
    }
  }

  /** An item of any type with its parameters: the item as it stands there. */
  item(): string | null {
    const item = this.take(BARE_ITEM);
    return item !== null && this.#parameters() ? item : null;
  }

  /** Passes over spaces. */
  skipSpaces(): void {
    this.take(SPACES);
  }

  #parameters(): boolean {
    while (this.has(";")) {
      this.take(SPACES);
      if (this.take(KEY) === null) return false;
      if (this.has("=") && this.take(BARE_ITEM) === null) return false;
    }
    return true;
  }
}
