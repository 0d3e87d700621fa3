// One decoded field section, as the reader hands it out: valid during the call. Strings are made when they are asked
// for, unless the dynamic table changed with the section: then in the same pass.
// Rules: H2-023, H2-192, H2-193, HP-001, HP-030.

import type { ErrorCode } from "../abi/error-code.js";
import { FieldWord, LiteralRecord, SectionFlag, SectionRecord } from "../abi/field-tape.js";
import type { FieldInstance } from "../engine/field-instance.js";
import type { RequestHead, ResponseHead } from "../events.js";
import { DecodedFields } from "./decoded-fields.js";
import type { FieldStrings } from "./field-strings.js";
import { H2RequestHead, H2ResponseHead, H3RequestHead, H3ResponseHead, HeadView } from "./head.js";

/** A field section on the tape. One object an instance, reused. */
export class FieldSection {
  /** SectionFlag bits. */
  flags = 0;
  /** ErrorCode of the first violation of RFC 9113 section 8 or RFC 9114 section 4, 0 = none. */
  fault: ErrorCode = 0;
  /** Offset of the representation at fault in the section. */
  faultAt = 0;
  /** Bytes of the connection before it (HTTP/2). */
  faultOffset = 0;
  /** Fields of the message, pseudo-fields included. */
  fieldCount = 0;
  /** Names, values and 32 a field; what the limits left out included. */
  listSize = 0;
  /** Field block in bytes, compressed. */
  blockLength = 0;
  /** Bytes of the literals. */
  textLength = 0;
  /** The deprecated priority fields of the HEADERS frame (RFC 7540 section 5.3). */
  hasPriority = false;
  dependency = 0;
  exclusive = false;
  /** 1 to 256. */
  weight = 16;
  readonly httpVersion: "2" | "3";
  readonly #instance: FieldInstance;
  #block = 0;
  #at = 0;
  #strings: FieldStrings | null = null;
  /** Pseudo-fields, flat; filled with #fields. */
  #pseudo: string[] = [];
  readonly #view = new HeadView();
  #contentLength = -1;
  /** The other fields, flat, to be given away; null: not read yet. */
  #fields: string[] | null = null;
  /** Names of the never-indexed fields; undefined: not read yet. */
  #sensitive: readonly string[] | null | undefined = null;

  constructor(instance: FieldInstance, httpVersion: "2" | "3") {
    this.#instance = instance;
    this.httpVersion = httpVersion;
  }

  /** Points it at the section record at word `at`. Returns the word behind the field records. */
  reset(at: number, block: number, strings: FieldStrings): number {
    const { i32 } = this.#instance;
    const flags = i32[at + SectionRecord.Flags] as number;
    this.flags = flags;
    this.fault = i32[at + SectionRecord.Fault] as number;
    this.faultAt = i32[at + SectionRecord.FaultAt] as number;
    this.fieldCount = i32[at + SectionRecord.FieldCount] as number;
    this.listSize = i32[at + SectionRecord.ListSize] as number;
    this.textLength = i32[at + SectionRecord.TextLength] as number;
    this.hasPriority = false;
    this.dependency = 0;
    this.exclusive = false;
    this.weight = 16;
    this.#at = at;
    this.#block = block;
    this.#strings = strings;
    this.#fields = null;
    this.#sensitive = (flags & SectionFlag.Sensitive) === 0 ? null : undefined;
    this.#contentLength = -1;
    if ((flags & SectionFlag.Inserts) !== 0) this.#read();
    return at + SectionRecord.Size + (i32[at + SectionRecord.Words] as number);
  }

