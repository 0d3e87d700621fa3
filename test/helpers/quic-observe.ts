// What a QuicObserver said, in words that tests compare.
import { type QuicObservation, QuicObserver } from "tercet/quic";
import type { QuicPair, Sent } from "./quic-pair.js";

/** What a pair's observer says of all these datagrams, and at the end. */
export function observe(
  pair: QuicPair,
  sent: readonly Sent[],
  options: Record<string, unknown> = {},
): QuicObservation[] {
  const observer = new QuicObserver({ secrets: pair.findSecrets, ...options });
  return [...sent.flatMap((datagram) => observer.receive(datagram)), ...observer.end()];
}

export const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** Packets as "client Initial 0", closed ones with their reason. */
export function packets(said: readonly QuicObservation[]): string[] {
  return said.flatMap((one) =>
    one.kind === "packet"
      ? [`${one.direction} ${one.packetType} ${one.decrypted ? one.packetNumber : one.reason}`]
      : [],
  );
}

/** Data of each stream, by who sent it. */
export function streams(said: readonly QuicObservation[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const one of said) {
    if (one.kind !== "stream") continue;
    const name = `${one.direction} ${one.streamId}`;
    found[name] = `${found[name] ?? ""}${text(one.bytes)}${one.fin ? "." : ""}`;
  }
  return found;
}

export const errors = (said: readonly QuicObservation[]): string[] =>
  said.flatMap((one) => (one.kind === "error" ? [one.error.code] : []));

export const kinds = (said: readonly QuicObservation[], kind: QuicObservation["kind"]) =>
  said.filter((one) => one.kind === kind);
