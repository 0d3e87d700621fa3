// The attack rows of HTTP/3, QPACK and capsules as data: H3-S01 to H3-S17, and H3-S32 on for what they share with
// HTTP/2 under the same numbers. H3-S33 on output: `h3Injections`.

import type { H3Attack } from "../row.js";
import { BOMB_ATTACKS } from "./bombs.js";
import { COMPRESSION_ATTACKS } from "./compression.js";
import { FEEDBACK_ATTACK_ROWS } from "./feedback.js";
import { ABUSE_ATTACKS } from "./floods.js";
import { MATRIX_ATTACKS } from "./matrix.js";
import { MESSAGE_ATTACKS } from "./messages.js";
import { SETTINGS_ATTACKS } from "./settings.js";
import { STREAM_ATTACKS } from "./streams.js";

/** What each row of the list is about, in the order of its numbers. */
export const H3_ATTACK_CLASSES: Readonly<Record<string, string>> = {
  "H3-S01": "sections that unpack to more than is allowed",
  "H3-S02": "dynamic-table bomb",
  "H3-S03": "blocked streams",
  "H3-S04": "allocation by a declared length",
  "H3-S05": "frames that claim, streams twice",
  "H3-S06": "integers, indexes and strings of QPACK",
  "H3-S07": "acknowledgements of nothing",
  "H3-S08": "cancelled while blocked",
  "H3-S09": "content-length at every end",
  "H3-S10": "behind an error",
  "H3-S11": "frame x stream x role",
  "H3-S12": "rapid reset",
  "H3-S13": "settings",
  "H3-S14": "frames, streams and instructions that carry nothing",
  "H3-S15": "push and GOAWAY",
  "H3-S16": "critical streams",
  "H3-S17": "capsules and datagrams",
  "H3-S32": "content-length and transfer-encoding",
  "H3-S33": "CR, LF and NUL in fields",
  "H3-S34": "injection into the request line",
  "H3-S35": "normalised names",
};

/** Every row, by its id. */
export const h3Attacks: readonly H3Attack[] = [
  ...BOMB_ATTACKS,
  ...COMPRESSION_ATTACKS,
  ...FEEDBACK_ATTACK_ROWS,
  ...MATRIX_ATTACKS,
  ...SETTINGS_ATTACKS,
  ...STREAM_ATTACKS,
  ...ABUSE_ATTACKS,
  ...MESSAGE_ATTACKS,
].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
