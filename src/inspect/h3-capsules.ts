// Capsules in the content of an extended CONNECT (RFC 9297 section 3.2), shown beside the frames that carry them. What is wrong
// with them is the judge's; here a broken one ends the showing.

import { type Capsule, CapsuleParser } from "../h3.js";
import type { RequestInfo } from "./h3-probe.js";
import type { StreamDrafts } from "./h3-stream-drafts.js";

/** Upgrade tokens whose content is capsules (RFC 9298, RFC 9484, drafts of WebTransport). */
const WITH_CAPSULES: ReadonlySet<string> = new Set([
  "webtransport",
  "webtransport-h3",
  "connect-udp",
  "connect-ip",
  "connect-ethernet",
]);

/** Members that have a place of their own in a draft, and octets. */
const ELSEWHERE: ReadonlySet<string> = new Set(["type", "name", "length", "offset", "value"]);

/** Reads the capsules of one direction. */
export class CapsuleWatch {
  readonly #drafts: StreamDrafts;
  readonly #parser = new CapsuleParser();

  constructor(drafts: StreamDrafts) {
    this.#drafts = drafts;
  }

  /** Whether the content of a message is capsules. */
  static isFor(request: RequestInfo | null): boolean {
    return request?.protocol != null && WITH_CAPSULES.has(request.protocol);
  }

  /** Content; places count from its beginning. */
  receive(bytes: Uint8Array): void {
    for (const found of this.#parser.receive(bytes))
      if (found.type === "capsule") this.#show(found);
  }

  #show(capsule: Capsule): void {
    const fields: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(capsule))
      if (!ELSEWHERE.has(name) && !(value instanceof Uint8Array)) fields[name] = value;
    const { name, length, offset, value } = capsule;
    const rfc = name.startsWith("WT_")
      ? "draft-ietf-webtrans-http3 section 6"
      : "RFC 9297 section 3.2";
    const kept = value === null ? {} : this.#drafts.kept(value);
    this.#drafts.emit({ event: "frame", offset, name, length, rfc, ...fields, ...kept });
  }
}
