// ONE table of leniencies: the name users write -> bit, who may use it, the rule it bends and the
// attack it opens. All are off. Flags for requests and for responses are chosen apart, so that a
// proxy that is patient with its upstream is never patient with its clients.

import { Leniency } from "./abi/leniency.js";
import { UsageError } from "./errors.js";

/** One deviation from the RFC that a user may allow. */
export interface LeniencyInfo {
  readonly bit: number;
  readonly requests: boolean;
  readonly responses: boolean;
  readonly rule: string;
  /** What goes wrong where two recipients differ in it. */
  readonly attack: string;
}

const row = (
  bit: number,
  requests: boolean,
  responses: boolean,
  rule: string,
  attack: string,
): LeniencyInfo => ({
  bit,
  requests,
  responses,
  rule,
  attack,
});

/** The one table. docs/limits.md lists it for people. */
export const LENIENCIES = {
  bareLf: row(
    Leniency.BareLf,
    true,
    true,
    "H1-002",
    "a line ends here and not there: smuggled fields (S16, S17)",
  ),
  obsFold: row(
    Leniency.ObsFold,
    true,
    false,
    "H1-052",
    "framing fields hidden behind a fold (S18)",
  ),
  missingReasonSpace: row(
    Leniency.MissingReasonSpace,
    false,
    true,
    "H1-040",
    "none known; old servers",
  ),
  spaceBeforeColon: row(
    Leniency.SpaceBeforeColon,
    false,
    true,
    "H1-046",
    "a framing field that others do not see (S15)",
  ),
  repeatedContentLength: row(
    Leniency.RepeatedContentLength,
    true,
    true,
    "H1-077",
    "recipients that add or join values (S5)",
  ),
  transferEncodingOverContentLength: row(
    Leniency.TransferEncodingOverContentLength,
    true,
    true,
    "H1-071",
    "CL.TE smuggling in front of a recipient that takes the length (S1); the connection closes",
  ),
  controlsInValue: row(
    Leniency.ControlsInValue,
    true,
    true,
    "H1-049",
    "log and terminal injection, token confusion (S2)",
  ),
  anyStatusCode: row(
    Leniency.AnyStatusCode,
    false,
    true,
    "H1-043",
    "none known; application codes above 599",
  ),
  looseTarget: row(
    Leniency.LooseTarget,
    true,
    false,
    "H1-025",
    "paths that two recipients normalise differently",
  ),
  spacesInRequestLine: row(
    Leniency.SpacesInRequestLine,
    true,
    false,
    "H1-019",
    "a target that ends elsewhere for others",
  ),
  http10TransferEncoding: row(
    Leniency.Http10TransferEncoding,
    true,
    true,
    "H1-087",
    "HTTP/1.0 hops that do not know chunked (S22)",
  ),
  hostUnchecked: row(
    Leniency.HostUnchecked,
    true,
    false,
    "H1-067",
    "routing and cache confusion (S27)",
  ),
  whitespaceBeforeFirstField: row(
    Leniency.WhitespaceBeforeFirstField,
    true,
    true,
    "H1-008",
    "a field that others do not drop (S15)",
  ),
  spaceAfterChunkSize: row(
    Leniency.SpaceAfterChunkSize,
    false,
    true,
    "H1-097",
    "chunk lines that end elsewhere for others (S13)",
  ),
  bareCrAsSpace: row(
    Leniency.BareCrAsSpace,
    true,
    true,
    "H1-003",
    "a recipient that ends the line at CR (S16)",
  ),
  nulAsSpace: row(
    Leniency.NulAsSpace,
    true,
    true,
    "H1-048",
    "a recipient that ends the value at NUL (S2)",
  ),
  emptyLinesBeforeStatus: row(
    Leniency.EmptyLinesBeforeStatus,
    false,
    true,
    "H1-116",
    "responses out of step (S24)",
  ),
  userinfo: row(Leniency.Userinfo, true, false, "H1-035", "an authority that people misread"),
  dataAfterClose: row(
    Leniency.DataAfterClose,
    true,
    true,
    "H1-119",
    "hides that peers disagree about the last message",
  ),
} as const satisfies Record<string, LeniencyInfo>;

export type LeniencyName = keyof typeof LENIENCIES;

/** What real servers need now and then, and what browsers forgive. Nothing that changes framing in requests. */
export const BROWSER_RESPONSES: readonly LeniencyName[] = [
  "bareLf",
  "missingReasonSpace",
  "spaceBeforeColon",
  "repeatedContentLength",
  "transferEncodingOverContentLength",
  "controlsInValue",
  "anyStatusCode",
  "http10TransferEncoding",
  "spaceAfterChunkSize",
  "emptyLinesBeforeStatus",
  "dataAfterClose",
];

/** Leniencies of one connection: of each direction apart, or the profile "browser" (responses only). */
export type LenientOption =
  | "browser"
  | {
      readonly requests?: Partial<Record<LeniencyName, boolean>>;
      readonly responses?: Partial<Record<LeniencyName, boolean>> | "browser";
    };

/** Name of a leniency bit, for reports. */
export function leniencyName(bit: number): LeniencyName {
  for (const name of Object.keys(LENIENCIES) as LeniencyName[]) {
    if (LENIENCIES[name].bit === bit) return name;
  }
  throw new RangeError(`no leniency has bit ${bit}`);
}

/**
 * Bits of one direction.
 * @throws UsageError for an unknown name, or one that this direction does not have.
 */
export function leniencyBits(
  option: LenientOption | undefined,
  direction: "requests" | "responses",
): number {
  if (option === undefined) return 0;
  const chosen = option === "browser" ? { responses: "browser" as const } : option;
  if (chosen === null || typeof chosen !== "object") {
    throw new UsageError("LENIENT_INVALID", `lenient takes "browser" or { requests, responses }`);
  }
  for (const key of Object.keys(chosen)) {
    if (key !== "requests" && key !== "responses") {
      throw new UsageError(
        "LENIENT_UNKNOWN",
        `lenient has no member ${key}: use requests or responses`,
      );
    }
  }
  // Both directions are checked, also the one that this connection does not read.
  const bits = { requests: bitsOf(chosen, "requests"), responses: bitsOf(chosen, "responses") };
  return bits[direction];
}

function bitsOf(
  chosen: Exclude<LenientOption, "browser">,
  direction: "requests" | "responses",
): number {
  const flags = chosen[direction];
  if (flags === undefined) return 0;
  const on = flags === "browser" ? BROWSER_RESPONSES : namesOf(flags);
  let bits = 0;
  for (const name of on) {
    const info = Object.hasOwn(LENIENCIES, name) ? LENIENCIES[name] : undefined;
    if (!info?.[direction])
      throw new UsageError("LENIENT_UNKNOWN", `${direction} have no leniency ${name}`);
    bits |= info.bit;
  }
  return bits;
}

function namesOf(flags: Partial<Record<LeniencyName, boolean>>): LeniencyName[] {
  return (Object.keys(flags) as LeniencyName[]).filter((name) => flags[name]);
}
