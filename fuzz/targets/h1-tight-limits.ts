// Both roles under limits so small that every input reaches some of them, strict and with every leniency:
// where two rules meet near the end of a piece, the same one must be named at the same offset.

import { type H1Limits, LENIENCIES, type LeniencyName, type LenientOption } from "tercet";
import { byteByByte, feed, firstDifference, H1_TOKENS, h1Arbitraries } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import {
  checkedEvents,
  clientAfter,
  fault,
  seedOf,
  signatureOf,
  somePieces,
  type Target,
} from "./target.js";

/** Two sets: the first is reached by lines and counts, the second by sums. */
const LIMITS: readonly H1Limits[] = [
  { emptyLineCount: 1, methodLength: 6, targetLength: 24, fieldLineLength: 24, trailerCount: 1 },
  { fieldSectionLength: 90, fieldCount: 5, trailerSectionLength: 24, statusLineLength: 24 },
  { chunkSizeDigits: 3, chunkExtensionsLength: 9, chunkOverheadFloor: 30, chunkOverheadRatio: 1 },
  { bodyLength: 20, pipelineCount: 1, heldLength: 40 },
];

/** Every leniency of a direction. */
function all(direction: "requests" | "responses"): LenientOption {
  const names = Object.keys(LENIENCIES) as LeniencyName[];
  const flags = names.filter((name) => LENIENCIES[name][direction]).map((name) => [name, true]);
  return { [direction]: Object.fromEntries(flags) };
}

const LENIENT = { server: all("requests"), client: all("responses") };

/** The target. */
export const h1TightLimits: Target = {
  name: "h1-tight-limits",
  about: "receive(bytes) of both roles under small limits, strict and lenient: cuts",
  corpus: "requests",
  tokens: H1_TOKENS,
  arbitrary: (fc) =>
    fc.oneof(h1Arbitraries(fc).broken("server"), h1Arbitraries(fc).broken("client")),
  check(input) {
    const limits = LIMITS[seedOf(input) % LIMITS.length] ?? {};
    const signatures: string[] = [];
    for (const role of ["server", "client"] as const) {
      for (const options of [{ limits }, { limits, lenient: LENIENT[role] }]) {
        const make = () =>
          role === "server"
            ? new H1Connection({ ...options, role })
            : clientAfter(["GET", "HEAD", "GET"], options);
        const whole = checkedEvents(make(), role, input, [input]);
        fault(firstDifference(whole, feed(make(), somePieces(input))));
        fault(firstDifference(whole, feed(make(), byteByByte(input))));
        signatures.push(signatureOf(whole));
      }
    }
    return signatures.join(" | ");
  },
};
