// Heads of HTTP/2 (RFC 9113 section 8.3): to own, and one reused view. Pseudo-header fields become members;
// `rawHeaders` is without them.
// Rules: H2-193, H2-195, XC-005.

import type { Keepable, RequestHead, ResponseHead } from "../events.js";
import { H2Fields } from "./decoded-fields.js";
import type { FieldSection } from "./field-section.js";

/** A request head. */
export class H2RequestHead extends H2Fields implements RequestHead {
  readonly method: string;
  /** :path; :authority of a CONNECT without one. */
  readonly target: string;
  readonly scheme: string | null;
  /** :authority, else host. */
  readonly authority: string | null;
  /** :path; null for a CONNECT without one. */
  readonly path: string | null;
  /** :protocol of an extended CONNECT (RFC 8441 section 4). */
  readonly protocol: string | null;

  constructor(section: FieldSection) {
    super(section.rawHeaders, section.sensitiveNames);
    const { path, authority } = section;
    this.method = section.method;
    this.scheme = section.scheme || null;
    this.authority = authority || null;
    this.path = path || null;
    this.target = path || authority;
    this.protocol = section.protocol || null;
  }

  get httpVersion(): "2" {
    return "2";
  }

  /** The request itself: for whoever calls `keep` of any head. */
  keep(): this {
    return this;
  }
}

/** A response head. */
export class H2ResponseHead extends H2Fields implements ResponseHead {
  readonly status: number;

  constructor(section: FieldSection) {
    super(section.rawHeaders, section.sensitiveNames);
    this.status = Number(section.statusText);
  }

  /** HTTP/2 has none (RFC 9113 section 8.3.2). */
  get reason(): null {
    return null;
  }

  get httpVersion(): "2" {
    return "2";
  }

  keep(): this {
    return this;
  }
}

/** A head of either direction. */
export type AnyH2Head = RequestHead & ResponseHead;

/** A head on the tape: valid during the call that hands it out. Strings are made when the first one is read. */
export class H2HeadView implements RequestHead, ResponseHead, Keepable<AnyH2Head> {
  #section: FieldSection | null = null;
  #kind: "request" | "response" = "request";
  /** The head to own, once something was read that needs it. */
  #head: AnyH2Head | null = null;

  /** Points the view at a section. */
  reset(section: FieldSection, kind: "request" | "response"): void {
    this.#section = section;
    this.#kind = kind;
    this.#head = null;
  }

  keep(): AnyH2Head {
    this.#head ??= (this.#section as FieldSection).head(this.#kind) as AnyH2Head;
    return this.#head;
  }

  get method(): string {
    return this.#kind === "request" ? (this.#section as FieldSection).method : "";
  }

  get target(): string {
    return this.keep().target ?? "";
  }

  get scheme(): string | null {
    return this.keep().scheme ?? null;
  }

  get authority(): string | null {
    return this.keep().authority ?? null;
  }

  get path(): string | null {
    return this.keep().path ?? null;
  }

  get protocol(): string | null {
    return this.keep().protocol ?? null;
  }

  get status(): number {
    return this.keep().status ?? 0;
  }

  get reason(): null {
    return null;
  }

  get httpVersion(): "2" {
    return "2";
  }

  get rawHeaders(): readonly string[] {
    return this.keep().rawHeaders;
  }

  get(name: string): string | null {
    return this.keep().get(name);
  }

  getAll(name: string): string[] {
    return this.keep().getAll(name);
  }

  has(name: string): boolean {
    return this.keep().has(name);
  }

  isSensitive(name: string): boolean {
    return this.keep().isSensitive(name);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.keep()[Symbol.iterator]();
  }
}
