// What an inspector may be told, and the check of it.

import { UsageError } from "../index.js";
import type { AeadProvider } from "../quic.js";
import type { Direction } from "./events.js";

/** How raw bytes can be named. */
export const INSPECT_AS = ["h1", "h2", "h3", "hpack", "qpack", "quic"] as const;
/** A name of `as`. */
export type InspectAs = (typeof INSPECT_AS)[number];

/** Options of `inspect()` and `Inspector`. */
export interface InspectOptions {
  /** What raw bytes are; in a capture, what its connections speak. Without it, found from the bytes. */
  readonly as?: InspectAs | undefined;
  /**
   * Raw bytes: role of the connection that reads them, as in the constructors: "server" reads what a client sent. Without it,
   * found from the bytes.
   */
  readonly role?: "client" | "server" | undefined;
  /** Lines of an NSS key log (SSLKEYLOGFILE); a capture can also bring its own. */
  readonly keyLog?: Uint8Array | string | undefined;
  /** Report every violation and go on, in place of the strict connections' verdict. */
  readonly lenient?: boolean | undefined;
  /** Packets, frames and heads bring the octets they came as, in a member `bytes` (frames: the first 4,096). */
  readonly keepBytes?: boolean | undefined;
  /** Who decrypts: the engine of this package without it; `nodeAead` of tercet/node is faster where there is much to open. */
  readonly aead?: AeadProvider | undefined;
}

/** Options with every default in place. */
export interface InspectSettings {
  readonly as: InspectAs | null;
  /** Who sent raw bytes; null: found from them. */
  readonly sender: Direction | null;
  readonly lenient: boolean;
  readonly keepBytes: boolean;
  readonly aead: AeadProvider | undefined;
}

const KNOWN = new Set<string>(["as", "role", "keyLog", "lenient", "keepBytes", "aead"]);

/**
 * Options, checked.
 * @throws UsageError for an unknown member or value
 */
export function inspectSettings(options: InspectOptions): InspectSettings {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw new UsageError("INSPECT_OPTION_UNKNOWN", `no option ${name}`);
  }
  const { as, role, keyLog } = options;
  if (as !== undefined && !INSPECT_AS.includes(as)) {
    throw new UsageError("INSPECT_AS_INVALID", `as takes ${INSPECT_AS.join(", ")}`);
  }
  if (role !== undefined && role !== "client" && role !== "server") {
    throw new UsageError("INSPECT_ROLE_INVALID", `role takes "client" or "server"`);
  }
  if (keyLog !== undefined && typeof keyLog !== "string" && !(keyLog instanceof Uint8Array)) {
    throw new UsageError("INSPECT_KEY_LOG_INVALID", "keyLog takes a Uint8Array or a string");
  }
  return {
    as: as ?? null,
    sender: role === undefined ? null : role === "server" ? "client" : "server",
    lenient: options.lenient === true,
    keepBytes: options.keepBytes === true,
    aead: options.aead,
  };
}
