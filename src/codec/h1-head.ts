// Heads as users read them: one reused view a reader, and the owned form. Both have the members of requests
// and of responses, so that one shape serves both roles; TypeScript shows each user only his own.
// Rules: H1-038.

import { HeadField, HeadFlag, MethodId, TrailerField } from "../abi/tape.js";
import type { Keepable, RequestHead, ResponseHead } from "../events.js";
import { OwnedFields } from "./fields.js";
import { FieldsView } from "./h1-fields.js";

/** A head of either direction. */
export type AnyHead = RequestHead & ResponseHead;

const METHODS = [
  "",
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
];

/** A head on the tape: valid during the call that hands it out. */
export class HeadView extends FieldsView implements RequestHead, ResponseHead, Keepable<AnyHead> {
  /** Word of the head record. */
  #at = 0;
  #isRequest = true;

  /** Points the view at the head record at word `at`. */
  reset(at: number, isRequest: boolean): void {
    const { words } = this.text;
    this.#at = at;
    this.#isRequest = isRequest;
    this.point(
      words[at + HeadField.Start] as number,
      words[at + HeadField.End] as number,
      at + HeadField.Size,
      words[at + HeadField.FieldCount] as number,
    );
  }

  #word(field: number): number {
    return this.text.words[this.#at + field] as number;
  }

  #slice(start: number, length: number): string {
    this.text.cover(this.start, this.end);
    return this.text.slice(this.#word(start), this.#word(length));
  }

  get flags(): number {
    return this.#word(HeadField.Flags);
  }

  get method(): string {
    if (!this.#isRequest) return "";
    const id = this.#word(HeadField.MethodId);
    if (id !== MethodId.Unknown) return METHODS[id] as string;
    this.text.cover(this.start, this.end);
    return this.text.slice(this.start, this.#word(HeadField.MethodOrStatus));
  }

  get target(): string {
    return this.#isRequest ? this.#slice(HeadField.TextStart, HeadField.TextLength) : "";
  }

  get scheme(): string | null {
    const length = this.#word(HeadField.SchemeLength);
    if (length === 0) return null;
    this.text.cover(this.start, this.end);
    return this.text.slice(this.#word(HeadField.TextStart), length).toLowerCase();
  }

  get authority(): string | null {
    if (this.#word(HeadField.AuthorityLength) === 0) return null;
    return this.#slice(HeadField.AuthorityStart, HeadField.AuthorityLength);
  }

  get path(): string | null {
    const flags = this.flags;
    if ((flags & HeadFlag.Connect) !== 0 || !this.#isRequest) return null;
    const path = this.#slice(HeadField.PathStart, HeadField.PathLength);
    if ((flags & HeadFlag.AbsoluteForm) === 0) return path;
    // RFC 9110 section 4.2.3: an empty path is "/"; OPTIONS without any means "*" (RFC 9112 section 3.2.4).
    if (path === "" && this.#word(HeadField.MethodId) === MethodId.OPTIONS) return "*";
    return path.startsWith("/") ? path : `/${path}`;
  }

  get protocol(): string | null {
    if ((this.flags & HeadFlag.Upgrade) === 0) return null;
    return this.#slice(HeadField.UpgradeStart, HeadField.UpgradeLength);
  }

  get httpVersion(): "1.0" | "1.1" {
    return (this.flags & HeadFlag.Http10) !== 0 ? "1.0" : "1.1";
  }

  get hostDiffers(): boolean {
    return (this.flags & HeadFlag.HostDiffers) !== 0;
  }

  get expectsContinue(): boolean {
    return (this.flags & HeadFlag.ExpectContinue) !== 0;
  }

  get status(): number {
    return this.#isRequest ? 0 : this.#word(HeadField.MethodOrStatus);
  }

  get reason(): string | null {
    return this.#isRequest ? null : this.#slice(HeadField.TextStart, HeadField.TextLength);
  }

  keep(): AnyHead {
    return (this.#isRequest
      ? new OwnedRequest(this)
      : new OwnedResponse(this)) as unknown as AnyHead;
  }
}

/** A request head to own. */
export class OwnedRequest extends OwnedFields implements RequestHead {
  readonly method: string;
  readonly target: string;
  readonly scheme: string | null;
  readonly authority: string | null;
  readonly path: string | null;
  readonly protocol: string | null;
  readonly httpVersion: "1.0" | "1.1";
  readonly hostDiffers: boolean;
  readonly expectsContinue: boolean;

  constructor(view: HeadView) {
    super(view.rawHeaders);
    this.method = view.method;
    this.target = view.target;
    this.scheme = view.scheme;
    this.authority = view.authority;
    this.path = this.scheme === null && this.method !== "CONNECT" ? this.target : view.path;
    this.protocol = view.protocol;
    this.httpVersion = view.httpVersion;
    this.hostDiffers = view.hostDiffers;
    this.expectsContinue = view.expectsContinue;
  }
}

/** A response head to own. */
export class OwnedResponse extends OwnedFields implements ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly httpVersion: "1.0" | "1.1";

  constructor(view: HeadView) {
    super(view.rawHeaders);
    this.status = view.status;
    this.reason = view.reason ?? "";
    this.httpVersion = view.httpVersion;
  }
}

/** A trailer section on the tape. */
export class TrailersView extends FieldsView {
  /** Points the view at the trailer record at word `at`. */
  reset(at: number): void {
    const { words } = this.text;
    this.point(
      words[at + TrailerField.Start] as number,
      words[at + TrailerField.End] as number,
      at + TrailerField.Size,
      words[at + TrailerField.FieldCount] as number,
    );
  }

  /** A section to own. */
  keep(): OwnedFields {
    return new OwnedFields(this.rawHeaders);
  }
}
