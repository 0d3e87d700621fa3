// Hex text to bytes: digits with any whitespace, "0x", "\x", commas and colons between them, and dumps with offsets and
// a text column (xxd, hexdump -C, od -tx1, tcpdump -x, Wireshark). Comments run from "#" to the end of the line. In
// pieces; what is held is one line of a dump, or half a byte.

const LINE_MAX = 1024;
/** Bytes that all "*" of a dump may stand for. */
const REPEAT_MAX = 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** What an offset column looks like: it ends with a colon and a space, or it is zero, as in the first line. */
const OFFSET = /^[ \t]*(?:0x)?([0-9a-f]{4,16})(:[ \t]+|[ \t]{2,}|$)/i;
const OD_OFFSET = /^(0{6,16}) (?=[0-9a-f]{2}(?: |$))/i;

const enum Style {
  Unknown = 0,
  Plain = 1,
  /** Offset with a colon: the text column stands behind two spaces. */
  Colon = 2,
  /** Offset without one: the text column stands behind "|", three spaces, or 16 bytes. */
  Spaces = 3,
}

/** Reads hex text in pieces. */
export class HexText {
  #style = Style.Unknown;
  /** The line that is not whole; of a plain text what may belong together. */
  #line = "";
  #out: number[] = [];
  #received = 0;
  #last: readonly number[] = [];
  /** Bytes given so far, and where "*" stood. */
  #given = 0;
  #repeats = false;
  #repeated = 0;
  /** A comment goes on in a line that is too long to be held. */
  #isComment = false;
  #firstOffset = -1;
  /** Where the first character stands that has no place in hex text: bytes of the input before it; -1 = nowhere. */
  errorAt = -1;

  /** The bytes that are whole with this piece. After a character that has no place in hex text it gives nothing more. */
  push(bytes: Uint8Array): Uint8Array {
    if (this.errorAt >= 0) return NOTHING;
    this.#received += bytes.length;
    this.#line += this.#behindComment(new TextDecoder("latin1").decode(bytes));
    this.#readLines(false);
    return this.#take();
  }

  /** What stands behind a comment whose line was too long. */
  #behindComment(text: string): string {
    if (!this.#isComment) return text;
    const end = text.indexOf("\n");
    this.#isComment = end < 0;
    return end < 0 ? "" : text.slice(end);
  }

  /** The text is over: what is left of it. */
  end(): Uint8Array {
    if (this.errorAt < 0) this.#readLines(true);
    return this.#take();
  }

