// What the targets of QPACK share: how one input holds instructions, sections and cancellations, and seeds.

import { CAPACITIES, concat, h3Fields, type QpackStep, uint } from "tercet/fuzz";
import { archived } from "../files.js";

/** Blocked streams that a decoder allows, by the first octet of an input. */
const BLOCKED = [16, 0, 1, 3] as const;

/** The settings that an input asks for. */
export function qpackSettings(input: Uint8Array): { capacity: number; blocked: number } {
  const first = input[0] ?? 0;
  return {
    capacity: CAPACITIES[first % CAPACITIES.length] ?? 4_096,
    blocked: BLOCKED[(first >> 3) % BLOCKED.length] ?? 16,
  };
}

/** The first octet of an input with this capacity and 16 streams that may wait. */
export function qpackChoice(capacity: number): number {
  return Math.max(0, CAPACITIES.indexOf(capacity as 4_096));
}

/** The steps of an input: an octet of kind and stream, two octets of length, and bytes. */
export function qpackSteps(input: Uint8Array): QpackStep[] {
  const steps: QpackStep[] = [];
  for (let at = 1; at < input.length; ) {
    const octet = input[at++] ?? 0;
    const streamId = 4 * (octet & 31);
    if (octet >= 0xe0) {
      steps.push({ do: "cancel", streamId });
      continue;
    }
    const length = (input[at] ?? 0) * 256 + (input[at + 1] ?? 0);
    const bytes = input.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    steps.push(octet < 0x60 ? { do: "instructions", bytes } : { do: "section", streamId, bytes });
  }
  return steps;
}

/** An input of these steps. */
export function qpackInput(choice: number, steps: readonly QpackStep[]): Uint8Array {
  const records = steps.map((step) => {
    const stream = step.do === "instructions" ? 0 : (step.streamId / 4) & 31;
    if (step.do === "cancel") return Uint8Array.of(0xe0 | stream);
    const kind = step.do === "instructions" ? 0 : 0x60;
    return concat([Uint8Array.of(kind | stream), uint(step.bytes.length, 2), step.bytes]);
  });
  return concat([Uint8Array.of(choice), ...records]);
}

/** Bytes of others, as a section and as instructions. */
export function qpackSeeds(): Uint8Array[] {
  const table = concat([h3Fields.setCapacity(4_096), h3Fields.insert("a", "b")]);
  return [
    ...archived(["neqo-dev.tar.gz"], "qpack"),
    ...archived(["quiche-dev.tar.gz"], "qpack_decode"),
  ].flatMap((bytes) => [
    qpackInput(0, [
      { do: "instructions", bytes: table },
      { do: "section", streamId: 0, bytes },
    ]),
    qpackInput(0, [{ do: "instructions", bytes }]),
  ]);
}
