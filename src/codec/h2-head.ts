// Heads of HTTP/2 to own (RFC 9113 section 8.3). Pseudo-header fields become members; `rawHeaders` is without them.
// Rules: H2-193, H2-195, XC-005.

import type { RequestHead, ResponseHead } from "../events.js";
import { H2Fields } from "./h2-fields.js";
import type { H2Section } from "./h2-section.js";

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

  constructor(section: H2Section) {
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

  constructor(section: H2Section) {
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
