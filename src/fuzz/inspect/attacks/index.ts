// The attack rows of captures, key logs and what stands in them as data: CAP-S01 to CAP-S13.

import type { InspectAttack } from "../row.js";
import { CONTENT_ATTACKS } from "./contents.js";
import { FILE_ATTACKS } from "./files.js";
import { NETWORK_ATTACKS } from "./networks.js";

/** What each row of the list is about, in the order of its numbers. */
export const INSPECT_ATTACK_CLASSES: Readonly<Record<string, string>> = {
  "CAP-S01": "packets of pcap whose lengths lie",
  "CAP-S02": "blocks of pcapng whose lengths lie",
  "CAP-S03": "options without end",
  "CAP-S04": "IP fragments",
  "CAP-S05": "TCP segments",
  "CAP-S06": "records of TLS without end",
  "CAP-S07": "key logs without end",
  "CAP-S08": "text that a terminal would obey",
  "CAP-S09": "packets of other protocols",
  "CAP-S10": "connections without end",
  "CAP-S11": "headers of packets that lie",
  "CAP-S12": "handshake messages that lie",
  "CAP-S13": "hex text",
};

/** Every row, by its id. */
export const inspectAttacks: readonly InspectAttack[] = [
  ...FILE_ATTACKS,
  ...NETWORK_ATTACKS,
  ...CONTENT_ATTACKS,
].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
