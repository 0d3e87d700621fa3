// Two drivers of ours joined in memory: WebTransport objects at both ends, whose bytes travel by themselves.

import { H2Connection } from "tercet/h2";
import { H3Connection } from "tercet/h3";
import {
  type DriverOptions,
  WebTransportDriver,
  type WebTransportSession,
  webtransportH2Settings,
} from "tercet/webtransport";
import type { Over } from "./webtransport-pair.js";

export interface Drivers {
  readonly client: WebTransportDriver;
  readonly server: WebTransportDriver;
  /** Sessions of the server, as they come. */
  readonly accepted: WebTransportSession[];
  /** Bytes travel no more. */
  cut(): void;
}

type Options = Omit<DriverOptions, "role" | "flush">;

/** Two ends that have each other's SETTINGS. */
export function joinDrivers(
  over: Over,
  options: { client?: Options; server?: Options } = {},
): Drivers {
  const accepted: WebTransportSession[] = [];
  let isCut = false;
  let isDue = false;
  const flush = () => {
    if (isDue || isCut) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      if (!isCut) pump();
    });
  };
  const ends =
    over === "h2"
      ? {
          client: new H2Connection({
            role: "client",
            settings: { extra: webtransportH2Settings(options.client?.initial) },
          }),
          server: new H2Connection({
            role: "server",
            settings: {
              enableConnectProtocol: true,
              extra: webtransportH2Settings(options.server?.initial),
            },
          }),
        }
      : {
          client: new H3Connection({ role: "client", webtransport: true, window: "manual" }),
          server: new H3Connection({ role: "server", webtransport: true, window: "manual" }),
        };
  const client = new WebTransportDriver(ends.client, { ...options.client, role: "client", flush });
  const server = new WebTransportDriver(ends.server, {
    onSession: (request) => {
      accepted.push(request.accept({ protocol: request.protocols[0] ?? null }));
    },
    ...options.server,
    role: "server",
    flush,
  });
  const carry = (
    from: H2Connection | H3Connection,
    to: H2Connection | H3Connection,
    driver: WebTransportDriver,
  ): boolean => {
    let moved = false;
    if (from instanceof H2Connection && to instanceof H2Connection) {
      for (const bytes of [...from.take(), new Uint8Array(0)]) {
        moved ||= bytes.length > 0;
        for (const event of to.receive(bytes.slice())) driver.handle(event);
      }
      return moved;
    }
    if (!(from instanceof H3Connection) || !(to instanceof H3Connection)) return false;
    // As a transport does: a stream whose bytes nobody consumes has no room.
    const room = (streamId: number) => (to.isPaused(streamId) ? 0 : 65_536);
    for (const { streamId, bytes, fin, reset, stopSending } of from.takeStreams(1 << 20, room)) {
      if (streamId < 0) continue;
      moved = true;
      if (bytes.length > 0 || fin)
        for (const event of to.receiveStream(streamId, bytes.slice(), fin)) driver.handle(event);
      if (reset !== undefined)
        for (const event of to.receiveReset(streamId, reset)) driver.handle(event);
      if (stopSending !== undefined)
        for (const event of to.receiveStopSending(streamId, stopSending)) driver.handle(event);
    }
    for (const bytes of from.takeDatagrams()) {
      moved = true;
      for (const event of to.receiveDatagram(bytes.slice())) driver.handle(event);
    }
    for (const event of to.poll()) driver.handle(event);
    return moved;
  };
  const pump = () => {
    for (let moved = true; moved; ) {
      moved = carry(ends.client, ends.server, server);
      moved = carry(ends.server, ends.client, client) || moved;
    }
  };
  pump();
  return {
    ...{ client, server, accepted },
    cut: () => {
      isCut = true;
      client.connectionLost();
      server.connectionLost();
    },
  };
}

/** All bytes of a stream. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** Writes and ends. */
export async function writeAll(
  stream: WritableStream<Uint8Array>,
  ...pieces: Uint8Array[]
): Promise<void> {
  const writer = stream.getWriter();
  for (const piece of pieces) await writer.write(piece);
  await writer.close();
}

/** The next item of a stream. */
export async function next<T>(stream: ReadableStream<T>): Promise<T> {
  const reader = stream.getReader();
  const { value, done } = await reader.read();
  reader.releaseLock();
  if (done) throw new Error("the stream has ended");
  return value;
}
