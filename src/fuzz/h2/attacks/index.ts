// The attack rows of HTTP/2 and HPACK as data: H2-S01 to H2-S38, and H2-R01 on for bugs that others fixed.
// H2-S37 is about what a sender compresses, H2-S33 on output: `h2Injections`.

import type { H2Attack } from "../row.js";
import { ANSWER_ATTACKS } from "./answers.js";
import { BOMB_ATTACKS } from "./bombs.js";
import { COMPRESSION_ATTACKS } from "./compression.js";
import { CONNECTION_ATTACKS } from "./connection.js";
import { FLOOD_ATTACKS } from "./floods.js";
import { LIFE_ATTACKS } from "./lives.js";
import { MESSAGE_ATTACKS } from "./messages.js";
import { REGRESSION_ATTACKS } from "./regressions.js";

/** Every row, by its id. */
export const h2Attacks: readonly H2Attack[] = [
  ...ANSWER_ATTACKS,
  ...FLOOD_ATTACKS,
  ...BOMB_ATTACKS,
  ...COMPRESSION_ATTACKS,
  ...CONNECTION_ATTACKS,
  ...MESSAGE_ATTACKS,
  ...REGRESSION_ATTACKS,
  ...LIFE_ATTACKS,
].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
