// What the inspectors of HTTP/1.1 and HTTP/2 are told, and what they have in common.

import type { Direction } from "./events.js";

/** Options of H1Inspector and H2Inspector. */
export interface ProtocolOptions {
  /** Report every violation and go on, in place of the strict connections' verdict. */
  readonly lenient?: boolean;
  /** Frames and field sections bring the octets they came as, in a member `bytes`: at most the first 4,096. */
  readonly keepBytes?: boolean;
  /** There are only bytes of this direction. */
  readonly only?: Direction;
}

/** The other direction. */
export function opposite(direction: Direction): Direction {
  return direction === "client" ? "server" : "client";
}

/** Octets that `bytes` of a draft has at most. */
export const KEPT_MAX = 4096;

/** Octets of a latin1 string. */
export function octets(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** latin1 of octets; short ones only. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

/** Pairs of a flat list. */
export function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2)
    pairs.push([flat[i] as string, flat[i + 1] as string]);
  return pairs;
}

/** Octets of names and values. */
export function fieldLengthOf(flat: readonly string[]): number {
  let length = 0;
  for (const text of flat) length += text.length;
  return length;
}

/** One array of two. */
export function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