  #take(): Uint8Array {
    const out = this.#out;
    this.#out = [];
    return out.length === 0 ? NOTHING : Uint8Array.from(out);
  }

  #readLines(isEnd: boolean): void {
    let at = 0;
    const text = this.#line;
    while (this.errorAt < 0) {
      const end = text.indexOf("\n", at);
      const isLast = end < 0;
      if (isLast && !isEnd) break;
      this.#readLine(text.slice(at, isLast ? undefined : end).replace(/\r$/, ""), text.length - at);
      at = isLast ? text.length : end + 1;
      if (isLast) break;
    }
    this.#line = this.errorAt < 0 ? text.slice(at) : "";
    if (this.errorAt >= 0 || this.#line.length <= LINE_MAX) return;
    // One long line: digits, without a dump around them.
    if (this.#style === Style.Unknown) this.#style = Style.Plain;
    if (this.#style !== Style.Plain) return this.#fail(this.#line.length);
    this.#readLong();
  }

  /** All of a long line but what the next piece may go on with. */
  #readLong(): void {
    const text = this.#line;
    const comment = text.indexOf("#");
    this.#isComment = comment >= 0;
    const cut = comment >= 0 ? comment : wholeBytes(text);
    this.#readPlain(text.slice(0, cut), text.length);
    this.#line = this.#isComment || this.errorAt >= 0 ? "" : text.slice(cut);
  }

  /** `behind`: characters of the input from the beginning of this line on. */
  #readLine(line: string, behind: number): void {
    const comment = line.indexOf("#");
    const plain = comment < 0 ? line : line.slice(0, comment);
    const isLong = line.length > LINE_MAX;
    if (isLong && this.#style === Style.Unknown) this.#style = Style.Plain;
    if (isLong && this.#style !== Style.Plain) return this.#fail(behind);
    if (this.#style === Style.Unknown && plain.trim() !== "") this.#style = styleOf(plain);
    if (this.#style === Style.Colon || this.#style === Style.Spaces) this.#readDump(line, behind);
    else this.#readPlain(plain, behind);
  }

  #fail(behind: number): void {
    this.errorAt = this.#received - behind;
  }

  #readPlain(text: string, behind: number): void {
    const token = /[\s,:;]*(?:0x|\\x)?([0-9a-f]*)/iy;
    let at = 0;
    while (at < text.length) {
      token.lastIndex = at;
      const found = token.exec(text);
      if (found === null || token.lastIndex === at) return this.#fail(behind - at);
      const [, digits = ""] = found;
      if (digits.length % 2 !== 0) return this.#fail(behind - (token.lastIndex - digits.length));
      pushDigits(digits, this.#out);
      at = token.lastIndex;
    }
  }

  #readDump(line: string, behind: number): void {
    if (line.trim() === "") return;
    if (line.trim() === "*") {
      this.#repeats = true;
      return;
    }
    const found = OFFSET.exec(line) ?? /^([0-9a-f]{4,16})([ \t]|$)/i.exec(line);
    if (found === null) return this.#fail(behind);
    const offset = Number.parseInt(found[1] as string, 16);
    if (this.#firstOffset < 0) this.#firstOffset = offset;
    if (!this.#repeat(offset)) return this.#fail(behind);
    const bytes = dumpedBytes(line.slice(found[0].length), this.#style);
    if (bytes === null) return this.#fail(behind - found[0].length);
    for (const byte of bytes) this.#out.push(byte);
    this.#given += bytes.length;
    if (bytes.length > 0) this.#last = bytes;
  }

  /** "*": the last line again, until this offset. */
  #repeat(offset: number): boolean {
    if (!this.#repeats) return true;
    this.#repeats = false;
    const count = offset - this.#firstOffset - this.#given;
    if (!(count >= 0 && this.#repeated + count <= REPEAT_MAX) || this.#last.length === 0)
      return false;
    this.#repeated += count;
    for (let i = 0; i < count; i++) this.#out.push(this.#last[i % this.#last.length] as number);
    this.#given += count;
    return true;
  }
}

/** Characters of a text without the byte that may go on behind it: half of one, or the "0" of "0x". */
function wholeBytes(text: string): number {
  let run = 0;
  while (run < text.length && /[0-9a-f]/i.test(text[text.length - 1 - run] as string)) run++;
  if (run >= 4) return text.length - 2 - (run % 2);
  return text.search(/(?:0x|\\x?)?[0-9a-f]{0,3}$/i);
}

function styleOf(line: string): Style {
  if (OD_OFFSET.test(line)) return Style.Spaces;
  const found = OFFSET.exec(line);
  if (found === null) return Style.Plain;
  if ((found[2] as string).startsWith(":")) return Style.Colon;
  return /^0+$/.test(found[1] as string) && found[2] !== "" ? Style.Spaces : Style.Plain;
}

/** Bytes of a line of a dump, behind its offset; null where it begins with something else. */
function dumpedBytes(text: string, style: Style): number[] | null {
  const bytes: number[] = [];
  if (style === Style.Colon) {
    const digits = groupedDigits(text);
    if (digits === null) return null;
    pushDigits(digits, bytes);
    return bytes;
  }
  const group = /[ \t]{0,2}([0-9a-f]{2})(?=[ \t]|$)/iy;
  for (let at = 0; bytes.length < 16; at = group.lastIndex) {
    group.lastIndex = at;
    const found = group.exec(text);
    if (found === null) return bytes.length > 0 || /^[ \t]*(?:\||$)/.test(text) ? bytes : null;
    bytes.push(Number.parseInt(found[1] as string, 16));
  }
  return bytes;
}

/** Digits in groups with one blank between them, up to two blanks or what is no group; null where it begins with that. */
function groupedDigits(text: string): string | null {
  // One group at a time: a pattern for all of them would try each way to cut a run of digits in groups.
  const group = /([0-9a-f]{2,})(?:[ \t]|$)/iy;
  let digits = "";
  for (let found = group.exec(text); found !== null; found = group.exec(text)) digits += found[1];
  return digits !== "" || text === "" || isBlank(text, 0) ? digits : null;
}

function isBlank(text: string, at: number): boolean {
  return text[at] === " " || text[at] === "\t";
}

function pushDigits(digits: string, out: number[]): void {
  for (let i = 0; i + 1 < digits.length; i += 2)
    out.push(Number.parseInt(digits.slice(i, i + 2), 16));
}

/** Bytes that are looked at. */
const LOOK = 1024;
/** Fewer bytes than this are no proof. */
const PROOF = 4;

/**
 * Whether a file that begins so is hex text and not raw bytes: every character has its place, and there are a few bytes.
 * @param isEnd no bytes follow
 */
export function looksLikeHexText(bytes: Uint8Array, isEnd: boolean): boolean | "more" {
  const first = bytes.subarray(0, LOOK);
  for (const octet of first)
    if ((octet < 0x20 && (octet < 9 || octet > 13)) || octet > 0x7e) return false;
  const isAll = isEnd || bytes.length >= LOOK;
  const text = new HexText();
  let count = text.push(first).length;
  if (text.errorAt >= 0) return false;
  // A line that is not whole: as far as it goes.
  if (bytes.length <= LOOK && isEnd) count += text.end().length;
  if (text.errorAt >= 0) return false;
  // What follows may be no hex: the answer must not depend on how much is here.
  if (count >= PROOF) return isAll || "more";
  if (!isAll) return mayBeHex(first) ? "more" : false;
  return count > 0 || (bytes.length >= LOOK && mayBeHex(first));
}

/** Before the first line is whole: only digits and what may stand between them, or an offset. */
function mayBeHex(first: Uint8Array): boolean {
  const text = String.fromCharCode(...first);
  const line = text.split("\n").at(-1) as string;
  return /^(?:[\s,:;]|0x|\\x|[0-9a-f]{2})*(?:[0-9a-f]|\\|#.*)?$/i.test(line) || OFFSET.test(line);
}
