// Options of an HTTP/1.1 connection, checked once and shared: connections with the same options share one
// record here and one in the engine.

import { Leniency } from "../abi/leniency.js";
import { ConfigField, ConfigOption } from "../abi/memory.js";
import { UsageError } from "../errors.js";
import { type LenientOption, leniencyBits } from "../leniency.js";
import { type H1LimitName, type H1Limits, h1Limits } from "../limits.js";

/** What `new H1Connection` takes. */
export interface H1Options {
  /** "server" reads requests, "client" reads responses. */
  readonly role: "server" | "client";
  /** Limits that differ from the defaults (docs/limits.md). */
  readonly limits?: H1Limits;
  /** Deviations to allow, by name and direction, or "browser". None by default. */
  readonly lenient?: LenientOption;
  /** Report chunk headers as `chunk` events. */
  readonly observe?: boolean;
  /** Server: after an error `take()` holds the suggested status where no response has begun. Default true. */
  readonly respondToErrors?: boolean;
  /** Server: report the HTTP/2 preface as a `preface` event, and all bytes behind it, instead of an error. */
  readonly handOverPreface?: boolean;
  /** Client: refuse obs-fold in responses instead of replacing it by SP (RFC 9112 section 5.2), as a proxy may. */
  readonly refuseObsFold?: boolean;
}

/** Checked options. */
export interface H1Settings {
  readonly isClient: boolean;
  readonly limits: Readonly<Record<H1LimitName, number>>;
  readonly respondToErrors: boolean;
  /** Bytes after a closing message are dropped in silence. */
  readonly dropsAfterClose: boolean;
  readonly handsOverPreface: boolean;
  /** The engine's record. */
  readonly config: Uint32Array;
}

const MEMBERS = new Set([
  "role",
  "limits",
  "lenient",
  "observe",
  "respondToErrors",
  "refuseObsFold",
  "handOverPreface",
]);
/** Distinct settings in use; beyond, new ones are not shared. */
const SHARED_MAX = 64;
const shared = new Map<string, H1Settings>();

/**
 * Checks options.
 * @throws UsageError for anything unknown or out of range
 */
export function h1Settings(options: H1Options): H1Settings {
  if (options === null || typeof options !== "object") {
    throw new UsageError("OPTIONS_INVALID", `new H1Connection takes { role: "server" | "client" }`);
  }
  if (options.role !== "server" && options.role !== "client") {
    throw new UsageError("ROLE_INVALID", `role is "server" or "client"`);
  }
  for (const name of Object.keys(options)) {
    if (!MEMBERS.has(name))
      throw new UsageError("OPTION_UNKNOWN", `H1Connection has no option ${name}`);
  }
  const isPlain = options.limits === undefined && typeof options.lenient !== "object";
  const key = isPlain ? plainKey(options) : JSON.stringify(options, spelledOut);
  const known = shared.get(key);
  if (known !== undefined) return known;
  const settings = newSettings(options);
  if (shared.size < SHARED_MAX) shared.set(key, settings);
  return settings;
}

/** The same for options without numbers, which most connections have; no JSON, because it costs 400 ns (measured). */
function plainKey(options: H1Options): string {
  const { role, lenient, observe, respondToErrors, refuseObsFold, handOverPreface } = options;
  return `${role} ${lenient} ${observe} ${respondToErrors} ${refuseObsFold} ${handOverPreface}`;
}

/** JSON has no Infinity. */
function spelledOut(_name: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? "Infinity" : value;
}

function newSettings(options: H1Options): H1Settings {
  const isClient = options.role === "client";
  const limits = h1Limits(options.limits);
  const leniency = leniencyBits(options.lenient, isClient ? "responses" : "requests");
  const config = new Uint32Array(ConfigField.Size);
  config[ConfigField.Leniency] = leniency;
  config[ConfigField.Options] =
    (options.observe ? ConfigOption.ObserveChunks : 0) |
    (options.refuseObsFold ? ConfigOption.RefuseObsFold : 0);
  config[ConfigField.MethodLength] = limits.methodLength;
  config[ConfigField.TargetLength] = limits.targetLength;
  config[ConfigField.StatusLineLength] = limits.statusLineLength;
  config[ConfigField.FieldLineLength] = limits.fieldLineLength;
  config[ConfigField.FieldSectionLength] = limits.fieldSectionLength;
  config[ConfigField.FieldCount] = limits.fieldCount;
  config[ConfigField.TrailerSectionLength] = limits.trailerSectionLength;
  config[ConfigField.TrailerCount] = limits.trailerCount;
  config[ConfigField.ChunkSizeDigits] = limits.chunkSizeDigits;
  config[ConfigField.ChunkExtensionsLength] = limits.chunkExtensionsLength;
  config[ConfigField.ChunkOverheadRatio] = limits.chunkOverheadRatio;
  config[ConfigField.ChunkOverheadFloor] = limits.chunkOverheadFloor;
  config[ConfigField.EmptyLineCount] = limits.emptyLineCount;
  return {
    isClient,
    limits,
    respondToErrors: options.respondToErrors ?? true,
    handsOverPreface: options.handOverPreface ?? false,
    dropsAfterClose: (leniency & Leniency.DataAfterClose) !== 0,
    config,
  };
}
