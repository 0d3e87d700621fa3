// H2-S01 and H2-S07: peers that make answers wait: windows that drip, and answers that nobody reads.

import { concat } from "../../latin1.js";
import { request } from "../field-block.js";
import { headers, SETTING, settings, windowUpdate } from "../frames.js";
import { type H2Attack, h2RowsOf, inSteps, many, streamOf } from "../row.js";

const s01 = h2RowsOf("H2-S01", "server");
const s07 = h2RowsOf("H2-S07", "server");

const KIB = 1024;
const GET = request();
const get = (streamId: number) => headers(streamId, GET, { end: true });
const FLOOD = "error H2_CONTROL_FLOOD connection";
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];

export const ANSWER_ATTACKS: readonly H2Attack[] = [
  s01(
    "a window that grows by a byte: small windows are not answered by small frames",
    () => [
      settings([SETTING.INITIAL_WINDOW_SIZE, 2_000]),
      get(1),
      ...inSteps(300, () => windowUpdate(1, 1)),
    ],
    ["settings 4=2000", ...got(1)],
    { application: { content: 5_000 }, reads: true, out: 2_100 },
  ),
  s01(
    "a window that was never open and grows by a byte is no amplifier",
    () => [
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      get(1),
      ...inSteps(300, () => windowUpdate(1, 1)),
    ],
    ["settings 4=0", ...got(1)],
    { application: { content: 5_000 }, reads: true, out: 300 * 13 },
  ),
  s01(
    "a window that grows by a byte without end",
    () => [
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      get(1),
      ...inSteps(300, () => many(100, () => windowUpdate(1, 1))),
    ],
    ["settings 4=0", ...got(1), FLOOD],
    { application: { content: 100_000 }, reads: true, out: 80 * KIB, memory: 160 * KIB },
  ),
  s01(
    "a hundred streams whose windows drip",
    () => [
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      many(100, (at) => get(streamOf(at))),
      ...inSteps(300, () => many(100, (at) => windowUpdate(streamOf(at), 1))),
    ],
    ["…", "error H2_CONTROL_FLOOD connection"],
    { application: { content: 1_000 }, reads: true, out: 12_000 * 13, memory: 256 * KIB },
  ),
  s01(
    "a slow reader with windows of a sensible size is served",
    () => [
      settings([SETTING.INITIAL_WINDOW_SIZE, 16_384]),
      get(1),
      ...inSteps(60, () => concat([windowUpdate(1, 2_000), windowUpdate(0, 2_000)])),
    ],
    ["settings 4=16384", ...got(1)],
    { application: { content: 100_000 }, reads: true, sends: ["DATA 1 *"], out: 110_000 },
  ),
  s07(
    "large answers to a peer that opens its windows and does not read",
    () => [
      settings([SETTING.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]),
      windowUpdate(0, 2 ** 31 - 1 - 65_535),
      many(128, (at) => get(streamOf(at))),
    ],
    ["…", "end 255"],
    { application: { content: 16_384 }, paused: true, out: 2.2 * KIB * KIB, memory: 256 * KIB },
  ),
];
