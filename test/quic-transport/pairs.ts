// Both ends of QUIC connections for the tests, without HTTP/3 on them; all end with the test that made them.

import type {
  QuicClose,
  QuicConnection,
  QuicConnectOptions,
  QuicListener,
  QuicListenOptions,
  QuicReceiver,
} from "tercet/node";
import { afterEach } from "vitest";
import { certificate } from "../node/certificate.js";
import { transport, until } from "../node/quic.js";
import { type Relay, relayTo } from "./relay.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A receiver that notes what it is told. */
export class Notes implements QuicReceiver {
  readonly streams = new Map<number, { length: number; isEnded: boolean; text: string }>();
  readonly resets: [streamId: number, code: number][] = [];
  readonly stops: [streamId: number, code: number][] = [];
  readonly datagrams: string[] = [];
  isEstablished = false;
  end: QuicClose | null = null;
  onStream: (streamId: number, bytes: Uint8Array, fin: boolean) => void = () => {};
  onTurn: () => void = () => {};

  stream(streamId: number, bytes: Uint8Array, fin: boolean): void {
    const { length, text } = this.streams.get(streamId) ?? { length: 0, text: "" };
    const known = length < 100 ? text + Buffer.from(bytes).toString("latin1") : text;
    this.streams.set(streamId, { length: length + bytes.length, isEnded: fin, text: known });
    this.onStream(streamId, bytes, fin);
  }

  reset(streamId: number, code: number): void {
    this.resets.push([streamId, code]);
  }

  stopSending(streamId: number, code: number): void {
    this.stops.push([streamId, code]);
  }

  datagram(bytes: Uint8Array): void {
    this.datagrams.push(Buffer.from(bytes).toString("latin1"));
  }

  established(): void {
    this.isEstablished = true;
  }

  turn(): void {
    this.onTurn();
  }

  closed(close: QuicClose): void {
    this.end = close;
  }
}

/** A server's side. */
export interface Served {
  listener: QuicListener;
  connections: { quic: QuicConnection; notes: Notes }[];
}

/** A server that notes what its connections are told. */
export async function listen(options: Partial<QuicListenOptions> = {}): Promise<Served> {
  const connections: Served["connections"] = [];
  const listener = await transport.listen?.(
    { port: 0, hostname: "127.0.0.1", ...(await certificate()), ...options },
    (quic) => {
      const notes = new Notes();
      connections.push({ quic, notes });
      quic.start(notes);
    },
  );
  if (listener === undefined) throw new Error("no server");
  ends.push(() => listener.destroy());
  return { listener, connections };
}

/** A client of it. */
export async function connect(
  port: number,
  options: Partial<QuicConnectOptions> = {},
): Promise<{ quic: QuicConnection; notes: Notes }> {
  const { cert: ca } = await certificate();
  const quic = await transport.connect?.({ port, host: "127.0.0.1", ca, ...options });
  if (quic === undefined) throw new Error("no client");
  ends.push(() => quic.destroy());
  const notes = new Notes();
  quic.start(notes);
  return { quic, notes };
}

/** Latin1. */
export const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

/** The server's side of the only connection. */
export async function other({ connections }: Served): Promise<Served["connections"][number]> {
  await until(() => connections.length > 0);
  return connections[0] as Served["connections"][number];
}

/** A relay to the server: the client connects to its port. */
export async function relayed(port: number): Promise<Relay> {
  const relay = await relayTo(port);
  ends.push(() => relay.close());
  return relay;
}
