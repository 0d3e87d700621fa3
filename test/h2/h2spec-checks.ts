// What the cases of the h2spec table send again and again, and what may come of them.

import { expect } from "vitest";
import {
  block,
  concat,
  field,
  GET,
  headers,
  literal,
  POST,
  prefixed,
  settings,
} from "../helpers/h2-wire.js";
import type { RawPeer } from "./h2spec-peer.js";

/** What must come of a case. */
export type Check = (peer: RawPeer) => void;

export const whole =
  (id: number): Check =>
  (peer) => {
    expect(peer.text()).toContain(`HEADERS ${id} :status: 200`);
    expect(
      peer.lines.filter((line) => line.startsWith(`DATA ${id} end`)),
      peer.text(),
    ).toHaveLength(1);
    expect(peer.lines.filter((line) => /^(RST_STREAM|GOAWAY)/.test(line))).toEqual([]);
  };
export const head =
  (id: number): Check =>
  (peer) => {
    expect(peer.text()).toMatch(new RegExp(`^HEADERS ${id} end :status: 200`, "m"));
  };
export const alive: Check = (peer) => {
  expect(peer.lines.filter((line) => /^(RST_STREAM|GOAWAY)/.test(line))).toEqual([]);
  expect(peer.isOpen, peer.text()).toBe(true);
};
export const has =
  (...lines: string[]): Check =>
  (peer) => {
    for (const line of lines) expect(peer.lines, peer.text()).toContain(line);
    alive(peer);
  };
export const stream =
  (id: number, code: string): Check =>
  (peer) => {
    const resets = peer.lines.filter((line) => line.startsWith("RST_STREAM"));
    expect(resets, peer.text()).toEqual([`RST_STREAM ${id} ${code}`]);
    expect(peer.lines.filter((line) => line.startsWith("GOAWAY"))).toEqual([]);
    expect(peer.isOpen).toBe(true);
  };
export const connection =
  (code: string): Check =>
  (peer) => {
    const goaways = peer.lines.filter((line) => line.startsWith("GOAWAY"));
    expect(
      goaways.map((line) => line.split(" ")[2]),
      peer.text(),
    ).toEqual([code]);
    expect(peer.lines.at(-1)).toBe(goaways[0]);
    expect(peer.isOpen).toBe(false);
  };
/** The peer's GOAWAY: an end without an error, or none. */
export const graceful: Check = (peer) => {
  for (const line of peer.lines.filter((one) => one.startsWith("GOAWAY")))
    expect(line).toContain(" NO_ERROR ");
};

/** Octets that go out; where there are several pieces, each waits until the server has read the one before. */
export type Pieces = Uint8Array | readonly Uint8Array[];
export type Case = readonly [id: string, what: string, send: Pieces, check: Check];

export const end = { end: true } as const;
export const get = headers(1, GET, end);
export const post = headers(1, POST);
/** The answer stays under way: its stream is half-closed (remote). */
export const stalled = concat(settings({ INITIAL_WINDOW_SIZE: 0 }), get);
export const open = headers(1, GET, { open: true });
export const setting = (id: number, value: number) => settings([[id, value]]);
export const malformed = (fields: readonly string[]) => headers(1, fields, end);
export const drop = (name: string) => {
  const at = GET.indexOf(name);
  return [...GET.slice(0, at), ...GET.slice(at + 2)];
};
/** A literal in the Huffman code: these octets as they are. */
export const huffman = (...octets: number[]) =>
  concat(prefixed(octets.length, 7, 0x80), Uint8Array.from(octets));
/** "x-a" and "b" in the Huffman code, padded with ones: 1111001 010110 00011; 100011. */
export const CODED_NAME = huffman(0b11110010, 0b10110000, 0b11111111);
export const CODED_VALUE = huffman(0b10001111);
export const withField = (representation: Uint8Array) =>
  headers(1, concat(block(GET), representation), end);
/** user-agent is entry 58 of the static table. */
export const agent = (first: number, bits: number, value: Uint8Array) =>
  withField(concat(prefixed(58, bits, first), value));
export const named = (first: number, name: Uint8Array, value: Uint8Array) =>
  withField(concat(Uint8Array.of(first), name, value));

export function literalAuthority(): Uint8Array {
  return field(":authority", "a");
}

/** RFC 9113 section 5.1 gives the scope to the receiver, and the code is STREAM_CLOSED. */
export function closedByBoth(peer: RawPeer): void {
  if (peer.lines.some((line) => line.startsWith("GOAWAY"))) connection("STREAM_CLOSED")(peer);
  else stream(1, "STREAM_CLOSED")(peer);
}

export function agentIndex(index: number): Uint8Array {
  return withField(concat(prefixed(index, 6, 0x40), literal("empty")));
}
