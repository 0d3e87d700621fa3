// Heads of HTTP/2 and HTTP/3 (RFC 9113 section 8.3, RFC 9114 section 4.3): to own, and one reused view. Pseudo-header
// fields become members; `rawHeaders` is without them.
// Rules: H2-193, H2-195, XC-005.

import type { Keepable, RequestHead, ResponseHead } from "../events.js";
import { DecodedFields } from "./decoded-fields.js";
import type { FieldSection } from "./field-section.js";

/** A request head. */
abstract class DecodedRequestHead extends DecodedFields implements RequestHead {
  abstract get httpVersion(): "2" | "3";
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

  /** The request itself: for whoever calls `keep` of any head. */
  keep(): this {
    return this;
  }
}

/** A request head of HTTP/2. */
export class H2RequestHead extends DecodedRequestHead {
  override get httpVersion(): "2" {
    return "2";
  }
}

/** A request head of HTTP/3. */
export class H3RequestHead extends DecodedRequestHead {
  override get httpVersion(): "3" {
    return "3";
  }
}

/** A response head. */
abstract class DecodedResponseHead extends DecodedFields implements ResponseHead {
  abstract get httpVersion(): "2" | "3";
  readonly status: number;

  constructor(section: FieldSection) {
    super(section.rawHeaders, section.sensitiveNames);
    this.status = Number(section.statusText);
  }

  /** There is none (RFC 9113 section 8.3.2, RFC 9114 section 4.3.2). */
  get reason(): null {
    return null;
  }

  keep(): this {
    return this;
  }
}

/** A response head of HTTP/2. */
export class H2ResponseHead extends DecodedResponseHead {
  override get httpVersion(): "2" {
    return "2";
  }
}

/** A response head of HTTP/3. */
export class H3ResponseHead extends DecodedResponseHead {
  override get httpVersion(): "3" {
    return "3";
  }
}

/** A head of either direction. */
export type AnyHead = RequestHead & ResponseHead;

/** A head on the tape: valid during the call that hands it out. Strings are made when the first one is read. */
export class HeadView implements RequestHead, ResponseHead, Keepable<AnyHead> {
  #section: FieldSection | null = null;
  #kind: "request" | "response" = "request";
  /** The head to own, once something was read that needs it. */
  #head: AnyHead | null = null;

  /** Points the view at a section. */
  reset(section: FieldSection, kind: "request" | "response"): void {
    this.#section = section;
    this.#kind = kind;
    this.#head = null;
  }

  keep(): AnyHead {
    this.#head ??= (this.#section as FieldSection).head(this.#kind) as AnyHead;
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

  get httpVersion(): "2" | "3" {
    return (this.#section as FieldSection).httpVersion;
  }

  get rawHeaders(): readonly string[] {
    return this.keep().rawHeaders;
  }

  get pseudoFields(): readonly string[] {
    return (this.#section as FieldSection).pseudoFields;
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