  /** Reads what is still on the tape: from here on the section is good whatever becomes of the tape. */
  settle(): void {
    if (this.#strings === null) return; // nothing was ever on it
    if (this.#fields === null) this.#read();
    if (this.#sensitive === undefined) this.#readSensitive();
  }

  /** The tape gets something else: what was not read of the section is lost, and nobody may ask for it. */
  forget(): void {
    this.#strings = null;
  }

  /** All fields, pseudo-fields among them, flat, in wire order: to own. Not to be mixed with the other readers. */
  list(): string[] {
    return (this.#strings as FieldStrings).read(this.#instance, this.#block, this.#at, null);
  }

  /** For each field of `list()` whether it is never-indexed. */
  sensitiveMarks(): boolean[] {
    const { i32 } = this.#instance;
    const marks: boolean[] = [];
    let word = this.#at + SectionRecord.Size;
    for (let i = 0; i < this.fieldCount; i++) {
      const head = i32[word] as number;
      marks.push((head & FieldWord.Sensitive) !== 0);
      word += (head & FieldWord.FormMask) === FieldWord.Literal ? LiteralRecord.Size : 1;
    }
    return marks;
  }

  /** Notes the priority fields as they stand in the frame. */
  setPriority(dependency: number, weight: number): void {
    this.hasPriority = true;
    this.exclusive = dependency < 0;
    this.dependency = dependency & 0x7fff_ffff;
    this.weight = weight + 1;
  }

  /** Each is "" where it is absent. GET and POST, which most requests are, need no other string. */
  get method(): string {
    return (this.#fields === null && this.#commonMethod()) || this.#pseudoValue(":method");
  }

  get scheme(): string {
    return this.#pseudoValue(":scheme");
  }

  /** :authority, else host. */
  get authority(): string {
    return this.#pseudoValue(":authority") || (this.value("host") ?? "");
  }

  get path(): string {
    return this.#pseudoValue(":path");
  }

  get protocol(): string {
    return this.#pseudoValue(":protocol");
  }

  /** :status as it came. */
  get statusText(): string {
    return this.#pseudoValue(":status");
  }

  /** First value of a field; the name in lower case. Null = absent. */
  value(name: string): string | null {
    const fields = this.rawHeaders;
    for (let i = 0; i < fields.length; i += 2)
      if (fields[i] === name) return fields[i + 1] as string;
    return null;
  }

  /** content-length as a number; -1 = absent. */
  get contentLength(): number {
    if ((this.flags & SectionFlag.ContentLength) === 0) return -1;
    if (this.#contentLength < 0) this.#contentLength = Number(this.value("content-length"));
    return this.#contentLength;
  }

  /** Every value of a field, in wire order; the name in lower case. */
  values(name: string): string[] {
    const fields = this.rawHeaders;
    return fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === name);
  }

  /** The pseudo-header fields, flat, in wire order. */
  get pseudoFields(): readonly string[] {
    if (this.#fields === null) this.#read();
    return this.#pseudo;
  }

  /** Names of the pseudo-header fields, in wire order. */
  pseudoOrder(): string[] {
    return this.pseudoFields.filter((_, i) => i % 2 === 0);
  }

  /** The fields, flat, without pseudo-fields: to own. */
  get rawHeaders(): readonly string[] {
    return this.#fields ?? this.#read();
  }

  /** Names of the never-indexed fields; null where there are none. */
  get sensitiveNames(): readonly string[] | null {
    return this.#sensitive === undefined ? this.#readSensitive() : this.#sensitive;
  }

  /** A head to own. */
  head(kind: "request"): RequestHead;
  head(kind: "response"): ResponseHead;
  head(kind: "request" | "response"): RequestHead | ResponseHead;
  head(kind: "request" | "response"): RequestHead | ResponseHead {
    if (this.httpVersion === "3")
      return kind === "request" ? new H3RequestHead(this) : new H3ResponseHead(this);
    return kind === "request" ? new H2RequestHead(this) : new H2ResponseHead(this);
  }

  /** The same as one reused view, valid during the call; `keep` gives one to own. */
  view(kind: "request" | "response"): HeadView {
    this.#view.reset(this, kind);
    return this.#view;
  }

  /** A trailer section to own. */
  trailers(): DecodedFields {
    return new DecodedFields(this.rawHeaders, this.sensitiveNames);
  }

  /** The method where an entry of the static table says it, in front of anything that only strings tell; else "". */
  #commonMethod(): string {
    const { i32 } = this.#instance;
    const { staticNames, staticValues } = this.#strings as FieldStrings;
    let word = this.#at + SectionRecord.Size;
    const end = word + (i32[this.#at + SectionRecord.Words] as number);
    for (; word < end; word++) {
      const head = i32[word] as number;
      if (
        (head & (FieldWord.FormMask | FieldWord.Pseudo)) !==
        (FieldWord.Static | FieldWord.Pseudo)
      )
        return "";
      const index = head >> FieldWord.IndexShift;
      if (staticNames[index] === ":method") return staticValues[index] as string;
    }
    return "";
  }

  #pseudoValue(name: string): string {
    if (this.#fields === null) this.#read();
    const pseudo = this.#pseudo;
    for (let i = 0; i < pseudo.length; i += 2)
      if (pseudo[i] === name) return pseudo[i + 1] as string;
    return "";
  }

  #read(): string[] {
    const pseudo: string[] = [];
    const strings = this.#strings as FieldStrings;
    const fields = strings.read(this.#instance, this.#block, this.#at, pseudo);
    this.#pseudo = pseudo;
    this.#fields = fields;
    return fields;
  }

  #readSensitive(): string[] {
    const { i32 } = this.#instance;
    const fields = this.rawHeaders;
    const names: string[] = [];
    const end = this.#at + SectionRecord.Size + (i32[this.#at + SectionRecord.Words] as number);
    let field = 0;
    for (let word = this.#at + SectionRecord.Size; word < end; ) {
      const head = i32[word] as number;
      if ((head & (FieldWord.Pseudo | FieldWord.TableOnly)) === 0) {
        if ((head & FieldWord.Sensitive) !== 0) names.push(fields[field] as string);
        field += 2;
      }
      word += (head & FieldWord.FormMask) === FieldWord.Literal ? LiteralRecord.Size : 1;
    }
    this.#sensitive = names;
    return names;
  }
}
