// What a peer sent, once more: recorded bytes through a server of ours at every cut, and what `observe` tells of them beside
// what a plain reader sees. Not a test.

import type { ConnectionEvent } from "tercet";
import { expect } from "vitest";
import { fin, on, type StreamInput, talk } from "../../helpers/h3-dialogue.js";
import { concat } from "../../helpers/h3-frames.js";
import { SETTING, STREAM_TYPE } from "../../helpers/h3-names.js";
import { heard, setTo, type Wire } from "./wires.js";

/** Longest request, in octets, and how many. */
const SMALL = 600;
const MANY = 6;

/**
 * The recorded bytes again, for a server that nobody answers: at every cut, and with the streams in other orders. All of
 * the control and encoder streams, and the last requests that are small, whose entries are in the table to the end;
 * what the peer's decoder said of our answers is left out.
 *
 * @param inOrder the streams come one behind the other: what PRIORITY_UPDATE does depends on whether its request is there
 */
export function expectSameAtEveryCut(wire: Wire, inOrder = false): void {
  const inputs: StreamInput[] = [];
  let requests = 0;
  for (const [id, { pieces, fin: hasEnded }] of [...wire].sort(([a], [b]) => b - a)) {
    const bytes = concat(...pieces);
    if ((id & 2) !== 0 && bytes[0] === STREAM_TYPE.decoder) continue;
    if ((id & 2) === 0 && (bytes.length > SMALL || !hasEnded || ++requests > MANY)) continue;
    inputs.push(hasEnded ? fin(id, bytes) : on(id, bytes));
  }
  const capacity = Number(setTo(heard(wire)).get(SETTING.QPACK_MAX_TABLE_CAPACITY) ?? 0);
  const options = { handshake: "none", capacity, cuts: "few", observe: true } as const;
  // Control and encoder streams first.
  inputs.sort((one, other) => (other.id & 2) - (one.id & 2));
  const t = talk("server", inOrder ? inputs : [inputs], options);
  expect(t.errors).toEqual([]);
  expect(observed(t.events)).toEqual(framesOf(inputs));
  expect(t.events.filter(({ type }) => type === "end").length).toBeGreaterThanOrEqual(1);
}

/** Frames as our connection reports them, and as a plain reader sees them: stream, type (to 53 bits), length. */
type FrameLine = string;

function observed(events: readonly ConnectionEvent[]): FrameLine[] {
  return events.flatMap((event) =>
    event.type === "frame" && event.direction === "received"
      ? [`${event.streamId} ${event.frameType} ${event.length}`]
      : [],
  );
}

function framesOf(inputs: readonly StreamInput[]): FrameLine[] {
  const wire: Wire = new Map(inputs.map(({ id, bytes, fin }) => [id, { pieces: [bytes], fin }]));
  const { control, controlId, requests } = heard(wire);
  const lines = [...requests, [controlId, control] as const].flatMap(([id, frames]) =>
    frames.map(({ type, payload }) => `${id} ${Number(type)} ${payload.length}`),
  );
  const order = (line: string) => inputs.findIndex(({ id }) => id === Number(line.split(" ")[0]));
  return lines.sort((one, other) => order(one) - order(other));
}
