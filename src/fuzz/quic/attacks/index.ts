// The attack rows of QUIC as data: Q-S01 to Q-S26, each a mistake that was made elsewhere. What a hostile peer can make logs
// say (Q-S17) is among the rows of captures.

import type { QuicAttack } from "../row.js";
import { FLOOD_ATTACKS } from "./floods.js";
import { FRAME_ATTACKS } from "./frames.js";
import { HEADER_ATTACKS } from "./headers.js";
import { ORDER_ATTACKS } from "./order.js";
import { STREAM_ATTACKS } from "./streams.js";

/** What each row of the list is about, in the order of its numbers. */
export const QUIC_ATTACK_CLASSES: Readonly<Record<string, string>> = {
  "Q-S01": "transport parameters that are cut",
  "Q-S02": "frames that nobody knows, or in the wrong packets",
  "Q-S03": "frame types and lengths that are cut",
  "Q-S04": "tokens that are too short",
  "Q-S05": "ACK with counts",
  "Q-S06": "offsets that wrap",
  "Q-S07": "coalesced packets of many connections",
  "Q-S08": "ACK of what was not sent",
  "Q-S09": "ids that are retired",
  "Q-S10": "CRYPTO data without end",
  "Q-S11": "ids without end",
  "Q-S12": "paths without end",
  "Q-S13": "ranges of ACK",
  "Q-S14": "connections and streams without end",
  "Q-S15": "HANDSHAKE_DONE at any time",
  "Q-S16": "packet number spaces that end",
  "Q-S18": "tiny pieces out of order",
  "Q-S19": "datagrams of nothing",
  "Q-S21": "RESET_STREAM and final sizes",
  "Q-S22": "what is known before a packet opens",
  "Q-S23": "headers that lie",
  "Q-S24": "loops of Retry and Version Negotiation",
  "Q-S25": "key phases",
  "Q-S26": "packets again",
};

/** Every row, by its id. */
export const quicAttacks: readonly QuicAttack[] = [
  ...HEADER_ATTACKS,
  ...FRAME_ATTACKS,
  ...STREAM_ATTACKS,
  ...FLOOD_ATTACKS,
  ...ORDER_ATTACKS,
].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
