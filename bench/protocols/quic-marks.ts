// The marks that QUIC and the inspector must reach, as data.

import type { MarkInfo } from "../harness/marks.js";
import { openName, PACKET_SIZES, packetName } from "../inputs/quic-inputs.js";
import { CIPHERS } from "../inputs/quic-wire.js";

/** ns a frame, by the reader, on the frames of real connections. */
export const LARGEST_FRAME = 20;
export const FRAME_ROW = "frames mix";

/** Megabytes (1,000,000 octets) of capture a second of CPU time. */
export const SLOWEST_INSPECT = 50;

/** Captures that are inspected. */
export const CAPTURES = ["HTTP/1.1", "HTTP/2"] as const;
const INSPECTED = CAPTURES.map((name) => `inspect ${name}`);

const PACKET_ROWS = CIPHERS.filter(({ name }) => name !== "AES-128-CCM").flatMap(({ name }) => [
  ...PACKET_SIZES.map((size) => packetName(name, size)),
  `packets ${name} mix`,
]);

export const QUIC_MARKS: readonly MarkInfo[] = [
  {
    mark: "packets to frames, batch, against one decipher a packet",
    wanted: 1.3,
    ours: "tercet-node",
    peer: "node-crypto",
    rows: PACKET_ROWS,
  },
  {
    // The default, where there is no node:crypto: judged where the figures are, at 1,200 octets.
    mark: "the same, all in WebAssembly",
    wanted: 1.3,
    ours: "tercet",
    peer: "node-crypto",
    rows: [packetName("AES-128-GCM", 1200), packetName("CHACHA20-POLY1305", 1200)],
  },
  {
    mark: "ChaCha20-Poly1305 against node:crypto",
    wanted: 2,
    ours: "tercet",
    peer: "node-crypto",
    rows: [openName("CHACHA20-POLY1305", 1200)],
  },
  {
    mark: "inspect --json against tshark -T json",
    wanted: 1,
    ours: "inspect-json",
    peer: "tshark-json",
    rows: INSPECTED,
  },
  {
    mark: "inspect --json against tshark without options",
    wanted: 1,
    ours: "inspect-json",
    peer: "tshark",
    rows: INSPECTED,
  },
];
