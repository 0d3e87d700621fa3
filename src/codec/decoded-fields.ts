// Field sections of HTTP/2 and HTTP/3 to own: the names are in lower case already, and some came as never-indexed, which whoever
// passes them on must keep (RFC 7541 section 6.2.3, RFC 9204 section 4.5.4).
// Rules: H2-178, HP-030.

import { OwnedFields } from "./fields.js";

/** A flat list with look-ups, and the names that came as never-indexed. */
export class DecodedFields extends OwnedFields {
  readonly #sensitive: readonly string[] | null;

  /** `sensitive`: names in lower case; null where there are none. */
  constructor(rawHeaders: readonly string[], sensitive: readonly string[] | null) {
    super(rawHeaders);
    this.#sensitive = sensitive;
  }

  override isSensitive(name: string): boolean {
    return this.#sensitive?.includes(name.toLowerCase()) ?? false;
  }
}
