// A relay for UDP on loopback between one client and one server, which loses packets, and gives the client another
// address, when a test says so.

import dgram from "node:dgram";
import { once } from "node:events";

/** Where a client sends to in place of the server. */
export interface Relay {
  readonly port: number;
  /** Packets in either direction so far. */
  readonly count: number;
  /** Which packets get through; numbered from 0 in each direction. Default: all. */
  passes: (number: number, isToServer: boolean, packet: Buffer) => boolean;
  /** Packets to the client wait, from now on. */
  hold(): void;
  /** Those that wait go on. */
  release(): void;
  /** The server sees the client at another port from now on, as behind a NAT that has forgotten it. */
  rebind(): Promise<void>;
  close(): void;
}

export async function relayTo(port: number): Promise<Relay> {
  const outside = dgram.createSocket("udp4");
  let inside = dgram.createSocket("udp4");
  let client = 0;
  let held: Buffer[] | null = null;
  const counts = { up: 0, down: 0 };
  const relay = {
    port: 0,
    passes: (_number: number, _isToServer: boolean, _packet: Buffer) => true,
    hold() {
      held ??= [];
    },
    release() {
      for (const packet of held ?? []) outside.send(packet, client, "127.0.0.1");
      held = null;
    },
    get count() {
      return counts.up + counts.down;
    },
    async rebind() {
      const old = inside;
      inside = dgram.createSocket("udp4");
      await listen(inside);
      old.close();
    },
    close() {
      outside.close();
      inside.close();
    },
  };
  outside.on("message", (packet, from) => {
    client = from.port;
    if (relay.passes(counts.up++, true, packet)) inside.send(packet, port, "127.0.0.1");
  });
  async function listen(socket: dgram.Socket): Promise<void> {
    socket.on("message", (packet) => {
      if (held !== null) held.push(packet);
      else if (relay.passes(counts.down++, false, packet)) {
        outside.send(packet, client, "127.0.0.1");
      }
    });
    socket.on("error", () => {});
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  }
  await listen(inside);
  outside.bind(0, "127.0.0.1");
  await once(outside, "listening");
  relay.port = outside.address().port;
  return relay;
}
