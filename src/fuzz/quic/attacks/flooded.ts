// What rows of hostile clients and servers share: a good handshake, a flood, and a stream behind it by which one sees that all
// goes on.

import * as frames from "../frames.js";
import { type QuicDatagram, QuicPeers, type QuicSide } from "../peers.js";
import { each } from "../row.js";
import type { QuicTools } from "../tools.js";

export const MIB = 1024 * 1024;

/** A good handshake, and 1-RTT packets of one side made by their number; at last a stream, to see that all goes on. */
export const flooded =
  (side: QuicSide, count: number, frame: (at: number) => Uint8Array) =>
  (tools: QuicTools): QuicDatagram[] => {
    const peers = new QuicPeers(tools);
    return [
      ...peers.handshake(),
      ...each(count, (at) => peers.send(side, "1-RTT", [frame(at)])),
      peers.send("client", "1-RTT", [frames.stream(0, "alive", { fin: true })]),
    ];
  };

export const START = "0 client connection";
export const ALIVE = "0 client stream 0 5 fin";
/** Told or not, the flood ends and the stream behind it is heard, unless a violation was told. */
export const GOES_ON = [START, "…", ALIVE, "…"];

/** A packet of the client with the stream that must be heard at the end. */
export function aliveFrom(peers: QuicPeers, destination?: string): QuicDatagram {
  const frame = frames.stream(0, "alive", { fin: true });
  return peers.send("client", "1-RTT", [frame], destination === undefined ? {} : { destination });
}
