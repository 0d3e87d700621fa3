// What a connection begins with: SETTINGS on its control stream, the client's MAX_PUSH_ID, and what it remembers of an
// earlier one.
// Rules: H3-SET-1, H3-STR-12, QP-EN-6.

import { H3FrameType } from "../abi/h3-wire.js";
import type { H3Core } from "./h3-core.js";
import { applyRemembered } from "./h3-settings.js";

/** Queues it: takeStreams() has it at once. */
export function startConnection(core: H3Core): void {
  const { settings, maxPushId, clock, limits } = core.config;
  core.output.start(settings);
  if (maxPushId >= 0) allowPushes(core, maxPushId);
  applyRemembered(core);
  if (clock !== null) core.settingsDue = clock() + limits.settingsTimeout;
}

/** Client: the server may push up to this id. */
export function allowPushes(core: H3Core, pushId: number): void {
  core.rare.maxPushId = pushId;
  core.output.number(H3FrameType.MaxPushId, pushId);
}
