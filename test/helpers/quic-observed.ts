// What QuicObserver says of datagrams, short enough to compare: packets, streams and errors as words.
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

/** Packets as "client Initial 0", closed ones with their reason. */
export function packets(said: readonly QuicObservation[]): string[] {
  return said.flatMap((one) =>
    one.kind === "packet"
      ? [`${one.direction} ${one.packetType} ${one.decrypted ? one.packetNumber : one.reason}`]
      : [],
  );
}

/** Data of each stream, by who sent it; a full stop where it ends. */
export function streams(said: readonly QuicObservation[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const one of said) {
    if (one.kind !== "stream") continue;
    const name = `${one.direction} ${one.streamId}`;
    const text = Buffer.from(one.bytes).toString("latin1");
    found[name] = `${found[name] ?? ""}${text}${one.fin ? "." : ""}`;
  }
  return found;
}

/** Codes of errors, in order. */
export const errors = (said: readonly QuicObservation[]): string[] =>
  said.flatMap((one) => (one.kind === "error" ? [one.error.code] : []));
